"""What people entered in a view: `state.values`, and the checks a Slack client makes before it submits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.sandbox.slack.blockkit import elements_of

Values = dict[str, dict[str, dict[str, Any]]]
"""block_id → action_id → `{"type": …, "value" | "selected_option" | …: …}`."""

_FIELDS: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
_LISTS = frozenset(
    {
        "selected_options",
        "selected_users",
        "selected_conversations",
        "selected_channels",
        "files",
    }
)


def state_values(blocks: Iterable[Mapping[str, Any]], entered: Values) -> Values:
    """The `state.values` of these blocks: what was entered, else the initial values."""
    values: Values = {}
    for block, element in _stateful(blocks):
        field, initial = _FIELDS[element["type"]]
        default = element.get(initial, [] if field in _LISTS else None)
        known = entered.get(block["block_id"], {}).get(element["action_id"], {})
        value = known.get(field, default)
        values.setdefault(block["block_id"], {})[element["action_id"]] = {
            "type": element["type"],
            field: value,
        }
    return values


def complaints(blocks: Iterable[Mapping[str, Any]], values: Values) -> dict[str, str]:
    """What a Slack client says before it lets a view go: block_id → words."""
    found: dict[str, str] = {}
    for block, element in _stateful(blocks):
        if block["type"] != "input":
            continue
        field, _ = _FIELDS[element["type"]]
        value = values[block["block_id"]][element["action_id"]][field]
        if words := _complaint(block, element, value):
            found[block["block_id"]] = words
    return found


def _complaint(block: Mapping[str, Any], element: Mapping[str, Any], value: Any) -> str | None:
    if value in (None, "", []):
        return None if block.get("optional") else "Please complete this required field."
    if not isinstance(value, str):
        return None
    if len(value) < element.get("min_length", 0):
        return f"This entry should be at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"This entry should be at most {element.get('max_length', 3000)} characters."
    return None


def _stateful(blocks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for block in blocks:
        for _, element in elements_of(block):
            if element["type"] in _FIELDS:
                yield block, element
