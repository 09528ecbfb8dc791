"""Answers to commands, at lengths that people and models may bring about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.cards.view import Card
from bot.channels.settings import ChannelSettings
from bot.channels.view import settings
from bot.commands.grammar import USAGE
from bot.commands.view import choice, how_to, listing, menu, shown
from bot.db.posts import Failure
from bot.db.values import Mode
from bot.home.status import status
from bot.intake.view import announcement, question
from bot.mascots.search import Listed, Listing, Option
from bot.slack.blocks import Message, Picture
from tests.slack.limits import plain_words, problems, text_objects

LONG = "Felix the Fox " * 40
TURNED = "\u202eفيليكس الثعلب\u202c 🦊👩\u200d🎨" * 20
MARKUP = "<!channel> <@U1> *bold* & <https://evil.example|here>"
NAMES = [LONG, TURNED, MARKUP, "", "\0\n"]
COVER = Picture("a.png", LONG, "F1")

CARD = Card(
    mascot_id="col_1",
    name=LONG,
    prompt="p" * 10_000,
    describing=False,
    pictures=(COVER,) * 6,
    count=6,
)


def messages(name: str) -> list[Message]:
    option = Option(name, "col_1")
    failures = [Failure("C1", (name,) * 6, name or "why", n) for n in range(5)]
    return [
        listing(Listing(name, tuple(Listed(f"col_{n}", name, 6, COVER) for n in range(6)), 6, 40, 6)),
        listing(Listing(name, (Listed("col_1", name, None, None, "changes requested"),), 0, 1, 6)),
        listing(Listing(name, (), 0, 0, 6)),
        choice(f"Which {name}?", [Listed(f"col_{n}", name, 6, COVER) for n in range(40)], f"show {name}"),
        shown(CARD),
        status((f"ok {name}",) * 4, failures),
        how_to(f"There is no command “{name}”. These are all:"),
        how_to(None, "rename"),
        menu(),
        announcement("U1", (name,) * 6, name or None, name or None),
        question(1, (name,) * 6, option, (option,) * 99, hints=(name or "hint",) * 6),
        question(1, (name,), None, (), preview=True),
    ]


@pytest.mark.parametrize("name", NAMES, ids=["long", "turned", "markup", "empty", "control"])
def test_slack_takes_it(name: str) -> None:
    for message in messages(name):
        for sent in (message, message.without_images()):
            assert problems(sent.blocks) == [], message
            assert sent.text


def test_what_people_wrote_is_no_markup() -> None:
    for message in messages(MARKUP):
        assert "<!channel>" not in message.text
        for text in text_objects(message.blocks):
            assert text["type"] == "plain_text" or "<!channel>" not in text["text"], message


def test_a_page_tells_where_it_is() -> None:
    listed = tuple(Listed(f"col_{n}", f"Fox {n}", n) for n in range(6))
    said = plain_words(listing(Listing("fox", listed, 6, 14, 6)).blocks)
    assert "14 mascots with “fox”: 7-12 of 14" in said
    assert "5 of 6 references" in said


@pytest.mark.parametrize(
    ("review", "below", "spoken"),
    [
        (None, "2 of 6 references", "Felix"),
        ("approved", "2 of 6 references · approved", "Felix (approved)"),
        ("in review · 1 of 2", "2 of 6 references · in review · 1 of 2", "Felix (in review · 1 of 2)"),
    ],
)
def test_a_list_tells_where_a_review_stands(review: str | None, below: str, spoken: str) -> None:
    rendered = listing(Listing("", (Listed("col_1", "Felix", 2, None, review),), 0, 1, 6))
    assert plain_words(rendered.blocks).splitlines()[-1] == below
    assert rendered.text == f"1 mascot you can see: {spoken}"


def test_help_has_every_command_with_its_example() -> None:
    said = plain_words(how_to().blocks)
    for usage, example, does in USAGE.values():
        assert f"/masko {usage}" in said
        assert f"/masko {example}" in said
        assert does in said


@pytest.mark.parametrize("name", NAMES, ids=["long", "turned", "markup", "empty", "control"])
@pytest.mark.parametrize("mode", Mode)
def test_the_settings_form_is_one_that_slack_takes(name: str, mode: Mode) -> None:
    mascots = {f"col_{n}": name for n in range(120)}
    form = settings("C1", ChannelSettings(mode, "col_7", True), mascots).to_dict()
    assert len(json.dumps(form["private_metadata"])) < 3000
    select = next(each["element"] for each in form["blocks"] if each.get("block_id") == "mascot")
    assert len(select["options"]) <= 100
    assert select["initial_option"]["value"] == "col_7"
    assert all(1 <= len(label) <= 75 for label in _labels(form))


def _labels(form: dict[str, Any]) -> list[str]:
    options = [each for block in form["blocks"] for each in block.get("element", {}).get("options", [])]
    return [each["text"]["text"] for each in options]
