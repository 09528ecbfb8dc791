"""The main job: from a post with images to a mascot, its references, and a thread that says so.

Every step is safe to repeat: what it did is in the store before the next one begins, or can be
looked up in Masko.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import Cards
from bot.errors import BotError
from bot.intake.arrivals import Arrivals
from bot.intake.replies import (
    CANNOT_REPLY,
    FROM_OUTSIDE,
    HELLO,
    answer_without_images,
    reply,
    still_trying,
    waiting,
)
from bot.intake.together import all_of
from bot.mascots import Mascots
from bot.masko import MAX_REFERENCES, MaskoRateLimited
from bot.messages import Line, Message, Retry, Working
from bot.outcomes import report
from bot.projects import ProjectChoice
from bot.slack.post import Post
from bot.slack.workspace import SlackError, Workspace
from bot.store import Store, mascots, posts
from bot.store.tables import ImageState, IntakeRow, PostRow, ThreadRow
from bot.work import Again, Job, Queue, Worker, backoff

log = logging.getLogger(__name__)

CARRY = "intake.carry"


HeldUp = list[BotError]  # what keeps some images of a post waiting: nothing, or one error


class Intake:
    """Catches posts and carries their images to Masko.

    Args:
        store: where posts, images and threads are written down.
        queue: carries the work.
        workspace: the bot's voice in Slack.
        arrivals: brings single images to Masko.
        mascots: makes and extends mascots.
        cards: shows them.
        projects: says where new mascots go.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        workspace: Workspace,
        arrivals: Arrivals,
        mascots: Mascots,
        cards: Cards,
        projects: ProjectChoice,
    ) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace
        self._arrivals = arrivals
        self._mascots = mascots
        self._cards = cards
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

        await self._store.write_at_once(note)

    async def retry(self, post_id: int) -> None:
        """Take the failed images of a post up again; does nothing when none failed."""

        async def reopen(session: AsyncSession) -> None:
            post = await posts.get(session, post_id)
            if post is not None and await posts.reopen_failed_images(session, post_id):
                await self._put(session, post, post_id)

        await self._store.write_at_once(reopen)

    async def _put(self, session: AsyncSession, post: PostRow, post_id: int) -> None:
        lock = f"thread:{post.team}:{post.channel}:{post.thread_ts}"
        await self._queue.put(session, CARRY, lock=lock, payload={"post": post_id}, key=f"post:{post_id}")

    # -- carrying -----------------------------------------------------------------------------

    async def _carry(self, job: Job) -> None:
        post, thread, images = await self._load(job.payload["post"])
        try:
            if job.begun_before and post.reply_ts is None and not post.from_outside:
                await self._find_reply(post)
            await self._answer(job, post, thread, images)
        except BotError as error:
            await self._set_back(job, post, error)

    async def _answer(self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        if not images:
            await self._say(post, Line(post.notice or HELLO))
            return
        await self._arrivals.look_up(post, _open(images))
        if post.from_outside:  # nothing is said in public about such a post, whatever happens
            await self._turn_away(post, _open(images))
            return
        held_up: HeldUp = []
        if pending := _open(images):
            held_up = await self._take_in(job, post, thread, pending)
        if not held_up or any(image.state is ImageState.ADDED for image in await self._images(post)):
            await self._show(post)
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
        mascot_id = await self._destination(thread)
        if mascot_id is None:
            held_up: HeldUp
            project_id, _, held_up = await all_of(
                self._projects.id(),
                self._say_working(job, post, thread, Working(_names(pending))),
                self._bring(job, post, pending, room=MAX_REFERENCES, held={}),
            )
            if uploaded := await self._uploaded(post):
                mascot_id = await self._mascots.create(post, thread, uploaded, project_id)
        else:
            known = await self._mascots.known(mascot_id)
            name = (known and known.name) or "the mascot"
            (mascot, held), _ = await all_of(
                self._mascots.contents(mascot_id),
                self._say_working(job, post, thread, Working(_names(pending), name)),
            )
            room = MAX_REFERENCES - len(mascot.reference_ids)
            held_up = await self._bring(job, post, pending, room=room, held=held)
            await self._mascots.bind(thread, mascot_id, post)
        if mascot_id is not None:
            await self._extend(mascot_id, post)
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

    async def _destination(self, thread: ThreadRow) -> str | None:
        """The mascot that images in this thread go to: the thread's, else the channel's; None: a new one."""
        if thread.mascot_id is not None:
            return thread.mascot_id
        async with self._store.read() as session:
            return await mascots.channel_mascot(session, thread.team, thread.channel)

    async def _uploaded(self, post: PostRow) -> list[IntakeRow]:
        return [image for image in await self._images(post) if image.state is ImageState.UPLOADED]

    async def _turn_away(self, post: PostRow, refused: Sequence[IntakeRow]) -> None:
        """Nothing is uploaded for somebody from another organisation; they alone are told, once."""
        if not refused:
            return
        async with self._store.write() as session:
            await posts.refuse_open_images(session, post.id, FROM_OUTSIDE)
        await self._say_in_private(post, FROM_OUTSIDE)

    # -- saying -------------------------------------------------------------------------------

    async def _show(self, post: PostRow) -> None:
        """Say what became of a post: in the card, or in a short reply beside it."""
        post, thread, images = await self._load(post.id)
        mascot = await self._mascots.known(thread.mascot_id) if thread.mascot_id else None
        said = report(images)
        if thread.card_post_id != post.id and (said.added or said.problems):
            count = len(mascot.reference_ids) if mascot else None
            await self._say(post, reply(said, count, Retry(post.id)))
        if mascot is None:
            return
        if not await self._cards.show(thread):
            await self._new_card(post)
        await self._cards.show_others(thread, mascot.id)

    async def _new_card(self, post: PostRow) -> None:
        """Somebody deleted the card: the reply to this post takes its place."""
        post, thread, _ = await self._load(post.id)
        if thread.mascot_id is not None and thread.card_ts is None and post.reply_ts is not None:
            await self._mascots.bind(thread, thread.mascot_id, post)
            await self._cards.show(thread)

    async def _say(self, post: PostRow, message: Message) -> None:
        """The bot's one reply to a post: said once, then changed in place."""
        if post.reply_ts is not None:
            try:
                await self._workspace.change(post.channel, post.reply_ts, message)
            except SlackError as error:
                if not error.message_is_gone:
                    raise
                log.info("the reply to post %s was deleted; it is said anew", post.ts)
            else:
                return
        said = await self._workspace.say(post.channel, post.thread_ts, message, answers=post.ts)
        await self._remember_reply(post, said.ts)

    async def _find_reply(self, post: PostRow) -> None:
        """An earlier run may have replied and been stopped before it could write that down."""
        try:
            found = await self._workspace.find_reply(post.channel, post.thread_ts, answers=post.ts)
        except SlackError as error:
            if error.worth_retrying:
                raise
            log.info("the thread of post %s cannot be read (%s)", post.ts, error)
            return
        if found is not None:
            await self._remember_reply(post, found)

    async def _remember_reply(self, post: PostRow, ts: str) -> None:
        post.reply_ts = ts
        async with self._store.write() as session:
            await posts.change(session, post.id, reply_ts=ts)

    async def _say_working(self, job: Job, post: PostRow, thread: ThreadRow, message: Working) -> None:
        """The placeholder; not in the place of the card, nor again while a post is tried again."""
        if thread.card_post_id != post.id and not (post.reply_ts and job.attempt):
            await self._say(post, message)

    async def _set_back(self, job: Job, post: PostRow, error: BotError) -> None:
        """What stopped a post: wait and try again for an hour, then give up and offer Retry."""
        if may_wait(error, last_try=job.out_of_patience):
            seconds = error.retry_after or backoff(job.attempt)
            log.info("post %s waits %.0f s: %s", post.ts, seconds, error)
            await self._say_waiting(post, waiting(error, seconds))
            raise Again(seconds, in_vain=not isinstance(error, MaskoRateLimited)) from error
        log.warning("post %s in %s came to nothing: %s", post.ts, post.channel, error)
        await self._fail(post, error.words)

    async def _gave_up(self, job: Job) -> None:
        post, _, _ = await self._load(job.payload["post"])
        await self._fail(post, "Something went wrong on our side; it was noted in the log.")

    async def _fail(self, post: PostRow, words: str) -> None:
        async with self._store.write() as session:
            await posts.fail_images(session, post.id, words)
        if post.from_outside or not await self._images(post):
            return
        try:
            await self._show(post)
        except SlackError as error:
            log.warning("post %s in %s could not be answered: %s", post.ts, post.channel, error)
            await self._say_in_private(post, CANNOT_REPLY)

    async def _say_in_private(self, post: PostRow, words: str) -> None:
        try:
            await self._workspace.whisper(post.channel, _thread_of(post), post.user, Line(words))
        except SlackError as error:
            log.info("%s could not be told: %s", post.user, error)

    async def _say_waiting(self, post: PostRow, words: str) -> None:
        """Why it takes longer, in the placeholder; once some images are in, the reply tells of the others."""
        post, thread, images = await self._load(post.id)
        waiting_for = _open(images)
        some_are_in = any(image.state is ImageState.ADDED for image in images)
        if post.from_outside or not waiting_for or some_are_in:
            return
        mascot_id = await self._destination(thread)
        mascot = await self._mascots.known(mascot_id) if mascot_id else None
        name = (mascot.name or "the mascot") if mascot else None
        try:
            await self._say(post, Working(_names(waiting_for), name, words))
        except SlackError as error:
            log.info("could not say that post %s waits: %s", post.ts, error)

    async def _images(self, post: PostRow) -> list[IntakeRow]:
        async with self._store.read() as session:
            return await posts.images_of(session, post.id)

    async def _load(self, post_id: int) -> tuple[PostRow, ThreadRow, list[IntakeRow]]:
        async with self._store.read() as session:
            post = await posts.get(session, post_id)
            assert post is not None, "posts are never deleted"
            images = await posts.images_of(session, post_id)
            thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
        if thread is None:
            async with self._store.write() as session:
                thread = await mascots.thread(session, post.team, post.channel, post.thread_ts)
        return post, thread, images


def may_wait(error: BotError, *, last_try: bool) -> bool:
    """Whether a post waits for its next try; for a turn at Masko it waits as long as it takes."""
    return isinstance(error, MaskoRateLimited) or (error.worth_retrying and not last_try)


def _names(images: Sequence[IntakeRow]) -> tuple[str, ...]:
    return tuple(image.name for image in images)


def _open(images: Sequence[IntakeRow]) -> list[IntakeRow]:
    return [image for image in images if image.state in posts.OPEN]


def _thread_of(post: PostRow) -> str | None:
    return post.thread_ts if post.thread_ts != post.ts else None


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
