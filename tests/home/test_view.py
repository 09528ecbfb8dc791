"""The Home tab as Slack takes it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cards.view import Card
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.cli.local import words_of
from bot.db.posts import Failure
from bot.db.values import MayReview, Mode
from bot.home.status import ALL_WELL, MOST_FAILURES
from bot.home.view import (
    MOST_CHANNELS,
    MOST_WORDS,
    RETRY,
    SEARCH,
    AtHome,
    Looking,
    home,
    mascot_modal,
)
from bot.mascots.search import Listed, Listing
from bot.review.lists import ASKED, FOR_YOU, MOST_AT_HOME, Awaited, Awaiting
from bot.sandbox.slack.blockkit import Surroundings, check_view, too_large
from bot.slack.blocks import Person, Picture, Sentence, When, view_without_images
from bot.slack.forms import Unreadable
from handlers.payloads import looking_of
from tests.slack.limits import plain_words, text_objects

HOSTILE = (
    "<!channel> *Felix* _the_ `fox` :tada: & <https://evil.example|co>",
    "F" * 300,
    "🦊" * 300,
    "\u202eخلف " * 100,
    "👨\u200d👩\u200d👧\u200d👦" * 60,
    "\x00\ud83e\n\t ",
    "",
    "p" * 10_000,
)

RULES = ReviewRules(5, True, MayReview.PEOPLE, tuple(f"U{n:010}" for n in range(25)))

CARD = Card(
    mascot_id="col_1",
    name="Felix",
    prompt="A fox.",
    describing=False,
    pictures=(Picture("fox.png", "A fox", "F1"),),
    count=1,
)


def listing(total: int, start: int = 0, words: str = "", name: str = "Felix") -> Listing:
    """A page of six of so many mascots."""
    shown = range(start, min(total, start + 6))
    review = "in review · 1 of 2"
    mascots = tuple(Listed(f"col_{n}", name, 1, Picture(name, name, f"F{n}"), review) for n in shown)
    return Listing(words, mascots, start, total, 6)


def failures(total: int, text: str = "Masko is down.") -> list[Failure]:
    """So many posts that did not make it."""
    return [Failure("D1" if n % 2 else "C1", (text, text), text, n) for n in range(total)]


EMPTY = AtHome(listing(0), ALL_WELL)


def awaiting(total: int, name: str = "Felix") -> Awaiting:
    """As many of so many open reviews as Home shows under one heading."""
    people = tuple(Person(f"U{number:010}") for number in range(3))
    standing: Sentence = (
        "in review · 1 of 2 · due ",
        When(datetime(2026, 11, 27, tzinfo=UTC)),
        " · ",
        *people,
    )
    shown = range(min(total, MOST_AT_HOME))
    return Awaiting(tuple(Awaited(f"col_{number}", name, standing) for number in shown), total)


def everything(text: str, many: int = 40) -> AtHome:
    """A Home with much of everything, and this text wherever a text may come from people."""
    return AtHome(
        listing(many, 6, text[:MOST_WORDS], text),
        f"✗ {text}",
        awaiting(many, text),
        awaiting(many, text),
        {f"C{n}": ChannelSettings(Mode.ASK, "col_1", review=RULES) for n in range(many)},
        {"col_1": text},
        failures(many, text),
        text or "Saved.",
    )


def sent(page: AtHome) -> dict[str, Any]:
    view: dict[str, Any] = home(page).to_dict()
    return view


def refused(view: dict[str, Any], surface: Any = "home") -> list[str]:
    """What Slack would say against it."""
    return [str(problem) for problem in check_view(view, Surroundings(surface))]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_in_it_slack_takes_it(text: str) -> None:
    view = sent(everything(text))
    assert refused(view) == []
    assert not too_large(view)
    assert len(view["blocks"]) <= 100
    assert len(view["private_metadata"]) <= 3000


def test_a_press_meets_its_block_also_while_a_newer_view_comes() -> None:
    """Slack makes up a `block_id` where there is none, another for every view: the pressed button is gone."""
    pressed = [
        each
        for each in sent(everything("Felix"))["blocks"]
        if {"accessory", "elements", "element"} & each.keys()
    ]
    nameless = [each for each in pressed if "block_id" not in each]
    assert all(
        element["type"] in ("mrkdwn", "plain_text") for each in nameless for element in each["elements"]
    )
    assert len(pressed) > len(nameless)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_is_plain_text(text: str) -> None:
    marked_up = [each["text"] for each in text_objects(sent(everything(text))) if each["type"] == "mrkdwn"]
    assert set(marked_up) == {"<#C1>", *(f"<#C{n}>" for n in range(MOST_CHANNELS))}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_looked_at_survives_its_journey_through_slack(text: str) -> None:
    assert looking_of(sent(everything(text))["private_metadata"]) == Looking(text[:MOST_WORDS], 6)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "",
        "[]",
        "{}",
        '{"words": 1, "start": 0}',
        '{"words": "", "start": -1}',
        '{"words": "", "start": 1' + "0" * 99 + "}",
        "[" * 3000,
    ],
)
def test_what_cannot_be_looked_at_is_refused(metadata: object) -> None:
    with pytest.raises(Unreadable):
        looking_of(metadata)


def test_what_an_older_version_looked_at_is_understood() -> None:
    older = json.dumps({"words": "fox" * 99, "start": 6, "failures_start": 5})
    assert looking_of(older) == Looking(("fox" * 99)[:MOST_WORDS], 6)


def test_an_empty_home_has_nothing_that_does_nothing() -> None:
    view = sent(EMPTY)
    assert refused(view) == []
    assert [block["type"] for block in view["blocks"]] == [
        "header",
        "input",
        "section",
        "divider",
        "context",
    ]
    assert "None yet." in plain_words(view["blocks"])
    assert plain_words(view["blocks"][-1:]) == ALL_WELL


def test_reviews_come_first_and_health_last() -> None:
    view = sent(everything("Felix", 2))
    ids = [block["block_id"] for block in view["blocks"] if block["type"] == "header"]
    assert ids == ["to_review", "asked", "mascots", "channels", "failures"]
    assert [view["blocks"][n]["block_id"] for n in (0, -1)] == ["notice", "health"]


@pytest.mark.parametrize(
    ("total", "start", "head", "turns"),
    [
        (1, 0, "1 mascot that you made or added to", []),
        (6, 0, "6 mascots that you made or added to", []),
        (40, 0, "40 mascots that you made or added to: 1-6 of 40", ["Next"]),
        (40, 12, "40 mascots that you made or added to: 13-18 of 40", ["Previous", "Next"]),
        (40, 36, "40 mascots that you made or added to: 37-40 of 40", ["Previous"]),
    ],
)
def test_pages(total: int, start: int, head: str, turns: list[str]) -> None:
    blocks = sent(EMPTY._replace(mascots=listing(total, start)))["blocks"]
    assert blocks[2]["text"]["text"] == head
    buttons = [
        each["text"]["text"] for block in blocks for each in block.get("elements", []) if "value" in each
    ]
    assert buttons == turns


@pytest.mark.parametrize(("total", "more"), [(1, ""), (5, ""), (6, "and 1 more"), (12, "and 7 more")])
def test_the_newest_of_what_did_not_work_can_be_tried_again(total: int, more: str) -> None:
    blocks = sent(EMPTY._replace(failures=failures(total)))["blocks"]
    retried = [each["accessory"]["value"] for each in blocks if RETRY in json.dumps(each)]
    assert retried == [str(n) for n in range(min(total, MOST_FAILURES))]
    assert ("more" in plain_words(blocks)) == bool(more)
    assert more in plain_words(blocks)


def test_reviews_have_a_heading_each_and_the_rest_is_counted() -> None:
    told = words_of(sent(EMPTY._replace(to_review=awaiting(6), asked=awaiting(1))))
    assert f"{FOR_YOU}\nFelix\nin review · 1 of 2 · due Fri 27 Nov 2026, 00:00 UTC · <@U0000000000>" in told
    assert told.count("Felix") == MOST_AT_HOME + 1
    assert f"and {6 - MOST_AT_HOME} more\n{ASKED}\nFelix\n" in told


def test_a_search_has_a_way_back_and_stands_in_its_field() -> None:
    found = EMPTY._replace(mascots=listing(2, words="fox"))
    blocks = sent(found)["blocks"]
    assert blocks[1]["element"]["initial_value"] == "fox"
    assert blocks[1]["dispatch_action"]
    assert blocks[1]["element"]["action_id"] == SEARCH
    assert (blocks[2]["text"]["text"], blocks[2]["accessory"]["text"]["text"]) == (
        "2 mascots with “fox”",
        "Only mine",
    )


def test_the_field_is_another_one_after_each_search() -> None:
    pages = [EMPTY._replace(mascots=listing(0, words=words)) for words in ("", "a", "b")]
    assert len({sent(page)["blocks"][1]["block_id"] for page in pages}) == 3


def test_a_count_that_nobody_has_read_is_not_told() -> None:
    unread = Listing("fox", (Listed("col_1", "Fox", None),), 0, 1, 6)
    assert "references" not in plain_words(sent(EMPTY._replace(mascots=unread))["blocks"])


def test_pictures_can_be_left_out() -> None:
    page = EMPTY._replace(mascots=listing(3))
    assert json.dumps(sent(page)).count("slack_file") == 3
    assert "slack_file" not in json.dumps(view_without_images(home(page)).to_dict())


def test_a_channel_that_is_off_names_no_mascot() -> None:
    off = {"C1": ChannelSettings(Mode.OFF, "col_1")}
    told = plain_words(sent(EMPTY._replace(channels=off, names={"col_1": "Felix"}))["blocks"])
    assert "Nothing, unless I'm asked" in told
    assert "Felix" not in told


def test_a_channel_says_what_a_review_takes_where_that_is_not_the_usual() -> None:
    def told(rules: ReviewRules) -> str:
        own = {"C1": ChannelSettings(review=rules)}
        return plain_words(sent(EMPTY._replace(channels=own))["blocks"])

    two = ReviewRules(2, who=MayReview.PEOPLE, people=("U1", "U2"))
    assert "Images: Add them automatically\nReview: 2 approvals, by 2 named people" in told(two)
    assert "Review" not in told(ReviewRules())
    assert "Review" not in told(ReviewRules(people=("U1",)))  # who is named there counts for nothing


@pytest.mark.parametrize("text", HOSTILE)
def test_a_closeup_is_a_modal_that_slack_takes(text: str) -> None:
    shown = replace(CARD, name=text, prompt=text, pictures=(Picture(text, text, "F1"),))
    for built in (
        mascot_modal(shown),
        view_without_images(mascot_modal(shown)),
        mascot_modal(text or "Gone."),
    ):
        assert refused(built.to_dict(), "modal") == []


def test_a_closeup_has_no_button_that_needs_a_thread() -> None:
    blocks = mascot_modal(CARD).to_dict()["blocks"]
    assert "actions" not in {block["type"] for block in blocks}
    assert "slack_file" in json.dumps(blocks)
