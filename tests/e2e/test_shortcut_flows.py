"""The shortcuts as people use them at the page: Add to Masko on a message, New mascot from anywhere."""

from __future__ import annotations

from playwright.async_api import expect

from bot.db.values import Mode
from tests.browser import BROWSER
from tests.e2e.scene import Scene, payload, sample
from tests.e2e.test_channels import set_to

pytestmark = BROWSER


async def test_images_of_a_message_go_to_a_mascot_that_is_searched_for(scene: Scene) -> None:
    """In a channel where the bot leaves pictures alone until it is asked."""
    await scene.mascot("Fergus the Octopus", "octopus")
    await scene.mascot("Felix the Fox", "fox")
    await set_to(scene.team, mode=Mode.OFF)
    files = [sample("fox-side"), sample("robot")]
    await scene.team.post(files, user="ben", text="Both of these?")
    await scene.use_shortcut(scene.message("Both of these?"), "Add to Masko")
    await expect(scene.form).to_contain_text("Left empty, Masko detects one.")
    await scene.form.get_by_role("combobox").fill("felx")
    found = scene.form.get_by_role("option")
    await expect(found).to_have_count(2)
    await scene.photograph("shortcut-search")
    await found.filter(has_text="Felix the Fox").click()
    await scene.form.get_by_label("robot.png").uncheck()
    await scene.photograph("shortcut")
    await scene.send_form()
    await expect(scene.message("in the thread of that message")).to_contain_text("Only visible to you")
    await scene.open_thread("Both of these?")
    await expect(scene.thread).to_contain_text("2 of 6 references")
    await expect(scene.thread.get_by_role("heading", name="Felix the Fox")).to_be_visible()
    await scene.photograph("shortcut-done")
    assert scene.counts() == [1, 2]


async def test_one_image_of_a_message_becomes_a_mascot_with_a_name(scene: Scene) -> None:
    await set_to(scene.team, mode=Mode.OFF)
    await scene.post(sample("octopus"), sample("robot"))
    post = scene.channel.locator("[data-message-ts]").filter(has=scene.page.locator("[data-zoom]")).last
    await scene.use_shortcut(post, "Add to Masko")
    await scene.form.get_by_label("robot.png").uncheck()
    await scene.form.get_by_label("octopus.svg").uncheck()
    await scene.form.locator("[data-test=modal-submit]").click()
    await expect(scene.form).to_contain_text("Please complete this required field.")
    await scene.form.get_by_label("robot.png").check()
    await scene.field("Name").locator("input").fill("Bolt")
    await scene.send_form()
    await scene.open_thread("octopus.svg")
    await expect(scene.thread).to_contain_text("1 of 6 references")
    await expect(scene.thread.get_by_role("heading", name="Bolt")).to_be_visible()
    (bolt,) = scene.team.mascots()
    assert (bolt.name, len(bolt.reference_asset_ids)) == ("Bolt", 1)


async def test_a_new_mascot_from_a_file(scene: Scene) -> None:
    await scene.channel.locator("[data-test=plus]").click()
    await scene.page.get_by_role("menuitem").filter(has_text="New mascot").click()
    await expect(scene.form).to_contain_text("Public addresses of images")
    await scene.form.locator("[data-test=modal-submit]").click()
    await expect(scene.form.locator(".field-error", has_text="image").first).to_be_visible()
    await scene.photograph("new-mascot-refused")
    await scene.form.locator("input[type=file]").set_input_files([payload(sample("octopus"))])
    await expect(scene.form.locator("[data-test=chosen-file]")).to_contain_text("octopus.svg")
    await scene.field("Name").locator("input").fill("Fergus")
    await scene.photograph("new-mascot")
    await scene.send_form()
    announced = scene.message("wants a new mascot from octopus.svg, called Fergus")
    await expect(announced).to_contain_text("@Ana Lima")
    await scene.open_thread("wants a new mascot from octopus.svg")
    await expect(scene.thread).to_contain_text("1 of 6 references")
    await expect(scene.thread.get_by_role("heading", name="Fergus")).to_be_visible()
    await scene.photograph("new-mascot-done")
    assert [each.name for each in scene.team.mascots()] == ["Fergus"]
