"""Queries about what reviews keep of people, and how they are forgotten there.

The record of a review stays when somebody is forgotten: what they decided is the team's, and decides still.
Their name and their words go; in their place is something that stands for them in that team's records alone,
so that the votes of two forgotten people are not taken for one person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import EditionRow, MascotRow, ReviewRow, VoteRow
from bot.db.values import NAMELESS, Did
from bot.review.state import VOTES

_SAID = frozenset({Did.COMMENTED, Did.REPLIED})


@dataclass(frozen=True)
class KeptInReviews:
    """How much the records of reviews keep of a person.

    Attributes:
        comments: what they said, or where they said it.
        named_in: how many reviews name them otherwise: they asked or were asked, or posted what was voted on.
    """

    votes: int
    comments: int
    named_in: int


async def kept(session: AsyncSession, team: str, user: str) -> KeptInReviews:
    """What reviews keep of a person."""
    lines = await _lines(session, team, user)
    did = [line.did for line in lines if line.user == user]
    named = {line.mascot_id for line in lines if line.did not in VOTES | _SAID}
    named |= {edition.mascot_id for edition in await _editions(session, team, user)}
    named |= await _standings(session, team, user)
    return KeptInReviews(sum(each in VOTES for each in did), sum(each in _SAID for each in did), len(named))


async def forget(session: AsyncSession, team: str, user: str, standing_for: str) -> set[str]:
    """Take a person's name and words off all reviews.

    Args:
        standing_for: what stands for them from then on.

    Returns:
        The mascots whose standing, as written down for lists, is to be written anew.
    """
    lines = await _lines(session, team, user)
    for line in lines:
        change = update(VoteRow).where(VoteRow.id == line.id)
        await session.execute(change.values(_forgotten(line, user, standing_for)))
    for edition in await _editions(session, team, user):
        where = (EditionRow.mascot_id == edition.mascot_id, EditionRow.digest == edition.digest)
        parts = [_nameless(part, standing_for) if part["by"] == user else part for part in edition.parts]
        await session.execute(update(EditionRow).where(*where).values(parts=parts))
    return {line.mascot_id for line in lines} | await _standings(session, team, user)


def _forgotten(line: VoteRow, user: str, standing_for: str) -> dict[str, Any]:
    """The columns of a line without somebody; what told of a line names them too."""
    values: dict[str, Any] = {
        "key": line.key.replace(user, standing_for),
        "reviewers": [standing_for if each == user else each for each in line.reviewers],
    }
    return values | {"user": standing_for, "words": None} if line.user == user else values


def _nameless(part: Mapping[str, Any], standing_for: str) -> dict[str, Any]:
    """A reference as it was, without whoever posted it and what they called it; it is the same picture."""
    return {**part, "name": NAMELESS, "alt": None, "by": standing_for}


async def _lines(session: AsyncSession, team: str, user: str) -> list[VoteRow]:
    """The lines of records that somebody wrote, or that name them among those who were asked."""
    theirs = or_(VoteRow.user == user, _names(VoteRow.reviewers, user))
    return list(await session.scalars(select(VoteRow).where(VoteRow.team == team, theirs)))


async def _editions(session: AsyncSession, team: str, user: str) -> list[EditionRow]:
    """What mascots were, where somebody posted a part of it."""
    of_team = select(EditionRow).join(MascotRow, MascotRow.id == EditionRow.mascot_id)
    rows = await session.scalars(of_team.where(MascotRow.team == team, _names(EditionRow.parts, user)))
    return [row for row in rows if any(part["by"] == user for part in row.parts)]


async def _standings(session: AsyncSession, team: str, user: str) -> set[str]:
    """The mascots for whose review somebody is waited for, or has asked, as written down for lists."""
    named = or_(_names(ReviewRow.waiting, user), _names(ReviewRow.asked_by, user))
    return set(await session.scalars(select(ReviewRow.mascot_id).where(ReviewRow.team == team, named)))


def _names(column: Any, user: str) -> ColumnElement[bool]:
    """Whether JSON holds somebody's id; both databases keep it as it was written."""
    return cast(column, Text).contains(f'"{user}"', autoescape=True)
