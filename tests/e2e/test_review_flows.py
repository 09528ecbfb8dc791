"""A whole review at the page, by three people, each at a tab of their own."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser import BROWSER
from tests.e2e.scene import Scene, sample

pytestmark = BROWSER


async def card(scene: Scene, file: str) -> Locator:
    """The card in the thread of the post with this file."""
    await scene.open_thread(file)
    found = scene.thread.locator("[data-message-ts]", has_text="of 6 references").first
    await expect(found).to_be_visible()
    return found


async def two_approvals(scene: Scene) -> None:
    """Set the channel so that two people have to approve."""
    await scene.type("/masko settings")
    await scene.field("Approvals needed").locator("select").select_option("2")
    await scene.send_form()


async def test_three_people_review_a_mascot(scene: Scene) -> None:
    await two_approvals(scene)
    await scene.mascot("Felix the Fox", "fox")
    ana = await card(scene, "fox.png")
    async with scene.beside("ben") as ben, scene.beside("chris") as chris:
        await _ana_asks_both(scene, ana)
        await expect(ana).to_contain_text("In review · 0 of 2")
        await _ben_sees_that_it_waits(ben)
        await _ben_asks_for_changes(ben)
        await expect(ana).to_contain_text("Changes requested by @Ben Okafor")
        await expect(ana).to_contain_text(
            "@Ben Okafor asks for changes on 1 (fox.png): The tail is hard to see"
        )
        await scene.photograph("changes-requested", top=ana)

        await scene.post(sample("fox-side"), pane=scene.thread)
        await expect(ana).to_contain_text("Changes requested by @Ben Okafor")
        await _ben_looks_again(ben)
        await expect(ana).to_contain_text("Approved by @Ben Okafor")
        await scene.photograph("in-review", top=ana)

        await chris.press(await card(chris, "fox.png"), "Approve")
        summary = scene.message("is approved by", scene.thread)
        await expect(summary).to_contain_text("Felix the Fox is approved by @Ben Okafor and @Chris Meyer.")
        await expect(summary).to_contain_text("Final references: fox.png and fox-side.png")
        await expect(ana).to_contain_text("Approved by @Ben Okafor and @Chris Meyer")
        await expect(ana.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        await scene.photograph("approved", top=summary)
        await scene.photograph("review", top=ana)
        await scene.press(ana, "Details")
        await expect(scene.form).to_contain_text("@Ana Lima asked for a review from @Ben Okafor")
        await expect(scene.form).to_contain_text("@Ben Okafor asked for changes: The tail is hard to see")
        await scene.photograph("story")


async def _ana_asks_both(scene: Scene, card: Locator) -> None:
    await scene.press(card, "Ask for review")
    reviewers = scene.field("Reviewers")
    for person in ("Ben Okafor", "Chris Meyer"):
        await reviewers.locator("input").fill(person[:3])
        await reviewers.locator(".picker-option", has_text=person).click()
    await reviewers.locator("input").blur()
    await scene.field("What to look at").locator("textarea").fill("Is the tail right?")
    await scene.photograph("ask")
    await scene.send_form()
    asked = scene.message("asks for your review of Felix the Fox", scene.thread)
    await expect(asked).to_contain_text("@Ben Okafor and @Chris Meyer: @Ana Lima asks")
    await expect(asked).to_contain_text("Is the tail right?")
    await expect(card).to_contain_text("Waiting for @Ben Okafor and @Chris Meyer")


async def _ben_sees_that_it_waits(ben: Scene) -> None:
    await ben.type("/masko review")
    waits = ben.message("Waiting for your review")
    await expect(waits).to_contain_text("Felix the Fox")
    await ben.photograph("waiting")


async def _ben_asks_for_changes(ben: Scene) -> None:
    await ben.press(await card(ben, "fox.png"), "Request changes")
    await expect(ben.form).to_contain_text("About Felix the Fox.")
    await ben.field("What should change?").locator("textarea").fill("The tail is hard to see")
    await ben.field("It is about").locator("select").select_option(label="1. fox.png")
    await ben.photograph("request-changes")
    await ben.send_form()


async def _ben_looks_again(ben: Scene) -> None:
    told = ben.message("this changed. Is it what you asked for?", ben.thread)
    await expect(told).to_contain_text("What changed: fox-side.png was added.")
    await ben.press(told, "Compare")
    await expect(ben.form).to_contain_text("Now: fox-side.png")
    await ben.photograph("compare-added")
    await ben.form.get_by_role("button", name="Close").last.click()
    await ben.press(await card(ben, "fox.png"), "Approve")
