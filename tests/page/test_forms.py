"""Modals: every kind of field, errors beside them, views on views, fields that act at once."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser import BROWSER
from tests.page.stage import Stage
from tests.sandbox.slack.conftest import picture

pytestmark = BROWSER

FOX = {"name": "fox.png", "mimeType": "image/png", "buffer": picture("fox.png").content}


async def form(stage: Stage, page: Page) -> Locator:
    """The form with everything, opened by its command."""
    await stage.slack.command("ana", "mascots", "/demo", "form")
    modal = page.locator("[data-test=modal]")
    await expect(modal).to_contain_text("New mascot")
    return modal


async def pick(modal: Locator, block: str, *names: str) -> None:
    """Choose from a menu with search."""
    field = modal.locator(f"[data-block-id={block}] input")
    for name in names:
        await field.fill(name[:3])
        await modal.locator(f"[data-block-id={block}] .picker-option", has_text=name).click()
    await field.blur()


async def complete(modal: Locator) -> None:
    """Fill in every field."""
    for action, typed in {"name": "Felix", "prompt": "A fox.\nOrange.", "slug": "felix"}.items():
        await modal.locator(f"[data-action-id={action}]").fill(typed)
    for action, typed in {"due": "2026-12-24", "at": "17:30", "count": "3"}.items():
        await modal.locator(f"[data-action-id={action}]").fill(typed)
    await modal.locator("[data-action-id=site]").fill("https://example.com")
    await modal.locator("[data-action-id=mail]").fill("ana@example.com")
    await modal.locator("[data-action-id=style]").select_option(label="Pixel art")
    await modal.locator("[data-action-id=reviewer]").select_option(label="Chris Meyer")
    await modal.locator("[data-action-id=channel]").select_option(label="#brand")
    await pick(modal, "colours", "Orange", "Blue")
    await pick(modal, "mascot", "Otto the Octopus")
    await pick(modal, "informed", "Ben Okafor", "Noor Haddad")
    await modal.get_by_label("Stickers").check()
    await modal.get_by_label("Two people").check()
    await modal.locator("[data-block-id=image] input[type=file]").set_input_files(FOX)  # type: ignore[arg-type]
    await expect(modal.locator("[data-test=chosen-file]")).to_contain_text("fox.png")


def answers(values: dict[str, Any]) -> dict[str, Any]:
    """What was entered, by block, without the names around it."""
    return {block: _plain(next(iter(fields.values()))) for block, fields in values.items()}


def _plain(field: dict[str, Any]) -> Any:
    [value] = [value for name, value in field.items() if name != "type"]
    if isinstance(value, list):
        return [item if isinstance(item, str) else item.get("value", item.get("name")) for item in value]
    return value["value"] if isinstance(value, dict) else value


async def test_every_field_arrives_as_it_was_filled_in(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    await complete(modal)
    await modal.locator("[data-test=modal-submit]").click()
    await expect(modal).to_have_count(0)
    [values] = stage.demo.submitted
    assert answers(values) == {
        "name": "Felix",
        "prompt": "A fox.\nOrange.",
        "slug": "felix",
        "style": "pixel",
        "colours": ["orange", "blue"],
        "mascot": "otto",
        "reviewer": stage.id("chris"),
        "informed": [stage.id("ben"), stage.id("noor")],
        "channel": stage.id("#brand"),
        "uses": ["stickers"],
        "review": "two",
        "due": "2026-12-24",
        "at": "17:30",
        "count": "3",
        "site": "https://example.com",
        "mail": "ana@example.com",
        "image": ["fox.png"],
    }


async def test_what_is_missing_or_wrong_is_said_beside_its_field(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    await modal.locator("[data-action-id=count]").fill("9")
    await modal.locator("[data-action-id=mail]").fill("nobody")
    await modal.locator("[data-test=modal-submit]").click()
    said = {
        block: modal.locator(f"[data-block-id={block}] .field-error")
        for block in ("name", "colours", "prompt", "count", "mail")
    }
    await expect(said["name"]).to_have_text("Please complete this required field.")
    await expect(said["colours"]).to_have_text("Please complete this required field.")
    await expect(said["prompt"]).to_have_text("")
    await expect(said["count"]).to_have_text("Please enter a number of at most 6.")
    await expect(said["mail"]).to_contain_text("Please enter an email address")
    await expect(modal.locator("[data-action-id=name]")).to_be_focused()
    assert stage.demo.submitted == []


async def test_a_file_of_a_kind_that_is_not_asked_for_is_refused_in_words(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    await modal.locator("[data-block-id=image] input[type=file]").set_input_files(text)  # type: ignore[arg-type]
    await expect(modal.locator("[data-block-id=image]")).to_contain_text("notes.txt cannot be used here")
    await expect(modal.locator("[data-test=chosen-file]")).to_have_count(0)


async def test_a_view_on_a_view_goes_back_to_what_was_typed(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    await modal.locator("[data-action-id=name]").fill("Felix")
    await pick(modal, "colours", "Cream")
    await modal.locator("[data-action-id=deeper]").click()
    await expect(modal.get_by_role("heading")).to_have_text("Rename")
    await modal.locator("[data-action-id=value]").fill("taken")
    await modal.locator("[data-test=modal-submit]").click()
    await expect(modal.locator(".field-error")).to_have_text("There is a mascot of this name already.")
    await modal.get_by_label("Back").click()
    await expect(modal.get_by_role("heading")).to_have_text("New mascot")
    await expect(modal.locator("[data-action-id=name]")).to_have_value("Felix")
    await expect(modal.locator(".chip")).to_have_text("Cream")


async def test_a_field_that_dispatches_acts_on_enter_and_tells_the_other_fields(
    stage: Stage, page: Page
) -> None:
    modal = await form(stage, page)
    await modal.locator("[data-action-id=name]").fill("Felix")
    await modal.locator("[data-action-id=slug]").fill("felix")
    await page.keyboard.press("Enter")
    [body] = await stage.slack.wait_until(lambda: stage.demo.pressed)
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("slug", "felix")
    assert body["view"]["state"]["values"]["name"]["name"]["value"] == "Felix"
    await expect(modal).to_be_visible()


async def test_a_menu_that_asks_the_app_says_what_it_waits_for(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    field = modal.locator("[data-block-id=mascot] input")
    await field.click()
    await expect(modal.locator(".picker-note")).to_have_text("Type to search")
    await field.fill("the")
    await expect(modal.locator("[data-block-id=mascot] .picker-option")).to_have_count(4)
    await field.fill("zebra")
    await expect(modal.locator("[data-block-id=mascot] .picker-note")).to_have_text("Nothing found")
    await field.fill("bear")
    await expect(modal.locator("[data-block-id=mascot] .picker-option")).to_have_text("Bruno the Bear")
    await page.keyboard.press("Enter")
    await expect(modal.locator("[data-block-id=mascot] .chip")).to_have_text("Bruno the Bear")


async def test_escape_closes_a_menu_first_and_then_the_form(stage: Stage, page: Page) -> None:
    modal = await form(stage, page)
    await modal.locator("[data-block-id=colours] input").click()
    await expect(modal.locator("[data-block-id=colours] .picker-option")).to_have_count(4)
    await page.keyboard.press("Escape")
    await expect(modal.locator("[data-block-id=colours] .picker-option:visible")).to_have_count(0)
    await expect(modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
