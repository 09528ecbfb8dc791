"""The forms about references, with whatever people call things."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.views import View

from bot.mascots.search import Option
from bot.references import view as forms
from bot.sandbox.slack.blockkit import Surroundings, check_options, check_view
from bot.slack.blocks import Picture
from bot.slack.request import CardPlace
from tests.slack.limits import text_objects

MODAL = Surroundings("modal")
PLACE = CardPlace("col_" + "x" * 60, "C0123456789", "1700000000.000100")
HOSTILE = [
    "",
    "F" * 300,
    "🦊" * 300,
    "👩‍👩‍👧‍👦" * 60,
    "مرحبا " * 60,
    "\u202egnp.xof",
    "<!channel> *x* :tada: & <https://evil.example|co>",
    "two\nlines",
]


def check(view: View) -> None:
    sent = view.to_dict()  # validates as well
    assert check_view(sent, MODAL) == []
    assert {text["type"] for text in text_objects(sent)} == {"plain_text"}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_form_is_valid_whatever_things_are_called(name: str) -> None:
    references = [(f"asset_{at}", Picture(name, name, f"F{at}" if at % 2 else None)) for at in range(6)]
    check(forms.change(PLACE, name, references, {f"col_{at}": name for at in range(140)}))
    check(forms.change(PLACE, name, [], {}))
    check(forms.remove("col_1", name, {at: picture for at, (_, picture) in enumerate(references)}))
    check(forms.replace(PLACE, 12, references, [(at, name) for at in range(9)]))
    for into in (None, Option(name, "col_1")):
        for count in (1, 6, 10):
            check(forms.add_message(7, [name] * count, into))


@pytest.mark.parametrize(("held", "left"), [(0, 6), (3, 3), (6, 1)])
def test_the_form_takes_as_many_files_as_fit(held: int, left: int) -> None:
    references = [(f"asset_{at}", Picture("a.png", "", "F1")) for at in range(held)]
    blocks = forms.change(PLACE, "Felix", references, {}).to_dict()["blocks"]
    assert [each["element"]["max_files"] for each in blocks if each.get("block_id") == forms.FILES] == [left]


def test_the_forms_without_names_are_valid() -> None:
    for view in (forms.new_mascot(), forms.no_images(), forms.sent_before()):
        check(view)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("count", [0, 1, 40, 300])
def test_what_a_search_offers_is_valid(name: str, count: int) -> None:
    offered = forms.suggestions({f"col_{number}": name for number in range(count)})
    assert check_options({"options": offered}, MODAL) == []
    assert offered[0]["value"] == forms.NEW_ONE


def message_view(picked: list[int], mascot: str = "new", name: str | None = None) -> dict[str, Any]:
    filled = {
        forms.MASCOT: {forms.SEARCH: {"selected_option": {"value": mascot}}},
        forms.NAME: {forms.NAME: {"value": name}},
        forms.IMAGES: {forms.IMAGES: {"selected_options": [{"value": str(at)} for at in picked]}},
    }
    return {"private_metadata": '{"offer": 7}', "state": {"values": filled}}


def test_the_form_about_a_message_is_read_back() -> None:
    form = forms.read_message_form(message_view([0, 2], name="  Felix\nthe Fox "))
    assert form == forms.MessageForm(7, None, "Felix the Fox", (0, 2))
    assert form.errors == {}


def test_what_makes_no_sense_is_said_beside_its_field() -> None:
    assert list(forms.read_message_form(message_view([0], "col_1", "Rex")).errors) == [forms.NAME]
