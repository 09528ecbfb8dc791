"""When a review is due, from words; and when people are reminded of it.  Pure.

    friday · fri 15:00 · next monday at 3pm · tomorrow · today · tonight · noon · 17:30
    2026-12-01 · 1 december · dec 1st 10:00 · in 3 days · in 2 hours · next week · end of week · eod

Moments that come out are in UTC; words are read in somebody's time zone, with its daylight saving.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.review.likely import looks_like_due

END_OF_WORK = 17 * 60
"""Minutes after midnight; what a day without an hour means. Choice."""
EVENING = 20 * 60
LAST_MINUTE = 24 * 60 - 1
QUIET_FROM = time(20)
"""From then on nobody is reminded, in their own time zone. Choice."""
QUIET_UNTIL = time(8)
FIRST_DAY_OFF = 5
"""Saturday; it and Sunday are quiet. Choice."""
A_DAY_BEFORE = timedelta(days=1)
LEAST_BETWEEN = timedelta(hours=1)
"""Between asking and a reminder, and between a reminder and the due date. Choice."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FRIDAY = 4
_LONGEST = 60  # characters: longer words are no due date, and need not be tried in every way
_YEARS_SOUGHT = 9  # between two 29ths of February there may be eight years

_WEEKDAY = (
    r"(?P<day>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?: (?P<year>\d{4}))?"

_ON_WEEKDAY = re.compile(rf"(?P<which>(?:this|next) )?{_WEEKDAY}\.?", re.ASCII)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_DATES = (
    re.compile(rf"(?:the )?{_DAY}\.?(?: of)? {_MONTH}{_YEAR}", re.ASCII),
    re.compile(rf"{_MONTH} (?:the )?{_DAY}{_YEAR}", re.ASCII),
)
_IN = re.compile(
    r"(?:with)?in (?P<count>\d{1,6}|an?|one) (?P<unit>minute|min|hour|day|week)s?(?: (?:time|from now))?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?:(?P<half>[ap])\.?m\.?)?", re.ASCII)
_BY = re.compile(r"(?:^|(?<=\s))(?:no later than|due(?: by| on)?|by|until|till?|before)\s+", re.IGNORECASE)

_WORDS_FOR_TIMES = {"noon": 12 * 60, "midday": 12 * 60, "midnight": 24 * 60, "eod": END_OF_WORK}
_END_OF_DAY = ("eod", "end of day", "end of the day", "end of today")
_END_OF_WEEK = ("eow", "end of week", "end of the week", "end of this week", "this week")
_SPACES = re.compile(r"[\s,]+")
_WORD = re.compile(r"(?:^|(?<=[\s,]))[^\s,]")


@dataclass(frozen=True)
class _Now:
    """The moment from which words are read, and where."""

    at: datetime
    zone: tzinfo

    @property
    def day(self) -> date:
        return self.at.astimezone(self.zone).date()

    @property
    def monday(self) -> date:
        """The first day of this week."""
        return self.day - timedelta(days=self.day.weekday())

    def moment(self, day: date, minutes: int) -> datetime:
        """So many minutes after midnight by the clocks of the zone; where they skip it, as much later."""
        days, rest = divmod(minutes, 24 * 60)
        local = datetime.combine(day + timedelta(days), time(*divmod(rest, 60)), self.zone)
        return local.astimezone(UTC)

    def first(self, days: Iterator[date], minutes: int) -> datetime | None:
        """The first of some days whose hour lies ahead."""
        return next((at for at in (self.moment(day, minutes) for day in days) if at > self.at), None)


def read_due(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment that words mean.

    A day without an hour means 17:00; a weekday the next one, today while its hour lies ahead; a date
    without a year the next such date.

    Args:
        words: what follows "by".
        now: from when on, with a time zone.
        zone: of whoever said it.

    Returns:
        In UTC, and after `now`; None where the words mean no moment, or one that has passed.
    """
    if len(words) > _LONGEST:
        return None
    said = _SPACES.sub(" ", words.casefold()).strip(" .!?;")
    try:
        found = _read(said, _Now(now, zone))
    except (ValueError, OverflowError):  # no such day, or none that can be told
        return None
    return found if found is not None and found > now else None


def split_due(text: str, now: datetime, zone: tzinfo) -> tuple[str, str | None]:
    """A text without the due date at its end, and the words of that.

    What is being asked for may hold the word "by" itself, as in "Stand by Me by friday": the last "by" counts
    whose rest is a due date.
    """
    for start, end in _last_by(text):
        words = text[end:].strip()
        if read_due(words, now, zone) is not None:
            return text[:start].strip(), words
    return text, None


def split_bare_due(text: str, now: datetime, zone: tzinfo) -> tuple[str, str | None]:
    """The same where no "by" stands before the due date: `Felix in 3 days`, `tomorrow`."""
    return _split_end(text, lambda words: read_due(words, now, zone) is not None)


def split_no_due(text: str) -> tuple[str, str | None]:
    """A text without what looks like a due date at its end, and the words of that: `by freitag`, `31.12.`"""
    return _split_end(text, looks_like_due)


def _last_by(text: str) -> Iterator[tuple[int, int]]:
    """Where each "by" begins and ends, the last first; none that stands too early for a due date."""
    from_ = max(0, len(text) - 2 * _LONGEST)
    return ((found.start(), found.end()) for found in reversed(list(_BY.finditer(text, from_))))


def _split_end(text: str, means: Callable[[str], bool]) -> tuple[str, str | None]:
    """A text without the longest end that means something, in whole words, and that end."""
    for found in _WORD.finditer(text, max(0, len(text) - _LONGEST)):
        if means(text[found.start() :]):
            return text[: found.start()].strip(), text[found.start() :]
    return text, None


def without_by(words: str) -> str:
    """Words without the "by" that they begin with."""
    found = _BY.match(words)
    return words[found.end() :] if found else words


def is_quiet(at: datetime, zone: tzinfo) -> bool:
    """Whether people of a time zone are to be left in peace."""
    local = at.astimezone(zone)
    return local.weekday() >= FIRST_DAY_OFF or not QUIET_UNTIL <= local.time() < QUIET_FROM


def after_quiet(at: datetime, zone: tzinfo) -> datetime:
    """The same moment, or the next 8:00 of a working day where it is a quiet one."""
    if not is_quiet(at, zone):
        return at
    day = at.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, QUIET_UNTIL, zone).astimezone(UTC)
        if morning >= at and not is_quiet(morning, zone):  # zones have skipped whole days
            return morning
        day += timedelta(days=1)


def reminder_before(asked: datetime, due: datetime, zone: tzinfo) -> datetime | None:
    """When somebody is reminded of what will be due.

    A day before; half of the time before where that is less than two days. Never in quiet hours.

    Args:
        asked: when they were asked.
        due: when it is due.
        zone: theirs.

    Returns:
        None where there is no such moment an hour after `asked` and an hour before `due`.
    """
    between = due - asked
    wanted = due - (A_DAY_BEFORE if between >= 2 * A_DAY_BEFORE else between / 2)
    at = after_quiet(wanted, zone)
    return at if asked + LEAST_BETWEEN <= at <= due - LEAST_BETWEEN else None


def reminder_at(due: datetime, zone: tzinfo) -> datetime:
    """When somebody is told that it is overdue: at once, but not in their quiet hours."""
    return after_quiet(due, zone)


def due_words(due: datetime, zone: tzinfo) -> str:
    """`Fri 27 Nov, 17:00`: for where Slack does not show it in everybody's own time."""
    at = due.astimezone(zone)
    day, month = _DAYS[at.weekday()].capitalize(), _MONTHS[at.month - 1].capitalize()
    return f"{day} {at.day} {month}, {at:%H:%M}"


# -- reading --------------------------------------------------------------------------------------


def _read(said: str, now: _Now) -> datetime | None:
    if found := _IN.fullmatch(said):
        return _after(found, now)
    for day, minutes in _splits(said):
        if (at := _moment(day, minutes, now)) is not None:
            return at
    return None


def _splits(said: str) -> Iterator[tuple[str, int | None]]:
    """Each way to read words as a day and an hour: `friday`, `17:30`, `friday at 15`, `3pm on friday`."""
    yield said, None
    words = said.split()
    for n in range(len(words)):
        day, clock = words[:n], words[n:]
        at = bool(clock) and clock[0] == "at"
        if (minutes := _minutes(" ".join(clock[at:]), bare=at)) is not None:
            yield " ".join(day), minutes
        clock, day = words[: n + 1], words[n + 1 :]
        if (minutes := _minutes(" ".join(clock), bare=False)) is not None:
            yield " ".join(day), minutes


def _minutes(clock: str, *, bare: bool) -> int | None:
    """An hour as minutes after midnight; a number alone is one only where `bare` numbers are."""
    if clock in _WORDS_FOR_TIMES:
        return _WORDS_FOR_TIMES[clock]
    found = _CLOCK.fullmatch(clock)
    if found is None or not (bare or found["minute"] or found["half"]):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _moment(day: str, minutes: int | None, now: _Now) -> datetime | None:
    """The moment that is meant by the words for a day and an hour of it."""
    day = day.removeprefix("on ")
    at = END_OF_WORK if minutes is None else minutes
    if day == "" and minutes is not None:
        return now.first(_days(now.day, 1, 2), minutes)
    if day in ("today", *_END_OF_DAY):
        return _today(END_OF_WORK, minutes, now)
    if day == "tonight":
        return _today(EVENING, minutes, now)
    if day in ("tomorrow", "tmr", "tmrw"):
        return now.moment(now.day + timedelta(days=1), at)
    if day in ("day after tomorrow", "the day after tomorrow"):
        return now.moment(now.day + timedelta(days=2), at)
    if found := _IN.fullmatch(day):
        return now.moment(_day_after(found, now), at) if found["unit"] in ("day", "week") else None
    return _of_week(day, at, now) or _on_date(day, at, now)


def _today(usual: int, minutes: int | None, now: _Now) -> datetime | None:
    """Today at an hour; without one, at the usual hour, and once that has passed before midnight. Choice."""
    if minutes is not None:
        return now.moment(now.day, minutes)
    at = now.moment(now.day, usual)
    return at if at > now.at else now.moment(now.day, LAST_MINUTE)


def _of_week(day: str, minutes: int, now: _Now) -> datetime | None:
    """A weekday, or a week: its Friday where its end is meant, and the Monday of the next. Choice."""
    next_monday = now.monday + timedelta(weeks=1)
    if day == "next week":
        return now.moment(next_monday, minutes)
    if day in _END_OF_WEEK:
        return now.first(_days(now.monday + timedelta(_FRIDAY), 7, 2), minutes)
    if day == "end of next week":
        return now.moment(next_monday + timedelta(_FRIDAY), minutes)
    found = _ON_WEEKDAY.fullmatch(day)
    if found is None:
        return None
    weekday = timedelta(_DAYS.index(found["day"][:3]))
    if found["which"] == "next ":
        return now.moment(next_monday + weekday, minutes)
    return now.first(_days(now.monday + weekday, 7, 3), minutes)


def _on_date(day: str, minutes: int, now: _Now) -> datetime | None:
    """A date; without a year the next one of this name."""
    if found := _ISO.fullmatch(day):
        return now.moment(date(int(found["year"]), int(found["month"]), int(found["day"])), minutes)
    for pattern in _DATES:
        if found := pattern.fullmatch(day):
            month, number = _MONTHS.index(found["month"][:3]) + 1, int(found["day"])
            if found["year"]:
                return now.moment(date(int(found["year"]), month, number), minutes)
            return now.first(_in_years(now.day.year, month, number), minutes)
    return None


def _after(found: re.Match[str], now: _Now) -> datetime:
    """So much later: hours from this moment on, days at their usual hour."""
    count = _count(found)
    match found["unit"]:
        case "minute" | "min":
            return now.at.astimezone(UTC) + timedelta(minutes=count)
        case "hour":
            return now.at.astimezone(UTC) + timedelta(hours=count)
    return now.moment(_day_after(found, now), END_OF_WORK)


def _day_after(found: re.Match[str], now: _Now) -> date:
    return now.day + timedelta(days=_count(found) * (7 if found["unit"] == "week" else 1))


def _count(found: re.Match[str]) -> int:
    return int(found["count"]) if found["count"].isdigit() else 1


def _days(first: date, step: int, count: int) -> Iterator[date]:
    return (first + timedelta(days=step * n) for n in range(count))


def _in_years(year: int, month: int, day: int) -> Iterator[date]:
    """A day of the year, in this year and those after it that have it."""
    date(2000, month, day)  # a leap year: a day that no year has is none
    for each in range(year, year + _YEARS_SOUGHT):
        try:
            yield date(each, month, day)
        except ValueError:
            continue
