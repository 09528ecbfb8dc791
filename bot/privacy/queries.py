"""Queries about people: what is kept of them, and how they want to be treated."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert
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
)
from bot.db.values import NAMELESS

NOBODY = ""
"""Stands in rows for somebody who was forgotten, where nothing hangs on it that they are still the same."""


@dataclass(frozen=True)
class Kept:
    """How much is kept of a person.

    Attributes:
        reviewer_in: how many channels name them among those who may review.
    """

    posts: int
    images: int
    references: int
    reviewer_in: int


async def ignore(session: AsyncSession, team: str, user: str, ignored: bool) -> None:
    """Leave a person's images alone, or no longer."""
    row = insert(session, PersonRow).values(team=team, user=user, ignored=ignored)
    changed = row.on_conflict_do_update(index_elements=["team", "user"], set_={"ignored": ignored})
    await session.execute(changed)


async def kept(session: AsyncSession, team: str, user: str) -> Kept:
    """What is kept of a person: their posts, the images in them, the references that they added, and where
    they are named as a reviewer."""
    theirs = (PostRow.team == team, PostRow.user == user)
    posts = await session.scalar(select(func.count()).select_from(PostRow).where(*theirs))
    images = await session.scalar(select(func.count()).select_from(IntakeRow).join(PostRow).where(*theirs))
    references = await session.scalar(
        select(func.count())
        .select_from(ReferenceRow)
        .join(MascotRow)
        .where(MascotRow.team == team, ReferenceRow.added_by == user)
    )
    reviewer_in = len(await _naming(session, team, user))
    return Kept(posts or 0, images or 0, references or 0, reviewer_in)


async def forget(session: AsyncSession, team: str, user: str, standing_for: str) -> None:
    """Take a person's name off all that is kept, and what their posts said of their files.

    The mascots are the team's: their references stay, with nobody's name on them.  A channel where only
    they could review is one where nobody can: opening it to everyone was never asked for.

    Args:
        standing_for: what stands for them where they posted a reference: they still may not approve it.
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


async def _naming(
    session: AsyncSession, team: str, user: str, *, to_change: bool = False
) -> list[ChannelRow]:
    """The channels whose settings name a person; the two databases ask for that in ways of their own."""
    named = or_(ChannelRow.reviewers.is_not(None), ChannelRow.setters.is_not(None))
    lists = select(ChannelRow).where(ChannelRow.team == team, named)
    rows = await session.scalars(lists.with_for_update() if to_change else lists)
    return [row for row in rows if user in (*(row.reviewers or ()), *(row.setters or ()))]


async def _take_from_settings(session: AsyncSession, team: str, user: str) -> None:
    for row in await _naming(session, team, user, to_change=True):
        left = {
            column: [each for each in getattr(row, column) or () if each != user]
            for column in ("reviewers", "setters")
        }
        where = (ChannelRow.team == team, ChannelRow.channel == row.channel)
        await session.execute(update(ChannelRow).where(*where).values(left))


def _nameless(facts: str | None) -> dict[str, str | None]:
    """The columns of a file without what its owner called it."""
    kept = json.dumps({**json.loads(facts), "name": NAMELESS}) if facts else None
    return {"name": NAMELESS, "alt": None, "facts": kept}
