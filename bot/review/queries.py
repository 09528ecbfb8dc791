"""Queries about reviews: their records, what the votes were on, and where each stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert
from bot.db.tables import EditionRow, MascotRow, ReviewRow, ThreadRow, VoteRow
from bot.db.values import State, is_forgotten
from bot.review.edition import Edition
from bot.review.state import Entry, Review

OPEN = frozenset({State.IN_REVIEW, State.CHANGES_REQUESTED})
"""Reviews that are not at their end."""

_KEPT = [field.name for field in fields(Entry)]


async def record(session: AsyncSession, mascot_id: str) -> list[Entry]:
    """The record of a mascot's review, in its order."""
    rows = select(VoteRow).where(VoteRow.mascot_id == mascot_id).order_by(VoteRow.id)
    return [_entry(row) for row in await session.scalars(rows)]


async def entry(session: AsyncSession, entry_id: int) -> Entry | None:
    """One line of a record."""
    row = await session.get(VoteRow, entry_id)
    return _entry(row) if row is not None else None


async def is_known(session: AsyncSession, key: str) -> bool:
    """Whether what told of it is in a record already."""
    return await session.scalar(select(VoteRow.id).where(VoteRow.key == key)) is not None


async def append(session: AsyncSession, team: str, mascot_id: str, entry: Entry, key: str) -> Entry | None:
    """Add a line to a record, once.

    Args:
        key: what told of it, the same however often it is told.

    Returns:
        The line with its id; None where it was there before.
    """
    row = {name: getattr(entry, name) for name in _KEPT if name != "id"}
    row |= {"team": team, "mascot_id": mascot_id, "key": key, "reviewers": list(entry.reviewers)}
    new = insert(session, VoteRow).values(row).on_conflict_do_nothing().returning(VoteRow.id)
    entry_id = await session.scalar(new)
    return _with_id(entry, entry_id) if entry_id is not None else None


async def keep_edition(session: AsyncSession, mascot_id: str, edition: Edition) -> None:
    """Keep what a mascot is, so that it can be looked at when it is something else."""
    row = {
        "mascot_id": mascot_id,
        "digest": edition.digest,
        "prompt": edition.prompt,
        "parts": edition.as_json(),
        "created_at": datetime.now(UTC),
    }
    await session.execute(insert(session, EditionRow).values(row).on_conflict_do_nothing())


async def edition(session: AsyncSession, mascot_id: str, digest: str) -> Edition | None:
    """What a mascot was."""
    row = await session.get(EditionRow, (mascot_id, digest))
    return Edition.from_json(row.parts, row.prompt) if row is not None else None


async def editions(session: AsyncSession, mascot_id: str) -> dict[str, Edition]:
    """Everything that a mascot was when somebody said something about it, by digest."""
    rows = await session.scalars(select(EditionRow).where(EditionRow.mascot_id == mascot_id))
    return {row.digest: Edition.from_json(row.parts, row.prompt) for row in rows}


async def note_standing(session: AsyncSession, team: str, mascot_id: str, review: Review) -> None:
    """Write down where a review stands."""
    askers = [user for user in review.asked_by if not is_forgotten(user)]
    row = {
        "state": review.state,
        "waiting": list(review.waiting),
        "asked_by": askers,
        "due": review.due,
        "updated_at": datetime.now(UTC),
    }
    new = insert(session, ReviewRow).values(row | {"team": team, "mascot_id": mascot_id})
    await session.execute(new.on_conflict_do_update(index_elements=["mascot_id"], set_=row))


async def standing(session: AsyncSession, mascot_id: str) -> ReviewRow | None:
    """Where a review stands, as last written down; None for a mascot that nobody said anything about."""
    return await session.get(ReviewRow, mascot_id, populate_existing=True)


async def states(session: AsyncSession, mascot_ids: Collection[str]) -> dict[str, State]:
    """Where the reviews of these mascots stand; those that nobody said anything about are left away."""
    rows = select(ReviewRow.mascot_id, ReviewRow.state).where(ReviewRow.mascot_id.in_(mascot_ids))
    return {mascot_id: state for mascot_id, state in (await session.execute(rows)).all()}


async def open_reviews(session: AsyncSession, team: str) -> list[ReviewRow]:
    """The reviews of a team that are not at their end, of mascots that are there and not only in channels
    that are gone, what is due first."""
    shown = exists().where(ThreadRow.mascot_id == ReviewRow.mascot_id)
    rows = await session.scalars(
        select(ReviewRow)
        .join(MascotRow, MascotRow.id == ReviewRow.mascot_id)
        .where(ReviewRow.team == team, ReviewRow.state.in_(OPEN), MascotRow.gone_at.is_(None))
        .where(~shown | shown.where(ThreadRow.channel_gone_at.is_(None)))
        .order_by(ReviewRow.due.is_(None), ReviewRow.due, ReviewRow.updated_at)
    )
    return list(rows)


def _entry(row: VoteRow) -> Entry:
    values: dict[str, Any] = {name: getattr(row, name) for name in _KEPT}
    return Entry(**values | {"reviewers": tuple(row.reviewers)})


def _with_id(entry: Entry, entry_id: int) -> Entry:
    return Entry(**{name: getattr(entry, name) for name in _KEPT} | {"id": entry_id})
