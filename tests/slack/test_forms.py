"""What is read of a form is of the kind and the length that Slack sends, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.slack import forms as state


def view(**entry: Any) -> dict[str, Any]:
    return {"state": {"values": {"b": {"b": entry}}}, "private_metadata": entry.get("metadata")}


@pytest.mark.parametrize(
    ("read", "entry", "found"),
    [
        (state.text, {"value": None}, ""),
        (state.text, {"value": "x" * state.MOST_TEXT}, "x" * state.MOST_TEXT),
        (state.option, {"selected_option": {"value": "col_1"}}, "col_1"),
        (state.options, {"selected_options": []}, ()),
        (state.options, {"selected_options": [{"value": "1"}, {"value": "2"}]}, ("1", "2")),
        (state.people, {"selected_users": ["U1", "W2", "U1"]}, ("U1", "W2")),
        (state.conversation, {"selected_conversation": None}, None),
        (state.conversation, {"selected_conversation": "C1"}, "C1"),
        (state.moment, {"selected_date_time": None}, None),
        (state.moment, {"selected_date_time": 1_700_000_000}, 1_700_000_000),
    ],
)
def test_what_slack_sends_is_read(read: Callable[..., Any], entry: dict[str, Any], found: object) -> None:
    assert read(view(**entry), "b") == found


NO_VALUES: tuple[tuple[Callable[..., Any], str, tuple[object, ...]], ...] = (
    (state.text, "value", (5, ["x"], {}, float("nan"), "x" * (state.MOST_TEXT + 1))),
    (
        state.option,
        "selected_option",
        (None, 5, "x", [], {}, {"value": None}, {"value": ""}, {"value": "a b"}),
    ),
    (state.option, "selected_option", ({"value": "\0"}, {"value": "x" * 256}, {"value": "é"}, {"value": 5})),
    (state.options, "selected_options", ("x", {}, [5], [{"value": "1"}] * 101)),
    (state.people, "selected_users", ("U1", [5], ["<!channel>"], ["U1\n"], ["u1"])),
    (state.conversation, "selected_conversation", (5, "", "../x", "C" * 99)),
    (state.moment, "selected_date_time", (-1, 0, 10**10, True, 1.5, float("nan"), "1")),
)


@pytest.mark.parametrize(
    ("read", "key", "told"), [(read, key, told) for read, key, values in NO_VALUES for told in values]
)
def test_everything_else_is_refused(read: Callable[..., Any], key: str, told: object) -> None:
    with pytest.raises(state.Unreadable):
        read(view(**{key: told}), "b")


@pytest.mark.parametrize("told", [None, 5, "", "[]", "{", "null", "NaN", "[" * 3000])
def test_metadata_is_an_object(told: object) -> None:
    with pytest.raises(state.Unreadable):
        state.metadata(view(metadata=told))
