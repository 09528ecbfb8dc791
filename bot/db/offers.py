"""Queries about images of a message that the shortcut was used on, until the person decides about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import OfferRow


async def add(session: AsyncSession, row: dict[str, Any], *, since: datetime) -> int:
    """Insert an offer, delete those made before `since`, and return the new one's id."""
    await session.execute(delete(OfferRow).where(OfferRow.created_at < since))
    return (await session.scalars(insert(OfferRow).values(row).returning(OfferRow.id))).one()


async def take(session: AsyncSession, offer_id: int, team: str, user: str) -> OfferRow | None:
    """Delete and return an offer; None if it was taken, has expired, or is another person's."""
    theirs = (OfferRow.id == offer_id, OfferRow.team == team, OfferRow.user == user)
    offer = await session.scalar(select(OfferRow).where(*theirs))
    gone = delete(OfferRow).where(*theirs).returning(OfferRow.id)
    return offer if await session.scalar(gone) is not None else None
