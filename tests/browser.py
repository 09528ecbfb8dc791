"""The browser that tests and photographs of the page drive."""

from __future__ import annotations

import shutil

import pytest
from playwright.async_api import Browser, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SLOW = 30_000  # ms: a loaded machine; what is waited for takes well under a second on an idle one

BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium"),
    pytest.mark.asyncio(loop_scope="session"),
]
"""The marks of a module of browser tests, which share one browser and so one event loop."""

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def launched(playwright: Playwright) -> Browser:
    """A quiet Chromium that loads nothing of its own."""
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
