"""The main job: from a post with images to a mascot, its references, and a thread that says so.

Every step is safe to repeat: what it did is in the store before the next one begins, or can be
looked up in Masko.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Actor, CannotTell
from bot.channels.queries import settings_of
from bot.db import Store, posts
from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.db.values import Mode
from bot.errors import BotError
from bot.intake.answers import Answers, in_passing, names_of, open_of
from bot.intake.arrivals import Arrivals
from bot.intake.asking import Asking, decide
from bot.intake.door import Door
from bot.intake.gone import ask_about_gone, end_quietly, has_moved
from bot.intake.hints import Hints
from bot.intake.order import TURNS, Order, come_again, may_wait
from bot.intake.replies import CANNOT_REPLY, HELLO, answer_without_images, still_trying
from bot.intake.rows import belongs_to_a_mascot, image_rows, only_links, pass_on, post_row
from bot.intake.view import working
from bot.intake.wishes import NONE, Wish, asked_for, mode_for
from bot.jobs import Again, Job, Queue, Worker, pause_after
from bot.jobs.followups import CARRY, carry_post
from bot.jobs.together import all_of
from bot.mascots.projects import ProjectChoice
from bot.mascots.service import Mascots
from bot.masko import MAX_REFERENCES
from bot.masko.lanes import in_bulk
from bot.slack.blocks import Message
from bot.slack.post import Post
from bot.slack.workspace import SlackError, SlackRateLimited
from bot.telemetry.logging import about, step

log = logging.getLogger(__name__)


HeldUp = list[BotError]  # what keeps some images of a post waiting: nothing, or one error


class Intake:
    """Catches posts and carries their images to Masko.

    Args:
        store: where posts, images and threads are written down.
        queue: carries the work.
        arrivals: brings single images to Masko.
        mascots: makes and extends mascots.
        answers: says what became of a post.
        asking: asks posters where channels want that.
        door: turns away whose images are not taken.
        projects: says where new mascots go.
        order: says whose turn it is.
        hints: tells posters what is missing, once.
        decided: told what became of each image.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        arrivals: Arrivals,
        mascots: Mascots,
        answers: Answers,
        asking: Asking,
        door: Door,
        projects: ProjectChoice,
        order: Order,
        hints: Hints,
        decided: Callable[[ImageState], None] = lambda _state: None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._arrivals = arrivals
        self._mascots = mascots
        self._answers = answers
        self._asking = asking
        self._door = door
        self._projects = projects
        self._order = order
        self._hints = hints
        self._decided = decided

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {CARRY: Worker(self._carry, gave_up=self._gave_up, bulk=True, counted=False)}

    async def catch(self, post: Post, wish: Wish = NONE, *, reply_ts: str | None = None) -> None:
        """Write down a post that wants something of the bot; a repeated delivery changes nothing.

        When this returns, the work is stored and Slack may be told so.

        Args:
            post: which one.
            wish: what a person wants done with its images.
            reply_ts: a message of the bot's that its reply takes the place of.
        """
        notice = None if post.images else answer_without_images(post)
        if not post.images and notice is None:
            return
        row = post_row(post, notice, wish, reply_ts)

        async def note(session: AsyncSession) -> bool:
            settings = await settings_of(session, post.team, post.channel)
            mode = mode_for(post, wish, settings)
            if mode is Mode.OFF or (
                not asked_for(post, wish) and await posts.is_ignored(session, post.team, post.user)
            ):
                return False
            row.held_back = mode in (Mode.ASK, Mode.PREVIEW)
            if settings.takes_outsiders:
                row.from_outside = row.among_strangers = False
            post_id = await posts.note(session, row, image_rows(post.images))
            if post_id is not None:
                await carry_post(session, self._queue, row, post_id, in_passing=post.in_passing)
            return post_id is not None

        with _about(row):
            new = await self._store.write_at_once(note, urgent=True)
            step(log, "caught" if new else "caught again", images=len(post.images))

    async def decided(self, post_id: int, actor: Actor, wish: Wish | None) -> bool:
        """Write down what a poster wants done with the images of a post that was held back.

        Args:
            post_id: theirs.
            actor: who decided.
            wish: what is to be done; None: nothing.

        Returns:
            False where it was not theirs to decide, or is decided.
        """

        async def write(session: AsyncSession) -> bool:
            post = await decide(session, post_id, actor, wish)
            if post is not None and wish is not None:
                elsewhere = wish.new and await belongs_to_a_mascot(session, post)
                if not (elsewhere and await pass_on(session, self._queue, post, actor.user)):
                    await carry_post(session, self._queue, post, post_id)
            return post is not None

        return await self._store.write_at_once(write, urgent=True)

    async def retry(self, post_id: int, actor: Actor, channel: str | None) -> bool:
        """Take the failed images of a post up again; does nothing when none failed.

        Args:
            post_id: which post.
            actor: who wants it: the poster, or somebody who is
            channel: in the conversation of the post.

        Returns:
            False where it is no post of theirs or of that conversation.
        """

        async def reopen(session: AsyncSession) -> bool:
            post = await posts.get(session, post_id)
            if post is None or post.team != actor.team:
                return False
            if actor.user != post.user and channel != post.channel:
                return False
            if await posts.reopen_failed_images(session, post_id):
                await carry_post(session, self._queue, post, post_id, again=True)
            return True

        return await self._store.write_at_once(reopen, urgent=True)

    async def make_room_for(self, post_id: int, image_ids: Sequence[int]) -> None:
        """Take images of a post up for which there was no room, now that there is."""

        async def reopen(session: AsyncSession) -> None:
            post = await posts.get(session, post_id)
            if post is not None and await posts.reopen_left_out(session, post_id, image_ids):
                await carry_post(session, self._queue, post, post_id, again=True)

        await self._store.write_at_once(reopen)

    # -- carrying -----------------------------------------------------------------------------

    async def _carry(self, job: Job) -> None:
        post, thread, images = await self._answers.load(job.payload["post"])
        undecided = {image.id for image in open_of(images)}
        with _about(post), in_bulk(post.channel):
            try:
                await self._carry_on(job, post, thread, images)
            finally:
                await self._tell_of_decided(post, undecided)

    async def _carry_on(
        self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]
    ) -> None:
        if thread.channel_gone_at is not None and post.created_at <= thread.channel_gone_at:
            await end_quietly(self._store, post)
            return
        perhaps_answered = job.begun_before or job.payload.get("again")  # Retry is a button of the answer
        try:
            if perhaps_answered and post.reply_ts is None and not post.from_outside:
                await self._answers.find(post)
            await self._answer(job, post, thread, images)
        except BotError as error:
            await self._set_back(job, post, error)
        await ask_about_gone(self._store, self._queue, post)

    async def _tell_of_decided(self, post: PostRow, undecided: Set[int]) -> None:
        """Count and log what became of images in this run; those that were added are in the log already."""
        for image in await self._answers.images(post):
            if image.id in undecided and image.state not in posts.OPEN:
                self._decided(image.state)
                if image.state is not ImageState.ADDED:
                    step(log, f"image {image.state.value}", image=image.id, file=image.file_id)

    async def _answer(self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        if not images:
            await self._answers.say(post, Message.of(post.notice or HELLO))
            return
        await self._arrivals.look_up(post, open_of(images))
        if post.from_outside:  # nothing is said in public about such a post, whatever happens
            await self._door.turn_away(post, open_of(images))
            return
        if await self._door.refuses(post, thread, open_of(images)):
            return
        if post.held_back and open_of(images):
            await self._asking.ask(post, thread, open_of(images))
            return
        held_up: HeldUp = []
        if pending := open_of(images):
            held_up = await self._take_in(job, post, thread, pending)
        await self._answers.conclude(job, post, held_up=bool(held_up))
        for error in held_up:
            raise error
        await self._hints.ask(post)

    async def _take_in(
        self, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        """Bring the images to Masko and make them a mascot or its references; gives what holds some up."""
        await self._order.check(post)
        mascot = await self._mascots.destination(post, thread)
        if mascot is None:
            return await self._into_a_new_mascot(job, post, thread, pending)
        return await self._into(mascot, job, post, thread, pending)

    async def _into_a_new_mascot(
        self, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        linked = only_links(pending)
        bring = partial(self._bring, job, post, pending, room=MAX_REFERENCES, held={})
        project_id, _, *brought = await all_of(
            self._projects.id(),
            self._answers.say_working(job, post, thread, working(names_of(pending))),
            *([] if linked else [bring()]),
        )
        if linked and not await self._mascots.create_from_links(post, thread, pending, project_id):
            brought = [await bring()]  # each by itself, as some link among them is to blame
        if uploaded := await self._uploaded(post):
            mascot_id = await self._mascots.create(post, thread, uploaded, project_id)
            await self._extend(mascot_id, post)
        return brought[0] if brought else []

    async def _into(
        self, mascot: MascotRow, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        placeholder = working(names_of(pending), mascot.name or "the mascot")
        (mascot, held), _ = await all_of(
            self._mascots.contents(mascot.id), self._answers.say_working(job, post, thread, placeholder)
        )
        room = MAX_REFERENCES - len(mascot.reference_ids)
        linked = only_links(pending)
        held_up = [] if linked else await self._bring(job, post, pending, room=room, held=held)
        await self._mascots.bind(thread, mascot.id, post)
        await self._extend(mascot.id, post, pending if linked else ())
        return held_up

    async def _bring(
        self, job: Job, post: PostRow, pending: Sequence[IntakeRow], *, room: int, held: dict[str, str]
    ) -> HeldUp:
        """Bring the images to Masko; the others go on without what will not come, or not yet.

        Returns:
            What holds some of them up, where waiting may help.
        """
        try:
            await self._arrivals.bring(post, pending, room=room, held=held)
        except BotError as error:
            if may_wait(error, last_try=job.out_of_patience):
                async with self._store.write() as session:
                    await posts.hold_up_images(session, post.id, still_trying(pending, error))
                return [error]
            step(log, "failed", level=logging.WARNING, error=error)
            async with self._store.write() as session:
                await posts.fail_images(session, post.id, error.words, [ImageState.WAITING])
        return []

    async def _extend(self, mascot_id: str, post: PostRow, links: Sequence[IntakeRow] = ()) -> None:
        if images := links or await self._uploaded(post):
            await self._mascots.extend(mascot_id, post, images)

    async def _uploaded(self, post: PostRow) -> list[IntakeRow]:
        return [image for image in await self._answers.images(post) if image.state is ImageState.UPLOADED]

    async def _set_back(self, job: Job, post: PostRow, error: BotError) -> None:
        """What stopped a post: wait and try again for an hour, then give up and offer Retry.

        While Slack does not take even that, the post stays in the queue to say it later.
        """
        if isinstance(error, SlackError) and error.place_is_gone and await has_moved(self._store, post):
            raise Again(0.0, in_vain=False) from error
        if may_wait(error, last_try=job.out_of_patience):
            turn = isinstance(error, TURNS)
            seconds = pause_after(error, job.attempt, in_turn=turn)
            step(log, "waiting", seconds=round(seconds), error=error)
            # Slack's line is long enough without it; and perhaps nothing may be said here at all.
            if not (isinstance(error, SlackRateLimited | CannotTell) or post.held_back or in_passing(job)):
                await self._answers.say_waiting(post, error, seconds)
            unsure = self._answers.in_doubt(post)
            raise Again(come_again(seconds) if turn else seconds, in_vain=not turn, unsure=unsure) from error
        step(log, "failed", level=logging.WARNING, error=error)
        unsaid = await self._fail(post, error.words)
        if unsaid is not None and unsaid.worth_retrying:
            raise Again(pause_after(unsaid, job.attempt)) from unsaid

    async def _gave_up(self, job: Job) -> None:
        post, _, _ = await self._answers.load(job.payload["post"])
        with _about(post):
            await self._fail(post, "Something went wrong on our side; it was noted in the log.")

    async def _fail(self, post: PostRow, words: str) -> SlackError | None:
        """Give up on what is open of a post, and say so; gives what kept it from being said."""
        async with self._store.write() as session:
            await posts.fail_images(session, post.id, words)
        if post.from_outside or post.held_back or not await self._answers.images(post):
            return None
        try:
            await self._answers.show(post)
        except SlackError as error:
            step(log, "not answered", level=logging.WARNING, error=error)
            if not error.worth_retrying and not error.place_is_gone:
                await self._answers.say_in_private(post, CANNOT_REPLY)
            return error
        return None


def _about(post: PostRow) -> AbstractContextManager[None]:
    """Every line that is logged inside says which post it is about."""
    return about(team=post.team, channel=post.channel, ts=post.ts)
