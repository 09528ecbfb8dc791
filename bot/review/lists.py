"""Lists of open reviews that concern a person: to review, and asked for; what is overdue says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.values import State
from bot.jobs.runner import all_of
from bot.mascots.search import NAMELESS, SHOW
from bot.review.record import load, open_reviews
from bot.review.text import count, standing
from bot.slack.blocks import Link, Message, Sentence, context, header, marked_up, message, rich_text, section
from bot.slack.messenger import Messenger
from bot.slack.text import escape, one_line, plain, shorten

MOST = 7  # mascots under one heading: with two blocks a mascot, both lists fit into a message
MOST_AT_HOME = 4  # under each of its two headings: Home is shown at once
FOR_YOU, ASKED = "Waiting for your review", "You asked for a review"
NOTHING: Final = Message.of(
    "No reviews are waiting for you, and none that you asked for are open.",
    ("Press Ask for review on a card. Whoever you ask sees it here.",),
)


@dataclass(frozen=True)
class Awaited:
    """A mascot with an open review."""

    mascot_id: str
    name: str
    standing: Sentence
    card: str | None = None  # address


@dataclass(frozen=True)
class Awaiting:
    """Open reviews under one heading, the earliest due first; `total` may exceed those shown."""

    shown: tuple[Awaited, ...] = ()
    total: int = 0


@dataclass
class Waiting:
    """Find the open reviews that concern a person."""

    store: Store
    messenger: Messenger
    permissions: Permissions

    async def told(self, actor: Actor) -> Message:
        """Return both lists as a message, with links to the cards.  Raises CannotTell."""
        for_you, asked = await self.find(actor, MOST, linked=True)
        return waits(for_you, asked) if for_you.total or asked.total else NOTHING

    async def find(self, actor: Actor, most: int, *, linked: bool = False) -> tuple[Awaiting, Awaiting]:
        """Return what waits for a person's review and what else they asked for; at most so many of each.

        `linked`: with the addresses of the cards, which Slack is asked for.  Raises CannotTell.
        """
        async with self.store.read() as session:
            rows = await open_reviews(session, actor.team)
        for_you = [row.mascot_id for row in rows if actor.user in row.waiting]
        asked = [row.mascot_id for row in rows if actor.user in row.asked_by and row.mascot_id not in for_you]
        visible = await self.permissions.visible(actor, {*for_you, *asked})

        async def shown(ids: Sequence[str]) -> Awaiting:
            seen = [each for each in ids if each in visible]
            found = await all_of(*(self._awaited(each, linked) for each in seen[:most]))
            return Awaiting(tuple(found), len(seen))

        return await shown(for_you), await shown(asked)

    async def _awaited(self, mascot_id: str, linked: bool) -> Awaited:
        async with self.store.read() as session:
            record = await load(session, mascot_id)
        assert record is not None, "mascots are never deleted here"
        shown, card = record.shown, None
        if linked and shown is not None and shown.card_ts is not None:
            card = await self.messenger.permalink(shown.channel, shown.card_ts)
        said = standing(record, datetime.now(UTC))
        return Awaited(mascot_id, record.mascot.name or NAMELESS, said, card)


async def for_list(session: AsyncSession, mascot_id: str) -> str | None:
    """Return the state of a review for a list of mascots, `in review · 1 of 2`; None for a draft."""
    record = await load(session, mascot_id)
    if record is None or record.review.state is State.DRAFT:
        return None
    state = record.review.state
    return f"{state} · {count(record)}" if state is State.IN_REVIEW else state.value


def waits(for_you: Awaiting = Awaiting(), asked: Awaiting = Awaiting()) -> Message:
    """Return the lists that are not empty as a message."""
    lists = (("for_you", FOR_YOU, for_you), ("asked", ASKED, asked))
    blocks = [block for key, heading, each in lists for block in part(key, heading, each, SHOW)]
    text = "\n".join(_fallback(heading, each) for _, heading, each in lists if each.shown)
    return message(text, blocks)


def part(key: str, heading: str, found: Awaiting, show: str) -> Iterator[Block]:
    """Yield a heading and its reviews, if any; `key` begins block ids, `show` is the buttons' `action_id`."""
    if not found.shown:
        return
    yield header(heading, key)
    for number, awaited in enumerate(found.shown):
        button = ButtonElement(
            text=plain("Show"),
            action_id=show,
            value=awaited.mascot_id,
            accessibility_label=shorten(f"Show {one_line(awaited.name)}", 75),
        )
        yield section(_name(awaited), f"{key}.{number}", button)
        link = (" · ", Link(awaited.card, "Go to the card")) if awaited.card else ()
        yield rich_text([(*awaited.standing, *link)], f"{key}.{number}.standing")
    if (more := found.total - len(found.shown)) > 0:
        yield context(f"and {more} more", block_id=f"{key}.more")


def _name(awaited: Awaited) -> str:
    return shorten(one_line(awaited.name), 150)


def _fallback(heading: str, found: Awaiting) -> str:
    shown = [f"{escape(_name(each))}: {marked_up(each.standing)}" for each in found.shown]
    more = found.total - len(shown)
    return f"{heading}: {'; '.join([*shown, *([f'and {more} more'] if more > 0 else [])])}"
