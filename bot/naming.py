"""Which mascot does a name mean?  Pure.

People write names as they remember them: in other capitals, only the beginning, with a slip.  Two that match
are a choice for the person, never a guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

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
    """The mascots whose names hold every one of the words, in any order."""
    sought = folded(words).split()
    return [mascot_id for mascot_id, name in names.items() if all(word in folded(name) for word in sought)]


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The most similar of some words, where one is similar at all."""
    near = _nearest(folded(word), {each: each for each in words}, least=0.6)
    return near[0] if near else None


def folded(text: str) -> str:
    """A name without what people do not remember: case, accents, width, white space at its ends."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
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
    alike = {
        each: max(_alike(sought, name), _alike(sought, name.split(" ")[0])) for each, name in plain.items()
    }
    return sorted((each for each, ratio in alike.items() if ratio >= least), key=lambda each: -alike[each])


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
