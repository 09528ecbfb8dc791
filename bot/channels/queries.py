"""Queries about channels and what they have been set to."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, false, func, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.channels.settings import USUAL, ChannelSettings, ReviewRules, columns, facts
from bot.db.engine import insert
from bot.db.tables import Base, ChannelRow, PostRow, ReviewRow, SettingChangeRow, ThreadRow, VoteRow


async def channel(session: AsyncSession, team: str, channel: str) -> ChannelRow | None:
    return await session.get(ChannelRow, (team, channel), populate_existing=True)


async def change(session: AsyncSession, team: str, channel: str, **values: Any) -> None:
    """Set columns of a channel, which need not be known before."""
    row = insert(session, ChannelRow).values(team=team, channel=channel, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["team", "channel"], set_=values))


async def introduce(session: AsyncSession, team: str, channel: str, now: datetime) -> bool:
    """Record that the bot introduces itself in a channel; False if it did so before."""
    values, new = {"introduced_at": now}, ChannelRow.introduced_at.is_(None)
    row = insert(session, ChannelRow).values(team=team, channel=channel, **values)
    written = row.on_conflict_do_update(index_elements=["team", "channel"], set_=values, where=new)
    return await session.scalar(written.returning(ChannelRow.channel)) is not None


async def of_person(session: AsyncSession, team: str, user: str) -> list[tuple[str, ChannelRow | None]]:
    """Return the channels (no direct messages) where a person has set something or posted images."""
    changed = (SettingChangeRow.team == team, SettingChangeRow.user == user)
    set_by = select(SettingChangeRow.channel).where(*changed)
    posted = select(PostRow.channel).where(
        PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False)
    )
    ids = [each for each in await session.scalars(union(set_by, posted)) if not each.startswith("D")]
    rows = select(ChannelRow).where(ChannelRow.team == team, ChannelRow.channel.in_(ids))
    set_to = {row.channel: row for row in await session.scalars(rows)}
    return [(each, set_to.get(each)) for each in sorted(ids, key=lambda each: (each not in set_to, each))]


async def move(session: AsyncSession, team: str, old: str, new: str) -> None:
    """Change a channel's id in every row; of two, the new id's stays.

    But settings and mascots of the old id replace settings and unbound threads of the new one.
    """
    await session.execute(delete(ChannelRow).where(*_in(ChannelRow, team, new), _known_at(ChannelRow, old)))
    unbound = (ThreadRow.mascot_id.is_(None), _known_at(ThreadRow, old))
    await session.execute(delete(ThreadRow).where(*_in(ThreadRow, team, new), *unbound))
    for mapper in Base.registry.mappers:
        row = mapper.class_
        if {"team", "channel"} <= set(mapper.columns.keys()):
            moved = update(row).where(*_in(row, team, old), ~_known_at(row, new))
            await session.execute(moved.values(channel=new).execution_options(synchronize_session=False))
    links = update(VoteRow).where(*_in(VoteRow, team, new), VoteRow.link.contains(old, autoescape=True))
    await session.execute(links.values(link=func.replace(VoteRow.link, old, new)))


def _in(row: type[Any], team: str, channel: str) -> tuple[Any, Any]:
    return row.team == team, row.channel == channel


def _known_at(row: type[Any], channel: str) -> Any:
    """Whether a table holds the same as one of its rows for another channel: no key allows it twice."""
    keys = (getattr(each, "columns", ()) for each in row.__table__.constraints)
    names = {column.name for key in keys if "channel" in key for column in key}
    if not names:
        return false()
    twin = aliased(row)
    same = (getattr(twin, name) == getattr(row, name) for name in names - {"channel"})
    return exists().where(twin.channel == channel, *same)


async def close(session: AsyncSession, team: str, channel: str, now: datetime) -> None:
    """Mark the threads of a channel as unreachable."""
    open_ones = (*_in(ThreadRow, team, channel), ThreadRow.channel_gone_at.is_(None))
    await session.execute(update(ThreadRow).where(*open_ones).values(channel_gone_at=now))


async def reopen(session: AsyncSession, team: str, channel: str) -> list[ThreadRow]:
    """Undo `close`; return the threads that have cards, which could not be changed meanwhile."""
    closed = (*_in(ThreadRow, team, channel), ThreadRow.channel_gone_at.is_not(None))
    found = await session.scalars(select(ThreadRow).where(*closed, ThreadRow.card_ts.is_not(None)))
    with_cards = list(found)
    await session.execute(update(ThreadRow).where(*closed).values(channel_gone_at=None))
    return with_cards


async def settings_of(session: AsyncSession, team: str, channel_id: str) -> ChannelSettings:
    return settings_from(await channel(session, team, channel_id))


def settings_from(row: ChannelRow | None) -> ChannelSettings:
    if row is None:
        return USUAL
    rules = ReviewRules(**_values(row, ReviewRules, "review_"))
    return ChannelSettings(review=rules, **_values(row, ChannelSettings))


def _values(row: ChannelRow, kind: type[Any], prefix: str = "") -> dict[str, Any]:
    names = {each.name for each in fields(kind)} - {"review"}
    read = {name: getattr(row, prefix + name) for name in names}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in read.items()}


async def write_settings(
    session: AsyncSession, team: str, channel_id: str, settings: ChannelSettings, *, by: str
) -> list[SettingChangeRow]:
    """Set a channel, from its next post on; record, and return, what that changes."""
    key = {"team": team, "channel": channel_id}
    await session.execute(insert(session, ChannelRow).values(key).on_conflict_do_nothing())
    locked = await session.get(ChannelRow, key, populate_existing=True, with_for_update=True)
    was, now = facts(settings_from(locked)), facts(settings)
    differ = [(each, was[each], now[each]) for each in now if was[each] != now[each]]
    changes = [SettingChangeRow(**key, user=by, setting=s, before=b, after=a) for s, b, a in differ]
    for each in changes:
        session.add(each)
    await change(session, team, channel_id, **columns(settings))
    return changes


async def setting_changes(session: AsyncSession, team: str, channel_id: str) -> list[SettingChangeRow]:
    """Return the changes of a channel's settings, the oldest first.

    Of direct messages, those of every channel of the team: other people's direct messages are their own.
    """
    of = SettingChangeRow.channel
    where = ~of.startswith("D") if channel_id.startswith("D") else of == channel_id
    rows = select(SettingChangeRow).where(SettingChangeRow.team == team, where)
    return list(await session.scalars(rows.order_by(SettingChangeRow.id)))


async def reviewed_in(session: AsyncSession, team: str, channel_id: str) -> list[str]:
    """Return the reviewed mascots (ids) whose first thread is in a channel."""
    bound = (ThreadRow.team == team, ThreadRow.mascot_id.is_not(None))
    first = select(func.min(ThreadRow.id)).where(*bound).group_by(ThreadRow.mascot_id)
    here = select(ThreadRow.mascot_id).join(ReviewRow, ReviewRow.mascot_id == ThreadRow.mascot_id)
    rows = await session.scalars(here.where(ThreadRow.id.in_(first), ThreadRow.channel == channel_id))
    return [each for each in rows if each is not None]
