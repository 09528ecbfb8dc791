"""Queries about single references: their sources, removal and moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow, ThreadRow


async def of_post(session: AsyncSession, post_id: int) -> list[ReferenceRow]:
    """Return the references that a post added, without those removed or moved since."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.ADDED)
    return await _found(session, select(ReferenceRow).join(IntakeRow).where(*where))


async def assets_of_thread(session: AsyncSession, thread: ThreadRow) -> list[str]:
    """Return the asset ids of the references that the posts of a thread added."""
    here = (PostRow.team == thread.team, PostRow.channel == thread.channel)
    rows = select(ReferenceRow.asset_id).join(IntakeRow).join(PostRow)
    return list(await session.scalars(rows.where(*here, PostRow.thread_ts == thread.thread_ts)))


async def these(session: AsyncSession, ids: Collection[int]) -> list[ReferenceRow]:
    """Return those of these references that still exist."""
    return await _found(session, select(ReferenceRow).where(ReferenceRow.id.in_(ids)))


async def with_asset(session: AsyncSession, mascot_id: str, asset_id: str) -> ReferenceRow | None:
    """Return a mascot's reference, if this program added it."""
    where = (ReferenceRow.mascot_id == mascot_id, ReferenceRow.asset_id == asset_id)
    return await session.scalar(select(ReferenceRow).where(*where))


async def of_image(session: AsyncSession, image_id: int) -> ReferenceRow | None:
    """Return the reference that an image became."""
    return await session.scalar(select(ReferenceRow).where(ReferenceRow.intake_id == image_id))


async def forget(session: AsyncSession, row: ReferenceRow, detail: str) -> None:
    """Delete a reference, and mark its image as removed, with `detail` for people."""
    await session.execute(delete(ReferenceRow).where(ReferenceRow.id == row.id))
    await _end(session, row, detail)


async def move(session: AsyncSession, row: ReferenceRow, mascot_id: str, detail: str) -> None:
    """Move a reference to another mascot, which may have its asset already."""
    same = (ReferenceRow.mascot_id == mascot_id, ReferenceRow.asset_id == row.asset_id)
    await session.execute(delete(ReferenceRow).where(*same, ReferenceRow.id != row.id))
    await session.execute(update(ReferenceRow).where(ReferenceRow.id == row.id).values(mascot_id=mascot_id))
    await _end(session, row, detail)


async def _end(session: AsyncSession, row: ReferenceRow, detail: str) -> None:
    if row.intake_id is not None:
        ended = update(IntakeRow).where(IntakeRow.id == row.intake_id)
        await session.execute(ended.values(state=ImageState.REMOVED, detail=detail))


async def from_message(session: AsyncSession, team: str, channel: str, ts: str) -> list[ReferenceRow]:
    """Return the references made of a message's images that nobody was asked about yet."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return await _unasked(session, select(ReferenceRow).join(IntakeRow).join(PostRow).where(*where))


async def from_file(session: AsyncSession, team: str, file_id: str) -> list[ReferenceRow]:
    """Return the references made of a Slack file that nobody was asked about yet."""
    where = (MascotRow.team == team, ReferenceRow.file_id == file_id)
    return await _unasked(session, select(ReferenceRow).join(MascotRow).where(*where))


async def without_source(session: AsyncSession, post_id: int) -> list[ReferenceRow]:
    """Return the references of a post whose sources are gone and that nobody was asked about yet."""
    where = (IntakeRow.post_id == post_id, IntakeRow.source_gone_at.is_not(None))
    return await _unasked(session, select(ReferenceRow).join(IntakeRow).where(*where))


async def _unasked(session: AsyncSession, wanted: Select[Any]) -> list[ReferenceRow]:
    return await _found(session, wanted.where(ReferenceRow.source_gone_at.is_(None)))


async def _found(session: AsyncSession, wanted: Select[Any]) -> list[ReferenceRow]:
    return list(await session.scalars(wanted.order_by(ReferenceRow.id)))


async def note_source_gone(session: AsyncSession, rows: Sequence[ReferenceRow]) -> None:
    """Mark references whose post or file was deleted in Slack."""
    ids = [row.id for row in rows]
    gone = update(ReferenceRow).where(ReferenceRow.id.in_(ids))
    await session.execute(gone.values(source_gone_at=datetime.now(UTC)))


async def hide_file(session: AsyncSession, team: str, file_id: str) -> set[str]:
    """Mark a file as not showable any more; return the ids of the mascots that showed it."""
    theirs = select(MascotRow.id).where(MascotRow.team == team)
    hidden = await session.scalars(
        update(ReferenceRow)
        .where(ReferenceRow.file_id == file_id, ReferenceRow.mascot_id.in_(theirs), ReferenceRow.showable)
        .values(showable=False)
        .returning(ReferenceRow.mascot_id)
    )
    return set(hidden)


async def describe(session: AsyncSession, image_id: int, alt: str) -> str | None:
    """Set the description of an image; return the id of the mascot whose reference it is."""
    await session.execute(update(IntakeRow).where(IntakeRow.id == image_id).values(alt=alt))
    described = update(ReferenceRow).where(ReferenceRow.intake_id == image_id).values(alt=alt)
    return await session.scalar(described.returning(ReferenceRow.mascot_id))


async def removed_names(session: AsyncSession, assets: Sequence[str]) -> list[str]:
    """Return the names of images that were references, by their asset ids."""
    where = (IntakeRow.asset_id.in_(assets), IntakeRow.state == ImageState.REMOVED)
    return list(await session.scalars(select(IntakeRow.name).where(*where).order_by(IntakeRow.id)))


async def posts_with_assets(session: AsyncSession, assets: Sequence[str]) -> list[PostRow]:
    """Return the posts whose images have these asset ids."""
    posts = select(IntakeRow.post_id).where(IntakeRow.asset_id.in_(assets))
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(posts)).order_by(PostRow.id)))
