"""The record of a mascot's review in the database; all functions run in the caller's transaction.

The record only grows.  When a person is forgotten, their decisions stay, since they are the team's; the name
becomes an alias, unique in that team so that two forgotten people remain two, and their words are removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.queries import settings_of
from bot.channels.settings import USUAL, ChannelSettings
from bot.db import mascots
from bot.db.engine import insert
from bot.db.tables import EditionRow, MascotRow, ReferenceRow, ReviewRow, ThreadRow, VoteRow
from bot.db.values import NAMELESS, Did, State, is_forgotten
from bot.review.model import VOTES, Edition, Entry, Part, Review, replay, what_follows

OPEN = frozenset({State.IN_REVIEW, State.CHANGES_REQUESTED})
_SAID = frozenset({Did.COMMENTED, Did.REPLIED})
_KEPT = [field.name for field in fields(Entry)]


@dataclass(frozen=True)
class Record:
    """The review of a mascot with everything that bears on it."""

    mascot: MascotRow  # as last read from Masko
    edition: Edition
    entries: tuple[Entry, ...]
    home: ThreadRow | None  # the first thread that showed the mascot, whose channel's settings apply
    settings: ChannelSettings
    shown: ThreadRow | None = None  # where news of it are told: the first in a channel that still shows it

    @cached_property
    def review(self) -> Review:
        """The state of the review."""
        return replay(self.entries, self.edition.digest)

    @property
    def is_deserted(self) -> bool:
        """Whether every channel that showed the mascot is gone, so that nobody is notified."""
        return self.home is not None and self.shown is None

    @property
    def ends_concluded(self) -> bool:
        """Whether the last line concludes the review."""
        return bool(self.entries) and self.entries[-1].did is Did.CONCLUDED

    @property
    def needed(self) -> int:
        """How many approvals are needed: as recorded in the conclusion, else by the rules."""
        concluded = self.review.concluded
        return (concluded.needed if concluded else None) or self.settings.review.approvals

    @property
    def is_behind(self) -> bool:
        """Whether the mascot has changed since the last line was written."""
        return bool(self.entries) and self.entries[-1].edition != self.edition.digest

    def known_to(self, team: str) -> bool:
        """Return whether the mascot belongs to the team and is not deleted."""
        return self.mascot.gone_at is None and self.mascot.team == team


async def load(session: AsyncSession, mascot_id: str) -> Record | None:
    """Return the record of a mascot; None if the mascot is not known."""
    mascot = await mascots.mascot(session, mascot_id)
    if mascot is None:
        return None
    known = {row.asset_id: row for row in await mascots.references(session, mascot_id)}
    edition = Edition(tuple(_part(asset, known.get(asset)) for asset in mascot.reference_ids), mascot.prompt)
    home = next(iter(await mascots.threads_of(session, mascot_id)), None)
    shown = next(iter(await mascots.open_threads_of(session, mascot_id)), None)
    settings = await settings_of(session, home.team, home.channel) if home else USUAL
    return Record(mascot, edition, tuple(await record(session, mascot_id)), home, settings, shown)


def _part(asset_id: str, row: ReferenceRow | None) -> Part:
    if row is None:
        return Part(f"asset:{asset_id}", asset_id, "Added in Masko", "A reference that was added in Masko")
    key = row.sha256 or f"asset:{asset_id}"
    return Part(key, asset_id, row.name, row.alt, row.file_id if row.showable else None, row.added_by)


async def add(session: AsyncSession, record: Record, entry: Entry, key: str) -> tuple[Record, Entry] | None:
    """Add a line, and the conclusion if it follows; None if the record has the idempotency `key` already."""
    mascot = record.mascot
    written = await _append(session, mascot, entry, key)
    if written is None:
        return None
    edition = insert(session, EditionRow).values(
        mascot_id=mascot.id,
        digest=record.edition.digest,
        prompt=record.edition.prompt,
        parts=[asdict(part) for part in record.edition.parts],
        created_at=datetime.now(UTC),
    )
    await session.execute(edition.on_conflict_do_nothing())
    record = replace(record, entries=(*record.entries, written))
    end = what_follows(record.entries, record.edition.digest, record.settings.review.approvals)
    if end is not None:
        concluded = await _append(session, mascot, end, f"concluded:{written.id}")
        assert concluded is not None, "the line that it follows from was new"
        record = replace(record, entries=(*record.entries, concluded))
    await note_state(session, record)
    return record, written


async def record(session: AsyncSession, mascot_id: str) -> list[Entry]:
    """Return the lines of a mascot's record, in order."""
    rows = select(VoteRow).where(VoteRow.mascot_id == mascot_id).order_by(VoteRow.id)
    return [_entry(row) for row in await session.scalars(rows)]


async def entry(session: AsyncSession, key: str) -> Entry | None:
    """Return the line with an idempotency key, if it was written."""
    row = await session.scalar(select(VoteRow).where(VoteRow.key == key))
    return _entry(row) if row is not None else None


async def _append(session: AsyncSession, mascot: MascotRow, entry: Entry, key: str) -> Entry | None:
    row = {name: getattr(entry, name) for name in _KEPT if name != "id"}
    row |= {"team": mascot.team, "mascot_id": mascot.id, "key": key, "reviewers": list(entry.reviewers)}
    new = insert(session, VoteRow).values(row).on_conflict_do_nothing().returning(VoteRow.id)
    entry_id = await session.scalar(new)
    return replace(entry, id=entry_id) if entry_id is not None else None


def _entry(row: VoteRow) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _KEPT} | {"reviewers": tuple(row.reviewers)})


async def told_at(session: AsyncSession, entry_id: int) -> tuple[str, str] | None:
    """Return channel and ts of the line in the thread that tells of a line of the record."""
    row = await session.get(VoteRow, entry_id)
    return (row.channel, row.told_ts) if row and row.told_ts else None


async def note_told(session: AsyncSession, entry_id: int, channel: str, ts: str) -> None:
    """Store the line in the thread that tells of a line of the record."""
    await session.execute(update(VoteRow).where(VoteRow.id == entry_id).values(channel=channel, told_ts=ts))


async def editions(session: AsyncSession, mascot_id: str) -> dict[str, Edition]:
    """Return every edition of a mascot that a line is about, by digest."""
    rows = await session.scalars(select(EditionRow).where(EditionRow.mascot_id == mascot_id))
    return {row.digest: Edition(tuple(Part(**part) for part in row.parts), row.prompt) for row in rows}


async def sheet_of(session: AsyncSession, record: Record) -> str | None:
    """Return Slack's id of the present edition's contact sheet; None while there is none, "" for never."""
    row = await session.get(EditionRow, (record.mascot.id, record.edition.digest))
    return row.sheet if row else None


async def keep_sheet(session: AsyncSession, record: Record, file_id: str) -> None:
    """Store the contact sheet of the present edition."""
    this = (EditionRow.mascot_id == record.mascot.id, EditionRow.digest == record.edition.digest)
    await session.execute(update(EditionRow).where(*this).values(sheet=file_id))


async def note_state(session: AsyncSession, record: Record) -> None:
    """Store the state of a review for lists."""
    review = record.review
    asked_by = [user for user in review.asked_by if not is_forgotten(user)]
    row: dict[str, Any] = {"state": review.state, "waiting": list(review.waiting), "asked_by": asked_by}
    row |= {"due": review.due, "updated_at": datetime.now(UTC)}
    whose = {"team": record.mascot.team, "mascot_id": record.mascot.id}
    new = insert(session, ReviewRow).values(row | whose)
    await session.execute(new.on_conflict_do_update(index_elements=["mascot_id"], set_=row))


async def open_reviews(session: AsyncSession, team: str) -> list[ReviewRow]:
    """Return a team's open reviews, the earliest due first, of mascots and channels that still exist."""
    shown = exists().where(ThreadRow.mascot_id == ReviewRow.mascot_id)
    rows = await session.scalars(
        select(ReviewRow)
        .join(MascotRow, MascotRow.id == ReviewRow.mascot_id)
        .where(ReviewRow.team == team, ReviewRow.state.in_(OPEN), MascotRow.gone_at.is_(None))
        .where(~shown | shown.where(ThreadRow.channel_gone_at.is_(None)))
        .order_by(ReviewRow.due.is_(None), ReviewRow.due, ReviewRow.updated_at)
    )
    return list(rows)


async def kept(session: AsyncSession, team: str, user: str) -> tuple[int, int, int]:
    """Return how many votes and comments of a person are kept, and how many other reviews name them."""
    lines, editions = await _naming(session, team, user)
    did = [line.did for line in lines if line.user == user]
    named = {line.mascot_id for line in lines if line.did not in VOTES | _SAID}
    named |= {edition.mascot_id for edition in editions}
    return sum(each in VOTES for each in did), sum(each in _SAID for each in did), len(named)


async def forget(session: AsyncSession, team: str, user: str, alias: str) -> set[str]:
    """Replace a person's name by an alias, remove their words; return the mascots that need `note_state`."""
    lines, editions = await _naming(session, team, user)
    for line in lines:
        line.key = line.key.replace(user, alias)
        line.reviewers = [alias if each == user else each for each in line.reviewers]
        if line.user == user:
            line.user, line.words = alias, None
    nameless = {"name": NAMELESS, "alt": None, "by": alias}
    for edition in editions:
        edition.parts = [{**part, **nameless} if part["by"] == user else part for part in edition.parts]
    return {line.mascot_id for line in lines}


async def _naming(
    session: AsyncSession, team: str, user: str
) -> tuple[Sequence[VoteRow], Sequence[EditionRow]]:
    """Return the lines and the editions that name a person; a row for lists names only people in lines."""
    theirs = or_(VoteRow.user == user, _holds(VoteRow.reviewers, user))
    lines = await session.scalars(select(VoteRow).where(VoteRow.team == team, theirs))
    of_team = select(EditionRow).join(MascotRow, MascotRow.id == EditionRow.mascot_id)
    editions = await session.scalars(of_team.where(MascotRow.team == team, _holds(EditionRow.parts, user)))
    posted = [row for row in editions if any(part["by"] == user for part in row.parts)]
    return lines.all(), posted


def _holds(column: Any, user: str) -> ColumnElement[bool]:
    """Return the condition that a JSON column holds a user id; both databases keep JSON text as written."""
    return cast(column, Text).contains(f'"{user}"', autoescape=True)
