from __future__ import annotations

import json
from typing import Any

import pytest

from bot.cards import view as modals
from bot.cards.view import NAME, PROMPT, Card
from bot.review.model import Difference
from bot.slack.blocks import Picture
from bot.slack.forms import read
from bot.slack.request import CardPlace
from tests.slack.limits import text_objects

PLACE = CardPlace("col_1", "C1", "1700000000.000100")
FELIX = Card("col_1", "Felix", "A fox.", describing=False, pictures=(Picture("a.png", "A", "F1"),), count=1)


def view(built: Any) -> dict[str, Any]:
    """As it is sent; `to_dict` validates against Slack's limits."""
    sent: dict[str, Any] = built.to_dict()
    return sent


def field(sent: dict[str, Any], block_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in sent["blocks"] if each.get("block_id") == block_id)
    return found


def test_the_place_survives_its_journey_through_slack() -> None:
    assert read(CardPlace, json.loads(PLACE.as_metadata())) == PLACE


@pytest.mark.parametrize("name", [None, "", "Felix", "F" * 300, "مرحبا 🦊"])
def test_a_name_is_edited_and_may_be_missing_only_where_it_is(name: str | None) -> None:
    shown = field(view(modals.edit(PLACE, name, "A fox.", [])), NAME)
    assert len(shown["element"].get("initial_value", "")) <= shown["element"]["max_length"] == 80
    assert ("initial_value" in shown["element"]) == bool(name)
    assert shown["optional"] == (not name)


def test_editing_starts_with_the_whole_prompt_and_the_alt_texts() -> None:
    sent = view(modals.edit(PLACE, "Felix", "p" * 3000, [(7, "a.png", "From the front"), (8, "b.png", None)]))
    assert field(sent, PROMPT)["element"]["initial_value"] == "p" * 3000
    assert field(sent, "alt_7")["element"]["initial_value"] == "From the front"
    assert "initial_value" not in field(sent, "alt_8")["element"]


def test_a_prompt_that_no_form_can_hold_is_not_cut() -> None:
    sent = view(modals.edit(PLACE, "Felix", "p" * 3001, []))
    assert not any(each.get("block_id") == PROMPT for each in sent["blocks"])
    assert "3,000" in str(sent["blocks"])


def entered(**values: str | None) -> dict[str, Any]:
    return {"state": {"values": {block: {block: {"value": value}} for block, value in values.items()}}}


@pytest.mark.parametrize(
    ("name", "prompt", "errors"),
    [
        ("Felix", "A fox.", {}),
        (None, None, {}),
        ("  ", "A fox.", {NAME: "A mascot needs a name."}),
        ("Felix", " \n", {PROMPT: "A mascot needs a prompt."}),
        ("Felix", "p" * 3000, {}),
    ],
)
def test_what_was_entered_is_checked(name: str | None, prompt: str | None, errors: dict[str, str]) -> None:
    assert modals.read_edit(entered(name=name, prompt=prompt)).errors(None, None) == errors


def test_what_a_mascot_has_cannot_be_left_empty() -> None:
    nothing = modals.read_edit(entered(name=None, prompt=None))
    assert set(nothing.errors("Felix", "A fox.")) == {NAME, PROMPT}
    assert set(nothing.errors(None, "p" * 3001)) == set()  # the form had no field for it


@pytest.mark.parametrize("length", [1, 2900, 2901, 10_000])
@pytest.mark.parametrize("voted", [False, True])
def test_the_details_hold_the_whole_prompt(length: int, voted: bool) -> None:
    shown = Card("col_1", "Felix " * 20, "p" * length, describing=False, pictures=(), count=0)
    changed = Difference((), ("old", "new")) if voted else None
    sent = view(modals.details(PLACE, shown, ("Why",), changed, [], voted=voted))
    assert str(sent["blocks"]).count("p" * 100) >= length // 2900 * 29
    assert len(sent["title"]["text"]) <= 24
    assert ("submit" in sent) == voted


def test_words_from_outside_are_plain_text() -> None:
    hostile = "<!channel> *x* :tada:"
    shown = Card("col_1", hostile, hostile, describing=False, pictures=(Picture(hostile, hostile),), count=1)
    for built in (
        modals.edit(PLACE, hostile, hostile, [(1, hostile, hostile)]),
        modals.details(PLACE, shown, (hostile,), None, [(hostile,)], voted=True),
        modals.unlink(PLACE, shown),
    ):
        assert {text["type"] for text in text_objects(view(built))} == {"plain_text"}
