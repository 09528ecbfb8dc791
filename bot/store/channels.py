"""Queries about channels and what they have been set to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.dialects import insert
from bot.store.tables import ChannelRow


async def channel(session: AsyncSession, team: str, channel: str) -> ChannelRow | None:
    """What a channel has been set to; None for one that never was."""
    return await session.get(ChannelRow, (team, channel), populate_existing=True)


async def change(session: AsyncSession, team: str, channel: str, **values: Any) -> None:
    """Set columns of a channel, which need not be known before."""
    key = {"team": team, "channel": channel}
    fresh = {"mode": "auto", "takes_outsiders": False}
    await session.execute(insert(session, ChannelRow).values(key | fresh).on_conflict_do_nothing())
    where = (ChannelRow.team == team, ChannelRow.channel == channel)
    await session.execute(update(ChannelRow).where(*where).values(values))


async def all_of(session: AsyncSession, team: str) -> list[ChannelRow]:
    """Every channel that was set to anything."""
    return list(await session.scalars(select(ChannelRow).where(ChannelRow.team == team)))
