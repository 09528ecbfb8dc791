"""Read due dates, and the people beside them, in commands and mentions.  Pure.

    friday · next friday 15:00 · today · tomorrow 3pm · friday noon · 17:30
    1 december · dec 1 2027 · 2026-12-01
    in 3 days · in 2 hours · in a week

Dates are read in the speaker's time zone, with its daylight saving.  English words that only look like a date
are told apart from names and comments, so that the reply can explain them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.slack.typed import outside_quotes
from bot.text import nearest_word

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # long ago: for whether words mean a moment, even a past one
NO_DUE = (
    "I cannot tell until when that is. "
    "Ways to say it: by friday, by tomorrow 15:00, by 1 december, by 2026-12-01, in 3 days."
)
_LONGEST = 60  # characters of a due date
_YEARS = 9  # between two 29ths of February there may be eight years

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_RELATIVE = {"today": 0, "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2}
_BY = re.compile(r"(?:no later than|due(?: by| on)?|by|until|till?|before)\s+", re.IGNORECASE)
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

_IN_FULL = {*_WEEKDAYS, *_MONTHS, "tomorrow", "yesterday", "tonight", "weekend"} - {"march", "may"}
_TELLING = {*_IN_FULL, *_MONTHS, *(name[:3] for name in (*_WEEKDAYS, *_MONTHS))} | {
    *("sept", "today", "noon", "midday", "midnight", "morning", "afternoon", "evening"),
    *("eod", "eow", "eom", "asap", "soon", "later", "someday", "sometime"),
}
_UNIT = "(?:min|minute|hr|hour|day|week|month|quarter|year)s?"
_COUNT = (
    r"\d{1,4}(?:st|nd|rd|th)?|an?|one|two|three|four|five|six|seven|eight|nine|ten"
    "|next|this|end|of|coming|business|working|half"
)
_SPAN = re.compile(rf"\b(?:{_COUNT}) {_UNIT}\b")
_FILLER = re.compile(
    rf"{_UNIT}|{_COUNT}|in|on|at|the|for|within|after|from|now|start|beginning|early|late|o'clock|[ap][.]?m"
)
_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}(?:\1(?:\d{2,4})?)?|\d{1,2}(?::\d{2}|h\d{0,2})(?:[ap]m)?|\d{1,2}[ap]m"
)
_IN_SO_MANY = re.compile(r"in \d{1,6} \w+")


@dataclass(frozen=True)
class Until:
    """The due date at the end of a text; the moment may have passed, and `is_due` tells whether it is one."""

    left: str = ""  # the text without it
    due: str | None = None
    whole: str | None = None  # the whole text, if it may be a name


def read_after(words: str) -> str | None:
    """Return the due date in words that follow the request and the people who are asked, if it is one."""
    words = words.strip(" ,.!?;")
    due = _without_by(words)
    return due if due != words or is_due(due) or looks_like_due(due) else None


def read_end(text: str) -> Until:
    """Read the due date at the end of a text that begins with a name, which may contain "by" too.

    The longest ending that is a due date counts, else that looks like one, else what follows the last "by".
    """
    due, alike, by = list[Until](), list[Until](), list[Until]()
    for found in outside_quotes(text, _WORD.finditer(text, max(0, len(text) - _LONGEST - 20))):
        left, said = text[: found.start()].strip(), text[found.start() :].strip()
        words = _without_by(said)
        if is_due(words):
            due.append(Until(left, words, whole=text if words == said else None))
        elif looks_like_due(words):
            alike.append(Until(left, words, whole=text))
        elif words != said:
            by.append(Until(left, words, whole=text))
    return next(iter((*due, *alike, *reversed(by))), Until(text))


def unknown_people(names: Iterable[str]) -> str:
    """Return the reply to names that Slack did not recognise, and to @here, @channel and the like."""
    names, alike = list(names), ("@here", "@channel", "@everyone", "a channel")
    nobody = [name for name in names if name in alike or name.startswith("#")]
    unknown = [name for name in names if name not in nobody]
    said = [f"Slack does not know {', '.join(unknown)}."] if unknown else []
    said += [f"{', '.join(nobody)} cannot be asked."] if nobody else []
    how = "Choose people or a user group from the list that opens when you type @."
    return " ".join(["Nobody was asked.", *said, how]).replace(" a channel cannot", " A channel cannot")


def unreadable(due: str) -> str:
    """Return the reply to words that look like a due date but mean no moment."""
    return f"Nobody was asked. “{due}”: {NO_DUE}"


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
        years = [int(found["year"])] if found["year"] else range(today.year, today.year + _YEARS)
        for year in years:
            with suppress(ValueError):  # no such day that year
                yield date(year, month + 1, int(found["day"]))


def _index(word: str, names: Sequence[str]) -> int | None:
    """Return the index of a name from three letters or more: `fri`, `thurs`, `sept`."""
    return next((n for n, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def _count(number: str) -> int:
    return int(number) if number.isdigit() else 1


def is_due(words: str) -> bool:
    """Return whether words mean a moment, even one that has passed."""
    return read_due(words, ANY_TIME, UTC) is not None


def _without_by(words: str) -> str:
    found = _BY.match(words)
    return words[found.end() :] if found else words


def looks_like_due(words: str) -> bool:
    """Return whether a text consists only of words that due dates are made of."""
    said = [word.strip(".!?;:()") for word in words.casefold().replace(",", " ").split()]
    if len(said) > 12:
        return False
    telling, phrase = [word for word in said if _tells(word)], " ".join(said)
    made_of_it = all(word in telling or _FILLER.fullmatch(word) for word in said)
    means_a_time = made_of_it and (telling or _SPAN.search(phrase))
    return bool(means_a_time or _IN_SO_MANY.fullmatch(phrase))


def _tells(word: str) -> bool:
    """Return whether a word alone means a day or an hour."""
    if word in _TELLING or _DATE.fullmatch(word):
        return True
    is_long = word.isalpha() and len(word) > 4  # shorter words resemble too many others
    return is_long and nearest_word(word, _IN_FULL, least=0.8) is not None  # "firday" and "friday" are 0.83
