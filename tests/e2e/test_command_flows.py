"""`/masko …` as people type it at the page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import BROWSER
from tests.e2e.scene import Scene, sample
from tests.e2e.team import drawn

pytestmark = BROWSER


async def test_the_menu_help_and_a_word_that_is_no_command(scene: Scene) -> None:
    await scene.type("/masko")
    menu = scene.message("Post an image of a mascot")
    await expect(menu).to_contain_text("Only visible to you")
    await expect(menu.get_by_role("button", name="List mascots")).to_be_visible()
    await scene.photograph("menu")
    await scene.press(menu, "All commands")
    told = scene.message("/masko rename NAME to NEW")
    await expect(told).to_contain_text("for example /masko list fox")
    await expect(told).to_contain_text("mention me: @Masko add to Felix")
    await scene.photograph("help", top=told)
    await scene.type("/masko help")
    await expect(scene.channel.get_by_text("Another name for a mascot")).to_have_count(2)
    await scene.type("/masko lsit")
    await expect(scene.message("Did you mean list?")).to_contain_text("There is no command “lsit”.")
    await scene.photograph("no-command")
    assert scene.team.slack.channel_messages("mascots") == []


async def test_a_list_is_searched_and_paged_and_shows_a_mascot(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox", "fox-side")
    for number in range(7):
        await scene.team.masko.add_mascot([("a.png", drawn())], name=f"Fox {number}" if number else "Bear")
    await scene.type("/masko list fox")
    page = scene.message("7 mascots with “fox”: 1-6 of 7")
    await expect(page).to_contain_text("Felix the Fox")
    await expect(page.get_by_role("img")).to_have_count(1)
    await expect(page).not_to_contain_text("Bear")
    await scene.photograph("list-search", top=page)
    await scene.press(page, "Next")
    await expect(scene.message("7 mascots with “fox”: 7-7 of 7")).to_be_visible()
    await expect(page).to_have_count(0)  # changed in its place
    await scene.press(scene.message("7-7 of 7"), "Previous")
    await (
        page.locator(".block-section")
        .filter(has_text="Felix the Fox")
        .get_by_role("button", name="Show")
        .click()
    )
    await expect(scene.message("2 of 6 references")).to_contain_text("Share to channel")


async def test_a_mascot_is_shown_privately_and_shared(scene: Scene) -> None:
    await scene.mascot("Felix the Fox", "fox")
    await scene.type("/masko show felix")
    private = scene.message("Felix the Fox")
    await expect(private).to_contain_text("Only visible to you")
    await expect(private).to_contain_text("1 of 6 references")
    await scene.photograph("show", top=private)
    await scene.press(private, "Share to channel")
    await expect(scene.message("Felix the Fox").locator("[data-test=ephemeral]")).to_have_count(0)
    await expect(scene.channel).to_contain_text("Shared")
    await scene.photograph("shared")
    (*_, shared) = scene.team.slack.channel_messages("mascots")
    assert shared["blocks"][0]["text"]["text"] == "Felix the Fox"
    # What is shared is a card like any other: its thread takes references.
    await scene.message("Felix the Fox").hover()
    await scene.message("Felix the Fox").locator("[data-test=reply]").click()
    await scene.post(sample("fox-side"), pane=scene.thread)
    await expect(scene.thread).to_contain_text("2 of 6 references")
    assert scene.counts() == [2]


async def test_mascots_are_listed_and_a_channel_uses_one_of_two_of_like_names(scene: Scene) -> None:
    for name, picture in (("Bolt", "robot"), ("Fergus the Bear", "bear-camp"), ("Felix the Fox", "fox")):
        await scene.mascot(name, picture)
    await scene.type("/masko list")
    listed = scene.message("3 mascots you can see")
    await expect(listed.get_by_role("img")).to_have_count(3)
    await scene.photograph("commands")
    await scene.type("/masko use Fe")
    question = scene.message("Several mascots match “Fe”. Which one?")
    await expect(question.get_by_role("img")).to_have_count(2)
    await scene.photograph("choice")
    felix = question.locator(".block-section").filter(has_text="Felix the Fox")
    await felix.get_by_role("button", name="This one").click()
    await expect(scene.message("go to Felix the Fox now")).to_contain_text("Only visible to you")
    await scene.settled()
    await scene.photograph("used")
    await scene.post(sample("fox-side"))
    await scene.open_thread("fox-side.png")
    await expect(scene.thread).to_contain_text("2 of 6 references")
    assert scene.counts() == [1, 1, 2]
