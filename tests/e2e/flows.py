"""Photographs what people see of the bot beside the card: its answers, forms and Home, in the sandbox's page.

    python -m tests.e2e.flows FOLDER [NAME…] [dark]

Names choose among the scenes: commands, choice, settings, shortcut, removal, home.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot.desk import ASKED
from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.browser import SLOW, launched
from tests.e2e.team import Message, Team, a_team

Scene = Callable[[Team, Page, Message], Awaitable[None]]


async def _ask(team: Team, text: str) -> None:
    await team.slack.command("ana", "mascots", "/masko", text)
    await team.bot.queue.drained(ASKED)
    await team.all_done()


async def _at(team: Team, page: Page, thread: Message | None = None) -> None:
    channel = team.slack.directory.channel("mascots").id
    await page.goto(f"{team.sandbox.page_url}#{channel}" + (f"/{thread['ts']}" if thread else ""))
    await page.locator("[data-test=channel-pane] img").first.wait_for(timeout=SLOW)


async def commands(team: Team, page: Page, post: Message) -> None:
    """A list, for one's own eyes."""
    await _at(team, page)
    await _ask(team, "list")
    await page.locator("[data-test=channel-pane] .newer").click()


async def choice(team: Team, page: Page, post: Message) -> None:
    """A name that several mascots have."""
    await _at(team, page)
    await _ask(team, "show F")
    await page.locator("[data-test=channel-pane] .newer").click()


async def settings(team: Team, page: Page, post: Message) -> None:
    """A channel's settings."""
    await _at(team, page)
    await team.slack.command("ana", "mascots", "/masko", "settings")
    await page.locator("dialog[open]").wait_for(timeout=SLOW)


async def shortcut(team: Team, page: Page, post: Message) -> None:
    """Add to Masko, on a message."""
    await _at(team, page)
    await team.slack.shortcut("ana", "add_to_masko", channel="mascots", message_ts=post["ts"])
    await page.locator("dialog[open]").wait_for(timeout=SLOW)


async def removal(team: Team, page: Page, post: Message) -> None:
    """References to choose from, out of the card's menu."""
    await _at(team, page, post)
    card = team.card(post)
    menu = next(
        each
        for block in card["blocks"]
        if block["type"] == "actions"
        for each in block["elements"]
        if each["type"] == "overflow"
    )
    wanted = next(each for each in menu["options"] if "emove" in each["text"]["text"])
    await team.slack.press("ana", "mascots", card["ts"], menu["action_id"], None, {"selected_option": wanted})
    await page.locator("dialog[open]").wait_for(timeout=SLOW)


async def home(team: Team, page: Page, post: Message) -> None:
    """Ana's Home."""
    await _at(team, page)
    await page.locator("[data-test=sidebar]").get_by_text("Masko", exact=True).last.click()
    await page.get_by_text("Your mascots").first.wait_for(timeout=SLOW)


SCENES: dict[str, Scene] = {
    each.__name__: each for each in (commands, choice, settings, shortcut, removal, home)
}


async def take(folder: Path, names: list[str], scheme: str) -> None:
    """Photograph each scene in a sandbox of its own."""
    async with async_playwright() as playwright:
        browser = await launched(playwright)
        for name in names:
            with tempfile.TemporaryDirectory() as database:
                async with a_team(f"sqlite:///{database}/masko.db") as team:
                    page = await browser.new_page(
                        viewport={"width": 1180, "height": 820},
                        color_scheme="dark" if scheme == "dark" else "light",
                        device_scale_factor=1.5,
                    )
                    await SCENES[name](team, page, await _life(team))
                    await asyncio.sleep(1.0)  # pictures and forms fade in
                    await page.screenshot(path=folder / f"{name}.png")
                    await page.close()
        await browser.close()


async def _life(team: Team) -> Message:
    """Three mascots; the last one's post."""
    team.slack.files.processing_delay = 0.0
    shown = {each.name: each for each in samples()}
    for name, called in (("robot", "Bolt"), ("octopus", "Fergus the Octopus")):
        post = await team.post([NewFile(shown[name].file, shown[name].read())], user="ben")
        await _ask(team, f"rename {team.mascots()[-1].detected.name} to {called}")
    front, side = (NewFile(shown[name].file, shown[name].read()) for name in ("fox", "fox-side"))
    post = await team.post([front, side], text="Our new mascot! What do you think?")
    await _ask(team, f"rename {team.mascots()[-1].detected.name} to Felix the Fox")
    return post


def main() -> None:
    """Take the pictures that are asked for."""
    folder, *rest = sys.argv[1:]
    names = [name for name in rest if name in SCENES] or list(SCENES)
    Path(folder).mkdir(parents=True, exist_ok=True)
    asyncio.run(take(Path(folder), names, "dark" if "dark" in rest else "light"))


if __name__ == "__main__":
    main()
