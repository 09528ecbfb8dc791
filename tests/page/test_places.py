"""Going about: the keyboard, acting as others, what is unread, on a phone."""

from __future__ import annotations

from typing import cast

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import BROWSER
from tests.page.accessible import FAINT, NAMELESS
from tests.page.stage import Stage, opened

pytestmark = BROWSER


async def test_the_switcher_goes_to_channels_and_begins_conversations(stage: Stage, page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.locator("[data-test=switcher-input]").fill("bra")
    await page.keyboard.press("Enter")
    heading = page.locator("[data-test=channel-pane] h1")
    await expect(heading).to_have_text("brand")
    await page.keyboard.press("Control+k")
    await page.locator("[data-test=switcher-input]").fill("chris")
    await page.keyboard.press("Enter")
    await expect(heading).to_have_text("Chris Meyer")
    await expect(page.locator("[data-test=sidebar]")).to_contain_text("Chris Meyer")


async def test_keys_go_through_channels_people_and_messages(stage: Stage, page: Page) -> None:
    for text in ("One", "Two"):
        await stage.slack.post(user="ben", channel="mascots", text=text)
    await expect(page.locator("[data-message-ts]")).to_have_count(2)
    await page.locator("[data-test=channel-pane] .scroller").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("[data-message-ts]").first).to_be_focused()
    await page.keyboard.press("t")
    await expect(page.locator("[data-test=thread-pane]")).to_contain_text("One")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-test=thread-pane]")).to_have_count(0)
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator("[data-test=channel-pane] h1")).to_have_text("brand")
    await page.keyboard.press("Alt+2")
    await expect(page.locator("[data-test=act-as]")).to_contain_text("Ben Okafor")
    await page.keyboard.press("Alt+5")
    await expect(page.locator("[data-test=act-as]")).to_contain_text("Noor Haddad")
    await expect(page.locator("[data-test=channel-pane] h1")).to_have_text("northwind")


async def test_f6_goes_round_the_parts_of_the_page(page: Page) -> None:
    composer = page.locator("[data-test=channel-pane] [data-test=composer-input]")
    await composer.focus()
    await page.keyboard.press("F6")
    await expect(page.locator("[data-test=sidebar] [aria-current=page]")).to_be_focused()
    await page.keyboard.press("F6")
    await expect(page.locator("[data-test=channel-pane] .scroller")).to_be_focused()
    await page.keyboard.press("F6")
    await expect(composer).to_be_focused()


async def test_a_question_mark_lists_the_keys_but_can_be_typed(page: Page) -> None:
    composer = page.locator("[data-test=channel-pane] [data-test=composer-input]")
    await composer.press_sequentially("Really?")
    await expect(composer).to_have_value("Really?")
    await page.locator("[data-test=channel-pane] .scroller").focus()
    await page.keyboard.press("?")
    await expect(page.locator("[data-test=keys]")).to_contain_text("Add a reaction")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-test=keys]")).to_have_count(0)


async def test_guests_and_people_from_elsewhere_are_marked(stage: Stage, page: Page) -> None:
    await page.locator("[data-test=act-as]").click()
    await expect(page.locator(f"[data-test=act-as-{stage.id('gil')}]")).to_contain_text("Guest")
    await expect(page.locator(f"[data-test=act-as-{stage.id('noor')}]")).to_contain_text("External")
    await page.keyboard.press("Escape")
    await stage.slack.post(user="noor", channel="northwind", text="Hello from Northwind")
    await page.goto(stage.address("#northwind"))
    await expect(page.locator("[data-message-ts]")).to_contain_text("External")
    await expect(page.locator("[data-test=channel-pane] header").first).to_contain_text("Shared")


async def test_two_tabs_act_as_two_people_and_see_each_other_live(
    stage: Stage, page: Page, browser: Browser
) -> None:
    other = await opened(browser, stage.address(user="ben"))
    await other.locator("[data-test=channel-pane] [data-test=composer-input]").fill("Hello from Ben")
    await other.keyboard.press("Enter")
    await expect(page.locator(f"[data-message-ts][data-user={stage.id('ben')}]")).to_contain_text(
        "Hello from Ben"
    )
    await expect(page.locator("[data-test=act-as]")).to_contain_text("Ana Lima")
    await other.close()


async def test_what_is_unread_is_counted_for_everybody(stage: Stage, page: Page) -> None:
    brand = page.locator("[data-test=sidebar] .place", has_text="brand")
    await stage.slack.post(user="ben", channel="brand", text="One")
    await stage.slack.post(user="ben", channel="brand", text="Two")
    await expect(brand.locator(".unread")).to_have_text("2")
    await page.locator("[data-test=act-as]").click()
    await expect(page.locator(f"[data-test=act-as-{stage.id('chris')}]")).to_contain_text("2 new")
    await page.keyboard.press("Escape")
    await brand.click()
    await expect(brand.locator(".unread")).to_have_count(0)


async def test_somebody_is_invited_from_the_members(stage: Stage, page: Page) -> None:
    await page.locator("[data-test=members]").click()
    await page.locator(f"[data-test=member-{stage.id('noor')}]").click()
    await expect(page.locator("[data-test=members]")).to_have_attribute("aria-label", "6 members")
    assert stage.id("noor") in stage.slack.directory.channel("mascots").members


async def test_where_the_app_is_not_the_page_says_so_and_offers_to_add_it(stage: Stage, page: Page) -> None:
    await page.goto(stage.address("#brand"))
    absence = page.locator("[data-test=absence]")
    await expect(absence).to_contain_text("Masko is not in this channel")
    await absence.get_by_role("button").click()
    await expect(absence).to_have_count(0)
    await expect(page.locator("[data-test=invitation]")).to_be_visible()


async def test_a_workspace_that_begins_anew_is_read_afresh(stage: Stage, page: Page) -> None:
    await stage.slack.post(user="ben", channel="mascots", text="Of yesterday")
    await expect(page.locator("[data-message-ts]")).to_contain_text("Of yesterday")
    channel = stage.slack.directory.channel("mascots")
    channel.topic = "A new day"
    stage.slack.workspace.messages.remove(next(iter(stage.slack.workspace.messages.channel(channel.id))))
    stage.slack.workspace.changes.publish("reset")
    await expect(page.locator("[data-test=channel-pane] .topic")).to_have_text("A new day")
    await expect(page.locator("[data-message-ts]")).to_have_count(0)
    await expect(page.locator("[data-test=act-as]")).to_contain_text("Ana Lima")


OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


async def test_the_page_fits_a_phone(stage: Stage, browser: Browser) -> None:
    root = await stage.slack.post(user="ben", channel="mascots", text="A long word: " + "m" * 120)
    await stage.slack.post(user="ana", channel="mascots", text="zoo")
    phone = await opened(browser, stage.address(), viewport={"width": 390, "height": 844})
    await expect(phone.locator("[data-message-ts]").last).to_contain_text("blue scarf")
    assert not await phone.evaluate(OVERFLOW)
    await phone.locator("[data-test=open-sidebar]").click()
    await phone.locator("[data-test=sidebar] .place", has_text="brand").click()
    await expect(phone.locator("[data-test=channel-pane] h1")).to_have_text("brand")
    await phone.goto(stage.address(rest=root["ts"]))
    await expect(phone.locator("[data-test=thread-pane]")).to_be_visible()
    await expect(phone.locator("[data-test=channel-pane]")).to_be_visible()
    assert not await phone.evaluate(OVERFLOW)
    await phone.close()


TOOLBARS = """[...document.querySelectorAll(".message-toolbar")]
    .filter((bar) => getComputedStyle(bar).opacity === "1")
    .map((bar) => {
        const box = bar.getBoundingClientRect();
        return [...document.querySelectorAll(".message-body, .byline > *")].filter((words) => {
            const range = document.createRange();
            range.selectNodeContents(words);
            return [...range.getClientRects()].some((line) => line.right > box.left && line.left < box.right
                && line.bottom > box.top && line.top < box.bottom);
        }).map((words) => words.textContent);
    })"""
"""For each toolbar that is to be seen, the words that it covers."""


async def test_on_a_phone_one_message_at_a_time_has_a_toolbar_and_it_covers_no_words(
    stage: Stage, browser: Browser
) -> None:
    for words in ("first", "second", "third"):
        await stage.slack.post(user="ana", channel="mascots", text=f"The {words} " + "long line " * 20)
    phone = await opened(browser, stage.address(), viewport={"width": 390, "height": 844}, has_touch=True)
    messages = phone.locator("[data-message-ts]", has_text="long line")
    await expect(messages).to_have_count(3)
    for tapped, pointed_at in ((0, 1), (1, 2), (2, 0)):
        await messages.nth(tapped).tap()
        await messages.nth(tapped).focus()
        await messages.nth(pointed_at).hover()
        assert await phone.evaluate(TOOLBARS) == [[]]
    await messages.nth(0).locator("[data-test=more]").click()
    await expect(phone.locator("[data-test=menu-reply]")).to_be_visible()
    await phone.close()


async def test_an_answer_in_a_channel_without_pictures_is_in_sight_on_a_phone(
    stage: Stage, browser: Browser
) -> None:
    phone = await opened(browser, stage.address(), viewport={"width": 390, "height": 844})
    await expect(phone.locator("[data-test=invitation]")).to_be_visible()
    await stage.slack.command("ana", "mascots", "/demo", "whisper")
    await expect(phone.locator("[data-test=ephemeral]")).to_be_in_viewport(ratio=1)
    await phone.close()


async def test_nothing_moves_for_those_who_do_not_want_it(stage: Stage, browser: Browser) -> None:
    page = await opened(browser, stage.address(), reduced_motion="reduce")
    await page.keyboard.press("Control+k")
    await expect(page.locator("[data-test=switcher]")).to_be_visible()
    assert await page.evaluate("document.getAnimations().length") == 0
    await page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_control_has_a_name_and_every_text_enough_contrast(
    stage: Stage, browser: Browser, scheme: str
) -> None:
    """WCAG 2.2: 4.1.2 Name, Role, Value; 1.4.3 Contrast (Minimum)."""
    root = await stage.slack.post(user="gil", channel="mascots", text="See `code` of @ana, *soon*")
    stage.slack.react("ana", "mascots", root["ts"], "eyes", on=True)
    await stage.slack.post(user="ana", channel="mascots", text="zoo")
    await stage.slack.command("ana", "mascots", "/demo", "whisper")
    page = await opened(browser, stage.address(rest=root["ts"]), color_scheme=scheme)
    await expect(page.locator("[data-test=ephemeral]")).to_be_visible()
    await expect(page.locator("[data-test=thread-pane]")).to_contain_text("See `code`")
    assert cast(list[str], await page.evaluate(NAMELESS)) == []
    assert cast(list[str], await page.evaluate(FAINT)) == []
    await page.close()
