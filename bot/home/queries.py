"""Queries about what belongs to one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import posts
from bot.db.engine import insert
from bot.db.tables import GreetedRow, ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow


@dataclass(frozen=True)
class Taken:
    """A post, its images, and the names of the mascots that have them as references."""

    post: PostRow
    images: Sequence[IntakeRow]
    mascots: tuple[str | None, ...]


async def recent(session: AsyncSession, team: str, user: str, *, most: int) -> list[Taken]:
    """Return a person's newest posts with images of which none failed."""
    images = exists().where(IntakeRow.post_id == PostRow.id)
    failed = images.where(IntakeRow.state == ImageState.FAILED)
    found = await session.scalars(
        select(PostRow)
        .where(PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False), images, ~failed)
        .order_by(PostRow.id.desc())
        .limit(most)
    )
    return [
        Taken(post, await posts.images_of(session, post.id), await _mascots_from(session, post.id))
        for post in found.all()
    ]


async def count_failed(session: AsyncSession, team: str, user: str) -> int:
    """Count a person's posts with failed images."""
    failed = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state == ImageState.FAILED)
    where = (PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False), failed)
    return await session.scalar(select(func.count()).select_from(PostRow).where(*where)) or 0


async def greet(session: AsyncSession, team: str, user: str) -> bool:
    """Record that a person is greeted; False if they were before."""
    row = {"team": team, "user": user, "greeted_at": datetime.now(UTC)}
    new = insert(session, GreetedRow).values(row).on_conflict_do_nothing().returning(GreetedRow.user)
    return await session.scalar(new) is not None


async def _mascots_from(session: AsyncSession, post_id: int) -> tuple[str | None, ...]:
    names = (
        select(MascotRow.id, MascotRow.name)
        .join(ReferenceRow, ReferenceRow.mascot_id == MascotRow.id)
        .join(IntakeRow, IntakeRow.id == ReferenceRow.intake_id)
        .where(IntakeRow.post_id == post_id)
        .distinct()
    )
    return tuple(name for _, name in (await session.execute(names)).all())
