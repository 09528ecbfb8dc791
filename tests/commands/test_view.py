"""What commands are answered with, at lengths that people and models may bring about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bot.slack.messages import (
    Announcement,
    Card,
    Choice,
    Failure,
    Forgetting,
    HowTo,
    Listed,
    Listing,
    Menu,
    Option,
    Question,
    Shown,
    Status,
)
from handlers.render import render

from bot.channels.settings import ChannelSettings
from bot.channels.view import settings
from bot.commands.grammar import USAGE
from bot.db.values import Mode
from bot.slack.blocks import Message, Picture, Retry
from tests.slack.limits import plain_words, problems, text_objects

LONG = "Felix the Fox " * 40
TURNED = "\u202eفيليكس الثعلب\u202c 🦊👩‍🎨" * 20
MARKUP = "<!channel> <@U1> *bold* & <https://evil.example|here>"
NAMES = [LONG, TURNED, MARKUP, "", "\0\n"]
COVER = Picture("a.png", LONG, "F1")

CARD = Card(
    mascot_id="col_1",
    name=LONG,
    prompt="p" * 10_000,
    name_detected=True,
    prompt_detected=True,
    describing=False,
    pictures=(COVER,) * 6,
    count=6,
)


def messages(name: str) -> list[Message]:
    option = Option(name, "col_1")
    return [
        Listing(name, tuple(Listed(f"col_{n}", name, 6, COVER) for n in range(6)), 6, 40, 6),
        Listing(name, (Listed("col_1", name, None, None, "changes requested"),), 0, 1, 6),
        Listing(name, (), 0, 0, 6),
        Choice(f"Which {name}?", (option,) * 40, f"show {name}"),
        Shown(CARD),
        Status(
            (f"ok {name}",) * 4, tuple(Failure("C1", (name,) * 6, name or "why", Retry(n)) for n in range(5))
        ),
        HowTo(f"There is no command “{name}”. These are all:"),
        HowTo(None, "rename"),
        Menu(),
        Announcement("U1", (name,) * 6, name or None, name or None),
        Question(1, (name,) * 6, False, option, (option,) * 99, (name or "hint",) * 6),
        Question(1, (name,), True, None, (), ()),
        Forgetting(1, 2, 3000),
        Forgetting(0, 0, 0, 2),
        Forgetting(0, 0, 0, 0, 1, 3000, 2),
    ]


@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize("name", NAMES, ids=["long", "turned", "markup", "empty", "control"])
def test_slack_takes_it(name: str, pictures: bool) -> None:
    for message in messages(name):
        rendered = render(message, pictures=pictures)
        assert problems(rendered.blocks) == [], message
        assert rendered.text


@pytest.mark.parametrize("name", [MARKUP])
def test_what_people_wrote_is_no_markup(name: str) -> None:
    for message in messages(name):
        rendered = render(message)
        assert "<!channel>" not in rendered.text
        for text in text_objects(rendered.blocks):
            assert text["type"] == "plain_text" or "<!channel>" not in text["text"], message


def test_a_page_tells_where_it_is() -> None:
    listed = tuple(Listed(f"col_{n}", f"Fox {n}", n) for n in range(6))
    said = plain_words(render(Listing("fox", listed, 6, 14, 6)).blocks)
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
    rendered = render(Listing("", (Listed("col_1", "Felix", 2, None, review),), 0, 1, 6))
    assert plain_words(rendered.blocks).splitlines()[-1] == below
    assert rendered.text == f"Your 1 mascot: {spoken}"


@pytest.mark.parametrize(
    ("kept", "told", "stays"),
    [
        (Forgetting(1, 1, 1), "", False),
        (
            Forgetting(1, 1, 1, votes=2, comments=1),
            " In the records of reviews there are 2 votes and 1 comment of yours.",
            True,
        ),
        (Forgetting(1, 1, 1, named_in=1), " 1 review names you as somebody who asked, was asked or", False),
        (Forgetting(1, 1, 1, named_in=3), " 3 reviews name you as somebody who asked, was asked or", False),
    ],
)
def test_what_is_kept_in_reviews_is_told_and_what_becomes_of_it(
    kept: Forgetting, told: str, stays: bool
) -> None:
    said = plain_words(render(kept).blocks)
    assert f"your name on 1 reference of mascots.{told}" in said
    assert ("So do your votes, as somebody's" in said) is stays


def test_help_has_every_command_with_its_example() -> None:
    said = plain_words(render(HowTo()).blocks)
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
