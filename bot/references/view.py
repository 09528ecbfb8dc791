"""The forms about a mascot's references: add some, remove or move one, replace one, describe them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.slack import form_state as state
from bot.slack.blocks import Picture, thumbnails
from bot.slack.place import CardPlace
from bot.slack.text import clean, one_line, plain, shorten

ADD_VIEW, PICK_VIEW = "reference.add", "reference.pick"
REPLACE_VIEW, DESCRIBE_VIEW = "reference.replace", "reference.describe"
FILES, LINKS, WHICH, WHERE, WITH = "files", "links", "which", "where", "with"

REMOVE = "remove"  # stands for no mascot: the reference goes for good
MOST_CHOICES = 10  # Block Kit: radio buttons
MOST_MASCOTS = 98  # Block Kit: 100 options, `Remove` among them
MOST_FILES = 6
MOST_ALT = 1000  # characters (Choice): alt text is a sentence or two
_FILE_TYPES = ["png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp", "svg"]


def add(place: CardPlace, name: str | None) -> View:
    """Asks for pictures: files, or their addresses on the web."""
    files = {"type": "file_input", "action_id": FILES, "filetypes": _FILE_TYPES, "max_files": MOST_FILES}
    links = PlainTextInputElement(action_id=LINKS, multiline=True, max_length=3000)
    hint = plain("The address of a picture, such as https://example.com/side.png; several in lines.")
    return _form(
        ADD_VIEW,
        "Add a reference",
        "Add",
        place.as_metadata(),
        [
            SectionBlock(text=plain(f"For {one_line(name or '') or 'this mascot'}. A mascot takes up to 6.")),
            InputBlock(label=plain("Files"), element=files, block_id=FILES, optional=True),
            InputBlock(label=plain("Links"), element=links, block_id=LINKS, optional=True, hint=hint),
        ],
    )


def pick(
    place: CardPlace,
    references: Sequence[tuple[str, Picture]],
    others: Mapping[str, str],
) -> View:
    """Asks which reference is to go, and where to.

    Args:
        place: the card.
        references: id → picture, in order.
        others: id → name of the mascots that it may be moved to.
    """
    away = _option(REMOVE, "Remove it, also in Masko")
    targets = [
        away,
        *(_option(each, f"Move it to {name}") for each, name in list(others.items())[:MOST_MASCOTS]),
    ]
    where = StaticSelectElement(action_id=WHERE, options=targets, initial_option=away)
    return _form(
        PICK_VIEW,
        "Remove or move",
        "Go on",
        place.as_metadata(),
        [
            *thumbnails([picture for _, picture in references]),
            _which(references),
            InputBlock(label=plain("What is to become of it"), element=where, block_id=WHERE),
        ],
    )


def replace(
    place: CardPlace,
    post_id: int,
    references: Sequence[tuple[str, Picture]],
    left_out: Sequence[tuple[int, str]],
) -> View:
    """Asks which reference goes, and which of the images that did not fit takes its place."""
    options = [_option(str(each), name) for each, name in left_out[:100]]
    chosen = StaticSelectElement(action_id=WITH, options=options, initial_option=options[0])
    metadata = json.dumps({"place": json.loads(place.as_metadata()), "post": post_id})
    return _form(
        REPLACE_VIEW,
        "Replace a reference",
        "Replace",
        metadata,
        [
            *thumbnails([picture for _, picture in references]),
            _which(references),
            InputBlock(label=plain("This takes its place"), element=chosen, block_id=WITH),
        ],
    )


def describe(post_id: int, images: Sequence[tuple[int, str, str | None]]) -> View:
    """Asks what each image of a post shows; images as (id, name, what is known)."""
    metadata = json.dumps({"post": post_id})
    fields: list[Block] = [
        InputBlock(
            label=plain(shorten(one_line(name), 150)),
            element=PlainTextInputElement(
                action_id=f"image_{image_id}",
                initial_value=shorten(clean(alt), MOST_ALT) if alt else None,
                max_length=MOST_ALT,
            ),
            block_id=f"image_{image_id}",
            optional=True,
        )
        for image_id, name, alt in images
    ]
    words = "What somebody would tell who describes the picture on the phone."
    return _form(DESCRIBE_VIEW, "Describe", "Save", metadata, [SectionBlock(text=plain(words)), *fields])


def chosen(view: Mapping[str, Any], field: str) -> str:
    """What was chosen in a menu or among radio buttons."""
    return state.option(view, field)


def entered_links(view: Mapping[str, Any]) -> str:
    """What was typed as links."""
    return state.text(view, LINKS)


def entered_files(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files that were chosen, as Slack tells them (docs.slack.dev: file input element)."""
    return state.files(view, FILES, MOST_FILES)


def said(view: Mapping[str, Any]) -> dict[int, str]:
    """What was said about each image.

    Raises:
        ValueError: something is no image's, or longer than the form lets it be.
    """
    entered = {each: one_line(state.text(view, each)) for each in view["state"]["values"]}
    if any(len(words) > MOST_ALT for words in entered.values()):
        raise ValueError("too long")
    return {int(block_id.removeprefix("image_")): words for block_id, words in entered.items()}


def _which(references: Sequence[tuple[str, Picture]]) -> InputBlock:
    options = [
        _option(asset, f"{number}. {one_line(picture.name)}")
        for number, (asset, picture) in enumerate(references[:MOST_CHOICES], 1)
    ]
    element = RadioButtonsElement(action_id=WHICH, options=options)
    return InputBlock(label=plain("Which one"), element=element, block_id=WHICH)


def _option(value: str, words: str) -> Option:
    return Option(value=value, text=plain(shorten(one_line(words), 75)))


def _form(callback_id: str, title: str, submit: str, metadata: str, blocks: Sequence[Block]) -> View:
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title, 24),
        submit=plain(submit, 24),
        close=plain("Cancel"),
        private_metadata=metadata,
        blocks=list(blocks),
    )
