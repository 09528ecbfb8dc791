"""Forms: their fields, and what was filled in, of the kind and the length that Slack sends, or refused.

docs.slack.dev: view object, `state.values`; an empty field is null, or an empty list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter
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

from bot.errors import BotError
from bot.slack.text import one_line, plain, shorten

T = TypeVar("T")
View = Mapping[str, Any]

MOST_ID = 255  # characters of any id, of Slack's and of Masko's
MOST_TEXT = 3000  # characters (docs.slack.dev: plain-text input, `max_length`)
MOST_CHOSEN = 100  # Block Kit: options; a menu of people takes as many here (Choice)

_PERSON = r"^[UW][A-Z0-9]{1,30}$"  # docs.slack.dev: user ids begin with U or W

Id = Annotated[str, Field(pattern=rf"^[!-~]{{1,{MOST_ID}}}$")]
PersonId = Annotated[str, Field(pattern=_PERSON)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]  # PostgreSQL's integers, which ids of rows are
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_OBJECT = TypeAdapter(dict[str, Any])


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
    fit = [each for each in dict.fromkeys(chosen) if re.fullmatch(_PERSON, each)][:most]
    return UserMultiSelectElement(
        action_id=action_id,
        initial_users=fit or None,
        max_selected_items=most,
        placeholder=plain("Choose people"),
    )


class Unreadable(BotError):
    """A press or a form does not hold what this program put there."""

    words = "That doesn't work any more, and nothing was done. Please use the newest card, or /masko."


@contextmanager
def reading() -> Iterator[None]:
    """Raise Unreadable for a part that is missing, or of another type or length."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from error


identifier = reading()(TypeAdapter[str](Id).validate_python)
"""Return an id of Slack's or of Masko's."""
number = reading()(TypeAdapter[int](Number).validate_python)
"""Return a number of this program's own, such as a row's id."""
digest = reading()(TypeAdapter[str](Digest).validate_python)
"""Return the digest of an edition."""


@reading()
def members(told: object) -> Mapping[str, Any]:
    """Return the members of the JSON object in a button's value or in a form's `private_metadata`."""
    return _OBJECT.validate_python(json.loads(told))  # type: ignore[arg-type]


@reading()
def read(kind: type[T], told: object) -> T:
    """Return a dataclass that travelled through Slack, from its members."""
    return TypeAdapter(kind).validate_python(told)


def metadata(view: View) -> Mapping[str, Any]:
    return members(view.get("private_metadata"))


def text(view: View, block: str) -> str:
    """What was typed into a field; empty for nothing."""
    return _filled(view, block).value or ""


def option(view: View, block: str, action: str | None = None) -> str:
    """The value of what was chosen in a menu or among radio buttons, all of which ask for something."""
    if (chosen := _filled(view, block, action).selected_option) is None:
        raise Unreadable(f"nothing is chosen: {block}")
    return chosen.value


def options(view: View, block: str) -> tuple[str, ...]:
    """The values of the checkboxes that are ticked."""
    return tuple(each.value for each in _filled(view, block).selected_options or ())


def people(view: View, block: str) -> tuple[str, ...]:
    """The ids of the people who were chosen, each once."""
    return tuple(dict.fromkeys(_filled(view, block).selected_users or ()))


def conversation(view: View, block: str) -> str | None:
    """The id of the conversation that was chosen; None for none."""
    return _filled(view, block).selected_conversation


def moment(view: View, block: str) -> int | None:
    """The time that was picked, in seconds since 1970; None for none."""
    return _filled(view, block).selected_date_time


def files(view: View, block: str) -> list[Mapping[str, Any]]:
    """The files that were chosen, as Slack tells them (docs.slack.dev: file input element)."""
    return [each.model_dump() for each in _filled(view, block).files or ()]


class _Chosen(BaseModel):
    value: Id


class _File(BaseModel, extra="allow"):
    id: Id


class _Filled(BaseModel, strict=True):
    """The state of one element, which has the members of its kind."""

    value: Annotated[str, Field(max_length=MOST_TEXT)] | None = None
    selected_option: _Chosen | None = None
    selected_options: Annotated[list[_Chosen], Field(max_length=MOST_CHOSEN)] | None = None
    selected_users: Annotated[list[PersonId], Field(max_length=MOST_CHOSEN)] | None = None
    selected_conversation: Annotated[str, Field(pattern=r"^[CDG][A-Z0-9]{1,30}$")] | None = None
    selected_date_time: Annotated[int, Field(gt=0, lt=10**10)] | None = None  # docs.slack.dev: ten digits
    files: Annotated[list[_File], Field(max_length=MOST_CHOSEN)] | None = None


@reading()
def _filled(view: View, block: str, action: str | None = None) -> _Filled:
    return _Filled.model_validate(view["state"]["values"][block][action or block])
