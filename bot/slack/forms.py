"""Forms: their fields, and what was filled in, of the kind and the length that Slack sends, or refused.

docs.slack.dev: view object, `state.values`; an empty field is null, or an empty list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
    UserMultiSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View as Modal

from bot.slack.text import one_line, plain, shorten

View = Mapping[str, Any]

MOST_ID = 255  # characters of any id, of Slack's and of Masko's
MOST_TEXT = 3000  # characters (docs.slack.dev: plain-text input, `max_length`)
MOST_METADATA = 3000  # characters (docs.slack.dev: view object, `private_metadata`)
MOST_CHOSEN = 100  # Block Kit: options; a menu of people takes as many here (Choice)

_ID = re.compile(rf"[!-~]{{1,{MOST_ID}}}")
_CONVERSATION = re.compile(r"[CDG][A-Z0-9]{1,30}")  # docs.slack.dev: conversation object
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")  # docs.slack.dev: user ids begin with U or W


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    callback_id: str | None = None,
    metadata: str | None = None,
) -> Modal:
    """Return a modal: a form, or without `submit` something to read."""
    return Modal(
        type="modal",
        callback_id=callback_id,
        title=plain(one_line(title), 24),
        submit=plain(submit, 24) if submit else None,
        close=plain("Cancel" if submit else "Close"),
        private_metadata=metadata,
        blocks=list(blocks),
    )


def field(
    label: str,
    element: InputInteractiveElement,
    *,
    optional: bool = False,
    hint: str | None = None,
    block_id: str | None = None,
) -> InputBlock:
    """Return an element with its label; the block has its `action_id` unless it is given an id of its own."""
    return InputBlock(
        label=plain(label),
        element=element,
        block_id=block_id or element.action_id,
        optional=optional,
        hint=plain(hint) if hint else None,
    )


def text_input(
    action_id: str,
    value: str | None = None,
    *,
    most: int,
    least: int | None = None,
    multiline: bool = False,
    example: str | None = None,
) -> PlainTextInputElement:
    """Return a field for text of `least` to `most` characters; one that must be filled has the focus."""
    return PlainTextInputElement(
        action_id=action_id,
        multiline=multiline or None,
        initial_value=value or None,
        min_length=least,
        max_length=most,
        focus_on_load=True if least else None,
        placeholder=plain(example) if example else None,
    )


def choice(value: str, label: str, more: str | None = None) -> Option:
    """Return one of several options; `more` stands below its label."""
    description = plain(shorten(more, 75)) if more else None
    return Option(value=str(value), text=plain(shorten(one_line(label), 75)), description=description)


def menu(action_id: str, options: Sequence[Option], chosen: str | None = None) -> StaticSelectElement:
    """Return a menu, at first with the option of the value `chosen`, else with the first."""
    initial = next((each for each in options if each.value == chosen), options[0])
    return StaticSelectElement(action_id=action_id, options=list(options), initial_option=initial)


def people_menu(action_id: str, most: int, chosen: Sequence[str] = ()) -> UserMultiSelectElement:
    """Return a menu of people, at first with those of the ids `chosen`."""
    fit = [each for each in dict.fromkeys(chosen) if _PERSON.fullmatch(each)][:most]
    return UserMultiSelectElement(
        action_id=action_id,
        initial_users=fit or None,
        max_selected_items=most,
        placeholder=plain("Choose people"),
    )


def identifier(told: object) -> str:
    """Return an id of Slack's or of Masko's.  Raises ValueError for what cannot be one."""
    if not isinstance(told, str) or not _ID.fullmatch(told):
        raise ValueError("no id")
    return told


def metadata(view: View) -> Mapping[str, Any]:
    """The members of a form's `private_metadata`."""
    told = view["private_metadata"]
    if not isinstance(told, str) or len(told) > MOST_METADATA:
        raise ValueError("no metadata")
    return _object(json.loads(told))


def text(view: View, block: str, action: str | None = None) -> str:
    """What was typed into a field; empty for nothing."""
    told = _field(view, block, action).get("value")
    if told is not None and (not isinstance(told, str) or len(told) > MOST_TEXT):
        raise ValueError("no text")
    return told or ""


def option(view: View, block: str, action: str | None = None) -> str:
    """The value of what was chosen in a menu or among radio buttons, all of which ask for something."""
    return _value(_field(view, block, action)["selected_option"])


def options(view: View, block: str, action: str | None = None) -> tuple[str, ...]:
    """The values of the checkboxes that are ticked."""
    return tuple(map(_value, _list(view, block, action, "selected_options")))


def people(view: View, block: str) -> tuple[str, ...]:
    """The ids of the people who were chosen, each once."""
    return tuple(dict.fromkeys(map(_person, _list(view, block, None, "selected_users"))))


def conversation(view: View, block: str) -> str | None:
    """The id of the conversation that was chosen; None for none."""
    told = _field(view, block, None).get("selected_conversation")
    if told is not None and (not isinstance(told, str) or not _CONVERSATION.fullmatch(told)):
        raise ValueError("no conversation")
    return told


def moment(view: View, block: str) -> int | None:
    """The time that was picked, in seconds since 1970; None for none."""
    told = _field(view, block, None).get("selected_date_time")
    if told is not None and (type(told) is not int or not 0 < told < 10**10):  # docs.slack.dev: ten digits
        raise ValueError("no time")
    return told


def files(view: View, block: str, most: int) -> list[Mapping[str, Any]]:
    """The files that were chosen, as Slack tells them (docs.slack.dev: file input element)."""
    return [
        {**_object(each), "id": identifier(each["id"])} for each in _list(view, block, None, "files", most)
    ]


def _field(view: View, block: str, action: str | None) -> Mapping[str, Any]:
    return _object(view["state"]["values"][block][action or block])


def _list(view: View, block: str, action: str | None, key: str, most: int = MOST_CHOSEN) -> Sequence[Any]:
    told = _field(view, block, action).get(key)
    if told is None:
        return ()
    if not isinstance(told, list) or len(told) > most:
        raise ValueError("no list")
    return told


def _value(told: object) -> str:
    return identifier(_object(told)["value"])


def _person(told: object) -> str:
    if not isinstance(told, str) or not _PERSON.fullmatch(told):
        raise ValueError("nobody's id")
    return told


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise ValueError("no object")
    return told
