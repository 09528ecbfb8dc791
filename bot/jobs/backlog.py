"""How much work there is, for whoever looks after the program."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import JobRow, UTCDateTime
from bot.telemetry.metrics import Backlog


async def backlogs(session: AsyncSession, now: datetime) -> list[Backlog]:
    """What is in the job table, a value a kind.

    Args:
        now: the time, aware.
    """
    alive = JobRow.dead_at.is_(None)
    oldest = func.min(JobRow.created_at, type_=UTCDateTime).filter(alive)
    counted = select(JobRow.kind, func.count().filter(alive), oldest, func.count(JobRow.dead_at)).group_by(
        JobRow.kind
    )
    return [
        Backlog(kind, waiting, (now - since).total_seconds() if since else 0.0, dead)
        for kind, waiting, since, dead in await session.execute(counted)
    ]
