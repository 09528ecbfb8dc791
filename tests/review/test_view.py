"""The forms of reviews, and what is said about them, with whatever people call things."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.settings import USUAL
from bot.db.tables import MascotRow
from bot.db.values import Did
from bot.review import text
from bot.review.due import unknown_people
from bot.review.model import MOST_ASKED, Edition, Entry
from bot.review.notify import Moment, Reminder, said
from bot.review.record import Record
from bot.review.view import REVIEWERS, UNTIL, WORDS, FormAbout, ask, comment, invited, request
from bot.sandbox.slack.blockkit import Surroundings, check_blocks, check_view, too_large
from bot.sandbox.slack.view_state import state_values
from bot.slack.blocks import Message, Picture, view_without_images
from bot.slack.forms import read
from bot.slack.request import CardPlace
from tests.review.names import HOSTILE
from tests.slack.limits import problems, text_objects

ABOUT = FormAbout(CardPlace("col_" + "x" * 60, "C0123456789", "1700000000.000100"), "0" * 64, None)
DUE = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
MANY = tuple(f"U{n:010}" for n in range(MOST_ASKED))
LINK = "https://studio.slack.com/archives/C1/p1700000000000100"


def filled(**entered: dict[str, Any]) -> tuple[tuple[str, ...], int | None, str | None]:
    """What is read of the form with this entered, as Slack would send it."""
    view: dict[str, Any] = ask(ABOUT, "Felix").to_dict()
    values = state_values(view["blocks"], {name: {name: value} for name, value in entered.items()})
    return invited(view | {"state": {"values": values}})


@pytest.mark.parametrize("name", [*HOSTILE, None])
def test_slack_takes_the_forms_whatever_things_are_called(name: str | None) -> None:
    references = [(f"asset_{n}", Picture(name or "", name or "", f"F{n}")) for n in range(6)]
    for form in (ask(ABOUT, name), request(ABOUT, name, references), comment(ABOUT, name, references)):
        view = form.to_dict()
        assert check_view(view, Surroundings("modal")) == []
        assert not too_large(view)
        assert {text["type"] for text in text_objects(view)} == {"plain_text"}
        assert check_view(view_without_images(form).to_dict(), Surroundings("modal")) == []


def test_a_form_comes_back_with_what_it_is_about() -> None:
    about = FormAbout(ABOUT.place, ABOUT.seen, 7)
    assert read(FormAbout, json.loads(about.as_metadata())) == about


def test_everything_may_be_left_empty() -> None:
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


@pytest.mark.parametrize("name", HOSTILE[1:])
def test_slack_takes_what_is_said(name: str) -> None:
    details = tuple(text.left_out(user, name) for user in MANY)
    mascot, edition = MascotRow(id="M", team="T", name=name, prompt=None), Edition((), None)
    records = [Record(mascot, edition, (entry(who, DUE),), None, USUAL) for who in ((), MANY)]
    reminders = [Reminder("T", "M", "U1", int(DUE.timestamp()), moment) for moment in Moment]
    messages = (
        text.answer(name, entry(MANY, DUE), details, LINK, here=False),
        text.answer(name, entry(), (), LINK, here=False),
        Message.of(unknown_people([f"@{name}"] * 20)),
        *(
            said(reminder, record, link)
            for reminder in reminders
            for record in records
            for link in (LINK, None)
        ),
    )
    for message in messages:
        assert message is not None
        assert check_blocks(message.blocks, Surroundings("message"), "/blocks") == []
        assert problems(message.blocks) == []
        assert "<!channel>" not in message.text
        assert "<https://evil" not in message.text


def test_who_sees_it_all_in_the_thread_is_told_nothing() -> None:
    assert text.answer("Felix", entry(("U2",)), (), None, here=True) is None
    told = text.answer("Felix", entry(("U2",)), (text.THE_BOT,), None, here=True)
    assert told is not None
    assert "Go to the card" not in str(told.blocks)
