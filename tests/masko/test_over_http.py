"""The client over a real connection to a real server: what MockTransport cannot show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.masko.budget import Budget
from bot.masko.client import MaskoClient
from bot.masko.errors import MaskoAnswerLost, MaskoUnreachable
from bot.masko.models import Asset

SIZE = 3_000_000


async def upload(request: web.Request) -> web.Response:
    """Answers with what it understood of the form."""
    reader = await request.multipart()
    part = await reader.next()
    content = await part.read() if part is not None and hasattr(part, "read") else b""
    name = getattr(part, "filename", "")
    told = f"{name}|{len(content)}|{request.content_length is not None}|{await reader.next() is None}"
    return web.json_response({"data": {"asset_id": told}})


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application(client_max_size=2 * SIZE)
    app.router.add_post("/v1/upload", upload)
    app.router.add_post("/v1/collections", hang_up)
    async with TestServer(app) as server:
        yield str(server.make_url("/v1"))


async def test_a_file_arrives_as_a_form(address: str, tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(SIZE))
    async with httpx.AsyncClient() as http:
        client = MaskoClient(api_key="masko_key", base_url=address, http=http, budget=Budget())
        asset = await client.upload_file(path, filename='狐 "big".png', content_type="image/png")
    assert asset == Asset(f"狐 %22big%22.png|{SIZE}|True|True")


async def test_a_connection_that_breaks_after_sending_is_an_answer_lost(address: str) -> None:
    async with httpx.AsyncClient() as http:
        client = MaskoClient(api_key="masko_key", base_url=address, http=http, budget=Budget())
        with pytest.raises(MaskoAnswerLost):
            await client.create_mascot(project_id="prj_1")


async def test_a_closed_port_is_unreachable(unused_tcp_port: int) -> None:
    async def no_sleep(seconds: float) -> None:
        assert seconds > 0

    address = f"http://127.0.0.1:{unused_tcp_port}/v1"
    async with httpx.AsyncClient() as http:
        client = MaskoClient(
            api_key="masko_key", base_url=address, http=http, budget=Budget(), sleep=no_sleep
        )
        with pytest.raises(MaskoUnreachable):
            await client.create_mascot(project_id="prj_1")
