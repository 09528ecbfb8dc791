"""The placeholder and the short replies."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    ImageElement,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile

from bot.slack.messages import Announcement, Does, Line, Note, Offer, Picture, Rendered, Retry, Working
from bot.slack.people import marked_up, rich_text
from bot.slack.text import escape, one_line, plain, shorten, shorten_markup
from bot.text import listed, short_name

RETRY = "intake.retry"
OFFER = "offer"
MOST_THUMBNAILS = 10
MOST_PICTURES = 8  # Block Kit: ten elements of a context block

_LABELS = {
    Does.UNDO: "Undo",
    Does.REPLACE: "Replace a reference",
    Does.ANOTHER: "Start another mascot with these",
    Does.ASK_FIRST: "Ask first in this channel",
    Does.REMOVE: "Remove",
    Does.KEEP: "Keep",
    Does.DESCRIBE: "Describe",
    Does.GO: "Go to the card",
    Does.REQUEST: "Say what should change",
    Does.COMPARE: "Compare",
    Does.ANSWER: "Answer",
}


def working(placeholder: Working) -> Rendered:
    """The placeholder: what is being done with which images, and why it may take longer."""
    names = listed(short_name(one_line(name)) for name in placeholder.names)
    into = f"Adding {names} to {one_line(placeholder.mascot)}…" if placeholder.mascot else f"Reading {names}…"
    below = placeholder.waiting or "Uploading to Masko. This takes a few seconds."
    return _rendered(into, [below])


def line(line: Line, *, pictures: bool = True) -> Rendered:
    """One sentence, with details below it, perhaps pictures, and buttons."""
    rendered = _rendered(line.text, line.details)
    buttons = [retry_button(line.retry)] if line.retry else []
    below = _below(line.pictures if pictures else (), [*buttons, *map(offer_button, line.offers)])
    return Rendered(rendered.text, [*rendered.blocks, *(block.to_dict() for block in below)])


def note(note: Note, *, pictures: bool = True) -> Rendered:
    """A sentence that names people, with details below it, perhaps pictures, and buttons."""
    blocks: list[Block] = [rich_text((note.text, *note.details), "note")]
    blocks += _below(note.pictures if pictures else (), [*map(offer_button, note.offers)])
    text = "\n".join(map(marked_up, (note.text, *note.details)))
    return Rendered(text, [block.to_dict() for block in blocks])


def _below(pictures: Sequence[Picture], buttons: Sequence[ButtonElement]) -> list[Block]:
    blocks: list[Block] = []
    if shown := [_image(picture) for picture in pictures if picture.file_id][:MOST_PICTURES]:
        blocks.append(ContextBlock(elements=shown, block_id="pictures"))
    if buttons:
        blocks.append(ActionsBlock(elements=list(buttons), block_id="actions"))
    return blocks


def offer_button(offer: Offer) -> ButtonElement:
    """The button of an offer."""
    action_id = f"{OFFER}.{offer.does}"
    if offer.does is Does.GO:
        return ButtonElement(text=plain(_LABELS[offer.does]), action_id=action_id, url=offer.about)
    style = "danger" if offer.does is Does.REMOVE else None
    return ButtonElement(text=plain(_LABELS[offer.does]), action_id=action_id, value=offer.about, style=style)


def announcement(asked: Announcement) -> Rendered:
    """Who asked for what; the person is named, and as they asked themselves, nobody is disturbed by it."""
    names = escape(listed(short_name(one_line(name)) for name in asked.names))
    if asked.mascot:
        what = f"wants to add {names} to {escape(one_line(asked.mascot))}"
    elif asked.called:
        what = f"wants a new mascot from {names}, called {escape(one_line(asked.called))}"
    else:
        what = f"wants a new mascot from {names}"
    words = f"<@{asked.user}> {what}."
    return Rendered(
        words, [SectionBlock(text=MarkdownTextObject(text=shorten_markup(words, 2900))).to_dict()]
    )


def retry_button(retry: Retry) -> ButtonElement:
    """Takes the failed images of a post up again."""
    return ButtonElement(text=plain("Retry"), action_id=RETRY, value=str(retry.post_id), style="primary")


def _image(picture: Picture) -> ImageElement:
    alt = shorten(one_line(picture.alt) or one_line(picture.name) or "Reference image", 300)
    return ImageElement(slack_file=SlackFile(id=picture.file_id), alt_text=alt)


def _rendered(text: str, details: Sequence[str]) -> Rendered:
    blocks: list[Block] = [SectionBlock(text=plain(text))]
    if details:
        blocks.append(ContextBlock(elements=[plain("\n".join(details), 2000)]))
    return Rendered(escape("\n".join([text, *details])), [block.to_dict() for block in blocks])


def thumbnails(references: Sequence[tuple[str, Picture]], pictures: bool) -> list[Block]:
    """Each reference with its number; those that Slack can show with their picture.

    Beside a section (Choice), where a picture is large enough to tell one angle from another; in a context
    block it is hardly higher than the line.
    """
    blocks: list[Block] = []
    for number, (_, picture) in enumerate(references[:MOST_THUMBNAILS], 1):
        label = plain(f"{number}. {shorten(one_line(picture.name), 150)}")
        if pictures and picture.file_id:
            alt = shorten(one_line(picture.alt) or "Reference image", 300)
            image = ImageElement(slack_file=SlackFile(id=picture.file_id), alt_text=alt)
            blocks.append(SectionBlock(text=label, accessory=image))
        else:
            blocks.append(ContextBlock(elements=[label]))
    return blocks


MENU = "desk.menu"
