"""The page with the real bot behind it, for tests of the inspector."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser import SLOW
from tests.e2e.team import Message, Team, picture
from tests.e2e.trouble import a_quick_team
from tests.page.stage import opened


@asynccontextmanager
async def inspected(folder: Path, browser: Browser) -> AsyncIterator[tuple[Team, Page]]:
    """A team with an impatient bot, and a tab with the inspector open; a script error fails the test."""
    async with a_quick_team(folder) as team:
        page = await opened(browser, team.sandbox.page_url)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.locator("[data-test=inspector-toggle]").click()
        yield team, page
        await page.close()
        assert errors == []


async def post(team: Team, name: str, colour: str, **more: Any) -> Message:
    """Post a picture as Ana, and wait until the bot is done."""
    message = await team.post([picture(name, colour, size=128)], **more)
    await team.all_done()
    return message


async def copied(page: Page) -> str:
    """What was put on the clipboard last."""
    await page.get_by_text("Copied as").last.wait_for(timeout=SLOW)
    return str(await page.evaluate("() => navigator.clipboard.readText()"))


async def downloaded(page: Page, button: str) -> Any:
    """The JSON that a button saves as a file."""
    async with page.expect_download() as started:
        await page.locator(f"[data-test={button}]").click()
    return _read(await (await started.value).path())


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
