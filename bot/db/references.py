"""Queries about single references: where they came from, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow, ThreadRow


async def of_post(session: AsyncSession, post_id: int) -> list[ReferenceRow]:
    """What a post added and nobody has taken away or moved since."""
    rows = await session.scalars(
        select(ReferenceRow)
        .join(IntakeRow, IntakeRow.id == ReferenceRow.intake_id)
        .where(IntakeRow.post_id == post_id, IntakeRow.state == ImageState.ADDED)
        .order_by(ReferenceRow.id)
    )
    return list(rows)


async def assets_of_thread(session: AsyncSession, thread: ThreadRow) -> list[str]:
    """What the posts of a thread have added, by Masko's ids."""
    here = (PostRow.team == thread.team, PostRow.channel == thread.channel)
    rows = await session.scalars(
        select(ReferenceRow.asset_id)
        .join(IntakeRow, IntakeRow.id == ReferenceRow.intake_id)
        .join(PostRow, PostRow.id == IntakeRow.post_id)
        .where(*here, PostRow.thread_ts == thread.thread_ts)
    )
    return list(rows)


async def these(session: AsyncSession, ids: Collection[int]) -> list[ReferenceRow]:
    """Those of these references that are still there."""
    rows = await session.scalars(
        select(ReferenceRow).where(ReferenceRow.id.in_(ids)).order_by(ReferenceRow.id)
    )
    return list(rows)


async def with_asset(session: AsyncSession, mascot_id: str, asset_id: str) -> ReferenceRow | None:
    """A mascot's reference, if this program added it."""
    where = (ReferenceRow.mascot_id == mascot_id, ReferenceRow.asset_id == asset_id)
    return await session.scalar(select(ReferenceRow).where(*where))


async def of_image(session: AsyncSession, image_id: int) -> ReferenceRow | None:
    """The reference that an image became."""
    return await session.scalar(select(ReferenceRow).where(ReferenceRow.intake_id == image_id))


async def forget(session: AsyncSession, row: ReferenceRow, detail: str) -> None:
    """A reference is no more; its image is told so, and no Retry brings it back."""
    await session.execute(delete(ReferenceRow).where(ReferenceRow.id == row.id))
    await _end(session, row, detail)


async def move(session: AsyncSession, row: ReferenceRow, mascot_id: str, detail: str) -> None:
    """A reference belongs to another mascot now."""
    await session.execute(
        delete(ReferenceRow).where(
            ReferenceRow.mascot_id == mascot_id,
            ReferenceRow.asset_id == row.asset_id,
            ReferenceRow.id != row.id,
        )
    )
    await session.execute(update(ReferenceRow).where(ReferenceRow.id == row.id).values(mascot_id=mascot_id))
    await _end(session, row, detail)


async def _end(session: AsyncSession, row: ReferenceRow, detail: str) -> None:
    if row.intake_id is not None:
        ended = update(IntakeRow).where(IntakeRow.id == row.intake_id)
        await session.execute(ended.values(state=ImageState.REMOVED, detail=detail))


async def from_message(session: AsyncSession, team: str, channel: str, ts: str) -> list[ReferenceRow]:
    """The references that a message's images are, as far as nobody was asked about them yet."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return await _unasked(session, select(ReferenceRow).join(IntakeRow).join(PostRow).where(*where))


async def from_file(session: AsyncSession, team: str, file_id: str) -> list[ReferenceRow]:
    """The references that a Slack file is, as far as nobody was asked about them yet."""
    where = (MascotRow.team == team, ReferenceRow.file_id == file_id)
    return await _unasked(session, select(ReferenceRow).join(MascotRow).where(*where))


async def without_source(session: AsyncSession, post_id: int) -> list[ReferenceRow]:
    """What a post added although its source is gone, as far as nobody was asked about it yet."""
    where = (IntakeRow.post_id == post_id, IntakeRow.source_gone_at.is_not(None))
    return await _unasked(session, select(ReferenceRow).join(IntakeRow).where(*where))


async def _unasked(session: AsyncSession, wanted: Select[Any]) -> list[ReferenceRow]:
    found = wanted.where(ReferenceRow.source_gone_at.is_(None)).order_by(ReferenceRow.id)
    return list(await session.scalars(found))


async def note_source_gone(session: AsyncSession, rows: Sequence[ReferenceRow]) -> None:
    """Their post or file was deleted in Slack."""
    ids = [row.id for row in rows]
    gone = update(ReferenceRow).where(ReferenceRow.id.in_(ids))
    await session.execute(gone.values(source_gone_at=datetime.now(UTC)))


async def hide_file(session: AsyncSession, team: str, file_id: str) -> set[str]:
    """A file can be shown no more; gives the mascots whose cards did."""
    theirs = select(MascotRow.id).where(MascotRow.team == team)
    hidden = await session.scalars(
        update(ReferenceRow)
        .where(ReferenceRow.file_id == file_id, ReferenceRow.mascot_id.in_(theirs), ReferenceRow.showable)
        .values(showable=False)
        .returning(ReferenceRow.mascot_id)
    )
    return set(hidden)


async def describe(session: AsyncSession, image_id: int, alt: str) -> str | None:
    """What a person says that an image shows; gives the mascot whose reference it is."""
    await session.execute(update(IntakeRow).where(IntakeRow.id == image_id).values(alt=alt))
    described = update(ReferenceRow).where(ReferenceRow.intake_id == image_id).values(alt=alt)
    return await session.scalar(described.returning(ReferenceRow.mascot_id))


async def removed_names(session: AsyncSession, assets: Sequence[str]) -> list[str]:
    """The names of images that were references and are none any more, by Masko's ids of them."""
    where = (IntakeRow.asset_id.in_(assets), IntakeRow.state == ImageState.REMOVED)
    return list(await session.scalars(select(IntakeRow.name).where(*where).order_by(IntakeRow.id)))


async def posts_with_assets(session: AsyncSession, assets: Sequence[str]) -> list[PostRow]:
    """The posts whose images these are, each once."""
    posts = select(IntakeRow.post_id).where(IntakeRow.asset_id.in_(assets))
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(posts)).order_by(PostRow.id)))
