"""Who is mentioned when somebody asks for a review: without I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.settings import USUAL
from bot.db.tables import MascotRow
from bot.db.values import NOBODY, Did
from bot.review.model import Edition, Entry, replay
from bot.review.record import Record
from bot.review.text import MOST_TOLD, sort_out, story
from bot.slack.blocks import Person, When

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
FRIDAY, MONDAY = NOW + timedelta(days=1), NOW + timedelta(days=4)
IS, WAS = "now", "before"


def did(what: Did, user: str, *, edition: str = IS, minutes: int = 0) -> Entry:
    return Entry(what, NOW + timedelta(minutes=minutes), user, edition)


def asking(*people: str, due: datetime | None = None, by: str = "ANA") -> Entry:
    return Entry(Did.ASKED, NOW, by, IS, reviewers=people, due=due)


def test_nobody_was_asked_before() -> None:
    found = sort_out(replay([], IS), ("BEN", "CHRIS"), FRIDAY, NOW)
    assert (found.named, found.others) == (("BEN", "CHRIS"), ())
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
    assert sort_out(review, ("BEN",), None, NOW).others == ((Person("BEN"), " has been asked already."),)
    review = replay([did(Did.APPROVED, "BEN", edition=WAS)], IS)
    assert sort_out(review, ("BEN",), None, NOW).named == ("BEN",)
    review = replay([asking("BEN"), did(Did.APPROVED, "BEN")], IS)
    assert sort_out(review, ("BEN",), None, NOW).others == (
        (Person("BEN"), " has voted on exactly this already."),
    )


def test_what_was_asked_before_an_approval_is_done() -> None:
    record = [asking("BEN"), did(Did.APPROVED, "CHRIS"), did(Did.CONCLUDED, NOBODY)]
    assert sort_out(replay(record, WAS), ("BEN",), None, NOW).named == ("BEN",)


def told(*entries: Entry, channel: str = "C1") -> list[object]:
    record = Record(MascotRow(id="m1", reference_ids=[]), Edition((), None), entries, None, USUAL)
    return [*story(record, channel)]


def test_a_story_tells_who_did_what_and_only_what_was_said_in_the_channel() -> None:
    asked = replace(asking("BEN"), channel="C1", words="Is the tail right?")
    entries = (asked, replace(did(Did.REQUESTED, "BEN"), channel="C2", words="No"), did(Did.CHANGED, NOBODY))
    assert told(*entries) == [
        (
            When(NOW),
            " · ",
            Person("ANA"),
            " ",
            "asked for a review",
            " from ",
            Person("BEN"),
            ": Is the tail right?",
        ),
        (When(NOW), " · ", Person("BEN"), " ", "asked for changes", ""),
        (When(NOW), " · ", "the references or the prompt changed", ""),
    ]


def test_a_story_has_the_newest_lines_without_replies_in_passing() -> None:
    many = [did(Did.COMMENTED, f"U{n}", minutes=n) for n in range(40)]
    lines = told(*many, did(Did.REPLIED, "BEN", minutes=50))
    assert len(lines) == MOST_TOLD
    assert Person("U39") in lines[-1]  # type: ignore[operator]
