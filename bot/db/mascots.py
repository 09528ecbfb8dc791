"""Queries about mascots, their references, and their threads and channels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import insert
from bot.db.tables import (
    ChannelRow,
    ImageState,
    IntakeRow,
    MascotRow,
    OfferRow,
    PostRow,
    ReferenceRow,
    ThreadRow,
)


async def thread_by_id(session: AsyncSession, thread_id: int) -> ThreadRow:
    return (await session.scalars(select(ThreadRow).where(ThreadRow.id == thread_id))).one()


async def thread(session: AsyncSession, team: str, channel: str, thread_ts: str) -> ThreadRow:
    """Return the thread; insert it if it is new."""
    await note_thread(session, team, channel, thread_ts)
    stored = await known_thread(session, team, channel, thread_ts)
    assert stored is not None, "it was just inserted, or was there"
    return stored


async def note_thread(session: AsyncSession, team: str, channel: str, thread_ts: str) -> None:
    """Insert the thread if it is new."""
    key = {"team": team, "channel": channel, "thread_ts": thread_ts}
    await session.execute(insert(session, ThreadRow).on_conflict_do_nothing(), key)


async def known_thread(session: AsyncSession, team: str, channel: str, thread_ts: str) -> ThreadRow | None:
    """Return the thread if it is known."""
    where = (ThreadRow.team == team, ThreadRow.channel == channel, ThreadRow.thread_ts == thread_ts)
    return await session.scalar(select(ThreadRow).where(*where))


async def change_thread(session: AsyncSession, thread_id: int, **values: Any) -> None:
    await session.execute(update(ThreadRow).where(ThreadRow.id == thread_id).values(values))


async def threads_of(session: AsyncSession, mascot_id: str) -> list[ThreadRow]:
    """Return every thread of a mascot, oldest first."""
    rows = select(ThreadRow).where(ThreadRow.mascot_id == mascot_id).order_by(ThreadRow.id)
    return list(await session.scalars(rows))


async def channels_of(session: AsyncSession, team: str, ids: Collection[str]) -> dict[str, set[str]]:
    """Return, for each of these mascots of a team, the conversations that it has threads in."""
    shown: dict[str, set[str]] = {}
    threads = select(MascotRow.id, ThreadRow.channel).outerjoin(ThreadRow).where(MascotRow.team == team)
    for mascot_id, channel in await session.execute(threads):
        if mascot_id in ids:
            shown.setdefault(mascot_id, set()).update([channel] if channel else [])
    return shown


async def open_threads_of(session: AsyncSession, mascot_id: str) -> list[ThreadRow]:
    """Return the threads of a mascot whose channels are not gone, those in direct messages last."""
    rows = [each for each in await threads_of(session, mascot_id) if each.channel_gone_at is None]
    return sorted(rows, key=lambda each: each.channel.startswith("D"))


async def root_of(session: AsyncSession, team: str, channel: str, ts: str) -> str | None:
    """Return the root of the thread of a message of the bot, which is a card or the reply to a post."""
    thread = await thread_with_card(session, team, channel, ts)
    if thread is not None:
        return thread.thread_ts
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.reply_ts == ts)
    return await session.scalar(select(PostRow.thread_ts).where(*where))


async def thread_with_card(session: AsyncSession, team: str, channel: str, card_ts: str) -> ThreadRow | None:
    """Return the thread whose card a message is."""
    where = (ThreadRow.team == team, ThreadRow.channel == channel, ThreadRow.card_ts == card_ts)
    return await session.scalar(select(ThreadRow).where(*where))


async def channel_mascot(session: AsyncSession, team: str, channel: str) -> str | None:
    """Return the mascot that a channel is set to, unless it was deleted."""
    chosen = (
        select(ChannelRow.mascot_id)
        .join(MascotRow, MascotRow.id == ChannelRow.mascot_id)
        .where(ChannelRow.team == team, ChannelRow.channel == channel, MascotRow.gone_at.is_(None))
    )
    return await session.scalar(chosen)


async def mascot(session: AsyncSession, mascot_id: str) -> MascotRow | None:
    """Return what was last read of a mascot."""
    return await session.get(MascotRow, mascot_id, populate_existing=True)


async def hold(session: AsyncSession, mascot_id: str) -> None:
    """Lock a mascot's row until the transaction ends (PostgreSQL; SQLite has one writer)."""
    held = select(MascotRow.id).where(MascotRow.id == mascot_id).with_for_update(key_share=True)
    await session.execute(held)


async def add(session: AsyncSession, row: dict[str, Any]) -> None:
    """Insert a mascot unless it is known."""
    await session.execute(insert(session, MascotRow).values(row).on_conflict_do_nothing())


async def change_mascot(session: AsyncSession, mascot_id: str, **values: Any) -> None:
    await session.execute(update(MascotRow).where(MascotRow.id == mascot_id).values(values))


async def of_team(session: AsyncSession, team: str, *, deleted: bool = False) -> list[MascotRow]:
    """Return every mascot of a team, also the deleted ones if asked for, oldest first."""
    rows = select(MascotRow).where(MascotRow.team == team).order_by(MascotRow.created_at, MascotRow.id)
    return list(await session.scalars(rows if deleted else rows.where(MascotRow.gone_at.is_(None))))


async def references(session: AsyncSession, mascot_id: str) -> list[ReferenceRow]:
    """Return the references of a mascot that this program added, oldest first."""
    rows = select(ReferenceRow).where(ReferenceRow.mascot_id == mascot_id).order_by(ReferenceRow.id)
    return list(await session.scalars(rows))


async def add_reference(session: AsyncSession, mascot_id: str, image: IntakeRow, user: str) -> None:
    """Insert the reference that an uploaded image has become, unless it is known."""
    same = ("asset_id", "name", "alt", "file_id", "showable", "sha256", "facts")
    row = {name: getattr(image, name) for name in same}
    row |= {"mascot_id": mascot_id, "intake_id": image.id, "added_by": user}
    await session.execute(insert(session, ReferenceRow).values(row).on_conflict_do_nothing())


async def mascots_of(session: AsyncSession, team: str, user: str) -> list[MascotRow]:
    """Return the mascots that a person created or added to, the latest first."""
    where = (MascotRow.team == team, MascotRow.gone_at.is_(None), ReferenceRow.added_by == user)
    theirs = select(MascotRow).join(ReferenceRow).where(*where).group_by(MascotRow.id)
    return list(await session.scalars(theirs.order_by(func.max(ReferenceRow.id).desc())))


async def of_post(session: AsyncSession, post_id: int) -> list[ReferenceRow]:
    """Return the references that a post added, without those removed or moved since."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.ADDED)
    return await _found(session, select(ReferenceRow).join(IntakeRow).where(*where))


async def added_in(session: AsyncSession, thread: ThreadRow) -> list[tuple[str, int]]:
    """Return the asset id and the post of each reference that a thread added, in the order of the posts."""
    here = (PostRow.team == thread.team, PostRow.channel == thread.channel)
    rows = select(ReferenceRow.asset_id, PostRow.id).join_from(ReferenceRow, IntakeRow).join(PostRow)
    rows = rows.where(*here, PostRow.thread_ts == thread.thread_ts).order_by(PostRow.id)
    return [(asset, post_id) for asset, post_id in await session.execute(rows)]


async def these(session: AsyncSession, ids: Collection[int]) -> list[ReferenceRow]:
    """Return those of these references that still exist."""
    return await _found(session, select(ReferenceRow).where(ReferenceRow.id.in_(ids)))


async def with_asset(session: AsyncSession, mascot_id: str, asset_id: str) -> ReferenceRow | None:
    """Return a mascot's reference, if this program added it."""
    where = (ReferenceRow.mascot_id == mascot_id, ReferenceRow.asset_id == asset_id)
    return await session.scalar(select(ReferenceRow).where(*where))


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


async def unasked(session: AsyncSession, *images: ColumnElement[bool]) -> list[ReferenceRow]:
    """Return the references made of these images (conditions) that nobody was asked about yet."""
    made = select(ReferenceRow).join(IntakeRow).where(*images)
    return await _found(session, made.where(ReferenceRow.source_gone_at.is_(None)))


async def _found(session: AsyncSession, wanted: Select[Any]) -> list[ReferenceRow]:
    return list(await session.scalars(wanted.order_by(ReferenceRow.id)))


async def note_source_gone(session: AsyncSession, rows: Sequence[ReferenceRow]) -> None:
    """Mark references whose post or file was deleted in Slack."""
    ids = [row.id for row in rows]
    gone = update(ReferenceRow).where(ReferenceRow.id.in_(ids))
    await session.execute(gone.values(source_gone_at=datetime.now(UTC)))


async def note_question(session: AsyncSession, rows: Sequence[ReferenceRow], ts: str) -> None:
    """Store the message that asks whether references are to go."""
    asked = update(ReferenceRow).where(ReferenceRow.id.in_([row.id for row in rows]))
    await session.execute(asked.values(question_ts=ts))


async def questions(session: AsyncSession, ids: Collection[int]) -> list[tuple[str, str, str]]:
    """Return channel, thread and ts of the open questions whether these references are to go."""
    found = select(PostRow.channel, PostRow.thread_ts, ReferenceRow.question_ts)
    rows = found.join_from(ReferenceRow, IntakeRow).join(PostRow)
    asked = rows.where(ReferenceRow.id.in_(ids), ReferenceRow.question_ts.is_not(None))
    return [(channel, thread, ts or "") for channel, thread, ts in await session.execute(asked.distinct())]


async def drop_question(session: AsyncSession, team: str, ts: str) -> None:
    """Forget a question of a team that was answered."""
    theirs = select(MascotRow.id).where(MascotRow.team == team)
    asked = (ReferenceRow.question_ts == ts, ReferenceRow.mascot_id.in_(theirs))
    await session.execute(update(ReferenceRow).where(*asked).values(question_ts=None))


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


async def removed_names(session: AsyncSession, assets: Sequence[str]) -> list[str]:
    """Return the names of images that were references, by their asset ids."""
    where = (IntakeRow.asset_id.in_(assets), IntakeRow.state == ImageState.REMOVED)
    return list(await session.scalars(select(IntakeRow.name).where(*where).order_by(IntakeRow.id)))


async def posts_with_assets(session: AsyncSession, assets: Sequence[str]) -> list[PostRow]:
    """Return the posts whose images have these asset ids."""
    posts = select(IntakeRow.post_id).where(IntakeRow.asset_id.in_(assets))
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(posts)).order_by(PostRow.id)))


async def add_offer(session: AsyncSession, row: dict[str, Any], *, since: datetime) -> int:
    """Insert an offer, delete those made before `since`, and return the new one's id."""
    await session.execute(delete(OfferRow).where(OfferRow.created_at < since))
    return (await session.scalars(insert(session, OfferRow).values(row).returning(OfferRow.id))).one()


async def take_offer(session: AsyncSession, offer_id: int, team: str, user: str) -> OfferRow | None:
    """Delete and return an offer; None if it was taken, has expired, or is another person's."""
    theirs = (OfferRow.id == offer_id, OfferRow.team == team, OfferRow.user == user)
    return await session.scalar(delete(OfferRow).where(*theirs).returning(OfferRow))
