"""The forms of the shortcuts: where the images of a message go, and a new mascot from files and links."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    CheckboxesElement,
    ContextBlock,
    ConversationFilter,
    ConversationSelectElement,
    ExternalDataSelectElement,
    InputBlock,
    PlainTextInputElement,
)
from slack_sdk.models.blocks import Option as Choice
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View

from bot.cards.view import notice
from bot.mascots.search import Option
from bot.slack import form_state as state
from bot.slack.text import one_line, plain, shorten
from bot.text import MOST_NAME, tidy_name, wrong_with

ADD_VIEW, NEW_VIEW = "adding.message", "adding.new"
MASCOT, IMAGES, NAME = "mascot", "images", "name"
FILES, LINKS, CHANNEL = "files", "links", "channel"
SEARCH = "adding.search"  # the action_id of the menu that asks for its options
NEW_ONE = "new"  # stands for no mascot that there is: a new one is made
MOST_SUGGESTED = 99  # Block Kit: 100 options, and a new mascot is always one
MOST_FILES = 6
FILETYPES = ("png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp", "svg")

_A_BLOCK = 10  # Block Kit: the most checkboxes of one element
_MOST_LINKS_TEXT = 3000  # Block Kit: the most a text field takes
_NO_IMAGES = (
    "There is no image in this message that I can use: no picture file, and no link that ends like a "
    "picture's (.png, .jpg, .webp, .gif). Use the shortcut on a message that shows one, or use New mascot."
)
_SENT = (
    "This form was sent before, or was open for more than a day. Use the shortcut on the message once more."
)


@dataclass(frozen=True)
class MessageForm:
    """What somebody wants done with the images of a message.

    Attributes:
        offer_id: of the images.
        mascot_id: the mascot that they go to; None: a new one.
        name: of a new one, where one was given.
        picked: the images, counted from 0.
    """

    offer_id: int
    mascot_id: str | None
    name: str | None
    picked: tuple[int, ...]

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with it, for people: block → words."""
        if not self.picked:
            return {_images_block(0): "Choose at least one image."}
        if self.mascot_id and self.name:
            return {NAME: "Only a new mascot gets a name here: leave this empty, or choose it above."}
        return wrong_name(self.name)


@dataclass(frozen=True)
class NewForm:
    """What a new mascot is to be made of.

    Attributes:
        files: as Slack describes them.
        links: as typed.
        name: None: Masko detects one.
        channel: where it is to be; None: in direct messages.
    """

    files: tuple[Mapping[str, Any], ...]
    links: str
    name: str | None
    channel: str | None


def wrong_name(name: str | None) -> dict[str, str]:
    """What is wrong with the name of a form, for people: block → words."""
    wrong = wrong_with(name) if name is not None else None
    return {NAME: wrong} if wrong else {}


def add(offer_id: int, names: Sequence[str], into: Option | None) -> View:
    """Asks where the images of a message go.

    Args:
        offer_id: of the images.
        names: of the images, at least one.
        into: the mascot that they would go to by themselves; None: a new one.
    """
    new = suggestion(None)
    menu = ExternalDataSelectElement(
        action_id=SEARCH,
        placeholder=plain("Search mascots"),
        initial_option=suggestion(into) if into else new,
        min_query_length=0,
    )
    answered = plain("I answer in the thread of the message; where I am not, in our direct messages.")
    return View(
        type="modal",
        callback_id=ADD_VIEW,
        title=plain("Add to Masko"),
        submit=plain("Add"),
        close=plain("Cancel"),
        private_metadata=json.dumps({"offer": offer_id}),
        blocks=[
            InputBlock(label=plain("Mascot"), element=menu, block_id=MASCOT),
            _name("For a new mascot. Left empty, Masko detects one."),
            *_checkboxes(names),
            ContextBlock(elements=[answered]),
        ],
    )


def new_mascot() -> View:
    """Asks for the pictures of a new mascot, its name and where it is to be."""
    files = FileInputElement(action_id=FILES, filetypes=list(FILETYPES), max_files=MOST_FILES)
    links = PlainTextInputElement(
        action_id=LINKS,
        multiline=True,
        max_length=_MOST_LINKS_TEXT,
        placeholder=plain("https://example.com/fox.png"),
    )
    where = ConversationSelectElement(
        action_id=CHANNEL,
        default_to_current_conversation=True,
        filter=ConversationFilter(include=["public", "private"]),
    )
    public = plain("Public addresses of pictures, each on a line of its own.")
    there = plain("Its thread starts there. Left empty, or where I am not: in our direct messages.")
    return View(
        type="modal",
        callback_id=NEW_VIEW,
        title=plain("New mascot"),
        submit=plain("Create"),
        close=plain("Cancel"),
        blocks=[
            InputBlock(
                label=plain(f"Pictures, up to {MOST_FILES}"), element=files, block_id=FILES, optional=True
            ),
            InputBlock(
                label=plain("Links to pictures"), element=links, block_id=LINKS, optional=True, hint=public
            ),
            _name("Left empty, Masko detects one."),
            InputBlock(label=plain("Channel"), element=where, block_id=CHANNEL, optional=True, hint=there),
        ],
    )


def no_images() -> View:
    """Says that a message has no image."""
    return notice(_NO_IMAGES, "Add to Masko")


def sent_before() -> View:
    """Says that a form was sent already."""
    return notice(_SENT, "Add to Masko")


def suggestion(mascot: Option | None) -> Choice:
    """A mascot as the menu offers it; None: a new one."""
    if mascot is None:
        return Choice(value=NEW_ONE, text=plain("A new mascot"))
    return Choice(value=mascot.mascot_id, text=plain(shorten(one_line(mascot.label), 75)))


def suggestions(found: Sequence[Option]) -> list[dict[str, Any]]:
    """What the menu offers for what was typed: a new mascot, and those that were found."""
    return [choice.to_dict() for choice in (suggestion(None), *map(suggestion, found[:MOST_SUGGESTED]))]


def read_message_form(view: Mapping[str, Any]) -> MessageForm:
    """What was filled in about a message."""
    mascot = state.option(view, MASCOT, SEARCH)
    blocks = [each for each in view["state"]["values"] if each.startswith(f"{IMAGES}.")]
    return MessageForm(
        offer_id=state.metadata(view)["offer"],
        mascot_id=None if mascot == NEW_ONE else mascot,
        name=_entered_name(view),
        picked=tuple(int(choice) for block in blocks for choice in state.options(view, block, IMAGES)),
    )


def read_new_form(view: Mapping[str, Any]) -> NewForm:
    """What was filled in for a new mascot."""
    return NewForm(
        files=tuple(state.files(view, FILES, MOST_FILES)),
        links=state.text(view, LINKS),
        name=_entered_name(view),
        channel=state.conversation(view, CHANNEL),
    )


def _name(hint: str) -> InputBlock:
    field = PlainTextInputElement(action_id=NAME, max_length=MOST_NAME)
    return InputBlock(label=plain("Name"), element=field, block_id=NAME, optional=True, hint=plain(hint))


def _checkboxes(names: Sequence[str]) -> list[InputBlock]:
    """The images, all chosen, ten a block; only of one block can Slack itself ask that some be chosen."""
    choices = [Choice(value=str(at), text=plain(one_line(name), 75)) for at, name in enumerate(names)]
    parts = [choices[start : start + _A_BLOCK] for start in range(0, len(choices), _A_BLOCK)]
    return [
        InputBlock(
            label=plain("Images" if number == 0 else "More images"),
            element=CheckboxesElement(action_id=IMAGES, options=part, initial_options=part),
            block_id=_images_block(number),
            optional=len(parts) > 1,
        )
        for number, part in enumerate(parts)
    ]


def _images_block(number: int) -> str:
    return f"{IMAGES}.{number}"


def _entered_name(view: Mapping[str, Any]) -> str | None:
    """None where the field was left empty; "" where nothing of what is in it can be seen."""
    entered = state.text(view, NAME).strip()
    return tidy_name(entered) if entered else None
