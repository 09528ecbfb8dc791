"""The main job: from a post with images to a mascot, its references, and a thread that says so.

Every step is safe to repeat: what it did is in the store before the next one begins, or can be
looked up in Masko.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BotError
from bot.intake.answers import Answers, names_of, open_of
from bot.intake.arrivals import Arrivals
from bot.intake.replies import (
    CANNOT_REPLY,
    FROM_OUTSIDE,
    HELLO,
    answer_without_images,
    still_trying,
    waiting,
)
from bot.intake.together import all_of
from bot.mascots import Mascots
from bot.masko import MAX_REFERENCES, MaskoRateLimited
from bot.messages import Line, Working
from bot.projects import ProjectChoice
from bot.slack.post import Post
from bot.slack.workspace import SlackError
from bot.store import Store, posts
from bot.store.tables import ImageState, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.work import Again, Job, Queue, Worker, backoff

log = logging.getLogger(__name__)

CARRY = "intake.carry"


HeldUp = list[BotError]  # what keeps some images of a post waiting: nothing, or one error


class Intake:
    """Catches posts and carries their images to Masko.

    Args:
        store: where posts, images and threads are written down.
        queue: carries the work.
        arrivals: brings single images to Masko.
        mascots: makes and extends mascots.
        answers: says what became of a post.
        projects: says where new mascots go.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        arrivals: Arrivals,
        mascots: Mascots,
        answers: Answers,
        projects: ProjectChoice,
    ) -> None:
        self._store = store
        self._queue = queue
        self._arrivals = arrivals
        self._mascots = mascots
        self._answers = answers
        self._projects = projects

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {CARRY: Worker(self._carry, gave_up=self._gave_up, bulk=True)}

    async def catch(self, post: Post) -> None:
        """Write down a post that wants something of the bot; a repeated delivery changes nothing.

        When this returns, the work is stored and Slack may be told so.
        """
        notice = None if post.images else answer_without_images(post)
        if not post.images and notice is None:
            return
        row = _post_row(post, notice)

        async def note(session: AsyncSession) -> None:
            post_id = await posts.note(session, row, _image_rows(post))
            if post_id is not None:
                await self._put(session, row, post_id)

        await self._store.write_at_once(note, urgent=True)

    async def retry(self, post_id: int) -> None:
        """Take the failed images of a post up again; does nothing when none failed."""

        async def reopen(session: AsyncSession) -> None:
            post = await posts.get(session, post_id)
            if post is not None and await posts.reopen_failed_images(session, post_id):
                await self._put(session, post, post_id)

        await self._store.write_at_once(reopen, urgent=True)

    async def _put(self, session: AsyncSession, post: PostRow, post_id: int) -> None:
        lock = f"thread:{post.team}:{post.channel}:{post.thread_ts}"
        await self._queue.put(session, CARRY, lock=lock, payload={"post": post_id}, key=f"post:{post_id}")

    # -- carrying -----------------------------------------------------------------------------

    async def _carry(self, job: Job) -> None:
        post, thread, images = await self._answers.load(job.payload["post"])
        try:
            if job.begun_before and post.reply_ts is None and not post.from_outside:
                await self._answers.find(post)
            await self._answer(job, post, thread, images)
        except BotError as error:
            await self._set_back(job, post, error)

    async def _answer(self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        if not images:
            await self._answers.say(post, Line(post.notice or HELLO))
            return
        await self._arrivals.look_up(post, open_of(images))
        if post.from_outside:  # nothing is said in public about such a post, whatever happens
            await self._turn_away(post, open_of(images))
            return
        held_up: HeldUp = []
        if pending := open_of(images):
            held_up = await self._take_in(job, post, thread, pending)
        if not held_up or any(image.state is ImageState.ADDED for image in await self._answers.images(post)):
            await self._answers.show(post)
        for error in held_up:
            raise error

    async def _take_in(
        self, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        """Bring the images to Masko and make them a mascot or its references.

        Returns:
            What holds some of them up.
        """
        self._arrivals.check_budget()
        mascot = await self._mascots.destination(thread)
        if mascot is None:
            return await self._into_a_new_mascot(job, post, thread, pending)
        return await self._into(mascot, job, post, thread, pending)

    async def _into_a_new_mascot(
        self, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        held_up: HeldUp
        project_id, _, held_up = await all_of(
            self._projects.id(),
            self._answers.say_working(job, post, thread, Working(names_of(pending))),
            self._bring(job, post, pending, room=MAX_REFERENCES, held={}),
        )
        if uploaded := await self._uploaded(post):
            mascot_id = await self._mascots.create(post, thread, uploaded, project_id)
            await self._extend(mascot_id, post)
        return held_up

    async def _into(
        self, mascot: MascotRow, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        working = Working(names_of(pending), mascot.name or "the mascot")
        (mascot, held), _ = await all_of(
            self._mascots.contents(mascot.id), self._answers.say_working(job, post, thread, working)
        )
        room = MAX_REFERENCES - len(mascot.reference_ids)
        held_up = await self._bring(job, post, pending, room=room, held=held)
        await self._mascots.bind(thread, mascot.id, post)
        await self._extend(mascot.id, post)
        return held_up

    async def _bring(
        self, job: Job, post: PostRow, pending: Sequence[IntakeRow], *, room: int, held: dict[str, str]
    ) -> HeldUp:
        """Bring the images to Masko; the others go on without what will not come, or not yet.

        Returns:
            What holds some of them up, where waiting may help.
        """
        try:
            await self._arrivals.bring(pending, room=room, held=held)
        except BotError as error:
            if may_wait(error, last_try=job.out_of_patience):
                async with self._store.write() as session:
                    await posts.hold_up_images(session, post.id, still_trying(pending, error))
                return [error]
            log.warning("images of post %s in %s do not come: %s", post.ts, post.channel, error)
            async with self._store.write() as session:
                await posts.fail_images(session, post.id, error.words, [ImageState.WAITING])
        return []

    async def _extend(self, mascot_id: str, post: PostRow) -> None:
        if uploaded := await self._uploaded(post):
            await self._mascots.extend(mascot_id, post, uploaded)

    async def _uploaded(self, post: PostRow) -> list[IntakeRow]:
        return [image for image in await self._answers.images(post) if image.state is ImageState.UPLOADED]

    async def _turn_away(self, post: PostRow, refused: Sequence[IntakeRow]) -> None:
        """Nothing is uploaded for somebody from another organisation; they alone are told, once."""
        if not refused:
            return
        async with self._store.write() as session:
            await posts.refuse_open_images(session, post.id, FROM_OUTSIDE)
        await self._answers.say_in_private(post, FROM_OUTSIDE)

    async def _set_back(self, job: Job, post: PostRow, error: BotError) -> None:
        """What stopped a post: wait and try again for an hour, then give up and offer Retry."""
        if may_wait(error, last_try=job.out_of_patience):
            seconds = error.retry_after or backoff(job.attempt)
            log.info("post %s waits %.0f s: %s", post.ts, seconds, error)
            await self._answers.say_waiting(post, waiting(error, seconds))
            raise Again(seconds, in_vain=not isinstance(error, MaskoRateLimited)) from error
        log.warning("post %s in %s came to nothing: %s", post.ts, post.channel, error)
        await self._fail(post, error.words)

    async def _gave_up(self, job: Job) -> None:
        post, _, _ = await self._answers.load(job.payload["post"])
        await self._fail(post, "Something went wrong on our side; it was noted in the log.")

    async def _fail(self, post: PostRow, words: str) -> None:
        async with self._store.write() as session:
            await posts.fail_images(session, post.id, words)
        if post.from_outside or not await self._answers.images(post):
            return
        try:
            await self._answers.show(post)
        except SlackError as error:
            log.warning("post %s in %s could not be answered: %s", post.ts, post.channel, error)
            if not error.worth_retrying:
                await self._answers.say_in_private(post, CANNOT_REPLY)


def may_wait(error: BotError, *, last_try: bool) -> bool:
    """Whether a post waits for its next try; for a turn at Masko it waits as long as it takes."""
    return isinstance(error, MaskoRateLimited) or (error.worth_retrying and not last_try)


def _post_row(post: Post, notice: str | None) -> PostRow:
    return PostRow(
        team=post.team,
        channel=post.channel,
        ts=post.ts,
        thread_ts=post.root_ts,
        user=post.user,
        from_outside=post.from_outside,
        among_strangers=post.among_strangers,
        notice=notice,
    )


def _image_rows(post: Post) -> list[IntakeRow]:
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
        for image in post.images
    ]
