"""Queries about interactions that were taken."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert
from bot.db.tables import InteractionRow


async def take(session: AsyncSession, key: str, now: datetime, until: datetime) -> bool:
    """Remember an interaction until then, and forget those whose time has come.

    Returns:
        False where it is remembered already.
    """
    await session.execute(delete(InteractionRow).where(InteractionRow.until < now))
    row = insert(session, InteractionRow).values(key=key, until=until).on_conflict_do_nothing()
    return await session.scalar(row.returning(InteractionRow.key)) is not None


async def settle(session: AsyncSession, key: str, until: datetime | None) -> None:
    """Remember a taken interaction for longer; None: forget it."""
    this = InteractionRow.key == key
    changed = update(InteractionRow).where(this).values(until=until)
    await session.execute(delete(InteractionRow).where(this) if until is None else changed)
