"""Lists of open reviews that concern a person: to review, asked for, overdue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, Permissions
from bot.db import Store
from bot.db.tables import ThreadRow
from bot.jobs.runner import all_of
from bot.mascots.search import NAMELESS, SHOW
from bot.review.record import OPEN, load, open_reviews
from bot.review.text import in_list, standing
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

_NAME = 150  # characters, as in other lists
_SPOKEN = 75  # Block Kit: a button's accessibility_label


@dataclass(frozen=True)
class Awaited:
    """A mascot with an open review: `standing` in words, `card` its card's address, if any."""

    mascot_id: str
    name: str
    standing: Sentence
    card: str | None = None


@dataclass(frozen=True)
class Awaiting:
    """Open reviews under one heading, the earliest due first; `total` may exceed those shown."""

    shown: tuple[Awaited, ...] = ()
    total: int = 0


class Waiting:
    """Find the open reviews that concern a person."""

    def __init__(self, store: Store, messenger: Messenger, permissions: Permissions) -> None:
        self._store = store
        self._messenger = messenger
        self._permissions = permissions

    async def told(self, actor: Actor) -> Message:
        """Return all lists as a message, with links to the cards.  Raises CannotTell."""
        found = await self._find(actor, MOST, overdue_apart=True)
        if not any(each.total for each in found.values()):
            return NOTHING
        lists = await all_of(*(self._with_addresses(found[each]) for each in (OVERDUE, FOR_YOU, ASKED)))
        return waits(*lists)

    async def at_home(self, actor: Actor) -> tuple[Awaiting, Awaiting]:
        """Return what waits for a person, and what else they asked for, without addresses."""
        found = await self._find(actor, MOST_AT_HOME, overdue_apart=False)
        return found[FOR_YOU].awaiting, found[ASKED].awaiting

    async def _find(self, actor: Actor, most: int, *, overdue_apart: bool) -> dict[str, _Found]:
        """Group reviews by heading, read from their records: rows for lists may be out of date."""
        now = datetime.now(UTC)
        found = {heading: _Found() for heading in (OVERDUE, FOR_YOU, ASKED)}

        def under(waiting: Sequence[str], asked_by: Sequence[str], overdue: bool) -> _Found | None:
            if actor.user not in (*waiting, *asked_by):
                return None
            if overdue and overdue_apart:
                return found[OVERDUE]
            return found[FOR_YOU if actor.user in waiting else ASKED]

        async with self._store.read() as session:
            every = await open_reviews(session, actor.team)
        rows = [row for row in every if actor.user in (*row.waiting, *row.asked_by)]
        visible = await self._permissions.visible(actor, {row.mascot_id for row in rows})
        async with self._store.read() as session:
            for row in (row for row in rows if row.mascot_id in visible):
                listed = under(row.waiting, row.asked_by, row.due is not None and row.due < now)
                if listed is not None and len(listed.shown) >= most:
                    listed.total += 1
                    continue
                record = await load(session, row.mascot_id)
                if record is None or record.review.state not in OPEN:
                    continue
                review, mascot = record.review, record.mascot
                listed = under(review.waiting, review.asked_by, review.is_overdue(now))
                if listed is not None:
                    listed.total += 1
                    if len(listed.shown) < most:
                        awaited = Awaited(mascot.id, mascot.name or NAMELESS, standing(record, now))
                        listed.shown.append((awaited, record.home))
        return found

    async def _with_addresses(self, found: _Found) -> Awaiting:
        return Awaiting(
            tuple(await all_of(*(self._with_address(*each) for each in found.shown))), found.total
        )

    async def _with_address(self, awaited: Awaited, home: ThreadRow | None) -> Awaited:
        if home is None or home.card_ts is None:
            return awaited
        return replace(awaited, card=await self._messenger.permalink(home.channel, home.card_ts))


@dataclass
class _Found:
    """Reviews under one heading, each with its mascot's first thread."""

    shown: list[tuple[Awaited, ThreadRow | None]] = field(default_factory=list)
    total: int = 0

    @property
    def awaiting(self) -> Awaiting:
        return Awaiting(tuple(awaited for awaited, _ in self.shown), self.total)


async def for_list(session: AsyncSession, mascot_id: str) -> str | None:
    """Return the state of a review for a list of mascots; None for a draft."""
    record = await load(session, mascot_id)
    return in_list(record) if record is not None else None


# -- the view ---------------------------------------------------------------------------------------


def waits(
    overdue: Awaiting = Awaiting(), for_you: Awaiting = Awaiting(), asked: Awaiting = Awaiting()
) -> Message:
    """Return the lists that are not empty as a message; `overdue` holds reviews of both other kinds."""
    lists = (
        ("overdue", OVERDUE, overdue),
        ("for_you", FOR_YOU, for_you),
        ("asked", ASKED, asked),
    )
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
            accessibility_label=shorten(f"Show {one_line(awaited.name)}", _SPOKEN),
        )
        yield SectionBlock(text=plain(_name(awaited)), accessory=button, block_id=f"{key}.{number}")
        link = (" · ", Link(awaited.card, "Go to the card")) if awaited.card else ()
        yield rich_text([(*awaited.standing, *link)], f"{key}.{number}.standing")
    if (more := found.total - len(found.shown)) > 0:
        yield ContextBlock(elements=[plain(f"and {more} more")], block_id=f"{key}.more")


def _name(awaited: Awaited) -> str:
    return shorten(one_line(awaited.name), _NAME)


def _fallback(heading: str, found: Awaiting) -> str:
    shown = [f"{escape(_name(each))}: {marked_up(each.standing)}" for each in found.shown]
    more = found.total - len(shown)
    return f"{heading}: {'; '.join([*shown, *([f'and {more} more'] if more > 0 else [])])}"
