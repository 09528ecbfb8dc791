"""A channel's settings as people use them at the page, and how the bot introduces itself."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import BROWSER
from tests.e2e.scene import Scene, sample

pytestmark = BROWSER


async def test_a_poster_is_asked_and_answers(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox")
    await scene.type("/masko settings")
    await scene.form.get_by_label("Ask the poster").check()
    await (
        scene.field("Images go to").locator("select").select_option(label="Felix the Fox · 1 of 6 references")
    )
    await scene.photograph("settings")
    await scene.send_form()
    await scene.post(sample("fox-side"))
    question = scene.message("What should I do with fox-side.png?")
    await scene.photograph("question")
    assert scene.counts() == [1]
    await scene.press(question, "Add to Felix the Fox")
    await expect(question).to_have_count(0)
    await scene.open_thread("fox-side.png")
    await expect(scene.thread).to_contain_text("2 of 6 references")
    assert scene.counts() == [2]
    await scene.close_thread()
    await scene.post(sample("robot"))
    await scene.press(scene.message("What should I do with robot.png?"), "New mascot")
    await scene.open_thread("robot.png")
    await expect(scene.thread).to_contain_text("1 of 6 references")
    assert scene.counts() == [2, 1]


async def test_a_preview_says_what_would_be_done_and_does_nothing(scene: Scene) -> None:
    await scene.type("/masko settings")
    await scene.form.get_by_label("Preview only").check()
    await scene.send_form()
    await scene.post(sample("robot"))
    told = scene.message("I would make a new mascot from robot.png.")
    await expect(told).to_contain_text("nothing was uploaded")
    await expect(told).to_contain_text("Only visible to you")
    await scene.photograph("preview")
    await scene.press(told, "Ignore")
    await expect(told).to_have_count(0)
    await scene.settled()
    assert scene.counts() == []
    assert scene.team.masko.calls["upload"] == 0


async def test_whoever_invites_the_bot_reads_what_it_does_and_can_stop_it(scene: Scene) -> None:
    await scene.go_to("brand")
    await scene.post(sample("bear-camp"))
    await expect(scene.channel).to_contain_text("Masko is not in this channel and hears nothing of it.")
    await scene.press(scene.channel, "Add Masko")
    hello = scene.message("Hello! Post an image of a mascot here")
    await expect(hello).to_contain_text("have me leave images alone until I'm asked?")
    await scene.photograph("introduction")
    await scene.press(hello, "Channel settings")
    await expect(scene.form).to_contain_text("For #brand, from now on.")
    await scene.form.get_by_label("Nothing, unless I'm asked").check()
    await scene.send_form()
    await scene.post(sample("robot"))
    await scene.type("@masko and this one?")
    await expect(scene.message("and this one?")).to_be_visible()
    await scene.settled()
    assert scene.counts() == []
