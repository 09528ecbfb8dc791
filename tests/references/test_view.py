"""The forms about references, with whatever people call things; Block Kit's limits are docs.slack.dev's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.intake.view import question
from bot.mascots.search import Option
from bot.references import view as forms
from bot.slack.blocks import Message, Offer, Picture, offer_button
from bot.slack.place import CardPlace
from bot.slack.text import length
from tests.slack.limits import problems, text_objects

PLACE = CardPlace("col_" + "x" * 60, "C0123456789", "1700000000.000100")
HOSTILE = (
    "",
    "x" * 300,
    "🦊" * 200,
    "\u202eexe.gnp",
    "<!channel> *a* & b",
    "شخصية الثعلب " * 30,
    "👩‍👩‍👧‍👦" * 60,
    "\n\n",
)


def check(view: View) -> None:
    shown = view.to_dict()
    assert length(shown["title"]["text"]) <= 24
    assert length(shown.get("submit", {"text": ""})["text"]) <= 24
    assert length(shown.get("private_metadata") or "") <= 3000
    assert 1 <= len(shown["blocks"]) <= 100
    for block in shown["blocks"]:
        if block["type"] == "input":
            check_input(block)
        elif block["type"] == "context":
            assert len(block["elements"]) <= 10
    assert {text["type"] for text in text_objects(shown)} == {"plain_text"}
    assert all(1 <= length(text["text"]) <= 3000 for text in text_objects(shown))


def check_input(block: dict[str, Any]) -> None:
    assert length(block["label"]["text"]) <= 2000
    element = block["element"]
    options = element.get("options", [])
    assert len(options) <= (10 if element["type"] == "radio_buttons" else 100)
    for option in options:
        assert 1 <= length(option["text"]["text"]) <= 75
        assert 1 <= len(option["value"]) <= 150
    values = [option["value"] for option in options]
    assert len(values) == len(set(values))
    if element.get("initial_option"):
        assert element["initial_option"] in options
    assert length(element.get("initial_value") or "") <= element.get("max_length", 3000)


def references(name: str) -> list[tuple[str, Picture]]:
    return [(f"asset_{at}", Picture(name, name, f"F{at}" if at % 2 else None)) for at in range(6)]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_form_keeps_block_kits_limits(name: str) -> None:
    others = {f"col_{at}": name for at in range(140)}
    left_out = [(at, name) for at in range(9)]
    check(forms.add(PLACE, name))
    check(forms.pick(PLACE, references(name), others))
    check(forms.replace(PLACE, 12, references(name), left_out))
    check(forms.describe(12, [(at, name or "a", name * 9) for at in range(6)]))


@given(st.text(max_size=400))
def test_whatever_a_file_is_called(name: str) -> None:
    check(forms.pick(PLACE, references(name), {"col_2": name}))


@pytest.mark.parametrize("name", HOSTILE)
def test_messages_about_references_fit(name: str) -> None:
    buttons = [offer_button(each, "https://a.example/x" if each is Offer.GO else "1") for each in Offer]
    pictures = [Picture(name, name, f"F{at}") for at in range(20)]
    line = Message.of(name or "…", (name,) * 9, buttons=buttons, pictures=pictures)
    assert problems(line.blocks) == problems(line.without_images().blocks) == []
    mascots = [Option(name or "a", f"col_{at}") for at in range(99)]
    asked = question(1, (name or "a",) * 6, mascots[0], mascots, remark=name * 20)
    assert problems(asked.blocks) == []
