"""Writing: slash commands, mentions, global shortcuts."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser import BROWSER
from tests.page.stage import Stage
from tests.page.test_forms import FOX

pytestmark = BROWSER


def composer(page: Page, pane: str = "channel") -> Locator:
    """Where one writes."""
    return page.locator(f"[data-test={pane}-pane] [data-test=composer-input]")


def suggested(page: Page) -> Locator:
    """What is suggested now."""
    return page.locator("[data-test=completion]:visible")


async def test_what_is_written_while_the_page_loads_waits_for_it(stage: Stage, browser: Browser) -> None:
    loaded = asyncio.Event()

    async def late(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    page = await browser.new_page()
    await page.route("**/_control/state*", late)
    await page.goto(stage.address())
    await expect(page.locator("[data-test=channel-pane]")).to_contain_text("Loading…")
    await expect(page.locator("[data-test=channel-pane] [data-test=send]")).to_be_disabled()
    await expect(page.locator("[data-test=channel-pane] [data-test=alt-text]")).to_be_hidden()
    await composer(page).fill("Early")
    await page.locator("[data-test=channel-pane] [data-test=file-input]").set_input_files(FOX)  # type: ignore[arg-type]
    await composer(page).press("Enter")
    await expect(page.locator("[data-test=channel-pane] [data-test=send]")).to_be_disabled()
    loaded.set()
    await expect(page.locator("[data-test=channel-pane] h1")).to_have_text("mascots")
    await expect(page.locator("[data-test=channel-pane]")).not_to_contain_text("Loading…")
    await expect(composer(page)).to_have_value("Early")
    await page.locator("[data-test=channel-pane] [data-test=send]").click()
    await expect(page.locator("[data-message-ts]", has_text="Early").locator("img")).to_be_visible()
    await expect(page.locator("[data-test=toasts]")).to_be_empty()
    await page.close()


async def test_a_slash_lists_the_commands_with_their_usage(page: Page) -> None:
    await composer(page).press_sequentially("/")
    options = suggested(page).get_by_role("option")
    await expect(options).to_have_count(3)
    await expect(options.first).to_contain_text("/demo form | whisper | say words")
    await expect(options.last).to_contain_text("List the mascots of this channel")
    await composer(page).press_sequentially("mas")
    await expect(options).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(composer(page)).to_have_value("/mascots ")
    await expect(suggested(page)).to_contain_text("/mascots [all]")
    await page.keyboard.press("Escape")
    await expect(suggested(page)).to_have_count(0)


async def test_a_command_is_run_and_its_private_answer_shown(stage: Stage, page: Page) -> None:
    await composer(page).fill("/mascots all")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-test=channel-pane] [data-message-ts]", has_text="Otto the Octopus")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(composer(page)).to_have_value("")
    assert stage.demo.commands == ["/mascots all"]


async def test_a_command_may_answer_in_the_channel(page: Page) -> None:
    await composer(page).fill("/demo say Hello everybody")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-user=U0MASKOBOT1]", has_text="Hello everybody")
    await expect(answer).to_be_visible()
    await expect(answer.locator("[data-test=ephemeral]")).to_have_count(0)


async def test_a_command_that_is_not_answered_in_time_fails_in_words(stage: Stage, page: Page) -> None:
    stage.slack.socket.ack_timeout = 0.2
    await composer(page).fill("/demo-late")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-test=toasts]")).to_contain_text("operation_timeout")


async def test_threads_take_no_commands(stage: Stage, page: Page) -> None:
    root = await stage.slack.post(user="ben", channel="mascots", text="A thread")
    await page.goto(stage.address(rest=root["ts"]))
    await composer(page, "thread").fill("/demo form")
    await expect(suggested(page)).to_contain_text("cannot be used in threads")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-test=toasts]")).to_contain_text("cannot be used in threads")
    await expect(composer(page, "thread")).to_have_value("/demo form")
    assert stage.demo.commands == []


async def test_an_unknown_command_is_not_posted_unless_a_space_stands_before_it(
    stage: Stage, page: Page
) -> None:
    await composer(page).fill("/unknown")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-test=toasts]")).to_contain_text("/unknown is not a command")
    assert stage.slack.channel_messages("mascots") == []
    await composer(page).fill(" /unknown")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-message-ts]", has_text="/unknown")).to_be_visible()


async def test_an_at_sign_completes_names(stage: Stage, page: Page) -> None:
    await composer(page).press_sequentially("Ask @no")
    await expect(suggested(page).get_by_role("option")).to_have_count(1)
    await expect(suggested(page)).to_contain_text("Noor Haddad")
    await expect(suggested(page)).to_contain_text("External")
    await expect(suggested(page)).to_contain_text("Not in this channel")
    await composer(page).fill("Ask ")
    await composer(page).press_sequentially("@b")
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_have_value("Ask @ben ")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-message-ts] .mention")).to_have_text("@Ben Okafor")
    assert stage.slack.channel_messages("mascots")[0]["text"] == f"Ask <@{stage.id('ben')}>"


async def test_a_global_shortcut_is_at_the_composers_plus(stage: Stage, page: Page) -> None:
    await page.locator("[data-test=channel-pane] [data-test=plus]").click()
    await page.locator("[data-test=shortcut-new]").click()
    await expect(page.locator("[data-test=modal]")).to_contain_text("New mascot")
    assert [shortcut["type"] for shortcut in stage.demo.shortcuts] == ["shortcut"]


async def test_the_arrow_up_in_an_empty_field_edits_ones_last_message(stage: Stage, page: Page) -> None:
    await stage.slack.post(user="ana", channel="mascots", text="First")
    await stage.slack.post(user="ben", channel="mascots", text="Second")
    await expect(page.locator("[data-message-ts]", has_text="Second")).to_be_visible()
    await composer(page).press("ArrowUp")
    await expect(page.locator("[data-test=edit-input]")).to_have_value("First")
