"""How tall the card is on a phone, in each state, as Chromium lays it out."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from bot.review.view import APPROVE, ASK, REQUEST
from tests.browser import BROWSER
from tests.e2e.scene import Scene, sample
from tests.e2e.test_reviews import say_in_form

pytestmark = BROWSER

PHONE = {"width": 390, "height": 844}


async def card(scene: Scene) -> Locator:
    await scene.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await scene.settled()
    await scene.open_thread("fox.png")
    found = scene.thread.locator("[data-message-ts]", has_text="of 6 references").first
    await expect(found).to_be_visible()
    return found


async def height(shown: Locator) -> float:
    box = await shown.bounding_box()
    assert box is not None
    return box["height"]


async def test_one_reference_takes_half_a_phone(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox")
    shown = await card(scene)
    assert await height(shown) <= 420
    await scene.photograph("phone-draft", top=shown)


@pytest.mark.parametrize("state", ["in-review", "changes-requested", "approved"])
async def test_three_references_in_a_review(scene: Scene, state: str) -> None:
    team = scene.team
    post = await team.post([sample("fox"), sample("fox-side"), sample("robot")])
    await team.press(team.card(post), ASK)
    await team.confirm()
    if state == "changes-requested":
        await team.press(team.card(post), REQUEST, user="ben")
        await say_in_form(team, "The tail is hard to see", user="ben")
    elif state == "approved":
        await team.press(team.card(post), APPROVE, user="ben")
    await team.all_done()
    shown = await card(scene)
    assert await height(shown) <= 620
    await scene.photograph(f"phone-{state}", top=shown)
