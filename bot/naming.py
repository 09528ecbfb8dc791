"""What a mascot may be called, and which one a name means.  Pure.

People write names as they remember them: in other capitals, only the beginning, with a slip.  Two that match
are a choice for the person, never a guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.invisible import visible

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
