"""Queries about people: what is kept of them, and how they want to be treated."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.dialects import insert
from bot.store.tables import (
    ChannelSetByRow,
    GreetedRow,
    IntakeRow,
    MascotRow,
    OfferRow,
    PersonRow,
    PostRow,
    ReferenceRow,
)

NOBODY = ""
"""Stands in rows for somebody who was forgotten."""

NAMELESS = "image"
"""What a file of theirs is called afterwards."""


@dataclass(frozen=True)
class Kept:
    """How much is kept of a person."""

    posts: int
    images: int
    references: int


async def is_ignored(session: AsyncSession, team: str, user: str) -> bool:
    """Whether a person's images are to be left alone."""
    row = await session.get(PersonRow, (team, user), populate_existing=True)
    return row is not None and row.ignored


async def ignore(session: AsyncSession, team: str, user: str, ignored: bool) -> None:
    """Leave a person's images alone, or no longer."""
    row = insert(session, PersonRow).values(team=team, user=user, ignored=ignored)
    changed = row.on_conflict_do_update(index_elements=["team", "user"], set_={"ignored": ignored})
    await session.execute(changed)


async def kept(session: AsyncSession, team: str, user: str) -> Kept:
    """What is kept of a person: their posts, the images in them, and the references that they added."""
    theirs = (PostRow.team == team, PostRow.user == user)
    posts = await session.scalar(select(func.count()).select_from(PostRow).where(*theirs))
    images = await session.scalar(select(func.count()).select_from(IntakeRow).join(PostRow).where(*theirs))
    references = await session.scalar(
        select(func.count())
        .select_from(ReferenceRow)
        .join(MascotRow)
        .where(MascotRow.team == team, ReferenceRow.added_by == user)
    )
    return Kept(posts or 0, images or 0, references or 0)


async def forget(session: AsyncSession, team: str, user: str) -> None:
    """Take a person's name off all that is kept, and what their posts said of their files.

    The mascots are the team's: their references stay, with nobody's name on them.
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
        await session.execute(mended.values(_nameless(reference.facts) | {"added_by": NOBODY}))
    await session.execute(update(PostRow).where(PostRow.id.in_(posts)).values(user=NOBODY))
    for table in (ChannelSetByRow, GreetedRow, OfferRow):
        await session.execute(delete(table).where(table.team == team, table.user == user))


def _nameless(facts: str | None) -> dict[str, str | None]:
    """The columns of a file without what its owner called it."""
    kept = json.dumps({**json.loads(facts), "name": NAMELESS}) if facts else None
    return {"name": NAMELESS, "alt": None, "facts": kept}
