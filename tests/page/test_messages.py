"""What people do with a message: react, edit, delete, forward, use a shortcut; and what one may show."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.slack import NewFile
from tests.browser import BROWSER
from tests.page.demonstration import whisper
from tests.page.stage import Stage, opened
from tests.sandbox.slack.conftest import picture

pytestmark = BROWSER


def message(page: Page, words: str, pane: str = "channel") -> Locator:
    """The message that says these words."""
    return page.locator(f"[data-test={pane}-pane] [data-message-ts]", has_text=words)


async def choose(page: Page, words: str, entry: str) -> None:
    """Choose from the menu of a message."""
    await message(page, words).hover()
    await message(page, words).locator("[data-test=more]").click()
    await page.locator(f"[data-test={entry}]").click()


async def test_a_reaction_is_added_counted_named_and_taken_away(stage: Stage, page: Page) -> None:
    posted = await stage.slack.post(user="ben", channel="mascots", text="Done!")
    await message(page, "Done!").hover()
    await message(page, "Done!").locator("[data-test=react]").click()
    await page.locator("[data-test=reaction-search]").fill("tada")
    await page.keyboard.press("Enter")
    chip = message(page, "Done!").locator("[data-reaction=tada]")
    await expect(chip).to_have_attribute("aria-pressed", "true")
    stage.slack.react("ben", "mascots", posted["ts"], "tada", on=True)
    await expect(chip).to_have_text(re.compile("2$"))
    await expect(chip).to_have_attribute("title", "You and Ben Okafor reacted with :tada:")
    await chip.click()
    await expect(chip).to_have_attribute("aria-pressed", "false")
    await expect(chip).to_have_attribute("title", "Ben Okafor reacted with :tada:")


async def test_ones_own_words_are_changed_in_their_place(stage: Stage, page: Page) -> None:
    await stage.slack.post(user="ana", channel="mascots", text="Hello @ben & all")
    await message(page, "Hello").focus()
    await page.keyboard.press("e")
    field = page.locator("[data-test=edit-input]")
    await expect(field).to_have_value("Hello @ben & all")
    await page.keyboard.press("Escape")
    await expect(field).to_have_count(0)
    await page.keyboard.press("e")
    await field.fill("Good morning, @ben")
    await page.keyboard.press("Enter")
    await expect(message(page, "Good morning, @Ben Okafor")).to_contain_text("(edited)")
    await expect(field).to_have_count(0)


async def test_deleting_asks_first_and_a_root_with_replies_leaves_a_mark(stage: Stage, page: Page) -> None:
    root = await stage.slack.post(user="ana", channel="mascots", text="A mistake")
    await stage.slack.post(user="ben", channel="mascots", text="Which?", thread_ts=root["ts"])
    await choose(page, "A mistake", "menu-delete")
    await page.locator("[data-test=confirm-deny]").click()
    await expect(message(page, "A mistake")).to_have_count(1)
    await choose(page, "A mistake", "menu-delete")
    await page.locator("[data-test=confirm-agree]").click()
    await expect(message(page, "This message was deleted.")).to_contain_text("1 reply")
    await expect(message(page, "A mistake")).to_have_count(0)


async def test_other_peoples_words_can_be_neither_changed_nor_deleted(stage: Stage, page: Page) -> None:
    await stage.slack.post(user="ben", channel="mascots", text="Mine")
    await message(page, "Mine").hover()
    await message(page, "Mine").locator("[data-test=more]").click()
    await expect(page.locator("[data-test=menu-copy-link]")).to_be_visible()
    await expect(page.locator("[data-test=menu-edit], [data-test=menu-delete]")).to_have_count(0)


async def test_a_message_shortcut_reaches_the_app_and_only_its_user_sees_the_answer(
    stage: Stage, page: Page, browser: Browser
) -> None:
    await stage.slack.post(user="ben", channel="mascots", text="Take this one")
    other = await opened(browser, stage.address(user="ben"))
    await choose(page, "Take this one", "shortcut-add")
    answer = message(page, "“Take this one” is noted.")
    await expect(answer).to_contain_text("Only visible to you")
    assert stage.demo.shortcuts[0]["message"]["text"] == "Take this one"
    await expect(message(other, "is noted")).to_have_count(0)
    await other.close()
    await answer.locator("[data-test=dismiss]").click()
    await expect(answer).to_have_count(0)


async def test_a_message_only_for_ben_is_not_shown_to_ana(stage: Stage, page: Page, browser: Browser) -> None:
    other = await opened(browser, stage.address(user="ben"))
    await whisper(stage.client, stage.id("#mascots"), stage.id("ben"), "Just for you")
    await expect(message(other, "Just for you")).to_be_visible()
    await expect(message(page, "Just for you")).to_have_count(0)
    await other.close()


async def test_a_message_is_forwarded_with_its_files_and_words(stage: Stage, page: Page) -> None:
    await stage.slack.post(user="ben", channel="mascots", text="The fox", files=[picture("fox.png")])
    await choose(page, "The fox", "menu-forward")
    await page.locator("[data-test=forward-where]").select_option(label="#brand")
    await page.locator("[data-test=forward-text]").fill("For the book")
    await page.locator("[data-test=forward-send]").click()
    await page.locator("[data-test=toasts]").get_by_text("Go there").click()
    shared = message(page, "For the book").locator("[data-test=shared-message]")
    await expect(shared).to_contain_text("Ben Okafor")
    await expect(shared).to_contain_text("Posted in #mascots")
    await expect(shared.locator("[data-zoom]")).to_have_count(1)
    await shared.get_by_text("View message").click()
    await expect(message(page, "The fox", "thread").first).to_contain_text("Ben Okafor")


async def test_a_copied_link_opens_the_thread(stage: Stage, page: Page) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await stage.slack.post(user="ben", channel="mascots", text="Look here")
    await choose(page, "Look here", "menu-copy-link")
    await expect(page.locator("[data-test=toasts]")).to_contain_text("Link copied")
    await page.goto(await page.evaluate("navigator.clipboard.readText()"))
    await expect(message(page, "Look here", "thread")).to_be_visible()


async def test_every_block_is_drawn_and_nothing_is_loaded_from_elsewhere(stage: Stage, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await stage.slack.post(user="ana", channel="mascots", text="zoo")
    zoo = page.locator("[data-test=channel-pane] [data-message-ts]", has=page.locator(".block-header"))
    await expect(zoo).to_contain_text("blue scarf")
    await expect(zoo.locator(".unknown-element")).to_have_count(0)
    elsewhere = zoo.locator("[data-test=picture-elsewhere]")
    await expect(elsewhere).to_contain_text("https://images.example.com/fox.png")
    await expect(elsewhere).to_contain_text("loads nothing from elsewhere")
    await expect(zoo.locator(".block-markdown strong")).to_have_text(["A heading", "bold"])
    assert [url for url in asked if not url.startswith(stage.sandbox.page_url)] == []


async def test_a_confirmation_is_asked_before_a_button_acts(stage: Stage, page: Page) -> None:
    await stage.slack.post(
        user="ana", channel="mascots", files=[NewFile("fox.png", picture("fox.png").content)]
    )
    await page.locator("[data-test=replies]").click()
    approve = page.locator("[data-test=thread-pane] [data-action-id=approve]")
    await approve.click()
    await page.locator("[data-test=confirm-deny]").click()
    await page.locator("[data-test=thread-pane] [data-action-id=change]").click()
    await approve.click()
    await page.locator("[data-test=confirm-agree]").click()
    await stage.slack.wait_until(lambda: len(stage.demo.pressed) == 2)
    assert [body["actions"][0]["action_id"] for body in stage.demo.pressed] == ["change", "approve"]
