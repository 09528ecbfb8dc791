"""The card of each thread: assembled from the store, posted, and updated on change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cards.contact_sheet import put_sheet
from bot.cards.view import Card, card
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db.tables import MascotRow, ReferenceRow, ThreadRow
from bot.db.values import State
from bot.images import ImageFacts, tip
from bot.jobs import Handler, Job, Queue, retry_later
from bot.jobs.runner import NO_CARD, REFRESH, RETIRE, refresh_card, refresh_cards, say_once
from bot.mascots.outcomes import NOTHING, Report, report
from bot.review import record as reviews
from bot.review import text as words
from bot.review.notify import catch_up
from bot.review.text import Reviewed
from bot.slack.blocks import Message, Picture
from bot.slack.client import MAX_WAIT
from bot.slack.errors import SlackError, SlackRateLimited
from bot.slack.messenger import Messenger, Said
from bot.slack.request import Request
from bot.slack.text import one_line, shorten

log = logging.getLogger(__name__)

MOST_ALT = 200  # characters of a prompt that stands for an alt text: a sentence or two

APPROVED = "white_check_mark"
PICTURES_AFTER = (2.0, 10.0)  # seconds: when Slack may have processed a file that it refused as too new


def compose(
    mascot: MascotRow,
    references: Sequence[ReferenceRow],
    about_post: Report = NOTHING,
    post_id: int | None = None,
    review: Reviewed | None = None,
) -> Card:
    """Return the card of a mascot, without references that Masko no longer holds."""
    held = set(mascot.reference_ids)
    living = [reference for reference in references if reference.asset_id in held]
    facts = [ImageFacts.from_json(reference.facts) for reference in living if reference.facts]
    return Card(
        mascot_id=mascot.id,
        name=mascot.name,
        prompt=mascot.prompt,
        describing=mascot.describe_until is not None,
        pictures=tuple(picture(reference, mascot.prompt) for reference in living),
        count=len(held),
        post_id=post_id,
        about_post=about_post,
        tip=tip(facts) if len(facts) == len(held) else None,
        review=review,
    )


def picture(reference: ReferenceRow, prompt: str | None = None) -> Picture:
    """Return a reference as it is shown; without an alt text, the mascot's `prompt` describes it."""
    file_id = reference.file_id if reference.showable else None
    alt = reference.alt or shorten(one_line(prompt or ""), MOST_ALT) or f"Reference image {reference.name}"
    return Picture(reference.name, alt, file_id)


@dataclass
class Cards:
    """Assembles cards and keeps them up to date."""

    store: Store
    queue: Queue
    messenger: Messenger
    permissions: Permissions

    def __post_init__(self) -> None:
        self._locks = self.queue.locks
        self.queue.handle(REFRESH, Handler(self._show_again))
        self.queue.handle(RETIRE, Handler(self._retire))

    async def of(self, thread: ThreadRow) -> Card | None:
        """Return the card of a thread; None while the thread has no mascot."""
        if thread.mascot_id is None:
            return None
        shown = await self.of_mascot(thread.mascot_id, thread.card_post_id)
        alone = thread.channel.startswith("D")  # where one person has nobody to review with
        return replace(shown, review=None) if shown and alone else shown

    async def of_mascot(self, mascot_id: str, post_id: int | None = None) -> Card | None:
        """Return the card of a mascot, the answer to a post if one is given; None for an unknown mascot."""
        async with self.store.read() as session:
            record = await reviews.load(session, mascot_id)
            if record is None:
                return None
            references = await mascots.references(session, mascot_id)
            images = await posts.images_of(session, post_id) if post_id else []
            review = words.on_card(record, await reviews.sheet_of(session, record))
        return compose(record.mascot, references, report(images), post_id, review)

    async def show(self, thread: ThreadRow) -> bool:
        """Update the thread's card now, or by a job as soon as Slack's rate limit allows.

        The card is rendered just before it is sent, so no older state follows a newer one.  Returns
        False where the thread has no card.  Raises SlackError, not for a deleted card.
        """
        try:
            return await self._show(thread, patience=0.0)
        except SlackRateLimited as error:
            delay = error.retry_after
            await self.store.write_at_once(
                lambda session: refresh_card(session, self.queue, thread, delay=delay)
            )
            return True

    async def _show(self, thread: ThreadRow, *, patience: float, refused: int = 0) -> bool:
        """`patience`: seconds to wait for the rate limit; `refused`: how often Slack refused the pictures."""
        approved = await self._note_change(thread)
        async with self._locks.of(f"card:{thread.id}"):
            said = await self._send(thread, patience, again=refused > 0)
        if said is not None:
            await self._mark(thread, approved=approved)
        if said is not None and not said.pictures and refused < len(PICTURES_AFTER):
            delay = PICTURES_AFTER[refused]
            await self.store.write_at_once(
                lambda session: refresh_card(session, self.queue, thread, delay=delay, refused=refused + 1)
            )
        return said is not None

    async def _note_change(self, thread: ThreadRow) -> bool:
        """Record that a mascot is no longer what people voted on, have them told and its sheet made.

        Return whether it is approved.
        """
        async with self.store.read() as session:
            if thread.mascot_id is None or not await reviews.record(session, thread.mascot_id):
                return False  # nobody has said anything about it
            record = await reviews.load(session, thread.mascot_id)
            sheet = await reviews.sheet_of(session, record) if record else None
        if record is not None and record.is_behind:
            async with self.store.write() as session:
                await catch_up(session, self.queue, record.mascot.id)
        if record is not None and record.review.state is not State.DRAFT and sheet is None:
            await self.store.write_at_once(lambda session: put_sheet(session, self.queue, record))
        return record is not None and record.review.state is State.APPROVED

    async def _mark(self, thread: ThreadRow, *, approved: bool) -> None:
        """Put an emoji to the thread's root where the mascot is approved, so that the channel sees it."""
        async with self.store.read() as session:
            if (await mascots.thread_by_id(session, thread.id)).marked == approved:
                return
        try:
            await self.messenger.react(thread.channel, thread.thread_ts, APPROVED, on=approved)
        except SlackError as error:  # the next update of the card tries it again
            log.info("the root of a thread in %s was not marked: %s", thread.channel, error)
            return
        async with self.store.write() as session:
            await mascots.change_thread(session, thread.id, marked=approved)

    async def _send(self, thread: ThreadRow, patience: float, *, again: bool) -> Said | None:
        """`again`: only for the pictures, which Slack has refused: without the sheet, after other cards."""

        async def newest() -> Message | None:
            async with self.store.read() as session:
                now = await mascots.thread_by_id(session, thread.id)
            shown = await self.of(now) if now.card_ts == card_ts else None
            return card(shown, sheet=not again) if shown else None

        async with self.store.read() as session:
            card_ts = (await mascots.thread_by_id(session, thread.id)).card_ts
        if card_ts is None:
            return None
        try:
            return await self.messenger.update(
                thread.channel, card_ts, newest, wait=0.0 if again else patience
            )
        except SlackError as error:
            if not error.message_is_gone:
                raise
        log.info("the card in %s was deleted; the next reply with an image brings a new one", thread.channel)
        async with self.store.write() as session:
            await mascots.change_thread(session, thread.id, **NO_CARD)
        return None

    async def show_others(self, thread: ThreadRow, mascot_id: str) -> None:
        """Put jobs that update the mascot's cards in other threads."""
        async with self.store.read() as session:
            others = [row for row in await mascots.open_threads_of(session, mascot_id) if row.id != thread.id]
        if others:
            async with self.store.write() as session:
                for other in others:
                    await refresh_card(session, self.queue, other)

    async def share(self, job: Job, request: Request, mascot_id: str) -> Message:
        """Post a mascot's card as a thread bound to it.  Raises SlackError, Denied, CannotTell."""
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        await self.permissions.require(actor, Act.SEE, channel=request.channel)
        known = await self.of_mascot(mascot_id)
        if known is None:
            return Message.of(NOT_KNOWN)
        nobody_named = card(replace(known, review=None))  # a new message would notify those who have voted
        channel, ts = await say_once(self.messenger, job, request.channel, None, nobody_named)
        async with self.store.write() as session:
            thread = await mascots.thread(session, request.team, channel, ts)
            await mascots.change_thread(session, thread.id, mascot_id=mascot_id, card_ts=ts)
            await refresh_cards(session, self.queue, mascot_id)
        return Message.of("Shared. Reply to it with images to add references.")

    async def _show_again(self, job: Job) -> None:
        thread = await self._thread(job)
        try:
            await self._show(thread, patience=MAX_WAIT, refused=job.payload["refused"])
        except SlackError as error:
            _retry_or_log(job, thread, error)

    async def _retire(self, job: Job) -> None:
        thread = await self._thread(job)
        try:
            async with self._locks.of(f"card:{thread.id}"):
                said = Message(**job.payload["said"])
                await self.messenger.update(thread.channel, job.payload["ts"], said)
            await self._mark(thread, approved=False)
        except SlackError as error:
            _retry_or_log(job, thread, error)

    async def _thread(self, job: Job) -> ThreadRow:
        async with self.store.read() as session:
            return await mascots.thread_by_id(session, job.payload["thread"])


def _retry_or_log(job: Job, thread: ThreadRow, error: SlackError) -> None:
    retry_later(job, error)
    log.warning("the card in %s could not be shown: %s", thread.channel, error)
