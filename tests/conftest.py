from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import disk_usage

import pytest
import pytest_asyncio
from aiohttp import web_app
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import SLOW, launched
from tests.databases import fresh_url

expect.set_options(timeout=SLOW)


MEMORY = Path("/dev/shm")  # Linux keeps files there in memory
ENOUGH = 4 * 2**30  # bytes


def pytest_configure() -> None:
    """Keep temporary files in memory where there is room: what a crash of the machine would lose is of no
    interest to a test, and every commit to a disk holds up all tests that run beside it."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what drives a browser, and the second run of an end-to-end test, on PostgreSQL."""
    for item in items:
        again = "e2e" in item.path.parts and "postgresql" in item.name
        if again or item.get_closest_marker("browser"):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays to the end: to look through it all takes so long on a busy
    machine that Slack would take the bot for deaf."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Let a test's servers go: aiohttp keeps the handlers of its last thousand routes, and what is behind."""
    web_app._cached_build_middleware.cache_clear()


def pytest_xdist_auto_num_workers() -> int:
    """Three test processes a core: most tests wait for something more than they compute."""
    return 3 * (os.cpu_count() or 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database: a test that asks for it runs on both kinds."""
    yield from fresh_url(request.param, request)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    yield from fresh_url("postgresql", request)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a process that are marked with `tests.browser.BROWSER`."""
    async with async_playwright() as playwright:
        browser = await launched(playwright)
        yield browser
        await browser.close()
