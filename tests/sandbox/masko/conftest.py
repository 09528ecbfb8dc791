"""A local Masko behind a real loopback server, and a client with its key."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import SANDBOX_API_KEY, LocalMasko
from bot.sandbox.masko.vision import Description


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def seen(data: bytes) -> Description:
    """A vision that is quick and the same for every picture."""
    return Description("Rusty the Round", "An orange character.")


def encoded(format: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB") -> bytes:
    """A picture of one colour in a format that Pillow writes."""
    target = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else "orange").save(target, format)
    return target.getvalue()


@dataclass
class Bench:
    """The local Masko, a client that knows its key, and what was written down."""

    masko: LocalMasko
    http: httpx.AsyncClient
    inspector: Inspector
    clock: Clock

    @property
    def project_id(self) -> str:
        return next(iter(self.masko.projects))

    async def upload(self, data: bytes | None = None) -> str:
        """Upload a picture; its asset id."""
        answer = await self.http.post("upload", files={"file": ("fox.png", data or encoded())})
        asset_id = answer.json().get("data", answer.json())["asset_id"]
        assert isinstance(asset_id, str)
        return asset_id

    async def create(self, references: int = 1, **fields: Any) -> dict[str, Any]:
        """Create a collection with so many fresh references; the answer's body."""
        ids = [await self.upload() for _ in range(references)]
        body = {"project_id": self.project_id, "reference_asset_ids": ids, **fields}
        answer = await self.http.post("collections", json=body)
        assert answer.status_code == 201, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def findings(self) -> list[str]:
        return [entry.finding or "" for entry in self.inspector.findings()]


Start = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a local Masko with the options given."""
    async with AsyncExitStack() as stack:

        async def begin(**options: Any) -> Bench:
            inspector, clock = Inspector(), Clock()
            masko = LocalMasko(
                **{"api_key": SANDBOX_API_KEY, "vision": seen, **options}, inspector=inspector, clock=clock
            )
            server = await stack.enter_async_context(TestServer(masko.application(), host="127.0.0.1"))
            authorization = {"Authorization": f"Bearer {SANDBOX_API_KEY}"}
            base = str(server.make_url("/v1/"))
            http = httpx.AsyncClient(base_url=base, headers=authorization, trust_env=False)
            await stack.enter_async_context(http)
            return Bench(masko, http, inspector, clock)

        yield begin


@pytest.fixture
async def bench(start: Start) -> Bench:
    """A local Masko as it is by default, with a vision that is quick."""
    return await start()
