"""Catch posts: store a post, its images and its job in one transaction, and what people decide about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor
from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db.tables import CaughtBy, ImageState, IntakeRow, PersonRow, PostRow, ReferenceRow
from bot.db.values import Mode
from bot.errors import Refusal
from bot.images import WHAT_WORKS
from bot.jobs import Queue
from bot.jobs.runner import carry_post
from bot.slack.events import Post
from bot.slack.post_images import PostImage
from bot.slack.request import Request
from bot.telemetry.logging import about, step
from bot.text import listed, short_name

log = logging.getLogger(__name__)

ANOTHER = "intake.another"  # kind of action: start another mascot from images of a post
OFFER_REMOVAL = "reference.offer_removal"
"""Kind of job: ask whether references whose source was deleted in Slack are to go."""
TOO_OLD = "I don't keep that post any more, so nothing was done. Post the image again to add it."
HELLO = (
    "Post a mascot image here and it becomes a mascot: I reply with its name and its prompt. "
    "More images in that thread become its references, up to 6."
)


@dataclass(frozen=True)
class Destination:
    """Where a person wants the images of a post to go; by default, where the thread and the channel say.

    Attributes:
        name: of the new mascot; None: Masko detects it.
        asked: the person asked for it, so the channel's mode does not count.
    """

    new: bool = False
    mascot_id: str | None = None
    name: str | None = None
    asked: bool = False


USUAL_DESTINATION = Destination()


@dataclass
class Intake:
    """Writes down what people post, and what they decide about it."""

    store: Store
    queue: Queue

    async def catch(
        self, post: Post, destination: Destination = USUAL_DESTINATION, *, reply_ts: str | None = None
    ) -> None:
        """Store a post, once, and its job; then Slack may be acknowledged.  `reply_ts` becomes the reply."""
        notice = None if post.images else _answer_without_images(post)
        if not post.images and notice is None:
            return
        row = post_row(post, notice, destination, reply_ts)
        asked = post.mentions_bot or post.is_direct or destination.asked

        async def note(session: AsyncSession) -> bool:
            settings = await settings_of(session, post.team, post.channel)
            mode = Mode.AUTO if asked else settings.mode
            person = await session.get(PersonRow, (post.team, post.user))
            if mode is Mode.OFF or (person is not None and person.ignored and not asked):
                return False
            row.held_back = mode in (Mode.ASK, Mode.PREVIEW)
            if settings.takes_outsiders:
                row.from_outside = row.among_strangers = False
            post_id = await posts.note(session, row, image_rows(post.images))
            if post_id is not None:
                await mascots.note_thread(session, post.team, post.channel, post.root_ts)
                await carry_post(session, self.queue, row, post_id, in_passing=post.in_passing)
            return post_id is not None

        with about(team=post.team, channel=post.channel, ts=post.ts):
            new = await self.store.write_at_once(note)
            step(log, "caught" if new else "caught again", images=len(post.images))

    async def decided(self, post_id: int, actor: Actor, destination: Destination | None) -> bool:
        """Store a poster's decision about a held-back post (None: nothing); False: not theirs, or decided.
        Raises Refusal where it is not kept any more."""
        async with self.store.write() as session:
            post = await posts.get(session, post_id)
            if post is None:
                raise Refusal(TOO_OLD)
            if not post.held_back or (post.team, post.user) != (actor.team, actor.user):
                return False
            if destination is None:
                await posts.change_images(session, post_id, posts.OPEN, state=ImageState.REFUSED, detail=None)
                await posts.change(session, post_id, held_back=False)
                return True
            wanted = {"wants_new": destination.new, "wants_mascot": destination.mascot_id, "held_back": False}
            await posts.change(session, post_id, **wanted, caught_by=CaughtBy.DECIDED)
            thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
            # A thread has one mascot: another one needs another thread.
            elsewhere = destination.new and thread is not None and thread.mascot_id is not None
            if not (elsewhere and await pass_on(session, self.queue, post, actor.user)):
                await carry_post(session, self.queue, post, post_id)
            return True

    async def retry(self, post_id: int, actor: Actor, channel: str | None) -> bool:
        """Put a job for a post's failed images; return False where it is neither theirs nor in `channel`.
        Raises Refusal where the post is not kept any more."""
        async with self.store.write() as session:
            post = await posts.get(session, post_id)
            if post is None:
                raise Refusal(TOO_OLD)
            if post.team != actor.team or (actor.user != post.user and channel != post.channel):
                return False
            failed = [ImageState.FAILED]
            if await posts.change_images(session, post_id, failed, state=posts.REACHED, detail=None):
                await carry_post(session, self.queue, post, post_id, again=True)
            return True


def post_row(
    post: Post, notice: str | None, destination: Destination, reply_ts: str | None = None
) -> PostRow:
    """Return the row of a post; `notice` is the answer to one without images."""
    if post.mentions_bot:
        reason = CaughtBy.MENTION
    elif destination.asked:
        reason = CaughtBy.ASKED
    else:
        reason = CaughtBy.DIRECT if post.is_direct else CaughtBy.CHANNEL
    return PostRow(
        team=post.team,
        channel=post.channel,
        ts=post.ts,
        thread_ts=post.root_ts,
        user=post.user,
        from_outside=post.from_outside,
        among_strangers=post.among_strangers,
        notice=notice,
        wants_new=destination.new,
        wants_mascot=destination.mascot_id,
        wants_name=destination.name,
        reply_ts=reply_ts,
        caught_by=reason,
    )


def image_rows(images: Sequence[PostImage]) -> list[IntakeRow]:
    """Return the rows of a post's images, in order."""
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


async def retry_left_out(session: AsyncSession, queue: Queue, post_id: int, image_id: int) -> None:
    """Put a job that tries an image again that the mascot had no room for."""
    post = await posts.get(session, post_id)
    left_out = [ImageState.LEFT_OUT]
    if post is not None and await posts.change_image(session, image_id, left_out, state=posts.REACHED):
        await carry_post(session, queue, post, post_id, again=True)


async def pass_on(session: AsyncSession, queue: Queue, post: PostRow, user: str) -> bool:
    """Put a job that starts another mascot from the images of a post that are not in; False where none is."""
    await posts.change_images(session, post.id, [ImageState.WAITING], state=ImageState.LEFT_OUT)
    left_out = [each for each in await posts.images_of(session, post.id) if each.state is ImageState.LEFT_OUT]
    if left_out:
        request = asdict(Request(post.team, post.channel, user, post.thread_ts))
        payload = {"post": post.id, "request": request}
        await queue.put(session, ANOTHER, lock=f"asked:{post.team}:{user}", payload=payload)
    return bool(left_out)


async def offer_removal(session: AsyncSession, queue: Queue, team: str, rows: Sequence[ReferenceRow]) -> None:
    """Put jobs that ask, once, whether references whose sources were deleted in Slack are to go too."""
    await mascots.note_source_gone(session, rows)
    for mascot_id in dict.fromkeys(row.mascot_id for row in rows):
        ids = [row.id for row in rows if row.mascot_id == mascot_id]
        lock = f"offer:{team}:{ids[0]}"
        await queue.put(session, OFFER_REMOVAL, lock=lock, payload={"references": ids})


def _answer_without_images(post: Post) -> str | None:
    """Return one friendly line where the bot was spoken to, else None."""
    spoken_to = post.mentions_bot or (post.is_direct and (post.thread_ts is None or post.other_files))
    if not spoken_to:
        return None
    if post.other_files:
        return f"{listed(map(short_name, post.other_files))}: not an image that I can use. {WHAT_WORKS}"
    return HELLO
