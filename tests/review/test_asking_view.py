"""The form that asks for a review, and what is said about it, with whatever people call things."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bot.slack.messages import Shown
from handlers.render import render

from bot.db.values import Did
from bot.review import asked
from bot.review.asked import NOTHING_FOUND, Sorted
from bot.review.grammar import unknown_people, unreadable
from bot.review.state import MOST_ASKED, Entry
from bot.review.view import REVIEWERS, UNTIL, WORDS, FormAbout, ask, invited
from bot.sandbox.slack.blockkit import Surroundings, check_blocks, check_view, too_large
from bot.sandbox.slack.view_state import state_values
from bot.slack.blocks import Link, Message, Note
from bot.slack.place import CardPlace
from tests.commands.test_view import CARD
from tests.slack.limits import problems, text_objects

ABOUT = FormAbout(CardPlace("col_" + "x" * 60, "C0123456789", "1700000000.000100"), "0" * 64)
HOSTILE = [
    None,
    "",
    "F" * 300,
    "🦊" * 300,
    "\u202eخلف " * 100,
    "<!channel> *x* :tada: & <https://evil.example|co>",
    "two\nlines\x00",
]
DUE = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
MANY = tuple(f"U{n:010}" for n in range(MOST_ASKED))
LINK = "https://studio.slack.com/archives/C1/p1700000000000100"


def filled(**entered: dict[str, Any]) -> tuple[tuple[str, ...], int | None, str | None]:
    """What is read of the form with this entered, as Slack would send it."""
    view: dict[str, Any] = ask(ABOUT, "Felix").to_dict()
    values = state_values(view["blocks"], {name: {name: value} for name, value in entered.items()})
    return invited(view | {"state": {"values": values}})


@pytest.mark.parametrize("name", HOSTILE)
def test_slack_takes_the_form_whatever_the_mascot_is_called(name: str | None) -> None:
    view = ask(ABOUT, name).to_dict()
    assert check_view(view, Surroundings("modal")) == []
    assert not too_large(view)
    assert len(view["private_metadata"]) <= 3000
    assert {text["type"] for text in text_objects(view)} == {"plain_text"}


def test_everything_may_be_left_empty() -> None:
    view = ask(ABOUT, "Felix").to_dict()
    assert [each["optional"] for each in view["blocks"] if each["type"] == "input"] == [True] * 3
    assert filled() == ((), None, None)


def test_what_is_entered_is_read() -> None:
    entered: dict[str, dict[str, Any]] = {
        REVIEWERS: {"type": "multi_users_select", "selected_users": ["U1", "U2"]},
        UNTIL: {"type": "datetimepicker", "selected_date_time": 1_795_000_000},
        WORDS: {"type": "plain_text_input", "value": " The tail\x00 "},
    }
    assert filled(**entered) == (("U1", "U2"), 1_795_000_000, "The tail")


def entry(reviewers: tuple[str, ...] = (), due: datetime | None = None) -> Entry:
    return Entry(Did.ASKED, DUE, "U1", "0" * 64, reviewers=reviewers, due=due)


def notes(name: str) -> list[Message | Note | Shown]:
    found = Sorted(MANY, MANY, MANY, DUE, moved=True)
    others = tuple(asked.left_out(user, name) for user in MANY)
    said = asked.answer(name, entry(MANY, DUE), found, others, LINK, here=False)
    nobody = asked.answer(name, entry(), NOTHING_FOUND, (), LINK, here=False)
    assert said is not None
    assert nobody is not None
    links: tuple[Any, ...] = ("In the thread: ", *(Link(LINK, f"reply {n}") for n in range(40)))
    return [
        said,
        nobody,
        asked.nothing_new(found, others),
        Message.of(unknown_people([f"@{name}"] * 20)),
        Message.of(unreadable(name)),
        asked.waits(name, DUE, LINK),
        asked.was_due(name, DUE, LINK),
        asked.not_done(name, DUE, MANY, "0 of 1", None),
        asked.not_done(name, DUE, (), "0 of 1", LINK),
        Shown(CARD, (links,)),
    ]


@pytest.mark.parametrize("name", HOSTILE[1:])
def test_slack_takes_what_is_said(name: str) -> None:
    for message in notes(name):
        rendered = render(message)
        assert check_blocks(rendered.blocks, Surroundings("message"), "/blocks") == []
        assert problems(rendered.blocks) == []
        assert "<!channel>" not in rendered.text
        assert "<https://evil" not in rendered.text


def test_who_sees_it_all_in_the_thread_is_told_nothing() -> None:
    assert asked.answer("Felix", entry(("U2",)), NOTHING_FOUND, (), None, here=True) is None
    told = asked.answer("Felix", entry(("U2",)), NOTHING_FOUND, (asked.THE_BOT,), None, here=True)
    assert told is not None
    assert told.offers == ()
