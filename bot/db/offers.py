"""Queries about images that somebody was asked what is to become of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import OfferRow


async def add(session: AsyncSession, row: dict[str, Any], *, since: datetime) -> int:
    """Write an offer down, by its columns, and forget those that nobody took since then.

    Returns:
        Its id.
    """
    await session.execute(delete(OfferRow).where(OfferRow.created_at < since))
    offer_id: int | None = await session.scalar(insert(OfferRow).values(row).returning(OfferRow.id))
    assert offer_id is not None, "it was written a line above"
    return offer_id


async def take(session: AsyncSession, offer_id: int, team: str, user: str) -> OfferRow | None:
    """Take an offer away, as part of the transaction that does what is wanted with it.

    Returns:
        What it was; None where it was taken before, was forgotten, or is somebody else's.
    """
    theirs = (OfferRow.id == offer_id, OfferRow.team == team, OfferRow.user == user)
    offer = await session.scalar(select(OfferRow).where(*theirs))
    gone = delete(OfferRow).where(*theirs).returning(OfferRow.id)
    return offer if await session.scalar(gone) is not None else None
