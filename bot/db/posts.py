"""Queries about posts and their images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert
from bot.db.tables import (
    CreateIntentRow,
    ImageState,
    IntakeRow,
    JobRow,
    PersonRow,
    PostRow,
)

OPEN = (ImageState.WAITING, ImageState.UPLOADED)


async def note(session: AsyncSession, post: PostRow, images: Sequence[IntakeRow]) -> int | None:
    """Write a post and those of its images that are not known yet, in as few steps as possible.

    Returns:
        The post's id when there was anything new to write, None for a repeated delivery.
    """
    new_post = insert(session, PostRow).values(_given(post)).on_conflict_do_nothing().returning(PostRow.id)
    post_id = await session.scalar(new_post)
    is_new = post_id is not None
    if post_id is None:
        known = await at(session, post.team, post.channel, post.ts)
        assert known is not None, "it is there: its insertion was refused for that"
        post_id = known.id
    if images:
        is_new = await add_images(session, post_id, images) or is_new
    return post_id if is_new else None


async def add_images(session: AsyncSession, post_id: int, images: Sequence[IntakeRow]) -> bool:
    """Write down images of a post; False where all were known."""
    rows = [_given(image) | {"post_id": post_id} for image in images]
    new_images = insert(session, IntakeRow).values(rows).on_conflict_do_nothing().returning(IntakeRow.id)
    return bool((await session.scalars(new_images)).all())


def _given(row: PostRow | IntakeRow) -> dict[str, Any]:
    """The columns that were set on a row that is not written yet."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


async def get(session: AsyncSession, post_id: int) -> PostRow | None:
    """The post with this id of ours."""
    return await session.get(PostRow, post_id)


async def now(session: AsyncSession, post_id: int) -> PostRow:
    """The same as it is written down at this moment."""
    post = await session.get(PostRow, post_id, populate_existing=True)
    assert post is not None, "posts are never deleted"
    return post


async def at(session: AsyncSession, team: str, channel: str, ts: str) -> PostRow | None:
    """The post with this timestamp, if it was written down."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return await session.scalar(select(PostRow).where(*where))


async def images_of(session: AsyncSession, post_id: int) -> list[IntakeRow]:
    """The images of a post, in the order in which they were posted and told."""
    rows = await session.scalars(select(IntakeRow).where(IntakeRow.post_id == post_id).order_by(IntakeRow.id))
    return list(rows)


async def change(session: AsyncSession, post_id: int, **values: Any) -> None:
    """Set columns of a post."""
    await session.execute(update(PostRow).where(PostRow.id == post_id).values(values))


async def change_image(session: AsyncSession, image_id: int, **values: Any) -> None:
    """Set columns of an image."""
    await session.execute(update(IntakeRow).where(IntakeRow.id == image_id).values(values))


async def change_open_image(session: AsyncSession, image_id: int, **values: Any) -> bool:
    """The same of an image that is not decided yet; False where it was dropped meanwhile."""
    where = (IntakeRow.id == image_id, IntakeRow.state.in_(OPEN))
    changed = update(IntakeRow).where(*where).values(values).returning(IntakeRow.id)
    return await session.scalar(changed) is not None


async def fail_images(
    session: AsyncSession, post_id: int, detail: str, states: Sequence[ImageState] = OPEN
) -> None:
    """Give up, for now, on the images of a post that are in these states; Retry takes them up again."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(states))
    await session.execute(update(IntakeRow).where(*where).values(state=ImageState.FAILED, detail=detail))


async def hold_up_images(session: AsyncSession, post_id: int, detail: str) -> None:
    """Say of the waiting images why they are not in yet."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.WAITING)
    await session.execute(update(IntakeRow).where(*where).values(detail=detail))


async def refuse_open_images(session: AsyncSession, post_id: int, detail: str | None) -> None:
    """Refuse every image of a post that is not decided yet; without a reason nothing is said about it."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(OPEN))
    await session.execute(update(IntakeRow).where(*where).values(state=ImageState.REFUSED, detail=detail))


async def refuse_rest(session: AsyncSession, post_id: int) -> None:
    """What did not make it stays out for good: nobody wants it any more."""
    stuck = (*OPEN, ImageState.FAILED, ImageState.LEFT_OUT)
    where = (IntakeRow.post_id == post_id, IntakeRow.state.in_(stuck))
    await session.execute(update(IntakeRow).where(*where).values(state=ImageState.REFUSED, detail=None))


async def forget_uploads(session: AsyncSession, post_id: int) -> None:
    """Forget assets that Masko would not use, so that another try uploads afresh."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.UPLOADED)
    afresh = {"state": ImageState.WAITING, "asset_id": None, "sha256": None}
    await session.execute(update(IntakeRow).where(*where).values(afresh))


async def open_in(session: AsyncSession, team: str, channel: str) -> list[PostRow]:
    """The posts in a channel with images that are not decided yet, without those that wait for an answer."""
    undecided = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state.in_(OPEN))
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.held_back.is_(False), undecided)
    return list(await session.scalars(select(PostRow).where(*where).order_by(PostRow.id)))


async def note_source_gone(
    session: AsyncSession, wanted: ColumnElement[bool], now: datetime
) -> list[PostRow]:
    """The sources of images were deleted in Slack: what Masko does not hold is dropped, without a word.

    Args:
        wanted: which images (`of_message`, `of_file`).

    Returns:
        The posts of which images were dropped.
    """
    await session.execute(update(IntakeRow).where(wanted).values(source_gone_at=now))
    not_in = IntakeRow.state.in_((ImageState.WAITING, ImageState.FAILED, ImageState.LEFT_OUT))
    dropped = update(IntakeRow).where(wanted, not_in).values(state=ImageState.REFUSED, detail=None)
    ids = set((await session.scalars(dropped.returning(IntakeRow.post_id))).all())
    rest = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state.in_(OPEN))
    decided = update(PostRow).where(PostRow.id.in_(ids), ~rest).values(held_back=False)
    await session.execute(decided)
    return list(await session.scalars(select(PostRow).where(PostRow.id.in_(ids)).order_by(PostRow.id)))


def of_message(team: str, channel: str, ts: str) -> ColumnElement[bool]:
    """The images of a message."""
    where = (PostRow.team == team, PostRow.channel == channel, PostRow.ts == ts)
    return IntakeRow.post_id.in_(select(PostRow.id).where(*where))


def of_file(team: str, file_id: str) -> ColumnElement[bool]:
    """The images that a file is, in whatever message."""
    theirs = select(PostRow.id).where(PostRow.team == team)
    return and_(IntakeRow.file_id == file_id, IntakeRow.post_id.in_(theirs))


async def reopen_failed_images(session: AsyncSession, post_id: int) -> bool:
    """Take up the failed images of a post where each had come to; False when there is none."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.FAILED)
    reached = case((IntakeRow.asset_id.is_(None), ImageState.WAITING), else_=ImageState.UPLOADED)
    reopened = await session.execute(
        update(IntakeRow).where(*where).values(state=reached, detail=None).returning(IntakeRow.id)
    )
    return bool(reopened.all())


async def reopen_left_out(session: AsyncSession, post_id: int, image_ids: Sequence[int]) -> bool:
    """Take these images of a post up again that did not fit; False when there is none."""
    where = (IntakeRow.post_id == post_id, IntakeRow.state == ImageState.LEFT_OUT)
    reopened = await session.execute(
        update(IntakeRow)
        .where(*where, IntakeRow.id.in_(image_ids))
        .values(state=case((IntakeRow.asset_id.is_(None), ImageState.WAITING), else_=ImageState.UPLOADED))
        .returning(IntakeRow.id)
    )
    return bool(reopened.all())


async def images(session: AsyncSession, image_ids: Sequence[int]) -> list[IntakeRow]:
    """These images, in the order in which they were posted and told."""
    rows = await session.scalars(select(IntakeRow).where(IntakeRow.id.in_(image_ids)).order_by(IntakeRow.id))
    return list(rows)


async def keys_dealt_with(session: AsyncSession, team: str, channel: str, thread_ts: str) -> set[str]:
    """The images of a thread that need no asking: taken in, on their way, refused for a reason, removed."""
    ignored = (IntakeRow.state == ImageState.REFUSED) & IntakeRow.detail.is_(None)
    rows = await session.scalars(
        select(IntakeRow.image_key)
        .join(PostRow, PostRow.id == IntakeRow.post_id)
        .where(PostRow.team == team, PostRow.channel == channel, PostRow.thread_ts == thread_ts)
        .where(PostRow.held_back.is_(False), IntakeRow.state != ImageState.LEFT_OUT, ~ignored)
    )
    return set(rows)


@dataclass(frozen=True)
class WaitingPost:
    """A post that is not done, and for how many images."""

    id: int
    channel: str
    images: int


def job_key(post_id: int) -> str:
    """The key of the job that carries a post."""
    return f"post:{post_id}"


async def waiting(session: AsyncSession) -> list[WaitingPost]:
    """The posts whose images are carried now or wait for their turn; not those that wait for another try."""
    carried = JobRow.key == literal(job_key(0)[:-1]) + cast(PostRow.id, String)
    rows = await session.execute(
        select(PostRow.id, PostRow.channel, func.count(IntakeRow.id))
        .join(IntakeRow, IntakeRow.post_id == PostRow.id)
        .join(JobRow, carried)
        .where(IntakeRow.state.in_(OPEN), JobRow.attempts == 0, PostRow.from_outside.is_(False))
        .group_by(PostRow.id, PostRow.channel)
    )
    return [WaitingPost(*row) for row in rows]


async def failed(
    session: AsyncSession, team: str, channel: str | None, user: str, *, start: int = 0, most: int
) -> list[tuple[PostRow, tuple[str, ...], str]]:
    """The newest posts of a person, or in a channel where one is given, with images that were given up.

    Args:
        start: how many of them to leave out, the newest first.
        most: of those that follow.

    Returns:
        Each post, the names of those images, and what stopped the first of them, for people.
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
    """The mascot that was about to be made for this post, while it is not known to have been made."""
    return await session.scalar(select(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


async def intend(session: AsyncSession, post_id: int, project_id: str, **values: list[str]) -> None:
    """Write down that a mascot is about to be made for this post; `values` are further columns."""
    row = {"post_id": post_id, "project_id": project_id, "asset_ids": [], **values}
    await session.execute(insert(session, CreateIntentRow).values(row))


async def other_intents_by_links(session: AsyncSession, intent: CreateIntentRow) -> list[CreateIntentRow]:
    """The mascots of this project that are about to be made for other posts, from as many links."""
    others = select(CreateIntentRow).where(
        CreateIntentRow.project_id == intent.project_id,
        CreateIntentRow.post_id != intent.post_id,
        CreateIntentRow.links.is_not(None),
    )
    rows = await session.scalars(others)
    return [row for row in rows if row.links and len(row.links) == len(intent.links or ())]


async def uploads_among(session: AsyncSession, asset_ids: Iterable[str]) -> set[str]:
    """Those of these assets that images of some post became."""
    rows = await session.scalars(select(IntakeRow.asset_id).where(IntakeRow.asset_id.in_(list(asset_ids))))
    return {asset_id for asset_id in rows if asset_id}


async def other_links_asked(session: AsyncSession, image: IntakeRow, mascot_id: str) -> list[IntakeRow]:
    """Other links that Masko was sent to for this mascot, without a known answer."""
    asked = select(IntakeRow).where(IntakeRow.id != image.id, IntakeRow.asked_at.is_not(None))
    rows = await session.scalars(asked.where(IntakeRow.asset_id.is_(None)))
    return [row for row in rows if row.before and row.before["mascot"] == mascot_id]


async def change_intent(session: AsyncSession, post_id: int, **values: Any) -> None:
    """Set columns of an intent."""
    await session.execute(update(CreateIntentRow).where(CreateIntentRow.post_id == post_id).values(values))


async def forget_intent(session: AsyncSession, post_id: int) -> None:
    """The mascot was made and is known, or certainly not made."""
    await session.execute(delete(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


async def is_ignored(session: AsyncSession, team: str, user: str) -> bool:
    """Whether a person's images are to be left alone."""
    row = await session.get(PersonRow, (team, user), populate_existing=True)
    return row is not None and row.ignored
