"""A mascot in a list: its value, and its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ContextBlock,
    ImageElement,
    PlainTextObject,
    SectionBlock,
)

from bot.mascots.library import Known
from bot.slack.blocks import Picture, image, references
from bot.slack.text import one_line, plain, shorten


@dataclass(frozen=True)
class Listed:
    """A mascot in a list.

    Attributes:
        references: how many it has; None where that was not read yet.
        cover: its first reference that can be shown.
        review: where its review stands, as `in review · 1 of 2`; None where nobody has reviewed it.
    """

    mascot_id: str
    name: str
    references: int | None
    cover: Picture | None = None
    review: str | None = None


@dataclass(frozen=True)
class Listing:
    """Some of the mascots that somebody looked for.

    Attributes:
        words: what they looked for; empty for all.
        start: how many mascots go before these.
        total: how many there are.
        page: how many a page holds.
    """

    words: str
    mascots: tuple[Listed, ...]
    start: int
    total: int
    page: int


def in_list(known: Known) -> Listed:
    """A mascot as a line of a list."""
    cover = known.cover
    picture = Picture(cover.name, cover.alt or known.name, cover.file_id) if cover else None
    return Listed(known.id, known.name, known.references, picture, known.review)


SHOW = "desk.show"


def mascot_lines(mascot: Listed, show: str) -> Iterator[Block]:
    """The name with its button, and below it the picture, where there is one, with the count and the review.

    Args:
        mascot: which one.
        show: the `action_id` of the button.
    """
    name = shorten(one_line(mascot.name), 150)
    yield SectionBlock(
        text=plain(name),
        accessory=ButtonElement(text=plain("Show"), action_id=show, value=mascot.mascot_id),
    )
    below: list[PlainTextObject | ImageElement] = []
    cover = mascot.cover
    if cover is not None and cover.file_id:
        below.append(image(cover))
    count = references(mascot.references) if mascot.references is not None else None
    if words := " · ".join(filter(None, (count, mascot.review))):
        below.append(plain(words))
    if below:
        yield ContextBlock(elements=below)
