"""What a mascot was beside what it is, as people see it at the page."""

from __future__ import annotations

from playwright.async_api import expect

from bot.review.view import APPROVE
from tests.browser import BROWSER
from tests.e2e.scene import Scene, sample
from tests.e2e.team import picture

pytestmark = BROWSER


async def test_an_approver_sees_old_and_new_as_a_pair(scene: Scene) -> None:
    files = [*map(sample, ("fox", "fox-shaded", "robot", "octopus", "bear-camp")), picture("last.png")]
    post = await scene.team.post(files)
    await scene.team.press(scene.team.card(post), APPROVE, user="ben")
    await scene.team.post([sample("fox-side")], thread=post)
    await scene.settled()
    await scene.open_thread("fox.png")
    left_out = scene.message("New mascot with these", scene.thread)
    await scene.press(left_out, "Replace one")
    await scene.form.get_by_label("2. fox-shaded.png").check()
    await scene.send_form()
    await scene.settled()
    told = scene.message("this changed since", scene.thread)
    await expect(told).to_contain_text("fox-side.png replaced fox-shaded.png")
    await expect(told.get_by_alt_text("Before: ")).to_be_visible()
    await expect(told.get_by_alt_text("Now: ")).to_be_visible()
    await scene.photograph("outdated", top=told)
    await scene.press(told, "Compare")
    await expect(scene.form).to_contain_text("Reference replaced")
    await expect(scene.form.get_by_alt_text("Before: ")).to_be_visible()
    await expect(scene.form.get_by_alt_text("Now: ")).to_be_visible()
    await scene.photograph("compare")
