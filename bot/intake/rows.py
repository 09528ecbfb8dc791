"""Posts and images as they are written down, and from one post's to another's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import mascots, posts
from bot.db import references as held
from bot.db.tables import CaughtBy, ImageState, IntakeRow, PostRow, ReferenceRow
from bot.intake.wishes import Wish
from bot.jobs import Queue
from bot.mascots.outcomes import passed_on
from bot.slack.post import Post
from bot.slack.post_images import ImageSource, PostImage

ANOTHER = "intake.another"  # the kind of job that starts another mascot with images of a post
OFFER_REMOVAL = "reference.offer_removal"  # the kind that asks whether references without a source are to go


def post_row(post: Post, notice: str | None, wish: Wish, reply_ts: str | None = None) -> PostRow:
    """The row of a post.

    Args:
        post: as it was read.
        notice: what it is told where it has no image.
        wish: what a person wants done with its images.
        reply_ts: a message of the bot's that its reply takes the place of.
    """
    return PostRow(
        team=post.team,
        channel=post.channel,
        ts=post.ts,
        thread_ts=post.root_ts,
        user=post.user,
        from_outside=post.from_outside,
        among_strangers=post.among_strangers,
        notice=notice,
        wants_new=wish.new,
        wants_mascot=wish.mascot_id,
        wants_name=wish.name,
        reply_ts=reply_ts,
        caught_by=_reason(post, wish),
    )


def image_rows(images: Sequence[PostImage]) -> list[IntakeRow]:
    """The rows of a post's images, in their order."""
    return [
        IntakeRow(
            image_key=image.key,
            file_id=image.file_id,
            name=image.name,
            source=image.source,
            url=image.url,
            alt=image.alt,
            showable=image.usable_in_blocks,
        )
        for image in images
    ]


def only_links(images: Sequence[IntakeRow]) -> bool:
    """Whether Masko can fetch all of these images itself, and holds none of them yet."""
    return all(
        image.source == ImageSource.EXTERNAL and image.url and image.state is ImageState.WAITING
        for image in images
    )


def _reason(post: Post, wish: Wish) -> CaughtBy:
    if post.mentions_bot:
        return CaughtBy.MENTION
    if wish.asked:
        return CaughtBy.ASKED
    return CaughtBy.DIRECT if post.is_direct else CaughtBy.CHANNEL


async def offer_removal(session: AsyncSession, queue: Queue, team: str, rows: Sequence[ReferenceRow]) -> None:
    """Have the thread asked, once, whether references whose sources were deleted in Slack are to go too."""
    await held.note_source_gone(session, rows)
    for mascot_id in dict.fromkeys(row.mascot_id for row in rows):
        ids = [row.id for row in rows if row.mascot_id == mascot_id]
        lock = f"offer:{team}:{ids[0]}"
        await queue.put(session, OFFER_REMOVAL, lock=lock, payload={"references": ids})


async def belongs_to_a_mascot(session: AsyncSession, post: PostRow) -> bool:
    """Whether a post is in a thread that has its mascot: another one needs another thread."""
    thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
    return thread is not None and thread.mascot_id is not None


async def pass_on(session: AsyncSession, queue: Queue, post: PostRow, user: str) -> bool:
    """Let the images of a post that are not in start another mascot, in a thread of its own.

    Returns:
        False where there is none, perhaps because this was asked before.
    """
    fit = (ImageState.WAITING, ImageState.LEFT_OUT)
    images = [image for image in await posts.images_of(session, post.id) if image.state in fit]
    for image in images:
        told = passed_on(image.name)
        await posts.change_image(session, image.id, state=ImageState.PASSED_ON, detail=told)
    if images:
        payload = {"post": post.id, "images": [image.id for image in images], "user": user}
        lock = f"asked:{post.team}:{user}"
        await queue.put(session, ANOTHER, lock=lock, payload=payload)
    return bool(images)
