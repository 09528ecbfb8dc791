"""Photographs the page in every state that people meet, light and dark, wide and on a phone.

python -m tests.page.gallery FOLDER [NAME…]

Names choose among the scenes: the functions below (`thread`, `modal`, …). Look at the pictures; they are
not kept.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.browser import launched
from tests.page.demonstration import whisper
from tests.page.stage import Stage, opened, staged

SIZES = {"wide": (1360, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")

Scene = Callable[[Stage, Page], Awaitable[None]]


async def fill(stage: Stage) -> None:
    """Some life: posts, a thread with a card, reactions, an edit, something deleted, something forwarded."""
    slack = stage.slack
    gone = await slack.post(user="chris", channel="mascots", text="Wrong channel, sorry")
    await slack.post(user="ben", channel="mascots", text="It happens :smile:", thread_ts=gone["ts"])
    slack.delete("mascots", gone["ts"], user="chris")
    first = await slack.post(user="ana", channel="mascots", text="Morning! The fox is nearly there, @ben")
    await slack.edit("ana", "mascots", first["ts"], "Morning! The fox is *nearly* there, @ben: see #brand")
    slack.react("ben", "mascots", first["ts"], "tada", on=True)
    slack.react("ana", "mascots", first["ts"], "tada", on=True)
    slack.react("gil", "mascots", first["ts"], "eyes", on=True)
    await slack.post(user="gil", channel="mascots", text="I like the scarf.")
    fox, side = samples()[:2]
    pictures = [NewFile(sample.file, sample.read(), alt=sample.title) for sample in (fox, side)]
    post = await slack.post(user="ana", channel="mascots", text="Our new mascot!", files=pictures)
    await slack.wait_until(lambda: slack.thread("mascots", post["ts"])[1:])
    slack.react("chris", "mascots", post["ts"], "fox_face", on=True)
    await slack.post(user="chris", channel="mascots", text="Lovely. Who reviews?", thread_ts=post["ts"])
    await slack.forward(
        user="ana", channel="brand", from_channel="mascots", ts=post["ts"], text="For the brand book"
    )


def _root(stage: Stage) -> str:
    posts = [message for message in stage.slack.channel_messages("mascots") if message.get("files")]
    return str(posts[-1]["ts"])


def _composer(page: Page) -> Locator:
    return page.locator("[data-test=channel-pane] [data-test=composer-input]")


async def channel(stage: Stage, page: Page) -> None:
    """The channel as one finds it."""


async def thread(stage: Stage, page: Page) -> None:
    """A thread with a card."""
    await page.goto(stage.address(rest=_root(stage)))
    await page.locator("[data-test=thread-pane] [data-block-id=name]").wait_for()


async def commands(stage: Stage, page: Page) -> None:
    """What a slash offers."""
    await _composer(page).press_sequentially("/")
    await page.locator("[data-test=completion]:visible").wait_for()


async def modal(stage: Stage, page: Page) -> None:
    """A form."""
    await stage.slack.command("ana", "mascots", "/demo", "form")
    await page.locator("[data-test=modal]").wait_for()


async def fields(stage: Stage, page: Page) -> None:
    """The rest of the form, with choices made and something left out."""
    await modal(stage, page)
    form = page.locator("[data-test=modal]")
    await form.locator("[data-action-id=name]").fill("Felix")
    for block, name in (("colours", "Orange"), ("informed", "Ben Okafor")):
        await form.locator(f"[data-block-id={block}] input").click()
        await form.locator(".picker-option:visible", has_text=name).click()
        await page.keyboard.press("Escape")
    await form.locator("[data-test=modal-submit]").click()
    await form.locator("[data-block-id=informed]").scroll_into_view_if_needed()


async def home(stage: Stage, page: Page) -> None:
    """The app's Home."""
    await page.goto(stage.address("#ana", rest="home"))
    await page.get_by_text("Your mascots").wait_for()


async def menu(stage: Stage, page: Page) -> None:
    """What can be done with a message."""
    message = page.locator("[data-test=channel-pane] [data-message-ts]").nth(1)
    await message.focus()
    await page.keyboard.press("m")
    await page.locator("[data-test=menu]").wait_for()


async def ephemeral(stage: Stage, page: Page) -> None:
    """What only one person sees."""
    words = "*hero.png* is 512 × 512. 1024 × 1024 or larger works best."
    await whisper(stage.client, stage.id("#mascots"), stage.id("ana"), words)
    await page.locator("[data-test=ephemeral]").first.wait_for()


async def long(stage: Stage, page: Page) -> None:
    """A channel with a past, read upwards."""
    people = ("ana", "ben", "chris")
    for number in range(300):
        text = f"Note {number}: " + "words of a long day " * (number % 9)
        await stage.slack.post(user=people[number // 3 % 3], channel="brand", text=text)
    await page.goto(stage.address("#brand"))
    await page.get_by_text("Note 299").wait_for()
    await page.locator("[data-test=channel-pane] .scroller").evaluate("list => list.scrollTop = 400")
    await page.get_by_text("Note 150:").wait_for(state="attached")


async def forward(stage: Stage, page: Page) -> None:
    """Forwarding, and what came of it below."""
    await page.goto(stage.address("#brand"))
    await page.locator("[data-test=shared-message]").wait_for()
    await page.locator("[data-test=channel-pane] [data-message-ts]").last.focus()
    await page.keyboard.press("f")
    await page.locator("[data-test=forward-dialog]").wait_for()


async def shared(stage: Stage, page: Page) -> None:
    """A forwarded message where it went."""
    await page.goto(stage.address("#brand"))
    await page.locator("[data-test=shared-message]").wait_for()


async def keys(stage: Stage, page: Page) -> None:
    """The list of keys."""
    await page.locator("[data-test=channel-pane] .scroller").focus()
    await page.keyboard.press("?")


async def switcher(stage: Stage, page: Page) -> None:
    """Going somewhere."""
    await page.keyboard.press("Control+k")


async def people(stage: Stage, page: Page) -> None:
    """Whom one can act as; on a phone the side bar."""
    opener = page.locator("[data-test=open-sidebar]")
    if await opener.is_visible():
        await opener.click()
    await page.locator("[data-test=act-as]").click()


async def blocks(stage: Stage, page: Page) -> None:
    """Every block."""
    await stage.slack.post(user="ana", channel="mascots", text="zoo")
    await page.get_by_text("Every block").last.wait_for()


async def reactions(stage: Stage, page: Page) -> None:
    """Choosing a reaction."""
    await page.locator("[data-test=channel-pane] [data-message-ts]").nth(1).focus()
    await page.keyboard.press("r")


async def mention(stage: Stage, page: Page) -> None:
    """Whom an @ offers."""
    await _composer(page).press_sequentially("Have a look, @")


async def editing(stage: Stage, page: Page) -> None:
    """Changing one's own words."""
    await page.locator("[data-test=channel-pane] [data-message-ts]").nth(1).focus()
    await page.keyboard.press("e")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        *(channel, thread, commands, modal, fields, home, menu, ephemeral, shared, forward, keys, switcher),
        *(people, blocks, reactions, mention, editing, long),
    )
}


async def photograph(folder: Path, names: list[str]) -> None:
    """Take the pictures of these scenes, each in a fresh sandbox."""
    async with async_playwright() as playwright:
        browser = await launched(playwright)
        for name in names:
            await _photograph(folder, name, browser)
        await browser.close()


async def _photograph(folder: Path, name: str, browser: Browser) -> None:
    for size, (width, height) in SIZES.items():
        async with staged() as stage:
            await fill(stage)
            page = await opened(browser, stage.address(), viewport={"width": width, "height": height})
            page.on("pageerror", lambda error: print(f"{name}: {error}", file=sys.stderr))
            await page.locator("[data-test=channel-pane] [data-message-ts]").last.wait_for()
            await SCENES[name](stage, page)
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
                await page.wait_for_timeout(250)  # pictures decode
                await page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
            await page.close()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(photograph(folder, sys.argv[2:] or list(SCENES)))


if __name__ == "__main__":
    main()
