"""Queries about posts and their images."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import insert, is_postgres
from bot.db.tables import ImageState, IntakeRow, PostRow

OPEN = (ImageState.WAITING, ImageState.UPLOADED)

REACHED = case((IntakeRow.asset_id.is_(None), ImageState.WAITING), else_=ImageState.UPLOADED)
"""The state that an image goes on from when it is tried again."""

UNDECIDED = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state.in_(OPEN))


async def note(session: AsyncSession, post: PostRow, images: Sequence[IntakeRow]) -> int | None:
    """Insert a post and those of its images that are new; return its id, or None for a repeated delivery."""
    new_post = insert(session, PostRow).on_conflict_do_nothing().returning(PostRow.id)
    post_id = await session.scalar(new_post, _given(post))
    is_new = post_id is not None
    if post_id is None:
        known = await at(session, post.team, post.channel, post.ts)
        assert known is not None, "its insertion was refused because it exists"
        post_id = known.id
    if images:
        is_new = await add_images(session, post_id, images) or is_new
    return post_id if is_new else None


async def add_images(session: AsyncSession, post_id: int, images: Sequence[IntakeRow]) -> bool:
    """Insert images of a post; return False if all were known."""
    rows = [_given(image) | {"post_id": post_id} for image in images]
    new_images = insert(session, IntakeRow).on_conflict_do_nothing().returning(IntakeRow.id)
    return bool((await session.scalars(new_images, rows)).all())


def _given(row: PostRow | IntakeRow) -> dict[str, Any]:
    """Return the columns that were set on a row that is not stored yet."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


async def get(session: AsyncSession, post_id: int) -> PostRow | None:
    return await session.get(PostRow, post_id)


async def at(session: AsyncSession, team: str, channel: str, ts: str) -> PostRow | None:
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return await session.scalar(select(PostRow).where(*where))


async def images_of(session: AsyncSession, post_id: int) -> list[IntakeRow]:
    """Return the images of a post in their order there."""
    rows = select(IntakeRow).where(IntakeRow.post_id == post_id).order_by(IntakeRow.id)
    return list(await session.scalars(rows))


async def change(session: AsyncSession, post_id: int, **values: Any) -> None:
    await session.execute(update(PostRow).where(PostRow.id == post_id).values(values))


async def change_images(
    session: AsyncSession, post_id: int, states: Collection[ImageState], **values: Any
) -> bool:
    """Set columns of the images of a post that are in these states; return False if there is none."""
    return await _set(session, IntakeRow.post_id == post_id, IntakeRow.state.in_(states), **values)


async def change_image(
    session: AsyncSession, image_id: int, states: Collection[ImageState] = tuple(ImageState), **values: Any
) -> bool:
    """Set columns of an image; return False if it is in none of these states."""
    return await _set(session, IntakeRow.id == image_id, IntakeRow.state.in_(states), **values)


async def fail_images(
    session: AsyncSession, post_id: int, detail: str, states: Collection[ImageState] = OPEN
) -> None:
    """Give up on the images of a post that are in these states, until somebody presses Retry."""
    await change_images(session, post_id, states, state=ImageState.FAILED, detail=detail)


async def removed(
    session: AsyncSession, team: str, assets: Collection[str]
) -> list[tuple[IntakeRow, PostRow]]:
    """Return the images that were references with these asset ids and were removed, with their posts."""
    where = (PostRow.team == team, IntakeRow.asset_id.in_(assets), IntakeRow.state == ImageState.REMOVED)
    rows = select(IntakeRow, PostRow).join(PostRow, PostRow.id == IntakeRow.post_id).where(*where)
    return [(image, post) for image, post in await session.execute(rows.order_by(IntakeRow.id))]


async def reopen(session: AsyncSession, wanted: ColumnElement[bool]) -> bool:
    """Have those of these images that were removed taken in again; return False if there is none."""
    values = {"state": REACHED, "detail": None, "asked_at": None, "source_gone_at": None}
    return await _set(session, wanted, IntakeRow.state == ImageState.REMOVED, **values)


async def _set(session: AsyncSession, *where: ColumnElement[bool], **values: Any) -> bool:
    changed = update(IntakeRow).where(*where).values(values)
    result = await session.execute(changed, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount > 0


async def open_in(session: AsyncSession, team: str, channel: str) -> list[PostRow]:
    """Return a channel's posts with undecided images, except those whose poster has to answer."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.held_back.is_(False), UNDECIDED)
    return list(await session.scalars(select(PostRow).where(*where).order_by(PostRow.id)))


async def note_source_gone(
    session: AsyncSession, wanted: ColumnElement[bool], now: datetime
) -> list[PostRow]:
    """Mark images deleted in Slack and drop those not in Masko; return the posts of the dropped ones.

    `wanted` is `of_message` or `of_file`.
    """
    await _set(session, wanted, source_gone_at=now)
    not_in = IntakeRow.state.in_((ImageState.WAITING, ImageState.FAILED, ImageState.LEFT_OUT))
    dropped = update(IntakeRow).where(wanted, not_in).values(state=ImageState.REFUSED, detail=None)
    ids = set((await session.scalars(dropped.returning(IntakeRow.post_id))).all())
    released = update(PostRow).where(PostRow.id.in_(ids), ~UNDECIDED).values(held_back=False)
    await session.execute(released)
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(ids)).order_by(PostRow.id)))


def of_message(team: str, channel: str, ts: str) -> ColumnElement[bool]:
    """Match the images of a message."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return IntakeRow.post_id.in_(select(PostRow.id).where(*where))


def of_file(team: str, file_id: str) -> ColumnElement[bool]:
    """Match the images that a file is, in whatever message."""
    theirs = select(PostRow.id).where(PostRow.team == team)
    return and_(IntakeRow.file_id == file_id, IntakeRow.post_id.in_(theirs))


async def images(session: AsyncSession, image_ids: Sequence[int]) -> list[IntakeRow]:
    """Return these images in the order in which they were posted."""
    rows = select(IntakeRow).where(IntakeRow.id.in_(image_ids)).order_by(IntakeRow.id)
    return list(await session.scalars(rows))


async def keys_dealt_with(session: AsyncSession, team: str, channel: str, thread_ts: str) -> set[str]:
    """Return the keys of a thread's images that were taken in, are on their way, were refused or removed."""
    ignored = (IntakeRow.state == ImageState.REFUSED) & IntakeRow.detail.is_(None)
    rows = (
        select(IntakeRow.image_key)
        .join(PostRow, PostRow.id == IntakeRow.post_id)
        .where(PostRow.team == team, PostRow.channel == channel, PostRow.thread_ts == thread_ts)
        .where(PostRow.held_back.is_(False), IntakeRow.state != ImageState.LEFT_OUT, ~ignored)
    )
    return set(await session.scalars(rows))


async def taken_since(
    session: AsyncSession, team: str, which: ColumnElement[bool], since: datetime
) -> list[datetime]:
    """Return when images of such posts were taken in; nobody else counts until the transaction ends."""
    if is_postgres(session):  # SQLite has one writer
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"quota:{team}", 0))
        await session.execute(select(lock))
    of_posts = select(IntakeRow.taken_at).join(PostRow, PostRow.id == IntakeRow.post_id)
    taken = of_posts.where(IntakeRow.taken_at > since, PostRow.team == team, which)
    return [at for at in await session.scalars(taken.order_by(IntakeRow.taken_at)) if at]


class Failure(NamedTuple):
    """A post with failed images: its channel, their names, and the error of the first, for people."""

    channel: str
    names: tuple[str, ...]
    reason: str
    post_id: int


async def failed(session: AsyncSession, team: str, channel: str | None, user: str) -> list[Failure]:
    """Return the posts with failed images by a person, or in `channel` where one is given, newest first."""
    here = PostRow.user == user if channel is None else or_(PostRow.user == user, PostRow.channel == channel)
    rows = await session.execute(
        select(PostRow.id, PostRow.channel, IntakeRow.name, IntakeRow.detail)
        .join(IntakeRow, IntakeRow.post_id == PostRow.id)
        .where(PostRow.team == team, here, PostRow.from_outside.is_(False))
        .where(IntakeRow.state == ImageState.FAILED)
        .order_by(PostRow.id.desc(), IntakeRow.id)
    )
    told = []
    for post_id, images in groupby(rows.all(), key=lambda row: row.id):
        first, *more = images
        names = tuple(each.name for each in (first, *more))
        told.append(Failure(first.channel, names, first.detail or "It didn't work.", post_id))
    return told
