"""Checks for JSON values that name what is wrong and where, in Slack's words.

A check is a function of a value, its JSON pointer and its surroundings that yields problems. Checks are
built from small ones: `thing(required={…}, optional={…})`, `items(check, most=25)`, `text(most=75)` …
The wording follows recorded answers, such as `must be less than 3001 characters
[json-pointer:/blocks/0/text/text]`; where no recording is known, the words are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with blocks or a view.

    Attributes:
        message: in Slack's words, as far as they are known.
        pointer: a JSON pointer from the argument's name on.
        code: what kind of thing it is, for programs.
        constraint: what would be right, such as `{"max_length": 75}`; empty where the message says all.
    """

    message: str
    pointer: str
    code: str
    constraint: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The problem as the inspector shows it."""
        return {
            "code": self.code,
            "message": self.message,
            "pointer": self.pointer,
            "constraint": dict(self.constraint),
        }

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


def unsupported(type_: Any, at: str, constraint: Mapping[str, Any]) -> Problem:
    """A type that may not stand here."""
    return Problem(f"unsupported type: {type_}", f"{at}/type", "unsupported_type", constraint)


def text(*, most: int, least: int = 1) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, str):
            yield _wrong_type("string", at)
        elif len(value) > most:
            yield Problem(f"must be less than {most + 1} characters", at, "too_long", {"max_length": most})
        elif len(value) < least:
            yield Problem(f"must be more than {least - 1} characters", at, "too_short", {"min_length": least})

    return check


def url(*, most: int = 3000, schemes: Collection[str] = ("https://", "http://")) -> Check:
    """An absolute URL."""
    length = text(most=most)

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if problems := list(length(value, at, around)):
            yield from problems
        elif not value.startswith(tuple(schemes)) or " " in value or not value.partition("://")[2]:
            yield Problem("invalid url", at, "invalid_url", {"schemes": sorted(schemes)})

    return check


def boolean(value: Any, at: str, around: Surroundings) -> Problems:
    """True or false."""
    if not isinstance(value, bool):
        yield _wrong_type("boolean", at)


def integer(*, least: int, most: int) -> Check:
    """A whole number between `least` and `most`."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, int) or isinstance(value, bool):
            yield _wrong_type("integer", at)
        elif value < least:
            yield Problem(f"must be greater than {least - 1}", at, "too_small", {"min": least})
        elif value > most:
            yield Problem(f"must be less than {most + 1}", at, "too_large", {"max": most})

    return check


def matching(pattern: Callable[[str], Any], words: str) -> Check:
    """A string that `pattern` accepts; `words` is the complaint."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, str) or not pattern(value):
            yield Problem(words, at, "wrong_format")

    return check


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, str) or value not in allowed:
            yield Problem(f"must be one of: {', '.join(allowed)}", at, "not_allowed", {"one_of": allowed})

    return check


def items(each: Check, *, least: int = 1, most: int) -> Check:
    """An array of `least` to `most` values."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not isinstance(value, list):
            yield _wrong_type("array", at)
            return
        if len(value) > most:
            yield Problem(f"no more than {most} items allowed", at, "too_many", {"max_items": most})
        if len(value) < least:
            yield Problem(f"no less than {least} items allowed", at, "too_few", {"min_items": least})
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
            yield _wrong_type("object", at)
            return
        yield from (_missing(name, at) for name in needed if name not in value)
        yield from (_unknown(name, at) for name in value if name not in known)
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
            yield _wrong_type("object", at)
        elif "type" not in value:
            yield _missing("type", at)
        elif not isinstance(value["type"], str) or value["type"] not in checks:
            yield unsupported(value["type"], at, {"one_of": sorted(checks)})
        else:
            yield from checks[value["type"]](value, at, around)

    return check


def exactly_one(*names: str) -> Check:
    """Of these members, one and only one is there."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if sum(name in value for name in names) != 1:
            yield Problem(
                f"must define exactly one of: {', '.join(names)}", at, "ambiguous", {"exactly_one_of": names}
            )

    return check


def at_least_one(*names: str) -> Check:
    """Of these members, one or more are there."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if not any(name in value for name in names):
            yield Problem(
                f"must define one of: {', '.join(names)}", at, "missing_field", {"at_least_one_of": names}
            )

    return check


def only_on(*surfaces: Surface) -> Check:
    """The value may stand on these surfaces only."""

    def check(value: Any, at: str, around: Surroundings) -> Problems:
        if around.surface not in surfaces:
            yield unsupported(value.get("type"), at, {"surfaces": surfaces})

    return check


def _anything(value: Any, at: str, around: Surroundings) -> Problems:
    return ()


def _wrong_type(wanted: str, at: str) -> Problem:
    article = "an" if wanted[0] in "aio" else "a"
    return Problem(f"must provide {article} {wanted}", at, "wrong_type", {"type": wanted})


def _missing(name: str, at: str) -> Problem:
    return Problem(f"missing required field: {name}", at, "missing_field", {"required": name})


def _unknown(name: str, at: str) -> Problem:
    return Problem(f"invalid additional property: {name}", at, "unknown_field")
