"""Queries about mascots, their references, and the threads and channels that belong to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert
from bot.db.tables import (
    ChannelRow,
    IntakeRow,
    MascotRow,
    PostRow,
    ReferenceRow,
    ThreadRow,
)


async def thread_by_id(session: AsyncSession, thread_id: int) -> ThreadRow:
    """The thread with this id of ours, as it is now."""
    return (await session.scalars(select(ThreadRow).where(ThreadRow.id == thread_id))).one()


async def thread(session: AsyncSession, team: str, channel: str, thread_ts: str) -> ThreadRow:
    """The thread, written down on first sight (so only within `Store.write`)."""
    key = {"team": team, "channel": channel, "thread_ts": thread_ts}
    await session.execute(insert(session, ThreadRow).values(key).on_conflict_do_nothing())
    known = await known_thread(session, team, channel, thread_ts)
    assert known is not None, "it was written down a line above"
    return known


async def known_thread(session: AsyncSession, team: str, channel: str, thread_ts: str) -> ThreadRow | None:
    """The thread, if it was seen before."""
    where = (ThreadRow.team == team, ThreadRow.channel == channel, ThreadRow.thread_ts == thread_ts)
    return await session.scalar(select(ThreadRow).where(*where))


async def change_thread(session: AsyncSession, thread_id: int, **values: Any) -> None:
    """Set columns of a thread."""
    await session.execute(update(ThreadRow).where(ThreadRow.id == thread_id).values(values))


async def threads_of(session: AsyncSession, mascot_id: str) -> list[ThreadRow]:
    """Every thread that is bound to a mascot."""
    rows = await session.scalars(select(ThreadRow).where(ThreadRow.mascot_id == mascot_id))
    return list(rows)


async def channels_of(session: AsyncSession, team: str, ids: Collection[str]) -> dict[str, set[str]]:
    """The conversations that show each of these mascots (ids); those of other teams are left away."""
    theirs = await session.scalars(select(MascotRow.id).where(MascotRow.team == team))
    shown: dict[str, set[str]] = {each: set() for each in theirs if each in ids}
    threads = select(ThreadRow.mascot_id, ThreadRow.channel).where(ThreadRow.team == team)
    for mascot_id, channel in await session.execute(threads.where(ThreadRow.mascot_id.is_not(None))):
        if mascot_id in shown:
            shown[mascot_id].add(channel)
    return shown


async def open_threads_of(session: AsyncSession, mascot_id: str) -> list[ThreadRow]:
    """Those of them whose channels are not gone."""
    where = (ThreadRow.mascot_id == mascot_id, ThreadRow.channel_gone_at.is_(None))
    return list(await session.scalars(select(ThreadRow).where(*where).order_by(ThreadRow.id)))


async def root_of(session: AsyncSession, team: str, channel: str, ts: str) -> str | None:
    """Return the root of the thread that a card, or the reply to a post, is in."""
    thread = await thread_with_card(session, team, channel, ts)
    if thread is not None:
        return thread.thread_ts
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.reply_ts == ts)
    return await session.scalar(select(PostRow.thread_ts).where(*where))


async def thread_with_card(session: AsyncSession, team: str, channel: str, card_ts: str) -> ThreadRow | None:
    """The thread whose card a message is."""
    where = (ThreadRow.team == team, ThreadRow.channel == channel, ThreadRow.card_ts == card_ts)
    return await session.scalar(select(ThreadRow).where(*where))


async def first_thread(session: AsyncSession, mascot_id: str) -> ThreadRow | None:
    """The thread that a mascot was first bound to, of those that it is bound to still."""
    rows = select(ThreadRow).where(ThreadRow.mascot_id == mascot_id).order_by(ThreadRow.id).limit(1)
    return await session.scalar(rows)


async def channel_mascot(session: AsyncSession, team: str, channel: str) -> str | None:
    """The mascot that this channel's images go to, where it was set to one that still exists."""
    chosen = (
        select(ChannelRow.mascot_id)
        .join(MascotRow, MascotRow.id == ChannelRow.mascot_id)
        .where(ChannelRow.team == team, ChannelRow.channel == channel, MascotRow.gone_at.is_(None))
    )
    return await session.scalar(chosen)


async def mascot(session: AsyncSession, mascot_id: str) -> MascotRow | None:
    """What was last read of a mascot."""
    return await session.get(MascotRow, mascot_id, populate_existing=True)


async def hold(session: AsyncSession, mascot_id: str) -> None:
    """Lock a mascot's row until the transaction ends; SQLite has one writer at a time anyway."""
    held = select(MascotRow.id).where(MascotRow.id == mascot_id).with_for_update(key_share=True)
    await session.execute(held)


async def add(session: AsyncSession, row: dict[str, Any]) -> None:
    """Write down a mascot, by its columns; once, however often it is said."""
    await session.execute(insert(session, MascotRow).values(row).on_conflict_do_nothing())


async def change_mascot(session: AsyncSession, mascot_id: str, **values: Any) -> None:
    """Set columns of a mascot."""
    await session.execute(update(MascotRow).where(MascotRow.id == mascot_id).values(values))


async def known_among(session: AsyncSession, mascot_ids: list[str]) -> set[str]:
    """Those of these mascots that are in the store."""
    return set(await session.scalars(select(MascotRow.id).where(MascotRow.id.in_(mascot_ids))))


async def living(session: AsyncSession, team: str) -> list[MascotRow]:
    """Every mascot of a team that was not deleted, oldest first."""
    rows = select(MascotRow).where(MascotRow.team == team, MascotRow.gone_at.is_(None))
    return list(await session.scalars(rows.order_by(MascotRow.created_at, MascotRow.id)))


async def ever(session: AsyncSession, team: str) -> list[MascotRow]:
    """Every mascot of a team, also those that were deleted, oldest first."""
    rows = select(MascotRow).where(MascotRow.team == team)
    return list(await session.scalars(rows.order_by(MascotRow.created_at, MascotRow.id)))


async def references(session: AsyncSession, mascot_id: str) -> list[ReferenceRow]:
    """The references of a mascot that this program added, oldest first."""
    rows = await session.scalars(
        select(ReferenceRow).where(ReferenceRow.mascot_id == mascot_id).order_by(ReferenceRow.id)
    )
    return list(rows)


async def add_reference(session: AsyncSession, mascot_id: str, image: IntakeRow, user: str) -> None:
    """Write down that an uploaded image is a reference now; once, however often it is said."""
    row = {
        "mascot_id": mascot_id,
        "asset_id": image.asset_id,
        "intake_id": image.id,
        "name": image.name,
        "alt": image.alt,
        "file_id": image.file_id,
        "showable": image.showable,
        "sha256": image.sha256,
        "facts": image.facts,
        "added_by": user,
    }
    await session.execute(insert(session, ReferenceRow).values(row).on_conflict_do_nothing())


async def mascots_of(session: AsyncSession, team: str, user: str) -> list[MascotRow]:
    """The mascots that a person made or added to, the ones they touched last first."""
    touched = (
        select(ReferenceRow.mascot_id, func.max(ReferenceRow.id).label("newest"))
        .where(ReferenceRow.added_by == user)
        .group_by(ReferenceRow.mascot_id)
        .subquery()
    )
    where = (MascotRow.team == team, MascotRow.gone_at.is_(None))
    theirs = select(MascotRow).join(touched, touched.c.mascot_id == MascotRow.id).where(*where)
    return list(await session.scalars(theirs.order_by(touched.c.newest.desc())))
