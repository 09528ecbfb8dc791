"""A channel with a long past: read in pages, without jumps, with a DOM that stays small."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser import BROWSER, SLOW
from tests.page.stage import Stage

pytestmark = BROWSER

KEPT = 300  # messages in the DOM while one reads the newest
POSITION = "message => message.getBoundingClientRect().top"


async def past(stage: Stage, length: int) -> None:
    """Notes in #brand, where the app is not."""
    for number in range(length):
        await stage.slack.post(
            user=("ana", "ben", "chris")[number % 3], channel="brand", text=f"Note {number}."
        )


def notes(page: Page) -> Locator:
    """The messages that are in the page."""
    return page.locator("[data-test=channel-pane] [data-message-ts]")


async def test_older_messages_come_as_one_scrolls_up_and_nothing_jumps(stage: Stage, page: Page) -> None:
    await past(stage, 350)
    await page.goto(stage.address("#brand"))
    await expect(notes(page)).to_have_count(100)
    await expect(page.locator(".list-intro")).to_be_hidden()
    scroller = page.locator("[data-test=channel-pane] .scroller")
    await scroller.evaluate("list => list.scrollTop = 300")
    anchor = notes(page).filter(has_text="Note 257.")
    before = await anchor.evaluate(POSITION)
    await expect(notes(page)).to_have_count(200)
    assert abs(await anchor.evaluate(POSITION) - before) < 2
    for count in (300, 350):
        await scroller.evaluate("list => list.scrollTop = 0")
        await expect(notes(page)).to_have_count(count)
    await expect(notes(page).first).to_contain_text("Note 0.")
    await expect(page.locator("[data-test=channel-pane] .list-intro")).to_contain_text(
        "the very beginning of #brand"
    )


async def test_a_burst_shows_live_and_leaves_the_page_small(stage: Stage, page: Page) -> None:
    await page.goto(stage.address("#brand"))
    await expect(page.locator("[data-test=channel-pane] h1")).to_have_text("brand")
    for _ in range(6):  # each as fast as it goes; a busy machine draws them one by one
        await past(stage, 60)
        await expect(notes(page).last).to_contain_text("Note 59.", timeout=SLOW)
        await expect(notes(page).last).to_be_in_viewport(timeout=SLOW)
    await expect(notes(page)).to_have_count(KEPT, timeout=SLOW)
    scroller = page.locator("[data-test=channel-pane] .scroller")
    await expect(notes(page).last).to_be_in_viewport()
    await scroller.evaluate("list => list.scrollTop = 0")
    await expect(notes(page)).not_to_have_count(KEPT)


async def test_who_reads_above_is_not_moved_by_what_comes_in(stage: Stage, page: Page) -> None:
    await past(stage, 60)
    await page.goto(stage.address("#brand"))
    await expect(notes(page)).to_have_count(60)
    await page.locator("[data-test=channel-pane] .scroller").evaluate("list => list.scrollTop = 200")
    await stage.slack.post(user="ben", channel="brand", text="Something new")
    await expect(notes(page)).to_have_count(61)
    await expect(notes(page).last).not_to_be_in_viewport()
    await page.locator("[data-test=channel-pane] .newer").click()
    await expect(notes(page).last).to_be_in_viewport()
