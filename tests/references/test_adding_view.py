"""The shortcuts' forms, with whatever people call things."""

from __future__ import annotations

from typing import Any

import pytest

from bot.mascots.search import Option
from bot.references import adding_view as adding
from bot.sandbox.slack.blockkit import Surroundings, check_options, check_view
from tests.slack.limits import text_objects

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
