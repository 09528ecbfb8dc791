"""Small pieces of sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final


def listed(words: Iterable[str], *, most: int = 4) -> str:
    """`a`, `a and b`, `a, b and c`, and past `most`: `a, b, c and 3 more`."""
    given = list(words)
    if len(given) > most:
        given = [*given[: most - 1], f"{len(given) - most + 1} more"]
    return " and ".join([", ".join(given[:-1]), given[-1]] if len(given) > 1 else given)


def short(text: str, most: int = 80) -> str:
    """What somebody typed, cut so that a sentence can hold it."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def about(seconds: float) -> str:
    """`about 40 s`, `about 3 minutes`."""
    if seconds < 100:
        return f"about {max(1, round(seconds / 5) * 5 if seconds > 10 else round(seconds))} s"
    return f"about {round(seconds / 60)} minutes"


MOST_NAME = 80
"""Characters of a name that people give (Choice): Masko documents no limit; no card shows more well."""
NO_NAME = "A mascot needs a name."

_MOST_COMPARED = 2 * MOST_NAME  # characters; of longer names only the beginning counts
_NEAR = 0.7  # of SequenceMatcher's ratio: "Felx" and "Felix" are 0.89, "Rex" and "Felix" 0.5
MOST_SUGGESTIONS = 5


@dataclass(frozen=True)
class Match:
    """What a name may mean.

    Attributes:
        ids: the mascots that it means: one where it is clear, several for the person to choose from.
        near: where it means none, those with the most similar names, the most similar first.
    """

    ids: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def only(self) -> str | None:
        """The one mascot that is meant; None for none or several."""
        return self.ids[0] if len(self.ids) == 1 else None


def tidy_name(text: str) -> str:
    """A name as it is kept: without invisible characters, with single spaces between its words."""
    return " ".join(visible(text).split())


def wrong_with(name: str) -> str | None:
    """Why a person may not give a tidy name, in words for them; None where they may."""
    if not name:
        return NO_NAME
    if len(name) > MOST_NAME:
        return f"A name has at most {MOST_NAME} characters, and this one has {len(name):,}."
    return None


def match(wanted: str, names: Mapping[str, str]) -> Match:
    """Find mascots by name: equal, else beginning with it, else a word of it, else the nearest.

    Args:
        wanted: what a person wrote.
        names: id → name of every mascot.
    """
    sought = folded(wanted)
    if not sought:
        return Match()
    plain = {mascot_id: folded(name) for mascot_id, name in names.items()}
    for means in (_equal, _begins, _word_begins):
        if ids := [mascot_id for mascot_id, name in plain.items() if means(name, sought)]:
            return Match(tuple(ids))
    near = _nearest(sought, plain)
    if len(near) == 1:
        return Match(tuple(near))
    return Match(near=tuple(near[:MOST_SUGGESTIONS]))


def containing(words: str, names: Mapping[str, str]) -> list[str]:
    """The mascots whose names hold every one of the words, in any order; sorted by name."""
    sought = set(folded(words).split())
    plain = {mascot_id: folded(name) for mascot_id, name in names.items()}
    found = (mascot_id for mascot_id, name in plain.items() if all(word in name for word in sought))
    return sorted(found, key=lambda each: plain[each])


def suggested(words: str, names: Mapping[str, str]) -> list[str]:
    """The mascots whose names hold the words, else those that they may mean all the same; sorted by name."""
    if found := containing(words, names):
        return found
    meant = match(words, names)
    return sorted((*meant.ids, *meant.near), key=lambda each: folded(names[each]))


def nearest_word(word: str, words: Iterable[str], *, least: float = 0.6) -> str | None:
    """The most similar of some words, where one is similar at all: `least` is of SequenceMatcher's ratio."""
    near = _nearest(folded(word), {each: each for each in words}, least=least)
    return near[0] if near else None


def folded(text: str) -> str:
    """The beginning of a name without what people do not remember: case, accents, width, white space at its
    ends."""
    decomposed = unicodedata.normalize("NFKD", text[:_MOST_COMPARED].casefold())[:_MOST_COMPARED]
    kept = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(kept.split())


def _equal(name: str, sought: str) -> bool:
    return name == sought


def _begins(name: str, sought: str) -> bool:
    return name.startswith(sought)


def _word_begins(name: str, sought: str) -> bool:
    return f" {sought}" in f" {name}"


def _nearest(sought: str, plain: Mapping[str, str], least: float = _NEAR) -> list[str]:
    """Ids by similarity; a first name counts like the whole: "Felx" is near "Felix the Fox"."""
    if len(sought) > MOST_NAME:
        return []
    compared = SequenceMatcher(None, b=sought)  # what it knows of `b` is kept
    short = {each: name[:MOST_NAME] for each, name in plain.items()}
    alike = {
        each: max(_alike(compared, part, least) for part in (name, name.split(" ")[0]))
        for each, name in short.items()
    }
    return sorted((each for each, ratio in alike.items() if ratio >= least), key=lambda each: -alike[each])


def _alike(compared: SequenceMatcher[str], name: str, least: float) -> float:
    """The ratio; 0 where quick upper bounds of it are less than `least` already."""
    compared.set_seq1(name)
    likely = compared.real_quick_ratio() >= least and compared.quick_ratio() >= least
    return compared.ratio() if likely else 0.0


_EMOJI = (
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    r"\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_JOINED_LETTER = (
    r"[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06ee-\u06ef\u06fa-\u08ff"  # Arabic, Syriac, Thaana, N'Ko …
    r"\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\ufb50-\ufdf1\ufe70-\ufefc]"  # Indic …
)
_VIRAMA = r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"
_IDEOGRAPH = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"

_KEPT = (
    rf"(?:(?<={_EMOJI})|(?<={_EMOJI}\ufe0f))\u200d(?={_EMOJI})",
    rf"(?<={_EMOJI})[\ufe0e\ufe0f]",
    r"(?<=[0-9#*])\ufe0f(?=\u20e3)",  # key caps
    r"(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,8}\U000e007f",  # flags of parts of countries
    rf"(?<={_JOINED_LETTER})[\u200c\u200d](?={_JOINED_LETTER})",
    rf"(?<={_VIRAMA})\u200d",
    rf"(?<={_IDEOGRAPH})[\ufe00-\ufe02\U000e0100-\U000e01ef]",
    r"(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",  # Mongolian
)
_UNSEEN = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_FOUND = re.compile(rf"(?P<kept>{'|'.join(_KEPT)})|(?P<blank>[\t\x0b\x0c\r\x1c-\x1f\x85\u2800])|{_UNSEEN}")


def visible(text: str) -> str:
    """`text` without invisible characters, direction controls and lone surrogates.

    Line feeds stay; other control characters that part words, and the empty Braille pattern, become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return _FOUND.sub(lambda found: found["kept"] or (" " if found["blank"] else ""), text)


def short_name(name: str) -> str:
    """A file's name as it is shown to people: one line, at most 40 letters, its end kept.

    >>> short_name("a-very-long-name-that-somebody-typed-for-this.png")
    'a-very-long-name-that-somebod…r-this.png'
    """
    shown = _printable(name) or "the image"
    if len(shown) <= SHOWN_LETTERS:
        return shown
    return f"{shown[: SHOWN_LETTERS - 11]}…{shown[-10:]}"


SHOWN_LETTERS: Final = 40


def _printable(name: str) -> str:
    """Without control and direction marks, which would garble the line that the name stands in."""
    return "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip()
