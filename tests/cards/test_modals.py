from __future__ import annotations

import json
from typing import Any

import pytest

from bot.cards import view as modals
from bot.slack.request import CardPlace
from tests.slack.limits import text_objects

PLACE = CardPlace("col_1", "C1", "1700000000.000100")


def view(built: Any) -> dict[str, Any]:
    """As it is sent; `to_dict` validates against Slack's limits."""
    sent: dict[str, Any] = built.to_dict()
    return sent


def test_the_place_survives_its_journey_through_slack() -> None:
    assert CardPlace.from_values(json.loads(PLACE.as_metadata())) == PLACE


@pytest.mark.parametrize("name", [None, "", "Felix", "F" * 300, "مرحبا 🦊"])
def test_rename(name: str | None) -> None:
    sent = view(modals.rename(PLACE, name))
    field = sent["blocks"][0]["element"]
    assert sent["callback_id"] == modals.RENAME_VIEW
    assert len(field.get("initial_value", "")) <= field["max_length"] == 80
    assert ("initial_value" in field) == bool(name)


def test_edit_prompt_starts_with_the_whole_prompt() -> None:
    prompt = "p" * 3000
    field = view(modals.edit_prompt(PLACE, prompt))["blocks"][0]["element"]
    assert field["initial_value"] == prompt
    assert field["multiline"]


def test_a_prompt_that_no_form_can_hold_is_not_cut() -> None:
    sent = view(modals.edit_prompt(PLACE, "p" * 3001))
    assert "submit" not in sent
    assert "3,000" in sent["blocks"][0]["text"]["text"]


@pytest.mark.parametrize("length", [0, 1, 2900, 2901, 10_000])
def test_the_full_prompt_is_whole(length: int) -> None:
    sent = view(modals.full_prompt("Felix " * 20, "p" * length))
    shown = "".join(block["text"]["text"] for block in sent["blocks"])
    assert shown.count("p") >= length
    assert len(sent["title"]["text"]) <= 24


def test_words_from_outside_are_plain_text() -> None:
    hostile = "<!channel> *x* :tada:"
    for built in (
        modals.rename(PLACE, hostile),
        modals.edit_prompt(PLACE, hostile),
        modals.full_prompt(hostile, hostile),
    ):
        assert {text["type"] for text in text_objects(view(built))} == {"plain_text"}
