"""Queries for records of what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import IntakeRow, MascotRow, PostRow, ThreadRow


@dataclass(frozen=True)
class Recorded:
    """One image that was posted in a channel, and what became of it.

    Attributes:
        user: who posted it; empty for somebody who was forgotten.
        outcome: the state of the image (`bot.db.tables.ImageState`).
        detail: for people: why.
    """

    at: datetime
    user: str
    image: str
    outcome: str
    detail: str | None
    mascot_id: str | None
    mascot: str | None
    ts: str
    thread_ts: str


async def of_channel(session: AsyncSession, team: str, channel: str) -> list[Recorded]:
    """What became of every image in a channel, the oldest first."""
    its_thread = (
        (ThreadRow.team == PostRow.team)
        & (ThreadRow.channel == PostRow.channel)
        & (ThreadRow.thread_ts == PostRow.thread_ts)
    )
    rows = await session.execute(
        select(PostRow, IntakeRow, MascotRow)
        .join(IntakeRow, IntakeRow.post_id == PostRow.id)
        .outerjoin(ThreadRow, its_thread)
        .outerjoin(MascotRow, MascotRow.id == func.coalesce(PostRow.wants_mascot, ThreadRow.mascot_id))
        .where(PostRow.team == team, PostRow.channel == channel)
        .order_by(PostRow.id, IntakeRow.id)
    )
    return [
        Recorded(
            post.created_at,
            post.user,
            image.name,
            image.state.value,
            image.detail,
            mascot.id if mascot else None,
            mascot.name if mascot else None,
            post.ts,
            post.thread_ts,
        )
        for post, image, mascot in rows
    ]
