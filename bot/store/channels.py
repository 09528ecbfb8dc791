"""Queries about channels and what they have been set to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.dialects import insert
from bot.store.tables import ChannelRow, ChannelSetByRow, PostRow


async def channel(session: AsyncSession, team: str, channel: str) -> ChannelRow | None:
    """What a channel has been set to; None for one that never was."""
    return await session.get(ChannelRow, (team, channel), populate_existing=True)


async def change(session: AsyncSession, team: str, channel: str, **values: Any) -> None:
    """Set columns of a channel, which need not be known before."""
    await _know(session, team, channel)
    where = (ChannelRow.team == team, ChannelRow.channel == channel)
    await session.execute(update(ChannelRow).where(*where).values(values))


async def introduce(session: AsyncSession, team: str, channel: str, now: datetime) -> bool:
    """Write down that the bot introduces itself in a channel; False where it has done so before."""
    await _know(session, team, channel)
    where = (ChannelRow.team == team, ChannelRow.channel == channel, ChannelRow.introduced_at.is_(None))
    written = update(ChannelRow).where(*where).values(introduced_at=now).returning(ChannelRow.channel)
    return (await session.scalar(written)) is not None


async def all_of(session: AsyncSession, team: str) -> list[ChannelRow]:
    """Every channel that was set to anything."""
    return list(await session.scalars(select(ChannelRow).where(ChannelRow.team == team)))


async def note_who_set(session: AsyncSession, team: str, channel: str, user: str) -> None:
    """Remember that somebody has set a channel to something."""
    row = {"team": team, "channel": channel, "user": user}
    await session.execute(insert(session, ChannelSetByRow).values(row).on_conflict_do_nothing())


async def of_person(session: AsyncSession, team: str, user: str) -> list[tuple[str, ChannelRow | None]]:
    """The channels where a person has set something or posted images, each with what it was set to.

    Conversations with the bot alone are no channels (docs.slack.dev: their ids begin with D).
    """
    set_by = select(ChannelSetByRow.channel).where(ChannelSetByRow.team == team, ChannelSetByRow.user == user)
    posted = select(PostRow.channel).where(
        PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False)
    )
    ids = [each for each in await session.scalars(union(set_by, posted)) if not each.startswith("D")]
    rows = select(ChannelRow).where(ChannelRow.team == team, ChannelRow.channel.in_(ids))
    set_to = {row.channel: row for row in await session.scalars(rows)}
    return [(each, set_to.get(each)) for each in sorted(ids, key=lambda each: (each not in set_to, each))]


async def _know(session: AsyncSession, team: str, channel: str) -> None:
    fresh = {"team": team, "channel": channel, "mode": "auto", "takes_outsiders": False}
    await session.execute(insert(session, ChannelRow).values(fresh).on_conflict_do_nothing())
