"""What people do with a mascot's references at the page: add, remove, undo, replace, move, let go."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser import BROWSER
from tests.e2e.scene import Scene, payload, sample
from tests.e2e.team import picture, pictures

pytestmark = BROWSER

CHANGE = "Add or remove references"


async def card(scene: Scene, file: str) -> Locator:
    """The card in the thread of the post with this file."""
    await scene.open_thread(file)
    found = scene.thread.locator("[data-message-ts]", has_text="of 6 references").first
    await expect(found).to_be_visible()
    return found


async def test_references_are_added_by_a_form_removed_by_picture_and_undone(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox")
    felix = await card(scene, "fox.png")
    await scene.press(felix, CHANGE)
    await expect(scene.form).to_contain_text("Add images to Felix the Fox")
    await scene.form.locator("input[type=file]").set_input_files([payload(sample("fox-side"))])
    await expect(scene.form.locator("[data-test=chosen-file]")).to_contain_text("fox-side.png")
    await scene.photograph("add")
    await scene.send_form()
    await expect(felix).to_contain_text("2 of 6 references")
    await scene.settled()
    await scene.press(felix, CHANGE)
    await expect(scene.form.get_by_role("img")).to_have_count(2)
    await scene.field("Remove or move one").locator("select").select_option(label="1. fox.png")
    await scene.photograph("removal")
    await scene.send_form()
    gone = scene.message("removed fox.png from Felix the Fox", scene.thread)
    await expect(gone).to_contain_text("in Masko too · 1 of 6 references")
    await scene.post(sample("robot"), pane=scene.thread)
    added = scene.message("Added robot.png", scene.thread)
    await scene.press(added, "Undo")
    await expect(scene.form).to_contain_text("This changes Masko too.")
    await scene.photograph("undo")
    await scene.send_form()
    undone = scene.message("removed robot.png from Felix the Fox", scene.thread)
    await expect(felix).to_contain_text("1 of 6 references")
    await scene.photograph("undone")
    assert scene.counts() == [1]
    await scene.press(undone, "Put back")
    await expect(felix).to_contain_text("2 of 6 references")
    assert scene.counts() == [2]


async def test_a_full_mascot_replaces_one_and_the_rest_starts_another(scene: Scene) -> None:
    post = await scene.team.post(pictures(6))
    late = [picture("late.png", "gold"), picture("later.png", "gray")]
    await scene.team.post(late, thread=post)
    await scene.team.all_done()
    await card(scene, "a.png")
    told = scene.message("New mascot with these", scene.thread)
    await expect(told).to_contain_text("later.png")
    await scene.photograph("full")
    await scene.press(told, "Replace one")
    await expect(scene.form.get_by_role("img", name="Reference image")).to_have_count(6)
    await scene.form.get_by_label("2. b.png").check()
    await scene.field("This takes its place").locator("select").select_option(label="late.png")
    await scene.photograph("replace")
    before = scene.team.mascots()[0].reference_asset_ids[1]
    await scene.send_form()
    await expect(scene.message("Added late.png", scene.thread)).to_contain_text("6 of 6 references")
    assert before not in scene.team.mascots()[0].reference_asset_ids
    told = scene.message("New mascot with these", scene.thread)
    await expect(told).to_contain_text("later.png was left out")
    await scene.press(told, "New mascot with these")
    await scene.open_thread("wants a new mascot from later.png")
    await expect(scene.thread).to_contain_text("1 of 6 references")
    assert scene.counts() == [6, 1]


async def test_a_reference_is_moved_to_another_mascot(scene: Scene) -> None:
    await scene.mascot("Captain Bear", "bear-camp")
    await scene.mascot("Felix the Fox", "fox", "robot")
    felix = await card(scene, "fox.png")
    await scene.press(felix, CHANGE)
    await scene.field("Remove or move one").locator("select").select_option(label="2. robot.png")
    to = scene.field("What to do with it").locator("select")
    await to.select_option(label="Move it to Captain Bear · 1 of 6 references")
    await scene.photograph("move")
    await scene.send_form()
    await expect(scene.message("moved robot.png to Captain Bear", scene.thread)).to_be_visible()
    await expect(felix).to_contain_text("1 of 6 references")
    await scene.close_thread()
    await expect(await card(scene, "bear-camp.png")).to_contain_text("2 of 6 references")
    assert scene.counts() == [2, 1]


async def test_the_details_and_that_it_is_no_mascot(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox")
    shown = await card(scene, "fox.png")
    await scene.press(shown, "Details")
    await expect(scene.form).to_contain_text(scene.team.mascots()[0].detected.prompt[-60:])
    await expect(scene.form).to_contain_text("Images posted in this channel are added")
    await scene.photograph("details")
    await scene.form.locator("[data-test=modal-close]").click()
    await scene.press(shown, "Unlink this thread")
    await scene.photograph("unlink")
    await scene.send_form()
    gone = scene.message("unlinked this thread from Felix the Fox", scene.thread)
    await expect(gone).to_contain_text("stays in Masko")
    await scene.photograph("unlinked")
    await scene.press(gone, "Link again")
    await expect(shown).to_contain_text("1 of 6 references")
