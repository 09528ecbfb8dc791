"""Open reviews: what waits for somebody, and what they asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock

from bot.mascots.search import SHOW
from bot.slack.blocks import Link, Message, Sentence, marked_up, message, rich_text
from bot.slack.text import escape, one_line, plain, shorten


@dataclass(frozen=True)
class Awaited:
    """A mascot whose review is open.

    Attributes:
        standing: where that stands, until when it is wanted, and who is waited for.
        card: the address of the mascot's card; None where there is none to lead to.
    """

    mascot_id: str
    name: str
    standing: Sentence
    card: str | None = None


@dataclass(frozen=True)
class Awaiting:
    """Open reviews of one kind, what is due first; `total` may be more than are shown."""

    shown: tuple[Awaited, ...] = ()
    total: int = 0


@dataclass(frozen=True)
class Waits:
    """The open reviews that concern somebody, each under one heading.

    Attributes:
        overdue: of both kinds below.
        for_you: those that wait for their vote.
        asked: those that they asked for.
    """

    overdue: Awaiting = Awaiting()
    for_you: Awaiting = Awaiting()
    asked: Awaiting = Awaiting()


OVERDUE, FOR_YOU, ASKED = "Overdue", "Waiting for your review", "You asked for a review"
_NAME = 150  # characters, as in other lists
_SPOKEN = 75  # Block Kit: a button's accessibility_label


def waits(found: Waits) -> Message:
    """The three lists; one that is empty is left out."""
    lists = (
        ("overdue", OVERDUE, found.overdue),
        ("for_you", FOR_YOU, found.for_you),
        ("asked", ASKED, found.asked),
    )
    blocks = [block for key, heading, each in lists for block in part(key, heading, each, SHOW)]
    text = "\n".join(_fallback(heading, each) for _, heading, each in lists if each.shown)
    return message(text, blocks)


def part(key: str, heading: str, found: Awaiting, show: str) -> Iterator[Block]:
    """Some open reviews below their heading; nothing, where there are none.

    Args:
        key: begins the ids of its blocks.
        show: the `action_id` of the buttons that show a mascot.
    """
    if not found.shown:
        return
    yield HeaderBlock(text=plain(heading), block_id=key)
    for number, awaited in enumerate(found.shown):
        yield from _mascot(f"{key}.{number}", awaited, show)
    if (more := found.total - len(found.shown)) > 0:
        yield ContextBlock(elements=[plain(f"and {more} more")], block_id=f"{key}.more")


def _mascot(key: str, awaited: Awaited, show: str) -> Iterator[Block]:
    button = ButtonElement(
        text=plain("Show"),
        action_id=show,
        value=awaited.mascot_id,
        accessibility_label=shorten(f"Show {one_line(awaited.name)}", _SPOKEN),
    )
    yield SectionBlock(text=plain(_name(awaited)), accessory=button, block_id=key)
    link = (" · ", Link(awaited.card, "Go to the card")) if awaited.card else ()
    yield rich_text([(*awaited.standing, *link)], f"{key}.standing")


def _name(awaited: Awaited) -> str:
    return shorten(one_line(awaited.name), _NAME)


def _fallback(heading: str, found: Awaiting) -> str:
    """For notifications and screen readers."""
    shown = [f"{escape(_name(each))}: {marked_up(each.standing)}" for each in found.shown]
    more = found.total - len(shown)
    return f"{heading}: {'; '.join([*shown, *([f'and {more} more'] if more > 0 else [])])}"
