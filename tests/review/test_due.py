from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.review.due import Until, is_due, read_due, read_end

LISBON, TOKYO, NEW_YORK = ZoneInfo("Europe/Lisbon"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Lisbon",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "America/St_Johns",
        "UTC",
    )
]
THURSDAY = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # in Lisbon it is as late


def at(text: str, zone: ZoneInfo = LISBON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("friday", "2026-11-27 17:00"),
        ("Fri", "2026-11-27 17:00"),
        ("this friday", "2026-11-27 17:00"),
        ("on friday", "2026-11-27 17:00"),
        ("next friday", "2026-12-04 17:00"),
        ("thursday", "2026-11-26 17:00"),
        ("thurs 11:00", "2026-12-03 11:00"),
        ("thu 12:00", "2026-12-03 12:00"),
        ("thu 12:01", "2026-11-26 12:01"),
        ("wednesday", "2026-12-02 17:00"),
        ("monday 15:00", "2026-11-30 15:00"),
        ("monday, 15:00", "2026-11-30 15:00"),
        ("friday 3pm", "2026-11-27 15:00"),
        ("friday noon", "2026-11-27 12:00"),
        ("noon", "2026-11-27 12:00"),
        ("tomorrow", "2026-11-27 17:00"),
        ("tomorrow 9:05", "2026-11-27 09:05"),
        ("today", "2026-11-26 17:00"),
        ("today 13:00", "2026-11-26 13:00"),
        ("17:30", "2026-11-26 17:30"),
        ("11:30", "2026-11-27 11:30"),
        ("2026-12-01", "2026-12-01 17:00"),
        ("2026-12-01 9:00", "2026-12-01 09:00"),
        ("1 december", "2026-12-01 17:00"),
        ("1st of December", "2026-12-01 17:00"),
        ("dec 1", "2026-12-01 17:00"),
        ("Dec. 1, 10:00", "2026-12-01 10:00"),
        ("dec 1st 10:00", "2026-12-01 10:00"),
        ("dec 1 2027", "2027-12-01 17:00"),
        ("1 sept", "2027-09-01 17:00"),
        ("26 november", "2026-11-26 17:00"),
        ("25 november", "2027-11-25 17:00"),
        ("in 3 days", "2026-11-29 17:00"),
        ("in 3 days at 10:00", "2026-11-29 10:00"),
        ("in a week", "2026-12-03 17:00"),
        ("in 2 hours", "2026-11-26 14:00"),
        (" Friday! ", "2026-11-27 17:00"),
    ],
)
def test_what_is_meant(words: str, moment: str) -> None:
    assert read_due(words, THURSDAY, LISBON) == at(moment)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "me",
        "5",
        "friday 5",
        "someday",
        "fridays",
        "friday friday",
        "31 february",
        "feb 30",
        "29 feb",
        "2026-02-29",
        "2026-13-01",
        "2026-11-25",
        "2020-01-01",
        "25 november 2026",
        "today 11:00",
        "friday 25:00",
        "friday 10:61",
        "13pm",
        "0am",
        "in 0 hours",
        "in 999999 weeks",
        "9999-12-31 midnight",
        "0000-01-01",
        "yesterday",
        "tomorrow tomorrow",
        "tonight",
        "next week",
        "in 3 hours at 10:00",
        "friday " + "at " * 30,
        "\N{ARABIC-INDIC DIGIT ONE}:00",
    ],
)
def test_what_means_no_moment_ahead(words: str) -> None:
    assert read_due(words, THURSDAY, LISBON) is None


@pytest.mark.parametrize(
    ("now", "words", "moment"),
    [
        ("2026-11-26 18:00", "today", "2026-11-26 23:59"),
        ("2026-11-26 18:00", "thursday", "2026-12-03 17:00"),
        ("2026-11-29 10:00", "next friday", "2026-12-04 17:00"),
        ("2026-12-31 10:00", "1 jan", "2027-01-01 17:00"),
    ],
)
def test_what_is_meant_later_that_day(now: str, words: str, moment: str) -> None:
    assert read_due(words, at(now), LISBON) == at(moment)


def test_in_the_last_minute_today_is_over() -> None:
    assert read_due("today", at("2026-11-26 23:59:30"), LISBON) is None


def test_words_mean_the_day_of_whoever_says_them() -> None:
    late = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)  # Friday, 5:00, in Tokyo
    assert read_due("friday", late, TOKYO) == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert read_due("friday", late, NEW_YORK) == datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
    assert read_due("today", late, TOKYO) == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def test_daylight_saving_moves_the_moment_not_the_hour() -> None:
    before = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)  # clocks go forward on the 29th, at 1:00
    assert read_due("saturday", before, LISBON) == datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    assert read_due("sunday", before, LISBON) == datetime(2026, 3, 29, 16, 0, tzinfo=UTC)
    assert read_due("sunday 1:30", before, LISBON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 2:30 there
    autumn = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # 1:30 comes twice: the first
    assert read_due("sunday 1:30", autumn, LISBON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Felix by friday", Until("Felix", "friday")),
        ("Felix BY Friday 3pm", Until("Felix", "Friday 3pm")),
        ("Stand by Me by friday", Until("Stand by Me", "friday")),
        ("Stand by Me", Until("Stand", "Me", whole="Stand by Me")),
        ("Stand by Me by whenever", Until("Stand", "Me by whenever", whole="Stand by Me by whenever")),
        ("Felix freitag", Until("Felix freitag")),
        ('"Stand by Me"', Until('"Stand by Me"')),
        ("by friday", Until("", "friday")),
        ("Rugby friday", Until("Rugby", "friday", whole="Rugby friday")),
        ("Felix in 3 days", Until("Felix", "in 3 days", whole="Felix in 3 days")),
        ("Felix by tonight", Until("Felix", due="tonight", whole="Felix by tonight")),
        ("Felix end of week", Until("Felix", due="end of week", whole="Felix end of week")),
        ("", Until()),
    ],
)
def test_the_due_date_at_the_end_of_a_name(text: str, until: Until) -> None:
    assert read_end(text) == until


# -- whatever is said, whenever ---------------------------------------------------------------------

often = settings(max_examples=300, deadline=None, derandomize=True, database=None)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
PIECES = """friday mon today tonight tomorrow next end of week eod noon midnight in 3 days hours at on by
    17:30 3pm 5 2026-12-01 29 feb dec 1st the 2027 , . x"""
pieces = st.sampled_from(PIECES.split())


@often
@given(st.one_of(st.text(), st.lists(pieces, max_size=6).map(" ".join)), moments, zones)
def test_what_is_read_lies_ahead(words: str, now: datetime, zone: ZoneInfo) -> None:
    read = read_due(words, now, zone)
    assert read is None or (read > now and read.tzinfo is UTC)
    until = read_end(words)
    assert until.due is None or (until.due in words and until.left in words)
    assert until.due is None or until.whole is not None or is_due(until.due)
