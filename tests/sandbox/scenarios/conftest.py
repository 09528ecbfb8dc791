"""A running sandbox of both services, and a page's HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox
from tests.sandbox.slack.conftest import manifest


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest()) as running:
        yield running


@pytest.fixture
def masko(sandbox: Sandbox) -> LocalMasko:
    assert isinstance(sandbox.masko, LocalMasko)
    return sandbox.masko


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    """A page's HTTP client: no token, the sandbox's own header."""
    async with ClientSession(base_url=sandbox.page_url, headers={"X-Masko-Sandbox": "1"}) as session:
        yield session


async def look(page: ClientSession, call: str, **query: str) -> dict[str, Any]:
    """A call that looks."""
    async with page.get(f"/_control/{call}", params=query) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def do(page: ClientSession, call: str, **given: Any) -> tuple[int, dict[str, Any]]:
    """A call that does something: status and answer."""
    async with page.post(f"/_control/{call}", json=given) as response:
        return response.status, await response.json()
