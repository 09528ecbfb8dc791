"""A mascot in a list: its value, and its blocks."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ContextBlock,
    ImageElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile

from bot.mascots.library import Known
from bot.slack.messages import (
    Listed,
    Picture,
    references,
)
from bot.slack.text import one_line, plain, shorten


def in_list(known: Known) -> Listed:
    """A mascot as a line of a list."""
    cover = known.cover
    picture = Picture(cover.name, cover.alt or known.name, cover.file_id) if cover else None
    return Listed(known.id, known.name, known.references, picture, known.review)


SHOW = "desk.show"


def mascot_lines(mascot: Listed, show: str, *, pictures: bool = True) -> Iterator[Block]:
    """The name with its button, and below it the picture, where there is one, with the count and the review.

    Args:
        mascot: which one.
        show: the `action_id` of the button.
        pictures: False leaves the picture out, for when Slack refuses one.
    """
    name = shorten(one_line(mascot.name), 150)
    yield SectionBlock(
        text=plain(name),
        accessory=ButtonElement(text=plain("Show"), action_id=show, value=mascot.mascot_id),
    )
    below: list[PlainTextObject | ImageElement] = []
    cover = mascot.cover
    if pictures and cover is not None and cover.file_id:
        alt = shorten(one_line(cover.alt) or name or "Reference image", 300)
        below.append(ImageElement(slack_file=SlackFile(id=cover.file_id), alt_text=alt))
    count = references(mascot.references) if mascot.references is not None else None
    if words := " · ".join(filter(None, (count, mascot.review))):
        below.append(plain(words))
    if below:
        yield ContextBlock(elements=below)
