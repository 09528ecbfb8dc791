"""The forms about references: add, remove, move, replace, undo; and those of the shortcuts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ConversationFilter,
    ConversationSelectElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
)
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View

from bot.cards.view import notice
from bot.mascots import search
from bot.slack import forms
from bot.slack.blocks import Picture, context, section, thumbnails
from bot.slack.forms import choice, field, menu, modal, text_input
from bot.slack.request import CardPlace
from bot.slack.text import one_line, plain
from bot.text import MOST_NAME, short_name, tidy_name, wrong_with

CHANGE_VIEW, REPLACE_VIEW, REMOVE_VIEW = "reference.change", "reference.replace", "reference.remove"
MESSAGE_VIEW, NEW_VIEW = "adding.message", "adding.new"
FILES, LINKS, WHICH, WHERE, WITH = "files", "links", "which", "where", "with"
MASCOT, IMAGES, NAME, CHANNEL = "mascot", "images", "name", "channel"
SEARCH = "adding.search"  # action_id of the menu that loads its options

NONE = "none"  # in place of a reference
REMOVE = "remove"  # in place of a mascot: the reference is removed
NEW_ONE = "new"  # in place of a mascot: a new one is made
MOST_CHOICES = 10  # Block Kit: radio buttons or checkboxes of one element; a mascot takes six images
MOST_MASCOTS = 98  # Block Kit: 100 options, `REMOVE` among them
MOST_SUGGESTED = 99  # Block Kit: 100 options, `NEW_ONE` among them
MOST_FILES = 6
MOST_TEXT = 3000  # characters (Block Kit: plain-text input)
HAPPENS = "This changes Masko too. The thread says who did it, and offers to put it back."
FILE_TYPES = ("png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp", "svg")


References = Sequence[tuple[str, Picture]]  # Masko's id and the picture of each


@dataclass(frozen=True)
class MessageForm:
    """Where the `picked` images (from 0) of a message go: to a mascot, or to a new one (None)."""

    offer_id: int
    mascot_id: str | None
    name: str | None
    picked: tuple[int, ...]

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with it: block → words."""
        if self.mascot_id and self.name:
            return {NAME: "Only a new mascot gets a name here: leave this empty, or choose it above."}
        return wrong_name(self.name)


def change(place: CardPlace, name: str | None, references: References, others: Mapping[str, str]) -> View:
    """Return the form that adds references, and removes or moves one; `others` are id → label."""
    hint = "Public addresses of images, such as https://example.com/side.png, each on its own line."
    left = max(MOST_FILES - len(references), 1)  # one, for what is removed below
    blocks: list[Block] = [
        *thumbnails([picture for _, picture in references]),
        field(f"Add images to {short_name(name or 'this mascot')}", _files(left), optional=True),
        field("Add links", _links(), optional=True, hint=hint),
    ]
    if references:
        which = [choice(NONE, "None"), *_numbered(references)]
        targets = [choice(each, f"Move it to {label}") for each, label in list(others.items())[:MOST_MASCOTS]]
        where = menu(WHERE, [choice(REMOVE, "Remove it"), *targets])
        blocks.append(field("Remove or move one", menu(WHICH, which)))
        blocks.append(field("What to do with it", where, hint=HAPPENS))
    metadata = place.as_metadata()
    return modal("References", blocks, submit="Save", callback_id=CHANGE_VIEW, metadata=metadata)


def remove(mascot_id: str, name: str, references: Mapping[int, Picture]) -> View:
    """Return the form that asks whether references (by id) of a mascot are to be removed."""
    which = "this image" if len(references) == 1 else f"these {len(references)} images"
    blocks = [
        section(f"Remove {which} from {one_line(name) or 'the mascot'}?"),
        *thumbnails([*references.values()]),
        context(
            "This changes Masko too. The thread says who did it, and offers to put back what was removed."
        ),
    ]
    metadata = json.dumps({"mascot": mascot_id, "references": [*references]})
    return modal("Remove", blocks, submit="Remove", callback_id=REMOVE_VIEW, metadata=metadata)


def replace(
    place: CardPlace,
    post_id: int,
    references: References,
    left_out: Sequence[tuple[int, str]],
) -> View:
    """Return the form that asks which reference goes, and which image that did not fit takes its place."""
    chosen = menu(WITH, [choice(str(each), name) for each, name in left_out[:100]])
    metadata = json.dumps({"place": json.loads(place.as_metadata()), "post": post_id})
    shown = thumbnails([picture for _, picture in references])
    which = RadioButtonsElement(action_id=WHICH, options=_numbered(references))
    blocks = [*shown, field("Which one to replace", which), field("This takes its place", chosen)]
    title = "Replace a reference"
    return modal(title, blocks, submit="Replace", callback_id=REPLACE_VIEW, metadata=metadata)


def add_message(offer_id: int, names: Sequence[str], into: search.Option | None) -> View:
    """Return the form that asks where a message's images go; `into`: where they would go by themselves."""
    found = ExternalDataSelectElement(
        action_id=SEARCH,
        placeholder=plain("Search mascots"),
        initial_option=suggestion(into),
        min_query_length=0,
    )
    images = [choice(str(at), name) for at, name in enumerate(names)]
    label = "Images" if len(images) < MOST_CHOICES else "Images (the first ten)"
    blocks = [
        field("Mascot", found, block_id=MASCOT),
        _name("For a new mascot. Left empty, Masko detects one."),
        field(label, CheckboxesElement(action_id=IMAGES, options=images, initial_options=images)),
        context("I answer in the message's thread, or in our direct messages if I'm not in that channel."),
    ]
    metadata = json.dumps({"offer": offer_id})
    return modal("Add to Masko", blocks, submit="Add", callback_id=MESSAGE_VIEW, metadata=metadata)


def new_mascot() -> View:
    """Return the form for the pictures of a new mascot, its name and its channel."""
    only = ConversationFilter(include=["public", "private"])
    where = ConversationSelectElement(action_id=CHANNEL, default_to_current_conversation=True, filter=only)
    links = _links("https://example.com/fox.png")
    public = "Public addresses of images, one per line."
    there = "Its thread starts there, or in our direct messages if this is empty or I'm not in the channel."
    blocks = [
        field(f"Images, up to {MOST_FILES}", _files(), optional=True),
        field("Links to images", links, optional=True, hint=public),
        _name("Left empty, Masko detects one."),
        field("Channel", where, optional=True, hint=there),
    ]
    return modal("New mascot", blocks, submit="Create", callback_id=NEW_VIEW)


def no_images() -> View:
    """Return a modal that says that a message has no image."""
    return notice(
        "There's no image in this message that I can use: no image file, and no link that ends like an "
        "image's (.png, .jpg, .webp, .gif). Use the shortcut on a message that shows one, or use "
        "New mascot.",
        "Add to Masko",
    )


def sent_before() -> View:
    """Return a modal that says that a form was sent before."""
    words = "This form was sent before, or was open for more than a day."
    return notice(f"{words} Use the shortcut on the message once more.", "Add to Masko")


def suggestion(mascot: search.Option | None) -> Option:
    """Return a mascot as an option of the menu; None: a new one."""
    return choice(mascot.mascot_id, mascot.label) if mascot else choice(NEW_ONE, "A new mascot")


def suggestions(found: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the options of the menu: a new mascot, and those that were found."""
    offered = [choice(mascot, label) for mascot, label in found.items()][:MOST_SUGGESTED]
    return [option.to_dict() for option in (suggestion(None), *offered)]


def wrong_name(name: str | None) -> dict[str, str]:
    """Return what is wrong with an entered name: block → words."""
    return {NAME: wrong} if name is not None and (wrong := wrong_with(name)) else {}


@dataclass(frozen=True)
class ChangeForm:
    """The images to add, and the reference to remove or move, None for none."""

    files: list[Mapping[str, Any]]
    links: str
    asset: str | None
    where: str


def read_change(view: Mapping[str, Any]) -> ChangeForm:
    """Return what was entered to change the references of a mascot."""
    asset, where = NONE, REMOVE
    if {WHICH, WHERE} & view["state"]["values"].keys():
        asset, where = forms.option(view, WHICH), forms.option(view, WHERE)
    files, links = forms.files(view, FILES), forms.text(view, LINKS)
    return ChangeForm(files, links, None if asset == NONE else asset, where)


@forms.reading()
def read_message_form(view: Mapping[str, Any]) -> MessageForm:
    """Return what was entered about a message."""
    mascot = forms.option(view, MASCOT, SEARCH)
    return MessageForm(
        offer_id=forms.number(forms.metadata(view)["offer"]),
        mascot_id=None if mascot == NEW_ONE else mascot,
        name=_entered_name(view),
        picked=tuple(map(forms.number, forms.options(view, IMAGES))),
    )


def read_new_form(
    view: Mapping[str, Any],
) -> tuple[list[Mapping[str, Any]], str, str | None, str | None]:
    """Return a new mascot's files as Slack describes them, links as typed, name, and channel."""
    files, links = forms.files(view, FILES), forms.text(view, LINKS)
    return files, links, _entered_name(view), forms.conversation(view, CHANNEL)


def _entered_name(view: Mapping[str, Any]) -> str | None:
    """None where the field was left empty; "" where nothing of it is visible."""
    entered = forms.text(view, NAME).strip()
    return tidy_name(entered) if entered else None


def _numbered(references: References) -> list[Option]:
    return [
        choice(asset, f"{n}. {each.name}") for n, (asset, each) in enumerate(references[:MOST_CHOICES], 1)
    ]


def _files(most: int = MOST_FILES) -> FileInputElement:
    return FileInputElement(action_id=FILES, filetypes=list(FILE_TYPES), max_files=most)


def _links(example: str | None = None) -> PlainTextInputElement:
    return text_input(LINKS, multiline=True, most=MOST_TEXT, example=example)


def _name(hint: str) -> InputBlock:
    return field("Name", text_input(NAME, most=MOST_NAME), optional=True, hint=hint)
