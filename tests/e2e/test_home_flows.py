"""Home as people use it at the page."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from bot.home.status import ALL_WELL, ASKING
from bot.sandbox import faults
from bot.sandbox.masko import faults as masko_faults
from tests.browser import BROWSER
from tests.e2e.scene import Scene
from tests.e2e.team import picture
from tests.e2e.test_home import failed, mascots_of

pytestmark = BROWSER


def part(scene: Scene, block_id: str) -> Locator:
    """A block of Home."""
    return scene.home.locator(f"[data-block-id='{block_id}']")


async def test_home_is_there_before_masko_answers_and_has_everything(scene: Scene) -> None:
    await scene.mascot("Bolt", "robot")
    await scene.mascot("Felix the Fox", "fox", "fox-side")
    scene.team.masko.faults.add("*", faults.delay(1.5), None)
    await scene.go_to("Masko")
    await expect(scene.home).to_contain_text(ASKING)
    await expect(scene.home).to_contain_text("2 mascots that you made or added to")
    await scene.photograph("home-loading")
    await expect(scene.home).to_contain_text(ALL_WELL)
    scene.team.masko.faults.clear()
    await expect(scene.home.get_by_role("img")).to_have_count(2)
    await scene.photograph("home")
    felix = scene.home.locator(".block-section").filter(has_text="Felix the Fox")
    await felix.get_by_role("button", name="Show").click()
    await expect(scene.form).to_contain_text("2 of 6 references")
    await expect(scene.form.get_by_role("img")).to_have_count(3)
    await scene.photograph("home-mascot")


async def test_mascots_are_searched_and_paged(scene: Scene) -> None:
    await mascots_of(scene.team, "ana", [f"Fox {number}" for number in range(8)])
    await mascots_of(scene.team, "ben", ["Captain Bear"])
    await scene.go_to("Masko")
    await expect(scene.home).to_contain_text("8 mascots that you made or added to: 1-6 of 8")
    await part(scene, "pages").get_by_role("button", name="Next").click()
    await expect(scene.home).to_contain_text(": 7-8 of 8")
    await scene.photograph("home-pages")
    search = scene.home.get_by_label("Find any mascot of your team")
    await search.fill("bear")
    await search.press("Enter")
    await expect(scene.home).to_contain_text("1 mascot with “bear”")
    await expect(scene.home).to_contain_text("Captain Bear")
    await expect(scene.home.get_by_label("Find any mascot of your team")).to_have_value("bear")
    await scene.photograph("home-search")
    await scene.press(scene.home, "Only mine")
    await expect(scene.home).to_contain_text("8 mascots that you made or added to: 1-6 of 8")


async def test_what_did_not_work_is_retried(scene: Scene) -> None:
    await failed(scene.team, 5)
    scene.team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await scene.team.post([picture("fox.png")])
    await scene.go_to("Masko")
    await expect(scene.home).to_contain_text("Did not work")
    await expect(scene.home).to_contain_text("and 1 more")
    await scene.photograph("home-failures", top=part(scene, "failures"))
    newest = scene.home.locator(".block-section").filter(has_text="fox.png: ")
    await newest.get_by_role("button", name="Retry").click()
    await expect(scene.home).to_contain_text("Trying again. Press Refresh to see the result.")
    await scene.settled()
    await scene.press(scene.home, "Refresh")
    await expect(scene.home).to_contain_text("1 mascot that you made or added to")
    await expect(scene.home).not_to_contain_text("and 1 more")
    assert scene.counts() == [1]


async def test_a_channel_is_set_from_home(scene: Scene) -> None:
    await scene.team.post([picture()])
    await scene.go_to("Masko")
    await expect(scene.home).to_contain_text("Images: Add them automatically")
    await scene.press(scene.home, "Settings")
    await scene.form.get_by_label("Ask the poster").check()
    await scene.send_form()
    await expect(scene.home).to_contain_text("Saved. It applies from now on.")
    await expect(scene.home).to_contain_text("Images: Ask the poster")
    await scene.photograph("home-saved", top=part(scene, "notice"))
