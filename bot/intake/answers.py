"""What is said to a post: one reply, changed in place, until it is the card or the last word."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.cards.service import Cards
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.errors import BotError
from bot.intake.alike import Alike, alike
from bot.intake.order import is_news
from bot.intake.replies import reply, waiting
from bot.intake.view import working
from bot.jobs import Job
from bot.mascots.outcomes import Report, report
from bot.mascots.service import Mascots
from bot.masko import MaskoRateLimited
from bot.slack.blocks import Message
from bot.slack.workspace import SlackError, Workspace
from bot.telemetry.logging import step

log = logging.getLogger(__name__)


class Answers:
    """Answers posts.

    Args:
        store: where posts and their images are; remembers each reply.
        workspace: the bot's voice in Slack.
        mascots: tells what is known of the mascot in question.
        cards: shows it.
    """

    def __init__(self, store: Store, workspace: Workspace, mascots: Mascots, cards: Cards) -> None:
        self._store = store
        self._workspace = workspace
        self._mascots = mascots
        self._cards = cards
        self._in_doubt: set[int] = set()  # posts that may have a reply which is not written down

    def in_doubt(self, post: PostRow) -> bool:
        """Whether there may be a reply to a post that is not written down."""
        return post.id in self._in_doubt

    async def images(self, post: PostRow) -> list[IntakeRow]:
        """The images of a post as they are now."""
        async with self._store.read() as session:
            return await posts.images_of(session, post.id)

    async def load(self, post_id: int) -> tuple[PostRow, ThreadRow, list[IntakeRow]]:
        """A post, its thread and its images, as they are now."""
        async with self._store.read() as session:
            post = await posts.get(session, post_id)
            assert post is not None, "posts are never deleted"
            images = await posts.images_of(session, post_id)
            thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
        if thread is None:
            where = (post.team, post.channel, post.thread_ts)
            thread = await self._store.write_at_once(lambda session: mascots.thread(session, *where))
        return post, thread, images

    async def show(self, post: PostRow) -> None:
        """Say what became of a post: in the card, or in a short reply beside it."""
        post, thread, images = await self.load(post.id)
        mascot = await self._mascots.known(thread.mascot_id) if thread.mascot_id else None
        said = report(images)
        if thread.card_post_id != post.id and (said.added or said.problems or said.gone):
            await self.say(post, await self._reply(post, said, mascot, images))
        elif thread.card_post_id != post.id and images and all(image.source_gone_at for image in images):
            await self._take_back(post, images)
        if mascot is None:
            return
        if not await self._cards.show(thread):
            await self._new_card(post, deleted=thread.card_ts)
        await self._cards.show_others(thread, mascot.id)

    async def _take_back(self, post: PostRow, images: Sequence[IntakeRow]) -> None:
        """The post was deleted before any image of it was in: there is nothing to answer any more."""
        if post.reply_ts is not None and not open_of(images):
            await self._workspace.take_back(post.channel, post.reply_ts)
            await self._remember_reply(post, None)

    async def conclude(self, job: Job, post: PostRow, *, held_up: bool) -> None:
        """Say what became of a post, unless nothing came of it yet; in private where nothing came of images
        that it mentions in passing."""
        said = report(await self.images(post))
        if not said.added and held_up:
            return
        if said.added and post.reply_ts is None:  # the first that is said of images in passing
            await self._say_card(post)
        if said.added or said.failed or not in_passing(job):
            await self.show(post)
        elif said.problems:
            await self.say_in_private(post, " ".join(said.problems))

    async def _reply(
        self, post: PostRow, said: Report, mascot: MascotRow | None, images: Sequence[IntakeRow]
    ) -> Message:
        """The short reply; it names a mascot that is not the thread's own."""
        elsewhere = None
        if post.wants_mascot and (mascot is None or mascot.id != post.wants_mascot):
            mascot = await self._mascots.known(post.wants_mascot)
            elsewhere = (mascot.name or "the mascot") if mascot else None
        count = len(mascot.reference_ids) if mascot else None
        alike = await self._alike(mascot, images) if mascot and said.added else None
        return reply(said, count, post.id, elsewhere, alike)

    async def _alike(self, mascot: MascotRow, images: Sequence[IntakeRow]) -> Alike | None:
        """That an image just added is nearly one that was there, with that one to compare."""
        async with self._store.read() as session:
            return alike(mascot, await mascots.references(session, mascot.id), images)

    async def _new_card(self, post: PostRow, *, deleted: str | None) -> None:
        """Somebody deleted the card: the reply to this post takes its place, said anew if it was the card."""
        post, thread, images = await self.load(post.id)
        if thread.mascot_id is None or thread.card_ts is not None:
            return
        if post.reply_ts is not None and post.reply_ts == deleted:
            await self._remember_reply(post, None)
            await self.say(post, working(names_of(images)))
        if post.reply_ts is not None:
            await self._mascots.bind(thread, thread.mascot_id, post)
            await self._cards.show(thread)

    async def say(self, post: PostRow, message: Message, *, note: bool = False) -> None:
        """The bot's one reply to a post: said once, then changed in place.

        Raises:
            SlackError: refused, or not reached; where it may have been said all the same, the next try
                looks for it first.
        """
        if self.in_doubt(post):
            await self.find(post)
        if post.reply_ts is not None and await self._changed(post, post.reply_ts, message, note):
            return
        self._in_doubt.add(post.id)
        try:
            said = await self._workspace.say(
                post.channel, post.thread_ts, message, answers=post.ts, note=note
            )
        except SlackError as error:
            if not error.may_have_taken_effect:
                self._in_doubt.discard(post.id)
            raise
        await self._remember_reply(post, said.ts)
        step(log, "replied", reply=said.ts)

    async def _changed(self, post: PostRow, ts: str, message: Message, note: bool) -> bool:
        """False where the reply was deleted: it is said anew."""
        try:
            await self._workspace.change(post.channel, ts, message, note=note)
        except SlackError as error:
            if not error.message_is_gone:
                raise
        else:
            return True
        log.info("the reply to post %s was deleted; it is said anew", post.ts)
        await self._remember_reply(post, None)
        return False

    async def find(self, post: PostRow) -> None:
        """An earlier try may have replied without writing that down.

        Raises:
            SlackError: the thread cannot be read yet; until it was, nothing is said.
        """
        if post.reply_ts is not None:  # written down since
            self._in_doubt.discard(post.id)
            return
        self._in_doubt.add(post.id)
        try:
            found = await self._workspace.find_reply(post.channel, post.thread_ts, answers=post.ts)
        except SlackError as error:
            if error.worth_retrying:
                raise
            # It will never be known: a reply said twice is better than none.
            log.warning("the thread of post %s cannot be read (%s)", post.ts, error)
            found = None
        if found is not None:
            await self._remember_reply(post, found)
        self._in_doubt.discard(post.id)

    async def _remember_reply(self, post: PostRow, ts: str | None) -> None:
        await self._store.write_at_once(lambda session: posts.change(session, post.id, reply_ts=ts))
        post.reply_ts = ts
        self._in_doubt.discard(post.id)

    async def _say_card(self, post: PostRow) -> None:
        """Make a placeholder the card of a thread that has a mascot, and no card yet."""
        post, thread, images = await self.load(post.id)
        if thread.mascot_id is not None:
            await self.say(post, working(names_of(images)))
            await self._mascots.bind(thread, thread.mascot_id, post)

    async def say_working(self, job: Job, post: PostRow, thread: ThreadRow, message: Message) -> None:
        """The placeholder; said once, and again to whoever pressed Retry; never in the place of the card, nor
        for images that are mentioned in passing, before it is known that there is something to them.

        Slack takes few changes a minute: one that tells nothing new is at the expense of another's card.
        """
        pressed = job.payload.get("again") and not job.attempt
        unsaid = post.reply_ts is None and not in_passing(job)
        if thread.card_post_id != post.id and (unsaid or pressed):
            await self.say(post, message)

    async def say_in_private(self, post: PostRow, words: str) -> None:
        """Tell the poster alone, where Slack lets us."""
        try:
            await self._workspace.whisper(post.channel, _thread_of(post), post.user, Message.of(words))
        except SlackError as error:
            log.info("%s could not be told: %s", post.user, error)

    async def say_waiting(self, post: PostRow, error: BotError, seconds: float) -> None:
        """Why it takes longer, and when it goes on, in the placeholder, unless people know that already.

        Once some images are in, the reply tells of the others.
        """
        now = datetime.now(UTC)
        expected = now + timedelta(seconds=seconds)
        if isinstance(error, MaskoRateLimited) and not is_news(post.promised_for, expected, now):
            return
        post, thread, images = await self.load(post.id)
        waiting_for = open_of(images)
        some_are_in = any(image.state is ImageState.ADDED for image in images)
        if post.from_outside or not waiting_for or some_are_in:
            return
        mascot = await self._mascots.destination(post, thread)
        name = (mascot.name or "the mascot") if mascot else None
        try:
            await self.say(post, working(names_of(waiting_for), name, waiting(error, seconds)), note=True)
            promise = expected if isinstance(error, MaskoRateLimited) else None
            await self._store.write_at_once(
                lambda session: posts.change(session, post.id, promised_for=promise)
            )
        except SlackError as refused:
            log.info("could not say that post %s waits: %s", post.ts, refused)


def in_passing(job: Job) -> bool:
    """Whether a post only mentions its images (`Post.in_passing`)."""
    return bool(job.payload.get("in_passing"))


def names_of(images: Sequence[IntakeRow]) -> tuple[str, ...]:
    """The images' names."""
    return tuple(image.name for image in images)


def open_of(images: Sequence[IntakeRow]) -> list[IntakeRow]:
    """Those images that are not decided yet."""
    return [image for image in images if image.state in posts.OPEN]


def _thread_of(post: PostRow) -> str | None:
    return post.thread_ts if post.thread_ts != post.ts else None
