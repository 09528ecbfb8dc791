"""Read due dates, and the people beside them, in commands and mentions.  Pure.

    friday · next friday 15:00 · today · tomorrow 3pm · friday noon · 17:30
    1 december · dec 1 2027 · 2026-12-01
    in 3 days · in 2 hours · in a week

Dates are read in the speaker's time zone, with its daylight saving.  Words that only look like a date, in any
of several languages, are told apart from names and comments, so that the reply can explain them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from bot.text import nearest_word

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""A reference time long ago: words that mean a later moment are a due date, even if it has passed."""
NO_DUE = (
    "I cannot tell until when that is. "
    "Ways to say it: by friday, by tomorrow 15:00, by 1 december, by 2026-12-01, in 3 days."
)
END_OF_WORK, LAST_MINUTE = 17 * 60, 24 * 60 - 1
"""Minutes after midnight: what a day without an hour means (Choice), and today once that has passed."""

_LONGEST = 60  # characters of a due date
_YEARS = 9  # between two 29ths of February there may be eight years
_SLIP = 0.8  # of SequenceMatcher's ratio: "firday" and "friday" are 0.83
_MOST_WORDS = 12
_NOBODY = ("@here", "@channel", "@everyone", "a channel")

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_RELATIVE = {"today": 0, "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2}

_BY = re.compile(r"(?:^|(?<=\s))(?:no later than|due(?: by| on)?|by|until|till?|before)\s+", re.IGNORECASE)
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
_SPACES = re.compile(r"[\s,]+")
_WORD = re.compile(r"(?:^|(?<=[\s,]))[^\s,]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = _words(
    """monday tuesday wednesday thursday friday saturday sunday january february april june july august
    september october november december tomorrow yesterday today tonight weekend"""
)
_TELLING = _ENGLISH | _words(
    """mon tue tues wed thu thur thurs fri sat sun jan feb mar march apr may jun jul aug sep sept oct nov dec
    noon midday midnight eod eow eom asap soon later someday sometime evening morning afternoon
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen übermorgen wochenende
    januar februar märz mai juni juli oktober dezember mittag mitternacht
    lundi mardi mercredi jeudi vendredi samedi dimanche demain aujourd'hui janvier février mars avril juin
    juillet août septembre octobre novembre décembre
    lunes martes miércoles jueves viernes sábado domingo mañana hoy enero febrero marzo abril mayo junio
    julio agosto septiembre octubre noviembre diciembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica domani oggi gennaio febbraio aprile maggio
    giugno luglio settembre ottobre dicembre
    segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira amanhã
    hoje maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag"""
)
"""Words for a day or an hour: English, German, French, Spanish, Italian, Portuguese, Dutch."""
_UNITS = _words(
    """minute minutes min mins hour hours hr hrs day days week weeks month months quarter year years
    minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jour jours semaine
    semaines mois heures día días dia dias semana semanas mes meses horas giorno giorni settimana settimane
    mesi ore dag dagen weken uur uhr"""
)
_COUNTS = _words(
    """a an one two three four five six seven eight nine ten next this end of coming business working half
    ein eine einem einer einen zwei drei vier fünf nächste nächsten nächster un una une uma"""
)
_FILLERS = _COUNTS | _words(
    """by until till til before due in on at the for within no later than after from now start beginning
    early late o'clock am pm a.m p.m
    bis zum zur um der den dem ende im vor nächstes kommenden le la les el del de da do para per entro avant
    fin jusqu'à jusqu'au dans en prochain prochaine próximo próxima tot op voor om over"""
)
_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}(?:\1(?:\d{2,4})?)?|\d{1,2}(?::\d{2}|h\d{0,2})(?:[ap]m)?|\d{1,2}[ap]m"
)
_NUMBER = re.compile(r"\d{1,4}(?:st|nd|rd|th)?")


@dataclass(frozen=True)
class Until:
    """The due date in a text, and the text `left` without it.  The moment of `due` may have passed.

    `no_due` looks like a due date and means no moment; `whole` is the whole text, if it may be a name.
    """

    left: str = ""
    due: str | None = None
    no_due: str | None = None
    whole: str | None = None

    @property
    def told(self) -> bool:
        """Whether the text holds a due date, or words that look like one."""
        return self.due is not None or self.no_due is not None


def read_after(words: str) -> Until:
    """Read words that can only be a due date: they follow the people who are asked."""
    words = words.strip(" ,.!?;")
    due = _without_by(words)
    if _is_due(due):
        return Until(due=due)
    return Until(no_due=due) if looks_like_due(words) else Until(words)


def read_end(text: str) -> Until:
    """Read the due date at the end of a text that begins with a name, which may contain "by" too.

    The last "by" before a due date counts; without one, the longest ending that is a due date.
    """
    if (end := _after_by(text, _is_due)) is not None:
        return Until(end[0], end[1])
    if (end := _longest_end(text, _is_due)) is not None:
        return Until(end[0], end[1], whole=text)
    if (end := _after_by(text, looks_like_due) or _longest_end(text, looks_like_due)) is not None:
        return Until(end[0], no_due=_without_by(end[1]), whole=text)
    return Until(text)


def unknown_people(names: Iterable[str]) -> str:
    """Return the reply to names that Slack did not recognise, and to @here, @channel and the like."""
    given = list(names)
    nobody = [name for name in given if name in _NOBODY or name.startswith("#")]
    unknown = [name for name in given if name not in nobody]
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
    said = _SPACES.sub(" ", words.casefold()).strip(" .!?;") if len(words) <= _LONGEST else ""
    said = f"{said[:-4]}12:00" if said.endswith("noon") and not said.endswith("afternoon") else said
    try:
        if found := _HOURS.fullmatch(said):
            moments = iter((now.astimezone(UTC) + timedelta(hours=_count(found[1])),))
        else:
            moments = _moments(said, now.astimezone(zone).date(), zone)
        return next((at for at in moments if at > now), None)
    except (ValueError, OverflowError):  # no such day, or none that can be told
        return None


def _moments(said: str, today: date, zone: tzinfo) -> Iterator[datetime]:
    day, hours = said, [END_OF_WORK, LAST_MINUTE] if said == "today" else [END_OF_WORK]
    if (found := _CLOCK.search(said)) and (found[2] or found[3]):
        day, hours = said[: found.start()], [_minutes(int(found[1]), int(found[2] or 0), found[3])]
    elif not said:
        return
    for each in _days(day.removeprefix("on "), today):
        for minutes in hours:
            yield datetime.combine(each, time(*divmod(minutes, 60)), zone).astimezone(UTC)


def _minutes(hour: int, minute: int, half: str | None) -> int:
    """Return minutes after midnight; `half` is the a or p of am and pm.  Raises ValueError."""
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    if hour > 23 or minute > 59:
        raise ValueError("no such hour")
    return hour * 60 + minute


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
    elif found := next(filter(None, (pattern.fullmatch(day) for pattern in _DATES)), None):
        years = [int(found["year"])] if found["year"] else range(today.year, today.year + _YEARS)
        yield from _in_years(years, _index(found["month"], _MONTHS), int(found["day"]))


def _in_years(years: Iterable[int], month: int | None, day: int) -> Iterator[date]:
    for year in years:
        with suppress(ValueError):  # no such day that year
            yield date(year, 0 if month is None else month + 1, day)


def _index(word: str, names: Sequence[str]) -> int | None:
    """Return the index of a name from three letters or more: `fri`, `thurs`, `sept`."""
    return next((n for n, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def _count(number: str) -> int:
    return int(number) if number.isdigit() else 1


def _is_due(words: str) -> bool:
    return read_due(words, ANY_TIME, UTC) is not None


def _without_by(words: str) -> str:
    found = _BY.match(words)
    return words[found.end() :] if found else words


def _after_by(text: str, means: Callable[[str], bool]) -> tuple[str, str] | None:
    """Split a text at the last "by" whose rest means something."""
    for found in reversed(list(_BY.finditer(text, max(0, len(text) - 2 * _LONGEST)))):
        if means(rest := text[found.end() :].strip()):
            return text[: found.start()].strip(), rest
    return None


def _longest_end(text: str, means: Callable[[str], bool]) -> tuple[str, str] | None:
    """Split a text before its longest ending, in whole words, that means something."""
    for found in _WORD.finditer(text, max(0, len(text) - _LONGEST)):
        if means(rest := text[found.start() :]):
            return text[: found.start()].strip(), rest
    return None


# -- what looks like a due date, although it may mean no moment here -------------------------------


def looks_like_due(words: str) -> bool:
    """Return whether a text consists only of words that due dates are made of."""
    said = [word.strip(".!?;:()") for word in words.casefold().replace(",", " ").split()]
    if len(said) > _MOST_WORDS:
        return False
    telling = [_tells(word, before) for before, word in zip(["", *said], said, strict=False)]
    return any(telling) and all(
        tells or word in _FILLERS or word in _UNITS or _NUMBER.fullmatch(word)
        for tells, word in zip(telling, said, strict=True)
    )


def _tells(word: str, before: str) -> bool:
    """Return whether a word means a day or an hour, alone or as a unit after a number."""
    if word in _UNITS:
        return before in _COUNTS or _NUMBER.fullmatch(before) is not None
    return word in _TELLING or _DATE.fullmatch(word) is not None or _is_slip(word)


@lru_cache(maxsize=256)
def _is_slip(word: str) -> bool:
    """Return whether a word is a misspelt English one; words under five letters resemble too many others."""
    return word.isalpha() and len(word) > 4 and nearest_word(word, _ENGLISH, least=_SLIP) is not None
