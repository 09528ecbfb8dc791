"""Text for people: lists, names and their similarity, and what cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

MOST_NAME = 80
"""Characters of a name that people give (Choice): Masko documents no limit, and cards show no more well."""
NO_NAME = "A mascot needs a name."

SHOWN_LETTERS = 40  # of a file's name

_MOST_COMPARED = 2 * MOST_NAME  # characters of a name
_NEAR = 0.7  # ratio of SequenceMatcher: "Felx" and "Felix" have 0.89, "Rex" and "Felix" 0.5
_MOST_SUGGESTIONS = 5


def listed(words: Iterable[str], *, most: int = 4) -> str:
    """Return `a`, `a and b`, `a, b and c`, and past `most`: `a, b, c and 3 more`."""
    given = list(words)
    if len(given) > most:
        given = [*given[: most - 1], f"{len(given) - most + 1} more"]
    return " and ".join([", ".join(given[:-1]), given[-1]] if len(given) > 1 else given)


def short(text: str, most: int = 80) -> str:
    """Cut text to fit into a sentence."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def about(seconds: float) -> str:
    """Return `about 40 s`, `about 3 minutes`."""
    if seconds < 100:
        return f"about {max(1, round(seconds / 5) * 5 if seconds > 10 else round(seconds))} s"
    return f"about {round(seconds / 60)} minutes"


def tidy_name(text: str) -> str:
    """Return a name as it is stored: without invisible characters, with single spaces between words."""
    return " ".join(visible(text).split())


def wrong_with(name: str) -> str | None:
    """Return why a tidy name cannot be given, in words for people; None if it can."""
    if not name:
        return NO_NAME
    if len(name) > MOST_NAME:
        return f"A name has at most {MOST_NAME} characters, and this one has {len(name):,}."
    return None


def short_name(name: str) -> str:
    """Return a file's name on one line of at most 40 letters, with its end.

    >>> short_name("a-very-long-name-that-somebody-typed-for-this.png")
    'a-very-long-name-that-somebod…r-this.png'
    """
    shown = tidy_name(name) or "the image"
    return shown if len(shown) <= SHOWN_LETTERS else f"{shown[: SHOWN_LETTERS - 11]}…{shown[-10:]}"


@dataclass(frozen=True)
class Match:
    """The mascots that a name may mean; if none matches, those with the most similar names (`near`)."""

    ids: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def only(self) -> str | None:
        """The one mascot that is meant; None for none or several."""
        return self.ids[0] if len(self.ids) == 1 else None


_MEANINGS: tuple[Callable[[str, str], bool], ...] = (
    lambda name, sought: name == sought,
    lambda name, sought: name.startswith(sought),
    lambda name, sought: f" {sought}" in f" {name}",  # a word begins with it
)


def match(wanted: str, names: Mapping[str, str]) -> Match:
    """Find mascots (id → name): equal, else beginning with it, else with such a word, else the nearest."""
    sought = folded(wanted)
    if not sought:
        return Match()
    plain = {mascot_id: folded(name) for mascot_id, name in names.items()}
    for means in _MEANINGS:
        if ids := [mascot_id for mascot_id, name in plain.items() if means(name, sought)]:
            return Match(tuple(ids))
    near = _nearest(sought, plain)
    return Match(ids=tuple(near)) if len(near) == 1 else Match(near=tuple(near[:_MOST_SUGGESTIONS]))


def containing(words: str, names: Mapping[str, str]) -> list[str]:
    """Return the ids of the mascots whose names contain every word, in any order; sorted by name."""
    sought = set(folded(words).split())
    plain = {mascot_id: folded(name) for mascot_id, name in names.items()}
    found = (mascot_id for mascot_id, name in plain.items() if all(word in name for word in sought))
    return sorted(found, key=lambda each: plain[each])


def suggested(words: str, names: Mapping[str, str]) -> list[str]:
    """Return the ids of `containing`, else of `match`; sorted by name."""
    if found := containing(words, names):
        return found
    meant = match(words, names)
    return sorted((*meant.ids, *meant.near), key=lambda each: folded(names[each]))


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """Return the most similar of `words`, or None if the ratio of SequenceMatcher is below 0.6."""
    return next(iter(get_close_matches(folded(word), [*words], 1)), None)


def folded(text: str) -> str:
    """Return the beginning of a name without case, accents, width and white space at its ends."""
    decomposed = unicodedata.normalize("NFKD", text[:_MOST_COMPARED].casefold())[:_MOST_COMPARED]
    kept = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(kept.split())


def _nearest(sought: str, plain: Mapping[str, str]) -> list[str]:
    """Return ids by similarity; a first name counts like the whole: "Felx" is near "Felix the Fox"."""
    if len(sought) > MOST_NAME:
        return []
    called: dict[str, list[str]] = {}
    for each, name in plain.items():
        for spelling in (name[:MOST_NAME], name[:MOST_NAME].split(" ")[0]):
            called.setdefault(spelling, []).append(each)
    near = get_close_matches(sought, called, len(plain) or 1, _NEAR)
    return list(dict.fromkeys(each for spelling in near for each in called[spelling]))


_JOINERS, _SELECTORS = r"\u200c\u200d", r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_INVISIBLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_KEPT = (
    # They form emoji and letters of many scripts, none of them in ASCII.
    rf"(?<=[^\x00-\x7f\s\u2800{_INVISIBLE}])(?:[{_SELECTORS}][{_JOINERS}]?|[{_JOINERS}])",
    r"(?<=[0-9#*])\ufe0f(?=\u20e3)",  # key caps
    r"(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,8}\U000e007f",  # flags of parts of countries
)
_BLANK = r"[\t\x0b\x0c\r\x1c-\x1f\x85\u2800]"
_FOUND = re.compile(rf"(?P<kept>{'|'.join(_KEPT)})|(?P<blank>{_BLANK})|[{_INVISIBLE}]")


def visible(text: str) -> str:
    """Return text without invisible characters, direction controls and lone surrogates.

    Line feeds stay; other control characters that part words, and the empty Braille pattern, become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return _FOUND.sub(lambda found: found["kept"] or (" " if found["blank"] else ""), text)
