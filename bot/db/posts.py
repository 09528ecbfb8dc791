"""Queries about posts, their images, and the intents to create a mascot from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import insert
from bot.db.tables import (
    CreateIntentRow,
    ImageState,
    IntakeRow,
    PersonRow,
    PostRow,
)

OPEN = (ImageState.WAITING, ImageState.UPLOADED)

_REACHED = case((IntakeRow.asset_id.is_(None), ImageState.WAITING), else_=ImageState.UPLOADED)


async def note(session: AsyncSession, post: PostRow, images: Sequence[IntakeRow]) -> int | None:
    """Insert a post and those of its images that are new; return its id, or None for a repeated delivery."""
    new_post = insert(session, PostRow).values(_given(post)).on_conflict_do_nothing().returning(PostRow.id)
    post_id = await session.scalar(new_post)
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
    new_images = insert(session, IntakeRow).values(rows).on_conflict_do_nothing().returning(IntakeRow.id)
    return bool((await session.scalars(new_images)).all())


def _given(row: PostRow | IntakeRow) -> dict[str, Any]:
    """Return the columns that were set on a row that is not stored yet."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


async def get(session: AsyncSession, post_id: int) -> PostRow | None:
    """Return a post by its id in the database."""
    return await session.get(PostRow, post_id)


async def now(session: AsyncSession, post_id: int) -> PostRow:
    """Return a post as it is stored now, whatever the session has read before."""
    post = await session.get(PostRow, post_id, populate_existing=True)
    assert post is not None, "posts are never deleted"
    return post


async def at(session: AsyncSession, team: str, channel: str, ts: str) -> PostRow | None:
    """Return the post with this timestamp."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return await session.scalar(select(PostRow).where(*where))


async def images_of(session: AsyncSession, post_id: int) -> list[IntakeRow]:
    """Return the images of a post in their order there."""
    rows = select(IntakeRow).where(IntakeRow.post_id == post_id).order_by(IntakeRow.id)
    return list(await session.scalars(rows))


async def change(session: AsyncSession, post_id: int, **values: Any) -> None:
    """Set columns of a post."""
    await session.execute(update(PostRow).where(PostRow.id == post_id).values(values))


async def _set(session: AsyncSession, *where: ColumnElement[bool], **values: Any) -> bool:
    changed = update(IntakeRow).where(*where).values(values).returning(IntakeRow.id)
    return bool((await session.scalars(changed)).all())


async def change_image(session: AsyncSession, image_id: int, **values: Any) -> None:
    """Set columns of an image."""
    await _set(session, IntakeRow.id == image_id, **values)


async def change_open_image(session: AsyncSession, image_id: int, **values: Any) -> bool:
    """Set columns of an image that is not decided yet; return False if it was dropped meanwhile."""
    return await _set(session, IntakeRow.id == image_id, IntakeRow.state.in_(OPEN), **values)


async def fail_images(
    session: AsyncSession, post_id: int, detail: str, states: Sequence[ImageState] = OPEN
) -> None:
    """Give up on the images of a post that are in these states, until somebody presses Retry."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(states))
    await _set(session, *where, state=ImageState.FAILED, detail=detail)


async def hold_up_images(session: AsyncSession, post_id: int, detail: str) -> None:
    """Set the reason why the waiting images of a post are not in yet."""
    await _set(session, IntakeRow.post_id == post_id, IntakeRow.state == ImageState.WAITING, detail=detail)


async def refuse_open_images(session: AsyncSession, post_id: int, detail: str | None) -> None:
    """Refuse every image of a post that is not decided yet; without a reason nothing is said about it."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(OPEN))
    await _set(session, *where, state=ImageState.REFUSED, detail=detail)


async def refuse_rest(session: AsyncSession, post_id: int) -> None:
    """Refuse for good, without a reason, every image of a post that is not in."""
    stuck = (*OPEN, ImageState.FAILED, ImageState.LEFT_OUT)
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(stuck))
    await _set(session, *where, state=ImageState.REFUSED, detail=None)


async def forget_uploads(session: AsyncSession, post_id: int) -> None:
    """Forget assets that Masko refuses to use, so that the next try uploads again."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.UPLOADED)
    await _set(session, *where, state=ImageState.WAITING, asset_id=None, sha256=None)


async def open_in(session: AsyncSession, team: str, channel: str) -> list[PostRow]:
    """Return a channel's posts with undecided images, except those whose poster has to answer."""
    undecided = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state.in_(OPEN))
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.held_back.is_(False), undecided)
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
    rest = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state.in_(OPEN))
    await session.execute(update(PostRow).where(PostRow.id.in_(ids), ~rest).values(held_back=False))
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(ids)).order_by(PostRow.id)))


def of_message(team: str, channel: str, ts: str) -> ColumnElement[bool]:
    """Match the images of a message."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return IntakeRow.post_id.in_(select(PostRow.id).where(*where))


def of_file(team: str, file_id: str) -> ColumnElement[bool]:
    """Match the images that a file is, in whatever message."""
    theirs = select(PostRow.id).where(PostRow.team == team)
    return and_(IntakeRow.file_id == file_id, IntakeRow.post_id.in_(theirs))


async def reopen_failed_images(session: AsyncSession, post_id: int) -> bool:
    """Let the failed images of a post go on from where they were; return False if there is none."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.FAILED)
    return await _set(session, *where, state=_REACHED, detail=None)


async def reopen_left_out(session: AsyncSession, post_id: int, image_ids: Sequence[int]) -> bool:
    """Let these images of a post go on that did not fit; return False if there is none."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.LEFT_OUT)
    return await _set(session, *where, IntakeRow.id.in_(image_ids), state=_REACHED)


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


def job_key(post_id: int) -> str:
    """Return the key of the job that processes a post."""
    return f"post:{post_id}"


async def failed(
    session: AsyncSession, team: str, channel: str | None, user: str, *, start: int = 0, most: int
) -> list[tuple[PostRow, tuple[str, ...], str]]:
    """Return the posts with failed images by a person, or in `channel` where one is given, newest first.

    Each with the names of its failed images and, for people, the error of the first.
    """
    mine = PostRow.user == user
    if channel is not None:
        mine = or_(mine, PostRow.channel == channel)
    found = await session.scalars(
        select(PostRow)
        .where(PostRow.team == team, mine, PostRow.from_outside.is_(False))
        .where(exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state == ImageState.FAILED))
        .order_by(PostRow.id.desc())
        .offset(start)
        .limit(most)
    )
    told = []
    for post in found.all():
        images = [each for each in await images_of(session, post.id) if each.state is ImageState.FAILED]
        told.append((post, tuple(each.name for each in images), images[0].detail or "It did not work out."))
    return told


async def intent_of(session: AsyncSession, post_id: int) -> CreateIntentRow | None:
    """Return the intent to create a mascot for this post, until it is settled."""
    return await session.scalar(select(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


async def intend(session: AsyncSession, post_id: int, project_id: str, **values: list[str]) -> None:
    """Store the intent to create a mascot for this post; `values` are further columns."""
    row = {"post_id": post_id, "project_id": project_id, "asset_ids": [], **values}
    await session.execute(insert(session, CreateIntentRow).values(row))


async def other_intents_by_links(session: AsyncSession, intent: CreateIntentRow) -> list[CreateIntentRow]:
    """Return the intents for other posts in the same project with as many links."""
    others = select(CreateIntentRow).where(
        CreateIntentRow.project_id == intent.project_id,
        CreateIntentRow.post_id != intent.post_id,
        CreateIntentRow.links.is_not(None),
    )
    rows = await session.scalars(others)
    return [row for row in rows if row.links and len(row.links) == len(intent.links or ())]


async def uploads_among(session: AsyncSession, asset_ids: Iterable[str]) -> set[str]:
    """Return those of these assets that are uploads of some post."""
    rows = await session.scalars(select(IntakeRow.asset_id).where(IntakeRow.asset_id.in_(list(asset_ids))))
    return {asset_id for asset_id in rows if asset_id}


async def other_links_asked(session: AsyncSession, image: IntakeRow, mascot_id: str) -> list[IntakeRow]:
    """Return other links that Masko was asked to add to this mascot, without a known answer."""
    asked = select(IntakeRow).where(IntakeRow.id != image.id, IntakeRow.asked_at.is_not(None))
    rows = await session.scalars(asked.where(IntakeRow.asset_id.is_(None)))
    return [row for row in rows if row.before and row.before["mascot"] == mascot_id]


async def change_intent(session: AsyncSession, post_id: int, **values: Any) -> None:
    """Set columns of an intent."""
    await session.execute(update(CreateIntentRow).where(CreateIntentRow.post_id == post_id).values(values))


async def forget_intent(session: AsyncSession, post_id: int) -> None:
    """Delete an intent: the mascot was created and is known, or certainly not created."""
    await session.execute(delete(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


async def is_ignored(session: AsyncSession, team: str, user: str) -> bool:
    """Return whether a person asked the bot to ignore their images."""
    row = await session.get(PersonRow, (team, user), populate_existing=True)
    return row is not None and row.ignored
