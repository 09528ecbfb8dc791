"""The app's Home and its messages."""

from __future__ import annotations

from playwright.async_api import Browser, Page, expect

from tests.browser import BROWSER
from tests.page.stage import Stage, opened, staged

pytestmark = BROWSER


async def test_opening_the_app_shows_its_home_and_tells_it(stage: Stage, page: Page) -> None:
    await page.locator("[data-test=sidebar] [data-channel]", has_text="Masko").last.click()
    home = page.locator("[data-test=home]")
    await expect(home).to_contain_text("Your mascots")
    await expect(page.locator("[data-test=tab-home]")).to_have_attribute("aria-selected", "true")
    await expect(page.locator("[data-test=channel-pane] [data-test=composer]")).to_be_hidden()
    assert stage.demo.opened == ["home"]
    await page.locator("[data-test=tab-messages]").click()
    await expect(home).to_be_hidden()
    await stage.slack.wait_until(lambda: stage.demo.opened == ["home", "messages"])


async def test_home_changes_live_and_for_its_own_person_only(
    stage: Stage, page: Page, browser: Browser
) -> None:
    await page.goto(stage.address("#ana", rest="home"))
    ana, ben = page.locator("[data-test=home]"), await opened(browser, stage.address(user="ben"))
    await ben.locator("[data-test=open-app]").click()
    await expect(ben.locator("[data-test=home]")).to_contain_text("Looked at 0 times")
    await ana.get_by_text("Look again").click()
    await expect(ana).to_contain_text("Looked at 1 times")
    await ana.get_by_text("Look again").click()
    await expect(ana).to_contain_text("Looked at 2 times")
    await expect(ben.locator("[data-test=home]")).to_contain_text("Looked at 0 times")
    await ben.close()


async def test_an_app_without_a_home_has_messages_alone(browser: Browser) -> None:
    async with staged(home=False) as stage:
        page = await opened(browser, stage.address("#ana", rest="home"))
        await expect(page.locator("[data-test=channel-pane] [data-test=composer]")).to_be_visible()
        await expect(page.locator("[data-test=tab-home]")).to_be_hidden()
        await page.close()


async def test_a_home_that_nothing_was_published_for_says_so(browser: Browser) -> None:
    async with staged() as stage:
        stage.slack.directory.app.events = frozenset()
        page = await opened(browser, stage.address("#ana", rest="home"))
        await expect(page.locator("[data-test=home]")).to_contain_text("Nothing here yet")
        await page.close()
