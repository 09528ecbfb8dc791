"""Read due dates, and the people beside them, in commands and mentions.  Pure.

    friday · next friday 15:00 · today · tomorrow 3pm · friday noon · 17:30
    1 december · dec 1 2027 · 2026-12-01
    in 3 days · in 2 hours · in a week

Dates are read in the speaker's time zone, with its daylight saving.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.slack.typed import outside_quotes

NO_DUE = (
    "I can't tell what date that is. "
    "Ways to say it: by friday, by tomorrow 15:00, by 1 december, by 2026-12-01, in 3 days."
)
_LONGEST = 60  # characters of a due date

_WEEKDAYS = [name.casefold() for name in calendar.day_name]
_MONTHS = [name.casefold() for name in calendar.month_name]  # the first is empty
_RELATIVE = {"today": 0, "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2}
_BY = re.compile(r"^(?:no later than|due(?: by| on)?|by|until|till?|before)\s+", re.IGNORECASE)
_CLOCK = re.compile(r"(?:^| )(?:at )?(\d{1,2})(?::(\d{2}))? ?(?:([ap])\.?m\.?)?$", re.ASCII)
_HOURS = re.compile(r"in (\d{1,6}|an?|one) hours?", re.ASCII)
_DAYS = re.compile(r"in (\d{1,6}|an?|one) (day|week)s?", re.ASCII)
_WEEKDAY = re.compile(r"(?:(this|next) )?([a-z]{3,9})\.?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_ORDINAL = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH, _YEAR = r"(?P<month>[a-z]{3,9})\.?", r"(?: (?P<year>\d{4}))?"
_DATES = (
    re.compile(rf"{_ORDINAL}\.?(?: of)? {_MONTH}{_YEAR}", re.ASCII),
    re.compile(rf"{_MONTH} {_ORDINAL}{_YEAR}", re.ASCII),
)
_WORD = re.compile(r"(?:^|(?<=[\s,]))[^\s,]")

_LIKE_DUE = re.compile(
    r"(?:(?:in|the|this|next|end of|\d+) )+(?:day|week|month|quarter|year)s?|in \d+ \w+|\d+[./]\d+\S*"
    r"|tonight|yesterday|asap",
    re.IGNORECASE,
)
"""Words that are meant as a due date also without "by", and mean no moment."""


@dataclass(frozen=True)
class Until:
    """The due date at the end of a text; the moment may have passed, and `is_due` tells whether it is one."""

    left: str = ""  # the text without it
    due: str | None = None
    whole: str | None = None  # the whole text, if it may be a name


def read_end(text: str) -> Until:
    """Read the due date at the end of a text that begins with a name, which may contain "by" too.

    The longest ending that is a due date counts, else the longest that is meant as one.
    """
    meant: Until | None = None
    for found in outside_quotes(text, _WORD.finditer(text, max(0, len(text) - _LONGEST - 20))):
        left, said = text[: found.start()].strip(), text[found.start() :].strip(" ,.!?;")
        words = _BY.sub("", said, count=1)
        if is_due(words):
            return Until(left, words, whole=text if words == said else None)
        if meant is None and (words != said or _LIKE_DUE.fullmatch(words)):
            meant = Until(left, words, whole=text)
    return meant or Until(text)


def unknown_people(names: Sequence[str]) -> str:
    """Return the reply to names that Slack did not recognise, and to @here, @channel and the like."""
    how = "Choose people or a user group from the list that opens when you type @."
    return f"Nobody was asked. I can't ask {', '.join(names)}. {how}"


def read_due(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment that the words after "by" mean, in UTC; None if there is none after `now`.

    A day without an hour means 17:00.  A weekday is the next one, or today until that hour; a date
    without a year is the next such date.  `zone` is the speaker's.
    """
    said = re.sub(r"[\s,]+", " ", words.casefold()).strip(" .!?;") if len(words) <= _LONGEST else ""
    said = f"{said[:-4]}12:00" if said.endswith("noon") and not said.endswith("afternoon") else said
    try:
        if found := _HOURS.fullmatch(said):
            at = now.astimezone(UTC) + timedelta(hours=_count(found[1]))
            return at if at > now else None
        moments = _moments(said, now.astimezone(zone).date(), zone)
        return next((at for at in moments if at > now), None)
    except (ValueError, OverflowError):  # no such day, or none that can be told
        return None


def _moments(said: str, today: date, zone: tzinfo) -> Iterator[datetime]:
    day, hours = said, [time(17), time(23, 59)] if said == "today" else [time(17)]
    if (found := _CLOCK.search(said)) and (found[2] or found[3]):
        day, hours = said[: found.start()], [_time(int(found[1]), int(found[2] or 0), found[3])]
    elif not said:
        return
    for each in _days(day.removeprefix("on "), today):
        for hour in hours:
            yield datetime.combine(each, hour, zone).astimezone(UTC)


def _time(hour: int, minute: int, half: str | None) -> time:
    """Return a time of day; `half` is the a or p of am and pm.  Raises ValueError."""
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    return time(hour % 12 + 12 * (half == "p") if half else hour, minute)


def _days(day: str, today: date) -> Iterator[date]:
    if not day:
        yield from (today, today + timedelta(days=1))
    elif day in _RELATIVE:
        yield today + timedelta(days=_RELATIVE[day])
    elif found := _DAYS.fullmatch(day):
        yield today + timedelta(days=_count(found[1]) * (7 if found[2] == "week" else 1))
    elif found := _ISO.fullmatch(day):
        yield date(*map(int, found.groups()))
    elif (found := _WEEKDAY.fullmatch(day)) and (number := _index(found[2], _WEEKDAYS)) is not None:
        first = today + timedelta(days=number - today.weekday())
        yield from (first + timedelta(weeks=n) for n in ((1,) if found[1] == "next" else range(3)))
    elif (found := next(filter(None, (pattern.fullmatch(day) for pattern in _DATES)), None)) and (
        month := _index(found["month"], _MONTHS)
    ) is not None:
        years = [int(found["year"])] if found["year"] else [today.year, today.year + 1]
        for year in years:
            with suppress(ValueError):  # no such day that year
                yield date(year, month, int(found["day"]))


def _index(word: str, names: Sequence[str]) -> int | None:
    """Return the index of a name from three letters or more: `fri`, `thurs`, `sept`."""
    return next((n for n, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def _count(number: str) -> int:
    return int(number) if number.isdigit() else 1


def is_due(words: str) -> bool:
    """Return whether words mean a moment, even one that has passed."""
    return read_due(words, datetime(2000, 1, 1, tzinfo=UTC), UTC) is not None
