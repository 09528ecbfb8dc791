"""When people are reminded of a review, and which reminders are still needed: without I/O."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.db.values import NOBODY, Did
from bot.review.model import Entry, replay
from bot.review.notify import (
    LEAST_BETWEEN,
    QUIET_FROM,
    QUIET_UNTIL,
    Moment,
    Reminder,
    after_quiet,
    is_needed,
    reminder_before,
)
from tests.review.test_due import LISBON, NEW_YORK, TOKYO, at, moments, often, zones
from tests.review.test_text import FRIDAY, IS, MONDAY, NOW, asking, did


def reminder(user: str = "BEN", moment: Moment = Moment.BEFORE, due: datetime = FRIDAY) -> Reminder:
    return Reminder("T1", "col_1", user, int(due.timestamp()), moment)


PASSED = FRIDAY + timedelta(minutes=1)


def is_quiet(at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    return local.weekday() >= 5 or not QUIET_UNTIL <= local.time() < QUIET_FROM


def test_a_reminder_is_of_what_is_wanted_now() -> None:
    review = replay([asking("BEN", due=FRIDAY)], IS)
    assert is_needed(reminder(), review, NOW)
    assert is_needed(reminder(), review, FRIDAY - LEAST_BETWEEN)
    assert not is_needed(reminder(), review, FRIDAY - LEAST_BETWEEN + timedelta(seconds=1))
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
    ("moment", "later"),
    [
        ("2026-11-26 08:00", "2026-11-26 08:00"),
        ("2026-11-26 19:59", "2026-11-26 19:59"),
        ("2026-11-26 20:00", "2026-11-27 08:00"),
        ("2026-11-26 07:59", "2026-11-26 08:00"),
        ("2026-11-27 20:00", "2026-11-30 08:00"),
        ("2026-11-28 12:00", "2026-11-30 08:00"),
        ("2026-11-30 03:00", "2026-11-30 08:00"),
    ],
)
@pytest.mark.parametrize("zone", [LISBON, TOKYO, NEW_YORK], ids=str)
def test_quiet_hours(moment: str, later: str, zone: ZoneInfo) -> None:
    assert after_quiet(at(moment, zone), zone) == at(later, zone)
    assert is_quiet(at(moment, zone), zone) is (moment != later)


@pytest.mark.parametrize(
    ("asked", "due", "reminder"),
    [
        ("2026-11-23 12:00", "2026-11-27 17:00", "2026-11-26 17:00"),
        ("2026-11-25 17:00", "2026-11-27 17:00", "2026-11-26 17:00"),
        ("2026-11-26 13:00", "2026-11-27 17:00", "2026-11-27 03:00"),
        ("2026-11-26 09:00", "2026-11-26 17:00", "2026-11-26 13:00"),
        ("2026-11-26 12:00", "2026-11-26 14:00", "2026-11-26 13:00"),
        ("2026-11-26 12:00", "2026-11-26 13:59", None),
    ],
)
def test_a_reminder_before(asked: str, due: str, reminder: str | None) -> None:
    assert reminder_before(at(asked), at(due)) == (at(reminder) if reminder else None)


def test_an_overdue_review_is_told_of_in_working_hours() -> None:
    assert after_quiet(at("2026-11-26 17:00"), LISBON) == at("2026-11-26 17:00")
    assert after_quiet(at("2026-11-26 17:00"), TOKYO) == at("2026-11-27 08:00", TOKYO)
    assert after_quiet(at("2026-11-28 17:00"), LISBON) == at("2026-11-30 08:00")


@often
@given(moments, zones)
def test_after_quiet_is_never_quiet_and_never_earlier(moment: datetime, zone: ZoneInfo) -> None:
    later = after_quiet(moment, zone)
    assert not is_quiet(later, zone)
    assert later >= moment
    assert later == moment or is_quiet(moment, zone)
    assert later - moment < timedelta(days=4)
