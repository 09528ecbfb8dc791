"""How values that come back from Slack are altered: every kind that is none, and every id of another's."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
Json = dict[str, Any]

MISSING = object()
LONG = "x" * 200_000
NO_TEXT: tuple[Any, ...] = (MISSING, None, 5, float("nan"), ["x"], {"value": "x"})
"""In the place of a text."""
NO_WORD = ("", "-1", "NaN", "1e999", str(2**31), "x" * 1000, "\0", "\ud800", "../x")
"""In the place of a word of a value."""
NO_MEMBER: tuple[Any, ...] = (-1, 10**400, float("nan"), ["x"], {}, "", "x" * 1000, "\0")
"""In the place of a member of an object."""
BROKEN = ("{", "[]", "null", "NaN", "[" * 3000, "{}")
"""In the place of an object."""

_WORD = re.compile(r"[^ ,]+")


@dataclass(frozen=True)
class Foreign:
    """Names of what somebody has no right to, by what they name; a number may name a row of any table."""

    numbers: tuple[int, ...]
    mascots: tuple[str, ...]
    assets: tuple[str, ...]
    channels: tuple[str, ...]
    threads: tuple[str, ...]
    digests: tuple[str, ...]
    files: tuple[Json, ...]

    def like(self, word: object, known: Mapping[str, str]) -> Sequence[Any]:
        """Those of the same kind as a word; `known` tells the kinds of the words that are in use."""
        if isinstance(word, int) and not isinstance(word, bool):
            return self.numbers
        if not isinstance(word, str):
            return ()
        if word.isdigit():
            return tuple(map(str, self.numbers))
        return tuple(getattr(self, known[word])) if word in known else ()


@dataclass(frozen=True)
class Alteration:
    """One value in the place of another: where it stands in the payload, and what is put there."""

    path: Place
    value: Any

    def of(self, payload: Json) -> Json:
        """A copy of a payload with it."""
        altered = copy.deepcopy(payload)
        at: Any = altered
        for step in self.path[:-1]:
            at = at[step]
        if self.value is MISSING:
            del at[self.path[-1]]
        else:
            at[self.path[-1]] = self.value
        return altered

    def __str__(self) -> str:
        said = "missing" if self.value is MISSING else repr(self.value)
        return f"{'.'.join(map(str, self.path))} = {said[:300]}"


def of_text(path: Place, text: str, foreign: Foreign, known: Mapping[str, str]) -> Iterator[Alteration]:
    """All of a button's value, an option's, or a form's `private_metadata`."""
    for value in (*NO_TEXT, "", LONG):
        yield Alteration(path, value)
    told = _object(text)
    if told is None:
        for found in _WORD.finditer(text):
            for word in (*NO_WORD, *foreign.like(found[0], known)):
                yield Alteration(path, f"{text[: found.start()]}{word}{text[found.end() :]}")
        return
    for broken in BROKEN:
        yield Alteration(path, broken)
    for leaf, value in _leaves(told):
        for instead in (MISSING, *NO_MEMBER, *foreign.like(value, known)):
            yield Alteration(path, json.dumps(Alteration(leaf, instead).of(told)))


def of_state(
    view: Json, foreign: Foreign, known: Mapping[str, str], free: Collection[str]
) -> Iterator[Alteration]:
    """All of what is filled into a form; what may be left empty is not altered to that.

    Args:
        free: the kinds of fields whose text says what it says: only its kind and its length can be wrong.
    """
    optional = {block["block_id"] for block in view["blocks"] if block.get("optional")}
    for block, fields in view["state"]["values"].items():
        here: Place = ("view", "state", "values", block)
        if not block.startswith("image_"):  # what is not said of an image stays as it was
            yield Alteration(here, MISSING)
        yield Alteration(here, 5)
        for action, entry in fields.items():
            field = (*here, action)
            yield from (Alteration(field, MISSING), Alteration(field, None), Alteration(field, []))
            key, value = next((key, value) for key, value in entry.items() if key != "type")
            for each in _of_entry((*field, key), value, foreign, known, block.partition("_")[0] in free):
                left_empty = each.value is MISSING or each.value is None or each.value in ("", [])
                if not (block in optional and left_empty and each.path == (*field, key)):
                    yield each


def _of_entry(
    path: Place, value: Any, foreign: Foreign, known: Mapping[str, str], free: bool
) -> Iterator[Alteration]:
    """All of what was entered into one field."""
    match value:
        case {"value": str(text)}:  # an option
            yield from _kinds(path, {})
            yield from of_text((*path, "value"), text, foreign, known)
        case [{"value": str(text)}, *_]:
            yield from _kinds(path, [])
            yield from of_text((*path, 0, "value"), text, foreign, known)
        case [{"id": str()}, *_]:  # files
            yield from _kinds(path, [])
            for odd in (None, 5, "x", {}, {"id": 5}, {"id": LONG}, *foreign.files):
                yield Alteration(path, [odd])
            yield Alteration(path, value * 1000)
        case [str(), *_]:  # people
            yield from _kinds(path, [])
            for odd in (None, 5, {}, "", LONG, "<!channel>", "U0\0"):
                yield Alteration(path, [odd])
            yield Alteration(path, [f"U{each:09}" for each in range(10_000)])
        case int():
            for no_time in (-1, 10**15, 10**400, float("nan"), "x"):
                yield Alteration(path, no_time)
        case str(text) if not free:
            yield from of_text(path, text, foreign, known)
        case _:
            yield from _kinds(path, "" if free else value)
            yield from (Alteration(path, LONG), Alteration(path, "x" * 3001))


def _kinds(path: Place, like: Any) -> Iterator[Alteration]:
    """Everything that is not of the kind of `like`."""
    return (Alteration(path, each) for each in (*NO_TEXT, "x") if type(each) is not type(like))


def _object(text: str) -> Json | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _leaves(told: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield (*path, key), value
            yield from _leaves(value, (*path, key))
