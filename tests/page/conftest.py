"""For each test of the page a sandbox of its own and a tab as Ana in #mascots."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.page.stage import Stage, opened, staged


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: Stage, browser: Browser) -> AsyncIterator[Page]:
    """The page as Ana sees #mascots; a script error on it fails the test."""
    page = await opened(browser, stage.address())
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await page.close()
    assert errors == []
