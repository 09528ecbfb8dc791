"""Block elements: buttons, menus, inputs, images (docs.slack.dev: block elements)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blockkit.composition import (
    ACTION_ID,
    ALT_TEXT,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_CONFIG,
    IMAGE_SOURCE,
    ONE_IMAGE_SOURCE,
    OPTION,
    OPTION_GROUPS,
    OVERFLOW_OPTION,
    RICH_OPTION,
    plain_text,
)
from bot.sandbox.slack.blockkit.rich_text import RICH_TEXT
from bot.sandbox.slack.blockkit.schema import (
    Check,
    Problem,
    Problems,
    Surroundings,
    boolean,
    exactly_one,
    integer,
    items,
    matching,
    one_of,
    text,
    thing,
    url,
)

_DATE = matching(re.compile(r"\d{4}-\d\d-\d\d").fullmatch, "must be a date in the format YYYY-MM-DD")
_TIME = matching(re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch, "must be a time in the format HH:mm")
_NUMBER = matching(re.compile(r"-?\d+(\.\d+)?").fullmatch, "must be a number")
_ID = text(most=255)
_PLACEHOLDER = plain_text(150)
_FOCUS: dict[str, Check] = {"action_id": ACTION_ID, "focus_on_load": boolean}
_MENU: dict[str, Check] = {**_FOCUS, "placeholder": _PLACEHOLDER, "confirm": CONFIRM}
_MULTI: dict[str, Check] = {**_MENU, "max_selected_items": integer(least=1, most=100)}
_TYPED: dict[str, Check] = {**_FOCUS, "placeholder": _PLACEHOLDER, "dispatch_action_config": DISPATCH_CONFIG}
_STATIC: dict[str, Check] = {"options": items(OPTION, most=100), "option_groups": OPTION_GROUPS}
_ONE_STATIC_SOURCE = exactly_one("options", "option_groups")


def _initial_among_options(value: Any, at: str, around: Surroundings) -> Problems:
    groups = [group for group in _listed(value, "option_groups") if isinstance(group, dict)]
    offered = [
        *_listed(value, "options"),
        *(option for group in groups for option in _listed(group, "options")),
    ]
    initial = [value["initial_option"]] if "initial_option" in value else []
    if any(option not in offered for option in [*initial, *_listed(value, "initial_options")]):
        yield Problem("initial option(s) must be among the options", at, "not_offered")


def _listed(value: Mapping[str, Any], name: str) -> list[Any]:
    """An array among the members; nothing where another check complains that it is none."""
    found = value.get(name)
    return found if isinstance(found, list) else []


def _lengths_in_order(value: Any, at: str, around: Surroundings) -> Problems:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Problem("`min_length` must not be greater than `max_length`", at, "contradiction")


BUTTON = thing(
    required={"text": plain_text(75)},
    optional={
        "action_id": ACTION_ID,
        "url": url(),
        "value": text(most=2000, least=0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(most=75),
    },
)
IMAGE = thing(required={"alt_text": ALT_TEXT}, optional=IMAGE_SOURCE, also=[ONE_IMAGE_SOURCE])
OVERFLOW = thing(
    required={"options": items(OVERFLOW_OPTION, most=5)},
    optional={"action_id": ACTION_ID, "confirm": CONFIRM},
)

_CHOICES: Mapping[str, Check] = {
    "checkboxes": thing(
        required={"options": items(RICH_OPTION, most=10)},
        optional={**_FOCUS, "initial_options": items(RICH_OPTION, most=10), "confirm": CONFIRM},
        also=[_initial_among_options],
    ),
    "radio_buttons": thing(
        required={"options": items(RICH_OPTION, most=10)},
        optional={**_FOCUS, "initial_option": RICH_OPTION, "confirm": CONFIRM},
        also=[_initial_among_options],
    ),
}

_SELECTS: Mapping[str, Check] = {
    "static_select": thing(
        optional={**_MENU, **_STATIC, "initial_option": OPTION},
        also=[_ONE_STATIC_SOURCE, _initial_among_options],
    ),
    "external_select": thing(
        optional={**_MENU, "initial_option": OPTION, "min_query_length": integer(least=0, most=75)}
    ),
    "users_select": thing(optional={**_MENU, "initial_user": _ID}),
    "conversations_select": thing(
        optional={
            **_MENU,
            "initial_conversation": _ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "channels_select": thing(optional={**_MENU, "initial_channel": _ID, "response_url_enabled": boolean}),
}

_MULTI_SELECTS: Mapping[str, Check] = {
    "multi_static_select": thing(
        optional={**_MULTI, **_STATIC, "initial_options": items(OPTION, most=100)},
        also=[_ONE_STATIC_SOURCE, _initial_among_options],
    ),
    "multi_external_select": thing(
        optional={
            **_MULTI,
            "initial_options": items(OPTION, most=100),
            "min_query_length": integer(least=0, most=75),
        }
    ),
    "multi_users_select": thing(optional={**_MULTI, "initial_users": items(_ID, most=100)}),
    "multi_conversations_select": thing(
        optional={
            **_MULTI,
            "initial_conversations": items(_ID, most=100),
            "default_to_current_conversation": boolean,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "multi_channels_select": thing(optional={**_MULTI, "initial_channels": items(_ID, most=100)}),
}

_PICKERS: Mapping[str, Check] = {
    "datepicker": thing(optional={**_MENU, "initial_date": _DATE}),
    "timepicker": thing(optional={**_MENU, "initial_time": _TIME, "timezone": text(most=100)}),
    "datetimepicker": thing(
        optional={
            **_FOCUS,
            "confirm": CONFIRM,
            "initial_date_time": integer(least=1_000_000_000, most=9_999_999_999),
        }
    ),
}

_TEXT_INPUTS: Mapping[str, Check] = {
    "plain_text_input": thing(
        optional={
            **_TYPED,
            "initial_value": text(most=3000, least=0),
            "multiline": boolean,
            "min_length": integer(least=0, most=3000),
            "max_length": integer(least=1, most=3000),
        },
        also=[_lengths_in_order],
    ),
    "email_text_input": thing(optional={**_TYPED, "initial_value": text(most=3000, least=0)}),
    "url_text_input": thing(optional={**_TYPED, "initial_value": text(most=3000, least=0)}),
    "number_input": thing(
        required={"is_decimal_allowed": boolean},
        optional={**_TYPED, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
    ),
    "rich_text_input": thing(optional={**_TYPED, "initial_value": RICH_TEXT}),
    "file_input": thing(
        optional={
            "action_id": ACTION_ID,
            "filetypes": items(text(most=20), most=100),
            "max_files": integer(least=1, most=10),
        }
    ),
}

ACTION_ELEMENTS: Mapping[str, Check] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    **_CHOICES,
    **_SELECTS,
    **_MULTI_SELECTS,
    **_PICKERS,
}
ACCESSORIES: Mapping[str, Check] = {**ACTION_ELEMENTS, "image": IMAGE}
INPUT_ELEMENTS: Mapping[str, Check] = {
    **_CHOICES,
    **_SELECTS,
    **_MULTI_SELECTS,
    **_PICKERS,
    **_TEXT_INPUTS,
}
