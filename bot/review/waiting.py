"""Which reviews are open that concern somebody: what waits for them, what they asked for, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.tables import ReviewRow, ThreadRow
from bot.jobs.together import all_of
from bot.mascots.search import NAMELESS
from bot.review import queries as reviews
from bot.review.queries import OPEN
from bot.review.record import Record, load
from bot.review.waiting_view import Awaited, Awaiting, Waits, waits
from bot.review.words import in_list, standing
from bot.slack.blocks import Message
from bot.slack.messenger import Messenger

MOST = 7  # mascots under one heading: three headings of two blocks a mascot fill a message
MOST_AT_HOME = 4  # under each of its two headings: Home is shown at once

NOTHING: Final = Message.of(
    "Nothing waits for your review, and nothing that you asked for is open.",
    ("A card has Ask for a review under ···; whoever is asked finds it here.",),
)


class _Heading(Enum):
    OVERDUE = auto()
    FOR_YOU = auto()
    ASKED = auto()


@dataclass
class _List:
    shown: list[tuple[Awaited, ThreadRow | None]] = field(default_factory=list)
    total: int = 0


class Waiting:
    """Finds the reviews that concern somebody.

    Args:
        store: where the records are.
        messenger: tells where a card is.
        permissions: says who sees which mascots.
    """

    def __init__(self, store: Store, messenger: Messenger, permissions: Permissions) -> None:
        self._store = store
        self._messenger = messenger
        self._permissions = permissions

    async def told(self, actor: Actor) -> Message:
        """All of it, each with the address of its card.

        Raises:
            CannotTell: Slack did not say what they see.
        """
        lists = (await self._sorted(actor, _Sorting(actor.user, MOST, overdue_apart=True))).lists
        if not any(each.total for each in lists.values()):
            return NOTHING
        overdue, for_you, asked = await all_of(*(self._with_addresses(lists[each]) for each in _Heading))
        return waits(Waits(overdue, for_you, asked))

    async def at_home(self, actor: Actor) -> tuple[Awaiting, Awaiting]:
        """What waits for somebody, and what else they asked for, without addresses; raises as `told`."""
        lists = (await self._sorted(actor, _Sorting(actor.user, MOST_AT_HOME, overdue_apart=False))).lists
        for_you, asked = lists[_Heading.FOR_YOU], lists[_Heading.ASKED]
        return _without_addresses(for_you), _without_addresses(asked)

    async def _sorted(self, actor: Actor, sorting: _Sorting) -> _Sorting:
        async with self._store.read() as session:
            rows = [row for row in await reviews.open_reviews(session, actor.team) if sorting.concerns(row)]
        visible = await self._permissions.visible(actor, {row.mascot_id for row in rows})
        async with self._store.read() as session:
            for row in rows:
                if row.mascot_id in visible:
                    await sorting.add(session, row)
        return sorting

    async def _with_addresses(self, found: _List) -> Awaiting:
        shown = await all_of(*(self._with_address(*each) for each in found.shown))
        return Awaiting(tuple(shown), found.total)

    async def _with_address(self, awaited: Awaited, home: ThreadRow | None) -> Awaited:
        if home is None or home.card_ts is None:
            return awaited
        return replace(awaited, card=await self._messenger.permalink(home.channel, home.card_ts))


class _Sorting:
    """Puts every review that concerns somebody under one heading.

    Args:
        user: who.
        most: how many are shown under a heading; the others are counted.
        overdue_apart: what is overdue has a heading of its own.
    """

    def __init__(self, user: str, most: int, *, overdue_apart: bool) -> None:
        self.lists = {heading: _List() for heading in _Heading}
        self._user = user
        self._most = most
        self._overdue_apart = overdue_apart
        self._now = datetime.now(UTC)

    def concerns(self, row: ReviewRow) -> bool:
        """Whether they are waited for, or have asked."""
        return self._user in (*row.waiting, *row.asked_by)

    async def add(self, session: AsyncSession, row: ReviewRow) -> None:
        """Take the next one, of those in the order in which they are shown.

        What is shown is told by its record: the row for lists may be of what the mascot was before.
        """
        heading = self._heading(row.waiting, row.asked_by, row.due is not None and row.due < self._now)
        if heading is None:
            return
        if len(self.lists[heading].shown) >= self._most:
            self.lists[heading].total += 1
            return
        record = await load(session, row.mascot_id)
        if record is not None and record.review.state in OPEN:
            self._add(record)

    def _add(self, record: Record) -> None:
        review, mascot = record.review, record.mascot
        heading = self._heading(review.waiting, review.asked_by, review.is_overdue(self._now))
        if heading is None:
            return
        self.lists[heading].total += 1
        if len(self.lists[heading].shown) < self._most:
            shown = Awaited(mascot.id, mascot.name or NAMELESS, standing(record, self._now))
            self.lists[heading].shown.append((shown, record.home))

    def _heading(self, waiting: Sequence[str], asked_by: Sequence[str], overdue: bool) -> _Heading | None:
        if self._user not in (*waiting, *asked_by):
            return None
        if overdue and self._overdue_apart:
            return _Heading.OVERDUE
        return _Heading.FOR_YOU if self._user in waiting else _Heading.ASKED


def _without_addresses(found: _List) -> Awaiting:
    return Awaiting(tuple(awaited for awaited, _ in found.shown), found.total)


async def for_list(session: AsyncSession, mascot_id: str) -> str | None:
    """Where a review stands, for a list of mascots; None where nobody has reviewed it.

    By its record: what is written down for lists may be of what the mascot was before.
    """
    if not await reviews.states(session, [mascot_id]):
        return None
    record = await load(session, mascot_id)
    return in_list(record) if record is not None else None
