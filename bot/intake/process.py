"""Process a caught post: from its images to a mascot, its references, and a reply.

Every step is safe to repeat: its result is stored before the next begins, or can be looked up in Masko.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial

from bot.channels.permission_rules import FROM_OUTSIDE, Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.db.values import Mode
from bot.errors import BotError
from bot.images import tip
from bot.intake.catch import HELLO, offer_removal
from bot.intake.reply import Answers, in_passing, names_of, open_of
from bot.intake.upload import Uploader
from bot.intake.view import over_quota, still_trying, working
from bot.jobs import Again, Handler, Job, Queue
from bot.jobs.retry import GAVE_UP, backoff, next_try
from bot.jobs.runner import CARRY, all_of
from bot.mascots.create import ProjectChoice
from bot.mascots.service import MascotGone, Mascots
from bot.masko import MAX_REFERENCES
from bot.masko.rate_limit import in_bulk
from bot.slack.blocks import Message
from bot.slack.errors import SlackError, SlackRateLimited
from bot.slack.post_images import ImageSource
from bot.telemetry.logging import about, step

log = logging.getLogger(__name__)

CHANNEL_GONE = "The channel was archived or deleted, or I was removed from it."
CANNOT_REPLY = (
    "I'm not allowed to post in this channel, so I didn't add your images. "
    "Somebody who manages the channel can let the Masko app post here."
)

HeldUp = list[BotError]  # what keeps some images of a post waiting: none, or one


@dataclass
class Processor:
    """Processes caught posts; `decided` is called with the final state of each image."""

    store: Store
    queue: Queue
    uploader: Uploader
    mascots: Mascots
    answers: Answers
    projects: ProjectChoice
    permissions: Permissions
    decided: Callable[[ImageState], None] = lambda _state: None

    def __post_init__(self) -> None:
        self.queue.handle(CARRY, Handler(self._run, gave_up=self._gave_up, bulk=True))

    async def _run(self, job: Job) -> None:
        post, thread, images = await self.answers.load(job.payload["post"])
        undecided = {image.id for image in open_of(images)}
        with about(team=post.team, channel=post.channel, ts=post.ts), in_bulk():
            try:
                if thread.channel_gone_at is not None and post.created_at <= thread.channel_gone_at:
                    step(log, "its channel is gone")  # its poster finds it at Home, with Retry
                    async with self.store.write() as session:
                        await posts.fail_images(session, post.id, CHANNEL_GONE)
                    return
                again = job.payload.get("again")  # somebody pressed Retry below the reply
                if (job.begun or again) and post.reply_ts is None and not post.from_outside:
                    await self.answers.find(post)
                await self._process(job, post, thread, images)
            except BotError as error:
                await self._put_off(job, post, error)
            finally:
                await self._record_outcomes(post, undecided)
            await self._ask_about_deleted_sources(post)

    async def _record_outcomes(self, post: PostRow, undecided: Set[int]) -> None:
        for image in await self.answers.images(post):
            if image.id in undecided and image.state not in posts.OPEN:
                self.decided(image.state)
                if image.state is not ImageState.ADDED:
                    step(log, f"image {image.state.value}", image=image.id, file=image.file_id)

    async def _ask_about_deleted_sources(self, post: PostRow) -> None:
        gone = (IntakeRow.post_id == post.id, IntakeRow.source_gone_at.is_not(None))
        async with self.store.read() as session:
            if not await mascots.unasked(session, *gone):
                return
        async with self.store.write() as session:
            rows = await mascots.unasked(session, *gone)
            await offer_removal(session, self.queue, post.team, rows)

    async def _process(self, job: Job, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        if not images and post.from_outside:
            await self.answers.say_in_private(post, FROM_OUTSIDE)
            return
        if not images:
            await self.answers.say(post, Message.of(post.notice or HELLO))
            return
        await self.uploader.look_up(post, open_of(images))
        pending = open_of(images)
        into = await self.mascots.destination(post, thread)
        if pending and await self._refuse(post, into):
            return
        if post.from_outside:
            return
        if post.held_back and pending:
            await self._ask(post, into, pending)
            return
        if pending and not (pending := await self._within_quotas(post, pending)):
            return
        held_up = await self._take_in(job, post, thread, into, pending) if pending else []
        await self.answers.conclude(job, post, held_up=bool(held_up))
        for error in held_up:
            raise error

    async def _refuse(self, post: PostRow, into: MascotRow | None) -> bool:
        """Refuse the images of somebody who may not add them, and tell them privately."""
        words = FROM_OUTSIDE if post.from_outside else await self._refusal(post, into)
        if words is None:
            return False
        detail = FROM_OUTSIDE if post.from_outside else None  # without one nothing is said in public
        async with self.store.write() as session:
            await posts.change_images(session, post.id, posts.OPEN, state=ImageState.REFUSED, detail=detail)
            await posts.change(session, post.id, held_back=False)
        step(log, "not permitted")
        await self.answers.say_in_private(post, words)
        return True

    async def _refusal(self, post: PostRow, into: MascotRow | None) -> str | None:
        """Ask by the rules of the channel, and of the mascot's home where that is another one."""
        actor = Actor(post.team, post.user)
        self.permissions.witness(post.user, post.channel)
        words = await self.permissions.refusal(actor, Act.ADD, channel=post.channel, inside=True)
        if words is not None or into is None:
            return words
        shows = None if post.wants_mascot else post.channel  # the thread, or what the channel is set to
        return await self.permissions.refusal(actor, Act.ADD, mascot=into.id, channel=shows, inside=True)

    async def _within_quotas(self, post: PostRow, pending: Sequence[IntakeRow]) -> list[IntakeRow]:
        """Return those images that may be taken in now; tell the poster privately of the others."""
        within, over = await self.uploader.admit(post, pending)
        if over is not None:
            if not within and post.reply_ts is not None:  # else nothing is said in public
                await self.answers.show(post)
            left = len(pending) - len(within)
            await self.answers.say_in_private(post, over_quota(over, post.id, left, len(pending)))
        return within

    async def _ask(self, post: PostRow, into: MascotRow | None, pending: Sequence[IntakeRow]) -> None:
        facts, problems = await self.uploader.look_at(pending)
        async with self.store.read() as session:
            preview = (await settings_of(session, post.team, post.channel)).mode is Mode.PREVIEW
        hints = [each for each in (*problems, tip(facts)) if each]
        await self.answers.ask(post, pending, into, preview=preview, hints=hints)

    async def _take_in(
        self,
        job: Job,
        post: PostRow,
        thread: ThreadRow,
        into: MascotRow | None,
        pending: Sequence[IntakeRow],
    ) -> HeldUp:
        """Make the images a mascot, or references of one; return what keeps some of them waiting."""
        self.uploader.masko.check_limits()
        if into is not None:
            return await self._extend(into, job, post, thread, pending)
        linked = _only_links(pending)
        upload = partial(self._upload, job, post, pending, room=MAX_REFERENCES, held={})
        project_id, _, *uploaded = await all_of(
            self.projects.id(),
            self.answers.say_working(job, post, thread, working(names_of(pending))),
            *([] if linked else [upload()]),
        )
        if linked and not await self.mascots.create_from_links(post, thread, pending, project_id):
            uploaded = [await upload()]  # each by itself, as some link is to blame
        if images := await self._uploaded(post):
            mascot_id = await self.mascots.create(post, thread, images, project_id)
            if images := await self._uploaded(post):
                await self.mascots.extend(mascot_id, post, images)
        return uploaded[0] if uploaded else []

    async def _extend(
        self, mascot: MascotRow, job: Job, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]
    ) -> HeldUp:
        placeholder = working(names_of(pending), mascot.name or "the mascot")
        (mascot, known), _ = await all_of(
            self.mascots.contents(mascot.id), self.answers.say_working(job, post, thread, placeholder)
        )
        room = MAX_REFERENCES - len(mascot.reference_ids)
        held_up = await self._upload(job, post, pending, room=room, held=known)
        await self.mascots.bind(thread, mascot.id, post)
        if images := await self._uploaded(post):
            await self.mascots.extend(mascot.id, post, images)
        return held_up

    async def _upload(
        self, job: Job, post: PostRow, pending: Sequence[IntakeRow], *, room: int, held: dict[str, str]
    ) -> HeldUp:
        """Upload images; the others go on without those that fail, or have to wait: return why they wait."""
        try:
            await self.uploader.upload(pending, room=room, held=held)
        except BotError as error:
            if next_try(job, error):
                coming = [image.name for image in pending if image.state is ImageState.WAITING]
                async with self.store.write() as session:
                    await posts.change_images(
                        session, post.id, [ImageState.WAITING], detail=still_trying(coming, error)
                    )
                return [error]
            step(log, "failed", level=logging.WARNING, error=error)
            async with self.store.write() as session:
                await posts.fail_images(session, post.id, error.words, [ImageState.WAITING])
        return []

    async def _uploaded(self, post: PostRow) -> list[IntakeRow]:
        return [image for image in await self.answers.images(post) if image.state is ImageState.UPLOADED]

    async def _put_off(self, job: Job, post: PostRow, error: BotError) -> None:
        """Have the job run again, and say so; or fail the open images, which offers Retry."""
        if isinstance(error, SlackError) and error.place_is_gone:
            now, _, _ = await self.answers.load(post.id)
            if now.channel != post.channel:  # the channel has got another id
                raise Again(0.0, failed=False) from error
        if again := next_try(job, error):
            step(log, "waiting", seconds=round(again.seconds), error=error)
            # Slack's rate limit leaves no room for a note; and perhaps nothing may be said here at all.
            if not (isinstance(error, SlackRateLimited | CannotTell) or post.held_back or in_passing(job)):
                await self.answers.say_waiting(post, error, again.seconds)
            again.unsure = self.answers.in_doubt(post)
            raise again from error
        step(log, "failed", level=logging.WARNING, error=error)
        words = error.words
        if isinstance(error, MascotGone):
            words = f"{words} So nothing was added to it; Retry starts a new mascot."
        unsaid = await self._fail(post, words)
        if unsaid is not None and unsaid.worth_retrying:
            raise Again(backoff(job.attempt)) from unsaid  # until it is said, however long that takes

    async def _gave_up(self, job: Job) -> None:
        post, _, _ = await self.answers.load(job.payload["post"])
        with about(team=post.team, channel=post.channel, ts=post.ts):
            await self._fail(post, GAVE_UP)

    async def _fail(self, post: PostRow, words: str) -> SlackError | None:
        async with self.store.write() as session:
            await posts.fail_images(session, post.id, words)
        if post.from_outside or post.held_back or not await self.answers.images(post):
            return None
        try:
            await self.answers.show(post)
        except SlackError as error:
            step(log, "not answered", level=logging.WARNING, error=error)
            if not error.worth_retrying and not error.place_is_gone:
                await self.answers.say_in_private(post, CANNOT_REPLY)
            return error
        return None


def _only_links(images: Sequence[IntakeRow]) -> bool:
    """Return whether Masko can fetch all of these images itself, and holds none of them yet."""
    return all(
        image.source == ImageSource.EXTERNAL and image.url and image.state is ImageState.WAITING
        for image in images
    )
