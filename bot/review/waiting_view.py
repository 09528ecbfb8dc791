"""Open reviews: what waits for somebody, and what they asked for."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock

from bot.mascots.listing import SHOW
from bot.slack.messages import Awaited, Awaiting, Link, Rendered, Waits
from bot.slack.people import marked_up, rich_text
from bot.slack.text import escape, one_line, plain, shorten

OVERDUE, FOR_YOU, ASKED = "Overdue", "Waiting for your review", "You asked for a review"
_NAME = 150  # characters, as in other lists
_SPOKEN = 75  # Block Kit: a button's accessibility_label


def waits(message: Waits) -> Rendered:
    """The three lists; one that is empty is left out."""
    lists = (
        ("overdue", OVERDUE, message.overdue),
        ("for_you", FOR_YOU, message.for_you),
        ("asked", ASKED, message.asked),
    )
    blocks = [block for key, heading, found in lists for block in part(key, heading, found, SHOW)]
    text = "\n".join(_fallback(heading, found) for _, heading, found in lists if found.shown)
    return Rendered(text, [block.to_dict() for block in blocks])


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
