"""Checks for JSON values that name what is wrong and where, in Slack's words.

A check is a function of a value, its JSON pointer and its surroundings that yields problems. Checks are
built from small ones: `thing(required={…}, optional={…})`, `items(check, most=25)`, `text(most=75)` …
The wording follows recorded answers, such as `must be less than 3001 characters
[json-pointer:/blocks/0/text/text]`; where no recording is known, the words are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with blocks or a view; `pointer` is a JSON pointer from the argument's name on."""

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass(frozen=True)
class Surroundings:
    """Where blocks are shown, and what the workspace knows.

    Attributes:
        file_shown: whether a `slack_file` (`{"id": …}` or `{"url": …}`) names a processed image that the
            poster can see.
    """

    surface: Surface
    file_shown: Callable[[Mapping[str, Any]], bool] = lambda file: True


Problems = Iterable[Problem]
Check = Callable[[Any, str, Surroundings], Problems]


def text(*, most: int, least: int = 1) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, str):
            yield Problem("must provide a string", at)
        elif len(value) > most:
            yield Problem(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield Problem(f"must be more than {least - 1} characters", at)

    return check


def url(*, most: int = 3000, schemes: Collection[str] = ("https://", "http://")) -> Check:
    """An absolute URL."""
    length = text(most=most)

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if problems := list(length(value, at, around)):
            yield from problems
        elif not value.startswith(tuple(schemes)) or " " in value or not value.partition("://")[2]:
            yield Problem("invalid url", at)

    return check


def boolean(value: Any, at: str, around: Surroundings) -> Problems:
    """True or false."""
    if not isinstance(value, bool):
        yield Problem("must provide a boolean", at)


def integer(*, least: int, most: int) -> Check:
    """A whole number between `least` and `most`."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem("must provide an integer", at)
        elif value < least:
            yield Problem(f"must be greater than {least - 1}", at)
        elif value > most:
            yield Problem(f"must be less than {most + 1}", at)

    return check


def matching(pattern: Callable[[str], Any], words: str) -> Check:
    """A string that `pattern` accepts; `words` is the complaint."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, str) or not pattern(value):
            yield Problem(words, at)

    return check


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if value not in allowed:
            yield Problem(f"must be one of: {', '.join(allowed)}", at)

    return check


def items(each: Check, *, least: int = 1, most: int) -> Check:
    """An array of `least` to `most` values."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, list):
            yield Problem("must provide an array", at)
            return
        if len(value) > most:
            yield Problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield Problem(f"no less than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}", around)

    return check


def thing(
    *,
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    also: Iterable[Check] = (),
) -> Check:
    """An object with these members and no other; `also` are checks of the object as a whole."""
    needed, known = required or {}, {"type": _anything, **(required or {}), **(optional or {})}

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
            return
        yield from (Problem(f"missing required field: {name}", at) for name in needed if name not in value)
        yield from (
            Problem(f"invalid additional property: {name}", at) for name in value if name not in known
        )
        for name, member in value.items():
            if name in known:
                yield from known[name](member, f"{at}/{name}", around)
        for whole in also:
            yield from whole(value, at, around)

    return check


def by_type(checks: Mapping[str, Check]) -> Check:
    """An object whose `type` chooses its check; any other type is refused."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
        elif "type" not in value:
            yield Problem("missing required field: type", at)
        elif value["type"] not in checks:
            yield Problem(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from checks[value["type"]](value, at, around)

    return check


def exactly_one(*names: str) -> Check:
    """Of these members, one and only one is there."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if sum(name in value for name in names) != 1:
            yield Problem(f"must define exactly one of: {', '.join(names)}", at)

    return check


def at_least_one(*names: str) -> Check:
    """Of these members, one or more are there."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not any(name in value for name in names):
            yield Problem(f"must define one of: {', '.join(names)}", at)

    return check


def only_on(*surfaces: Surface) -> Check:
    """The value may stand on these surfaces only."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if around.surface not in surfaces:
            yield Problem(f"unsupported type: {value.get('type')}", f"{at}/type")

    return check


def _anything(value: Any, at: str, around: Surroundings) -> Problems:
    return ()
