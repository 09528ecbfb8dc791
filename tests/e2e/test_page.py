"""The sandbox's page in a real browser: drop an image, read the card, press its buttons."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.sandbox.samples import samples
from tests.browser import BROWSER
from tests.e2e.team import Team, a_team

pytestmark = BROWSER

DROP = """
([target, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""
PASTE = """
([target, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const paste = new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true });
  target.dispatchEvent(paste);
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """The page knows nothing of the bot's database: one kind is enough."""
    async with a_team(f"sqlite:///{tmp_path}/masko.db") as team:
        yield team


@pytest_asyncio.fixture(loop_scope="session")
async def page(team: Team, browser: Browser) -> AsyncIterator[Page]:
    """The page at #mascots; a script error on it fails the test."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(team.sandbox.page_url)
    await page.locator("[data-test=channel-pane]").wait_for()
    yield page
    await page.close()
    assert errors == []


async def give(page: Page, script: str, name: str, data: bytes) -> None:
    """Drop or paste a file at the channel's composer."""
    target = await page.locator("[data-test=channel-pane] [data-test=composer-input]").element_handle()
    await page.evaluate(script, [target, name, "image/png", base64.b64encode(data).decode()])


@pytest.mark.parametrize("script", [DROP, PASTE], ids=["dropped", "pasted"])
async def test_an_image_given_to_the_page_becomes_a_card(team: Team, page: Page, script: str) -> None:
    fox = samples()[0]
    await give(page, script, fox.file, fox.read())
    await page.locator("[data-test=channel-pane] [data-test=send]").click()
    thread = page.locator("[data-test=thread-pane]")
    await expect(thread).to_contain_text("1 of 6 references")
    (mascot,) = team.mascots()
    await expect(thread).to_contain_text(mascot.detected.name)
    await expect(thread).to_contain_text(mascot.detected.prompt[:60])
    assert team.findings() == []


async def test_a_sample_is_one_click_and_the_card_changes_live(team: Team, page: Page) -> None:
    await page.locator("[data-test=post-sample-fox]").click()
    thread = page.locator("[data-test=thread-pane]")
    await expect(thread).to_contain_text("1 of 6 references")
    side = next(sample for sample in samples() if sample.name == "fox-side")
    await thread.locator("[data-test=file-input]").set_input_files(
        {"name": side.file, "mimeType": "image/png", "buffer": side.read()}
    )
    await thread.locator("[data-test=send]").click()
    await expect(thread).to_contain_text("2 of 6 references")
    await expect(thread).to_contain_text(f"Added {side.file} · 2 of 6 references")
    await expect(thread).to_contain_text("Masko uses the new references from the next generation on.")


async def test_the_cards_buttons_and_forms_work(team: Team, page: Page) -> None:
    await page.locator("[data-test=post-sample-fox]").click()
    thread = page.locator("[data-test=thread-pane]")
    await thread.locator("[data-action-id='card.edit']").click()
    modal = page.locator("[data-test=modal]")
    await modal.locator("input").first.fill("Felix the Fox")
    await modal.locator("textarea").first.fill("A friendly orange fox with a blue scarf.")
    await modal.locator("[data-test=modal-submit]").click()
    await expect(thread).to_contain_text("Felix the Fox")
    await expect(modal).to_have_count(0)
    await expect(thread).to_contain_text("A friendly orange fox with a blue scarf.")
    (mascot,) = team.mascots()
    assert (mascot.name, mascot.prompt) == ("Felix the Fox", "A friendly orange fox with a blue scarf.")
    assert team.findings() == []


async def test_the_details_open(team: Team, page: Page) -> None:
    await page.locator("[data-test=post-sample-fox]").click()
    await page.locator("[data-block-id=actions] [data-element=overflow]").click()
    await page.get_by_role("menuitem", name="Details").click()
    await expect(page.locator("[data-test=modal]")).to_contain_text(team.mascots()[0].detected.prompt[-60:])


async def test_the_inspector_shows_what_went_both_ways(page: Page) -> None:
    await page.locator("[data-test=post-sample-fox]").click()
    await expect(page.locator("[data-test=thread-pane]")).to_contain_text("1 of 6")
    await page.locator("[data-test=inspector-toggle]").click()
    inspector = page.locator("[data-test=inspector]")
    for call in ("chat.postMessage", "chat.update", "POST /v1/upload", "POST /v1/collections"):
        await expect(inspector).to_contain_text(call)


async def test_nothing_is_loaded_from_elsewhere(team: Team, browser: Browser) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(team.sandbox.page_url)
    await page.locator("[data-test=post-sample-fox]").click()
    await expect(page.locator("[data-test=thread-pane]")).to_contain_text("1 of 6")
    assert asked
    assert [url for url in asked if not url.startswith((team.sandbox.page_url, "data:", "blob:"))] == []
    await page.close()
