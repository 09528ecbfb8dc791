"""Lists of open reviews that concern a person: to review, asked for, overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.values import State
from bot.jobs.runner import all_of
from bot.mascots.search import NAMELESS, SHOW
from bot.review.record import OPEN, load, open_reviews
from bot.review.text import count, standing
from bot.slack.blocks import Link, Message, Sentence, marked_up, message, rich_text
from bot.slack.messenger import Messenger
from bot.slack.text import escape, one_line, plain, shorten

MOST = 7  # mascots under one heading: three headings of two blocks a mascot fill a message
MOST_AT_HOME = 4  # under each of its two headings: Home is shown at once
OVERDUE, FOR_YOU, ASKED = "Overdue", "Waiting for your review", "You asked for a review"
NOTHING: Final = Message.of(
    "Nothing waits for your review, and nothing that you asked for is open.",
    ("A card has Ask for a review under ···; whoever is asked finds it here.",),
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
        """Return all lists as a message, with links to the cards.  Raises CannotTell."""
        lists, cards = await self._find(actor, MOST, overdue_apart=True)
        if not any(each.total for each in lists):
            return NOTHING
        addresses = await all_of(*(self.messenger.permalink(*card) for card in cards.values()))
        card_of = dict(zip(cards, addresses, strict=True))
        linked = (
            replace(each, shown=tuple(replace(one, card=card_of.get(one.mascot_id)) for one in each.shown))
            for each in lists
        )
        return waits(*linked)

    async def at_home(self, actor: Actor) -> tuple[Awaiting, Awaiting]:
        """Return what waits for a person, and what else they asked for, without addresses."""
        (_, for_you, asked), _ = await self._find(actor, MOST_AT_HOME, overdue_apart=False)
        return for_you, asked

    async def _find(
        self, actor: Actor, most: int, *, overdue_apart: bool
    ) -> tuple[list[Awaiting], dict[str, tuple[str, str]]]:
        """Return reviews by heading, and the channel and ts of their cards by mascot.

        Read from the records: the rows for lists may be out of date.
        """
        now, user = datetime.now(UTC), actor.user
        shown = {heading: list[Awaited]() for heading in (OVERDUE, FOR_YOU, ASKED)}
        totals = Counter[str]()
        cards: dict[str, tuple[str, str]] = {}
        async with self.store.read() as session:
            every = await open_reviews(session, actor.team)
        rows = [row for row in every if user in (*row.waiting, *row.asked_by)]
        visible = await self.permissions.visible(actor, {row.mascot_id for row in rows})
        async with self.store.read() as session:
            for row in (row for row in rows if row.mascot_id in visible):
                overdue = overdue_apart and row.due is not None and row.due < now
                heading = _heading(user, row.waiting, row.asked_by, overdue=overdue)
                if heading and len(shown[heading]) >= most:
                    totals[heading] += 1
                    continue
                record = await load(session, row.mascot_id)
                if record is None or record.review.state not in OPEN:
                    continue
                review, mascot, home = record.review, record.mascot, record.home
                overdue = overdue_apart and review.is_overdue(now)
                heading = _heading(user, review.waiting, review.asked_by, overdue=overdue)
                if heading is None:
                    continue
                totals[heading] += 1
                if len(shown[heading]) < most:
                    shown[heading].append(Awaited(mascot.id, mascot.name or NAMELESS, standing(record, now)))
                    if home is not None and home.card_ts is not None:
                        cards[mascot.id] = (home.channel, home.card_ts)
        return [Awaiting(tuple(shown[heading]), totals[heading]) for heading in shown], cards


def _heading(user: str, waiting: Sequence[str], asked_by: Sequence[str], *, overdue: bool) -> str | None:
    if user not in (*waiting, *asked_by):
        return None
    if overdue:
        return OVERDUE
    return FOR_YOU if user in waiting else ASKED


async def for_list(session: AsyncSession, mascot_id: str) -> str | None:
    """Return the state of a review for a list of mascots, `in review · 1 of 2`; None for a draft."""
    record = await load(session, mascot_id)
    if record is None or record.review.state is State.DRAFT:
        return None
    state = record.review.state
    return f"{state} · {count(record)}" if state is State.IN_REVIEW else state.value


def waits(
    overdue: Awaiting = Awaiting(), for_you: Awaiting = Awaiting(), asked: Awaiting = Awaiting()
) -> Message:
    """Return the lists that are not empty as a message; `overdue` holds reviews of both other kinds."""
    lists = (("overdue", OVERDUE, overdue), ("for_you", FOR_YOU, for_you), ("asked", ASKED, asked))
    blocks = [block for key, heading, each in lists for block in part(key, heading, each, SHOW)]
    text = "\n".join(_fallback(heading, each) for _, heading, each in lists if each.shown)
    return message(text, blocks)


def part(key: str, heading: str, found: Awaiting, show: str) -> Iterator[Block]:
    """Yield a heading and its reviews, if any; `key` begins block ids, `show` is the buttons' `action_id`."""
    if not found.shown:
        return
    yield HeaderBlock(text=plain(heading), block_id=key)
    for number, awaited in enumerate(found.shown):
        button = ButtonElement(
            text=plain("Show"),
            action_id=show,
            value=awaited.mascot_id,
            accessibility_label=shorten(f"Show {one_line(awaited.name)}", 75),
        )
        yield SectionBlock(text=plain(_name(awaited)), accessory=button, block_id=f"{key}.{number}")
        link = (" · ", Link(awaited.card, "Go to the card")) if awaited.card else ()
        yield rich_text([(*awaited.standing, *link)], f"{key}.{number}.standing")
    if (more := found.total - len(found.shown)) > 0:
        yield ContextBlock(elements=[plain(f"and {more} more")], block_id=f"{key}.more")


def _name(awaited: Awaited) -> str:
    return shorten(one_line(awaited.name), 150)


def _fallback(heading: str, found: Awaiting) -> str:
    shown = [f"{escape(_name(each))}: {marked_up(each.standing)}" for each in found.shown]
    more = found.total - len(shown)
    return f"{heading}: {'; '.join([*shown, *([f'and {more} more'] if more > 0 else [])])}"
