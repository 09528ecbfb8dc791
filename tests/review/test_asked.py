"""Who is mentioned when somebody asks for a review, and which reminders still hold: without I/O."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.db.values import NOBODY, Did
from bot.review.asked import perhaps_due, sort_out
from bot.review.reminders import Moment, Reminder, is_needed
from bot.review.state import Entry, replay

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
FRIDAY, MONDAY = NOW + timedelta(days=1), NOW + timedelta(days=4)
IS, WAS = "now", "before"


def did(what: Did, user: str, *, edition: str = IS, minutes: int = 0) -> Entry:
    return Entry(what, NOW + timedelta(minutes=minutes), user, edition)


def asking(*people: str, due: datetime | None = None, by: str = "ANA") -> Entry:
    return Entry(Did.ASKED, NOW, by, IS, reviewers=people, due=due)


def test_nobody_was_asked_before() -> None:
    found = sort_out(replay([], IS), ("BEN", "CHRIS"), FRIDAY, NOW)
    assert (found.named, found.before, found.voted) == (("BEN", "CHRIS"), (), ())
    assert (found.due, found.moved) == (FRIDAY, True)


@pytest.mark.parametrize(
    ("due", "named", "until", "moved"),
    [
        (FRIDAY, ("CHRIS",), FRIDAY, False),
        (None, ("CHRIS",), FRIDAY, False),
        (MONDAY, ("BEN", "CHRIS"), MONDAY, True),
    ],
)
def test_who_was_asked_is_named_again_only_for_another_day(
    due: datetime | None, named: tuple[str, ...], until: datetime, moved: bool
) -> None:
    found = sort_out(replay([asking("BEN", due=FRIDAY)], IS), ("BEN", "CHRIS"), due, NOW)
    assert (found.named, found.due, found.moved) == (named, until, moved)


def test_a_day_that_has_passed_holds_for_nobody_new() -> None:
    review = replay([asking("BEN", due=FRIDAY)], IS)
    assert sort_out(review, ("CHRIS",), None, MONDAY).due is None


def test_who_has_voted_on_what_was_before_is_asked_anew() -> None:
    review = replay([asking("BEN"), did(Did.APPROVED, "BEN", edition=WAS)], IS)
    assert sort_out(review, ("BEN",), None, NOW).before == ("BEN",)
    review = replay([did(Did.APPROVED, "BEN", edition=WAS)], IS)
    assert sort_out(review, ("BEN",), None, NOW).named == ("BEN",)
    review = replay([asking("BEN"), did(Did.APPROVED, "BEN")], IS)
    assert sort_out(review, ("BEN",), None, NOW).voted == ("BEN",)


def test_what_was_asked_before_an_approval_is_done() -> None:
    record = [asking("BEN"), did(Did.APPROVED, "CHRIS"), did(Did.CONCLUDED, NOBODY)]
    assert sort_out(replay(record, WAS), ("BEN",), None, NOW).named == ("BEN",)


def reminder(user: str = "BEN", moment: Moment = Moment.BEFORE, due: datetime = FRIDAY) -> Reminder:
    return Reminder("T1", "col_1", user, int(due.timestamp()), moment)


PASSED = FRIDAY + timedelta(minutes=1)


def test_a_reminder_is_of_what_is_wanted_now() -> None:
    review = replay([asking("BEN", due=FRIDAY)], IS)
    assert is_needed(reminder(), review, NOW)
    assert not is_needed(reminder(), review, PASSED)
    assert is_needed(reminder(moment=Moment.PASSED), review, PASSED)
    assert is_needed(reminder("ANA", Moment.NOT_DONE), review, PASSED)
    assert not is_needed(reminder("CHRIS"), review, NOW)
    assert not is_needed(reminder("CHRIS", Moment.NOT_DONE), review, PASSED)
    assert not is_needed(reminder(due=MONDAY), review, NOW)


@pytest.mark.parametrize(
    "since",
    [
        [asking("CHRIS", due=MONDAY)],
        [did(Did.APPROVED, "BEN")],
        [did(Did.REQUESTED, "BEN")],
        [did(Did.APPROVED, "CHRIS"), did(Did.CONCLUDED, NOBODY)],
    ],
    ids=["another day", "approved", "changes requested", "concluded"],
)
@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.PASSED])
def test_what_makes_a_reminder_needless(since: list[Entry], moment: Moment) -> None:
    now = NOW if moment is Moment.BEFORE else PASSED
    record = [asking("BEN", due=FRIDAY)]
    assert is_needed(reminder(moment=moment), replay(record, IS), now)
    assert not is_needed(reminder(moment=moment), replay([*record, *since], IS), now)


def test_a_vote_that_was_taken_back_is_waited_for_again() -> None:
    record = [asking("BEN", due=FRIDAY), did(Did.APPROVED, "BEN"), did(Did.WITHDREW, "BEN", minutes=1)]
    assert is_needed(reminder(), replay(record, IS), NOW)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Felix by someday", ("Felix", "someday")),
        ("Stand by Me by whenever", ("Stand by Me", "whenever")),
        ("Felix", None),
        ("by friday", None),
    ],
)
def test_a_name_may_end_with_a_day_that_is_none(name: str, parts: tuple[str, str] | None) -> None:
    assert perhaps_due(name) == parts
