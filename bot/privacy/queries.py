"""Queries about people: what is kept about them, and how they want to be treated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import insert
from bot.db.tables import (
    ChannelRow,
    ChannelSetByRow,
    GreetedRow,
    IntakeRow,
    MascotRow,
    OfferRow,
    PersonRow,
    PostRow,
    ReferenceRow,
    ThreadRow,
)
from bot.db.values import NAMELESS
from bot.review import record as reviews

NOBODY = ""
"""A forgotten person, in rows that need not tell forgotten people apart."""


@dataclass(frozen=True)
class Kept:
    """How much is kept about a person; `named_in` are reviews in which they asked, were asked or posted."""

    posts: int = 0
    images: int = 0
    references: int = 0
    reviewer_in: int = 0
    votes: int = 0
    comments: int = 0
    named_in: int = 0


async def ignore(session: AsyncSession, team: str, user: str, ignored: bool) -> None:
    """Record whether to leave a person's images alone."""
    row = insert(session, PersonRow).values(team=team, user=user, ignored=ignored)
    changed = row.on_conflict_do_update(index_elements=["team", "user"], set_={"ignored": ignored})
    await session.execute(changed)


async def kept(session: AsyncSession, team: str, user: str) -> Kept:
    """Count what is kept about a person."""
    theirs = (PostRow.team == team, PostRow.user == user)
    count = select(func.count())
    added = (MascotRow.team == team, ReferenceRow.added_by == user)
    votes, comments, named_in = await reviews.kept(session, team, user)
    return Kept(
        posts=await session.scalar(count.select_from(PostRow).where(*theirs)) or 0,
        images=await session.scalar(count.select_from(IntakeRow).join(PostRow).where(*theirs)) or 0,
        references=await session.scalar(count.select_from(ReferenceRow).join(MascotRow).where(*added)) or 0,
        reviewer_in=len(await _naming(session, team, user)),
        votes=votes,
        comments=comments,
        named_in=named_in,
    )


async def forget(session: AsyncSession, team: str, user: str, standing_for: str) -> None:
    """Remove a person's name from all that is kept, and what their posts said of their files.

    References stay, with `standing_for` as their poster, who still may not approve them.  A channel
    where only they could review becomes one where nobody can: nobody asked to open it to everyone.
    """
    posts = select(PostRow.id).where(PostRow.team == team, PostRow.user == user)
    images = (await session.scalars(select(IntakeRow).where(IntakeRow.post_id.in_(posts)))).all()
    for image in images:
        change = update(IntakeRow).where(IntakeRow.id == image.id)
        await session.execute(change.values(_nameless(image.facts) | {"url": None}))
    mascots = select(MascotRow.id).where(MascotRow.team == team)
    theirs = (ReferenceRow.mascot_id.in_(mascots), ReferenceRow.added_by == user)
    for reference in (await session.scalars(select(ReferenceRow).where(*theirs))).all():
        mended = update(ReferenceRow).where(ReferenceRow.id == reference.id)
        await session.execute(mended.values(_nameless(reference.facts) | {"added_by": standing_for}))
    await session.execute(update(PostRow).where(PostRow.id.in_(posts)).values(user=NOBODY))
    await _take_from_settings(session, team, user)
    invited = (ChannelRow.team == team, ChannelRow.invited_by == user)
    await session.execute(update(ChannelRow).where(*invited).values(invited_by=standing_for))
    for table in (ChannelSetByRow, GreetedRow, OfferRow):
        await session.execute(delete(table).where(table.team == team, table.user == user))


async def channel_record(
    session: AsyncSession, team: str, channel: str
) -> tuple[list[str], list[Sequence[Any]]]:
    """Return columns and rows: a channel's images, the oldest first; `user` is empty if forgotten."""
    its_thread = (
        (ThreadRow.team == PostRow.team)
        & (ThreadRow.channel == PostRow.channel)
        & (ThreadRow.thread_ts == PostRow.thread_ts)
    )
    found = await session.execute(
        select(
            PostRow.created_at.label("at"),
            PostRow.user,
            IntakeRow.name.label("image"),
            IntakeRow.state.label("outcome"),
            IntakeRow.detail,
            MascotRow.id.label("mascot_id"),
            MascotRow.name.label("mascot"),
            PostRow.ts,
            PostRow.thread_ts,
        )
        .join(IntakeRow, IntakeRow.post_id == PostRow.id)
        .outerjoin(ThreadRow, its_thread)
        .outerjoin(MascotRow, MascotRow.id == func.coalesce(PostRow.wants_mascot, ThreadRow.mascot_id))
        .where(PostRow.team == team, PostRow.channel == channel)
        .order_by(PostRow.id, IntakeRow.id)
    )
    return list(found.keys()), [tuple(row) for row in found]


async def _naming(session: AsyncSession, team: str, user: str, *, lock: bool = False) -> list[ChannelRow]:
    """Return the channels whose settings name a person; the databases have no common query for that."""
    named = or_(ChannelRow.reviewers.is_not(None), ChannelRow.setters.is_not(None))
    lists = select(ChannelRow).where(ChannelRow.team == team, named)
    rows = await session.scalars(lists.with_for_update() if lock else lists)
    return [row for row in rows if user in (*(row.reviewers or ()), *(row.setters or ()))]


async def _take_from_settings(session: AsyncSession, team: str, user: str) -> None:
    for row in await _naming(session, team, user, lock=True):
        left = {
            column: [each for each in getattr(row, column) or () if each != user]
            for column in ("reviewers", "setters")
        }
        where = (ChannelRow.team == team, ChannelRow.channel == row.channel)
        await session.execute(update(ChannelRow).where(*where).values(left))


def _nameless(facts: str | None) -> dict[str, str | None]:
    kept = json.dumps({**json.loads(facts), "name": NAMELESS}) if facts else None
    return {"name": NAMELESS, "alt": None, "facts": kept}
