"""The bot's reply to each post, changed in place until it is the card or the last word; private answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.cards.service import Cards, picture
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow, ThreadRow
from bot.errors import BotError
from bot.images import ImageFacts, near_duplicate
from bot.intake.view import question, reply, waiting, working
from bot.jobs import Job
from bot.mascots.outcomes import Report, report
from bot.mascots.search import Option, labels
from bot.mascots.service import Mascots
from bot.masko.errors import MaskoRateLimited
from bot.slack.blocks import Message, Picture
from bot.slack.client import MAX_WAIT
from bot.slack.errors import SlackError
from bot.slack.messenger import NOTE_WAIT, Messenger
from bot.telemetry.logging import step

log = logging.getLogger(__name__)

MOST_MASCOTS = 99  # Block Kit: 100 options of a menu
SOON = timedelta(seconds=5)  # a shorter wait is not worth a word
MUCH = timedelta(seconds=20)


@dataclass
class Answers:
    """Answers posts."""

    store: Store
    messenger: Messenger
    mascots: Mascots
    cards: Cards
    permissions: Permissions

    def __post_init__(self) -> None:
        self._in_doubt: set[int] = set()  # posts whose reply may have been posted without being recorded

    async def load(self, post_id: int) -> tuple[PostRow, ThreadRow, list[IntakeRow]]:
        """Return a post, its thread and its images, as they are now."""
        async with self.store.read() as session:
            post = await posts.get(session, post_id)
            assert post is not None, "no post that a job is about is deleted"
            images = await posts.images_of(session, post_id)
            thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
        if thread is None:
            where = (post.team, post.channel, post.thread_ts)
            thread = await self.store.write_at_once(lambda session: mascots.thread(session, *where))
        return post, thread, images

    async def images(self, post: PostRow) -> list[IntakeRow]:
        """Return the images of a post as they are now."""
        async with self.store.read() as session:
            return await posts.images_of(session, post.id)

    async def conclude(self, job: Job, post: PostRow, *, held_up: bool) -> None:
        """Send the outcome of a post, if any; to the poster alone if images in passing could not be used."""
        post, thread, images = await self.load(post.id)
        said = report(images)
        if not said.added and held_up:
            return
        if said.added and post.reply_ts is None and thread.mascot_id is not None:
            # Images in passing have no placeholder.
            await self.say(post, working(names_of(images)))
            await self.mascots.bind(thread, thread.mascot_id, post)
            post, thread, images = await self.load(post.id)
        if said.added or said.failed or not in_passing(job):
            await self._show(post, thread, images)
        elif said.problems:
            await self.say_in_private(post, " ".join(said.problems))

    async def show(self, post: PostRow) -> None:
        """Say the outcome of a post: in the card, or in a short reply beside it."""
        await self._show(*await self.load(post.id))

    async def _show(self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]) -> None:
        said = report(images)
        if thread.card_post_id != post.id:
            mascot = await self.mascots.known(thread.mascot_id) if thread.mascot_id else None
            if said.added or said.problems or said.gone:
                await self.say(post, await self._reply(post, said, mascot, images))
            elif post.reply_ts and images and not open_of(images) and all(i.source_gone_at for i in images):
                await self.messenger.delete(post.channel, post.reply_ts)  # nothing is left to answer
                await self._remember_reply(post, None)
        if thread.mascot_id is None:
            return
        if not await self.cards.show(thread):
            await self._replace_card(post, deleted=thread.card_ts)
        await self.cards.show_others(thread, thread.mascot_id)

    async def _reply(
        self, post: PostRow, said: Report, mascot: MascotRow | None, images: Sequence[IntakeRow]
    ) -> Message:
        elsewhere = None
        if post.wants_mascot and (mascot is None or mascot.id != post.wants_mascot):
            mascot = await self.mascots.known(post.wants_mascot)
            elsewhere = (mascot.name or "the mascot") if mascot else None
        if mascot is None:
            return reply(said, None, post.id)
        similar, pictures = None, tuple[Picture, ...]()
        if said.added:
            async with self.store.read() as session:
                references = await mascots.references(session, mascot.id)
            similar, pictures = resembling(mascot, references, images)
        return reply(said, len(mascot.reference_ids), post.id, elsewhere, similar, pictures)

    async def _replace_card(self, post: PostRow, *, deleted: str | None) -> None:
        post, thread, images = await self.load(post.id)
        if thread.mascot_id is None or thread.card_ts is not None:
            return
        if post.reply_ts is not None and post.reply_ts == deleted:
            await self._remember_reply(post, None)
            await self.say(post, working(names_of(images)))
        if post.reply_ts is not None:
            await self.mascots.bind(thread, thread.mascot_id, post)
            await self.cards.show(thread)

    async def say(self, post: PostRow, message: Message, *, wait: float = MAX_WAIT) -> None:
        """Post the reply to a post, or change it; after an error, the next call looks for it first."""
        if self.in_doubt(post):
            await self.find(post)
        if post.reply_ts is not None:
            try:
                await self.messenger.update(post.channel, post.reply_ts, message, wait=wait)
                return
            except SlackError as error:
                if not error.message_is_gone:
                    raise
            log.info("the reply to post %s was deleted; it is posted again", post.ts)
            await self._remember_reply(post, None)
        self._in_doubt.add(post.id)
        try:
            said = await self.messenger.reply(
                post.channel, post.thread_ts, message, answers=post.ts, wait=wait
            )
        except SlackError as error:
            if not error.may_have_taken_effect:
                self._in_doubt.discard(post.id)
            raise
        await self._remember_reply(post, said.ts)
        step(log, "replied", reply=said.ts)

    def in_doubt(self, post: PostRow) -> bool:
        """Return whether there may be a reply that is not recorded."""
        return post.id in self._in_doubt

    async def find(self, post: PostRow) -> None:
        """Look in Slack for a reply that an earlier try has posted without recording it."""
        found = None
        if post.reply_ts is None:
            self._in_doubt.add(post.id)
            try:
                found = await self.messenger.find_reply(post.channel, post.thread_ts, answers=post.ts)
            except SlackError as error:
                if error.worth_retrying:
                    raise
                # It will never be known: a reply posted twice is better than none.
                log.warning("the thread of post %s cannot be read (%s)", post.ts, error)
        if found is not None:
            await self._remember_reply(post, found)
        self._in_doubt.discard(post.id)

    async def _remember_reply(self, post: PostRow, ts: str | None) -> None:
        await self.store.write_at_once(lambda session: posts.change(session, post.id, reply_ts=ts))
        post.reply_ts = ts
        self._in_doubt.discard(post.id)

    async def say_working(self, job: Job, post: PostRow, thread: ThreadRow, message: Message) -> None:
        """Post the placeholder once, and again after Retry; not for images mentioned in passing."""
        pressed = job.payload.get("again") and not job.attempt
        unsaid = post.reply_ts is None and not in_passing(job)
        if thread.card_post_id != post.id and (unsaid or pressed):
            await self.say(post, message)

    async def say_waiting(self, post: PostRow, error: BotError, seconds: float) -> None:
        """Update the placeholder with the reason for a delay and its end; not once some images are in."""
        now = datetime.now(UTC)
        expected = now + timedelta(seconds=seconds)
        queued = isinstance(error, MaskoRateLimited)
        if queued and not is_news(post.promised_for, expected, now):
            return
        post, thread, images = await self.load(post.id)
        waiting_for = open_of(images)
        some_are_in = any(image.state is ImageState.ADDED for image in images)
        if post.from_outside or not waiting_for or some_are_in:
            return
        mascot = await self.mascots.destination(post, thread)
        name = (mascot.name or "the mascot") if mascot else None
        words = working(names_of(waiting_for), name, waiting(error, seconds))
        try:
            await self.say(post, words, wait=NOTE_WAIT)
        except SlackError as refused:
            log.info("could not say that post %s waits: %s", post.ts, refused)
            return
        promise = expected if queued else None
        await self.store.write_at_once(lambda session: posts.change(session, post.id, promised_for=promise))

    async def say_in_private(self, post: PostRow, said: str | Message) -> None:
        """Tell the poster alone, where Slack allows it."""
        try:
            await self._whisper(post, Message.of(said) if isinstance(said, str) else said)
        except SlackError as error:
            log.info("%s could not be told: %s", post.user, error)

    async def ask(
        self,
        post: PostRow,
        images: Sequence[IntakeRow],
        into: MascotRow | None,
        candidates: Sequence[MascotRow] = (),
        *,
        remark: str | None = None,
        preview: bool = False,
        hints: Sequence[str] = (),
    ) -> None:
        """Ask the poster privately where images go; `candidates` come first.  See `question`."""
        async with self.store.read() as session:
            living = await mascots.of_team(session, post.team)
        visible = await self.permissions.visible(Actor(post.team, post.user), {row.id for row in living})
        first = {row.id for row in candidates}
        others = [row for row in reversed(living) if row.id in visible and row.id not in first]
        named = labels([*candidates, *others][:MOST_MASCOTS])
        offered = [Option(label, mascot_id) for mascot_id, label in named.items()]
        destination = Option(into.name or "this mascot", into.id) if into else None
        names = names_of(images)
        asked = question(post.id, names, destination, offered, preview=preview, hints=hints, remark=remark)
        await self._whisper(post, asked)

    async def _whisper(self, post: PostRow, message: Message) -> None:
        thread_ts = post.thread_ts if post.thread_ts != post.ts else None
        await self.messenger.post_ephemeral(post.channel, thread_ts, post.user, message)


def resembling(
    mascot: MascotRow, references: Sequence[ReferenceRow], images: Sequence[IntakeRow]
) -> tuple[str | None, tuple[Picture, ...]]:
    """Return a sentence about an image of a post that nearly equals an earlier reference, and that one."""
    living = [each for each in references if each.asset_id in mascot.reference_ids]
    facts = {each: ImageFacts.from_json(each.facts) for each in living if each.facts}
    new = {image.sha256 for image in images if image.state is ImageState.ADDED and image.sha256}
    found = near_duplicate([*facts.values()], new)
    if found is None:
        return None, ()
    earlier, sentence = found
    # New ones stand in the post above, and Slack refuses files that it has not processed yet.
    shown = [row for row, known in facts.items() if known is earlier and row.sha256 not in new]
    return sentence, tuple(map(picture, shown))


def is_news(promised: datetime | None, expected: datetime, now: datetime) -> bool:
    """Return whether people should be told that a post goes on at `expected`, having been told `promised`."""
    left = expected - now
    return left > SOON if promised is None else abs(expected - promised) > max(MUCH, left / 4)


def in_passing(job: Job) -> bool:
    """Return whether the post of a job only mentions its images (`Post.in_passing`)."""
    return bool(job.payload.get("in_passing"))


def names_of(images: Sequence[IntakeRow]) -> tuple[str, ...]:
    """Return the images' names."""
    return tuple(image.name for image in images)


def open_of(images: Sequence[IntakeRow]) -> list[IntakeRow]:
    """Return those images that are not decided yet."""
    return [image for image in images if image.state in posts.OPEN]
