"""The shortcuts' forms, the settings form and the introduction, with whatever people call things."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels import view as settings
from bot.channels.settings import ChannelSettings
from bot.db.values import MayAdd, Mode
from bot.references import adding_view as adding
from bot.sandbox.slack.blockkit import Surroundings, check_options, check_view
from bot.slack.messages import Introduction, Option
from handlers.render import render
from tests.slack.limits import problems, text_objects

MODAL = Surroundings("modal")
HOSTILE = [
    "",
    "Felix",
    "F" * 300,
    "🦊" * 300,
    "👩‍👩‍👧‍👦" * 60,
    "مرحبا " * 60,
    "\u202egnp.xof",
    "<!channel> *x* :tada: & <https://evil.example|co>",
    "two\nlines",
]


def sent(view: Any) -> dict[str, Any]:
    """As it is sent; `to_dict` validates as well."""
    shown: dict[str, Any] = view.to_dict()
    return shown


@pytest.mark.parametrize("name", HOSTILE)
def test_the_form_about_a_message_is_valid_whatever_things_are_called(name: str) -> None:
    for into in (None, Option(name, "col_1")):
        for count in (1, 6, 10, 11, 30):
            view = sent(adding.add(7, [name] * count, into))
            assert check_view(view, MODAL) == []
            assert {text["type"] for text in text_objects(view)} == {"plain_text"}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("count", [0, 1, 40, 300])
def test_what_a_search_offers_is_valid(name: str, count: int) -> None:
    found = [Option(name, f"col_{number}") for number in range(count)]
    offered = adding.suggestions(found)
    assert check_options({"options": offered}, MODAL) == []
    assert offered[0]["value"] == adding.NEW_ONE


def test_the_other_forms_are_valid() -> None:
    for view in (adding.new_mascot(), adding.no_images(), adding.sent_before()):
        assert check_view(sent(view), MODAL) == []


@pytest.mark.parametrize("handle", HOSTILE)
@pytest.mark.parametrize("groups", [0, 1, 40, 300])
@pytest.mark.parametrize("group_id", [None, "S7", "S-of-old"])
def test_the_settings_are_valid_with_any_groups(handle: str, groups: int, group_id: str | None) -> None:
    now = ChannelSettings(may_add=MayAdd.GROUP if group_id else MayAdd.EVERYONE, group_id=group_id)
    offered = {f"S{number}": handle for number in range(groups)}
    view = sent(settings.settings("C1", now, {f"col_{n}": handle for n in range(40)}, offered))
    assert check_view(view, MODAL) == []
    menu = next(each["element"] for each in view["blocks"] if each.get("block_id") == settings.MAY_ADD)
    assert menu["initial_option"]["value"] == (f"group:{group_id}" if group_id else "everyone")


@pytest.mark.parametrize(
    ("value", "may_add", "group_id"),
    [
        ("everyone", MayAdd.EVERYONE, None),
        ("members", MayAdd.MEMBERS, None),
        ("group:S1", MayAdd.GROUP, "S1"),
    ],
)
def test_who_may_add_is_read_back(value: str, may_add: MayAdd, group_id: str | None) -> None:
    view = sent(settings.settings("C1", ChannelSettings(), {}, {"S1": "designers"}))
    filled = {
        settings.MODE: {settings.MODE: {"selected_option": {"value": "auto"}}},
        settings.MASCOT: {settings.MASCOT: {"selected_option": {"value": "new"}}},
        settings.OUTSIDERS: {settings.OUTSIDERS: {"selected_options": []}},
        settings.MAY_ADD: {settings.MAY_ADD: {"selected_option": {"value": value}}},
        settings.APPROVALS: {settings.APPROVALS: {"selected_option": {"value": "1"}}},
        settings.MAY_REVIEW: {settings.MAY_REVIEW: {"selected_option": {"value": "everyone"}}},
        settings.REVIEWERS: {settings.REVIEWERS: {"selected_users": []}},
        settings.POSTERS: {settings.POSTERS: {"selected_options": []}},
        settings.GUESTS: {settings.GUESTS: {"selected_options": []}},
        settings.SETTERS: {settings.SETTERS: {"selected_users": []}},
    }
    channel, read = settings.read_settings(view | {"state": {"values": filled}})
    assert (channel, read.may_add, read.group_id) == ("C1", may_add, group_id)


@pytest.mark.parametrize("mode", Mode)
def test_the_introduction_is_valid_and_tells_how_to_stop_it(mode: Mode) -> None:
    rendered = render(Introduction(mode))
    assert problems(rendered.blocks) == []
    assert "channel settings" in rendered.text


def message_view(**values: Any) -> dict[str, Any]:
    filled = {
        adding.MASCOT: {adding.SEARCH: {"selected_option": {"value": values.get("mascot", "new")}}},
        adding.NAME: {adding.NAME: {"value": values.get("name")}},
        "images.0": {adding.IMAGES: {"selected_options": [{"value": str(n)} for n in values["picked"]]}},
    }
    return {"private_metadata": '{"offer": 7}', "state": {"values": filled}}


def test_the_form_about_a_message_is_read_back() -> None:
    form = adding.read_message_form(message_view(picked=[0, 2], name="  Felix\nthe Fox "))
    assert form == adding.MessageForm(7, None, "Felix the Fox", (0, 2))
    assert form.errors == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"picked": []}, "images.0"),
        ({"picked": [0], "mascot": "col_1", "name": "Rex"}, adding.NAME),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(values: dict[str, Any], field: str) -> None:
    assert list(adding.read_message_form(message_view(**values)).errors) == [field]
