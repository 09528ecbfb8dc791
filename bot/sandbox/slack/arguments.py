"""Arguments of Web API methods: declared in tables, read from form, query or JSON, checked by kind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.slack.errors import SlackError

ArgumentKind = Literal["string", "boolean", "integer", "moment", "timestamp", "array", "object", "ids"]

_MOMENT = re.compile(r"\d+(\.\d+)?")
_TIMESTAMP = re.compile(r"\d+\.\d+")
_ANYWHERE = frozenset({"token", "team_id"})
"""Arguments that any method may get; Bolt's clients send `team_id` with every call."""
_WORDS_FOR_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Argument:
    """One declared argument.

    A `timestamp` names a message; a `moment` may be any number of seconds; `ids` come as an array or with
    commas between them.

    Attributes:
        missing: the error when a required argument is absent; `invalid_arguments` names the field.
        malformed: the error when the value is not of its kind.
    """

    name: str
    kind: ArgumentKind = "string"
    required: bool = False
    missing: str = "invalid_arguments"
    malformed: str = "invalid_arguments"


def read_arguments(declared: Sequence[Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """The declared arguments that were given, as Python values; null counts as not given.

    Raises:
        SlackError: a required argument is missing or a value is not of its kind.
    """
    present = {name: value for name, value in given.items() if value is not None}
    problems: list[str] = []
    values: dict[str, Any] = {}
    for argument in declared:
        if argument.name in present:
            values[argument.name] = _read(argument, present[argument.name])
        elif argument.required and argument.missing != "invalid_arguments":
            raise SlackError(argument.missing)
        elif argument.required:
            problems.append(f"missing required field: {argument.name} [json-pointer:/{argument.name}]")
    if problems:
        raise SlackError("invalid_arguments", problems)
    return values


def undeclared(declared: Sequence[Argument], given: Mapping[str, Any]) -> list[str]:
    """Names that a method does not know; Slack ignores them."""
    known = {argument.name for argument in declared} | _ANYWHERE
    return sorted(set(given) - known)


def _read(argument: Argument, value: Any) -> Any:
    read = _READERS[argument.kind](value)
    if read is None:
        words = f"must be a valid {argument.kind} [json-pointer:/{argument.name}]"
        raise SlackError(argument.malformed, [words] if argument.malformed == "invalid_arguments" else [])
    return read


def _string(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _WORDS_FOR_BOOLEANS.get(str(value).casefold())


def _integer(value: Any) -> int | None:
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) and not isinstance(value, bool) else None


def _timestamp(value: Any) -> str | None:
    text = _string(value)
    return text if text is not None and _TIMESTAMP.fullmatch(text) else None


def _moment(value: Any) -> str | None:
    text = _string(value)
    return text if text is not None and _MOMENT.fullmatch(text) else None


def _decoded(value: Any, type_: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, type_) else None


def _array(value: Any) -> Any:
    return _decoded(value, list)


def _object(value: Any) -> Any:
    return _decoded(value, dict)


def _ids(value: Any) -> list[str] | None:
    listed = value.split(",") if isinstance(value, str) and not value.startswith("[") else _array(value)
    if listed is None or not all(isinstance(item, str) for item in listed):
        return None
    return [item.strip() for item in listed if item.strip()]


_READERS = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "moment": _moment,
    "timestamp": _timestamp,
    "array": _array,
    "object": _object,
    "ids": _ids,
}
