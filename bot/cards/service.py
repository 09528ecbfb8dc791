"""The one card of each thread: made from what is written down, shown, and shown again on change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.view import Card, card
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db.tables import MascotRow, ReferenceRow, ThreadRow
from bot.images import ImageFacts, advice
from bot.jobs import Again, Job, Queue, Worker, pause_after
from bot.jobs.followups import NO_CARD, REFRESH, RETIRE, refresh_card, refresh_cards
from bot.mascots.outcomes import NOTHING, Report, report
from bot.review import words
from bot.review.changes import catch_up, is_behind
from bot.review.record import load
from bot.review.view import Reviewed
from bot.slack.blocks import Message, Picture
from bot.slack.pace import PATIENCE
from bot.slack.place import Place
from bot.slack.workspace import Said, SlackError, SlackRateLimited, Workspace

log = logging.getLogger(__name__)

PICTURES_AFTER = (2.0, 10.0)  # seconds: when Slack may have processed a file that it refused as too new


def compose(
    mascot: MascotRow,
    references: Sequence[ReferenceRow],
    about_post: Report = NOTHING,
    post_id: int | None = None,
    review: Reviewed | None = None,
) -> Card:
    """The card of a mascot.

    Args:
        mascot: as last read from Masko.
        references: those that this program added, oldest first; ones that Masko holds no more are left out.
        about_post: what came of the images of the post that the card answers.
        post_id: that post.
        review: where its review stands.
    """
    held = set(mascot.reference_ids)
    living = [reference for reference in references if reference.asset_id in held]
    facts = [ImageFacts.from_json(reference.facts) for reference in living if reference.facts]
    return Card(
        mascot_id=mascot.id,
        name=mascot.name,
        prompt=mascot.prompt,
        name_detected=not mascot.name_given,
        prompt_detected=not mascot.prompt_given,
        describing=mascot.describe_until is not None,
        pictures=tuple(map(picture, living)),
        count=len(held),
        post_id=post_id,
        about_post=about_post,
        advice=tuple(hint.text for hint in advice(facts)) if len(facts) == len(held) else (),
        references_changed=mascot.references_changed,
        review=review,
    )


def picture(reference: ReferenceRow) -> Picture:
    """A reference as it is shown."""
    file_id = reference.file_id if reference.showable else None
    return Picture(reference.name, reference.alt or f"Reference image {reference.name}", file_id)


@dataclass(eq=False)
class _Showing:
    """Those who want one card shown now: one look at the store serves all who asked before it.

    Attributes:
        asked: how many have asked.
        seen: how many had asked when the store was last looked at.
        served: for how many of them Slack has taken what was seen.
        is_there: whether there was a card to show then.
    """

    asked: int = 0
    seen: int = 0
    served: int = 0
    is_there: bool = False


class Cards:
    """Shows cards.

    Args:
        store: where mascots, references and threads are.
        queue: keeps cards to be shown again.
        workspace: the bot's voice in Slack.
        permissions: says who may share a card.
    """

    def __init__(self, store: Store, queue: Queue, workspace: Workspace, permissions: Permissions) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace
        self._permissions = permissions
        self._locks = queue.locks
        self._showing: WeakValueDictionary[int, _Showing] = WeakValueDictionary()

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {REFRESH: Worker(self._show_again), RETIRE: Worker(self._retire)}

    async def of(self, thread: ThreadRow) -> Card | None:
        """The card of a thread; None while it belongs to no mascot."""
        if thread.mascot_id is None:
            return None
        async with self._store.read() as session:
            mascot = await mascots.mascot(session, thread.mascot_id)
            if mascot is None:
                return None
            references = await mascots.references(session, mascot.id)
            images = await posts.images_of(session, thread.card_post_id) if thread.card_post_id else []
            review = await _review(session, mascot.id)
        return compose(mascot, references, report(images), thread.card_post_id, review)

    async def of_mascot(self, mascot_id: str) -> Card | None:
        """The card of a mascot in no thread; None for one that is not known."""
        async with self._store.read() as session:
            mascot = await mascots.mascot(session, mascot_id)
            references = await mascots.references(session, mascot_id)
            review = await _review(session, mascot_id)
        return compose(mascot, references, review=review) if mascot else None

    async def show(self, thread: ThreadRow) -> bool:
        """Bring the thread's card up to date: at once, or as soon as Slack takes it.

        What it says is read when Slack's turn for it has come, so of many changes within seconds only the
        newest state is sent, and never an older one after it.

        Args:
            thread: which one; it is read again.

        Returns:
            False where the thread has no card (any more).

        Raises:
            SlackError: Slack could not be reached or refused, other than for a card that somebody deleted.
        """
        try:
            return await self._show(thread, patience=0.0)
        except SlackRateLimited:
            await self._store.write_at_once(lambda session: refresh_card(session, self._queue, thread))
            return True

    async def _show(self, thread: ThreadRow, *, patience: float, refused: int = 0) -> bool:
        """`show`, waiting at most `patience` seconds for a turn.

        Args:
            refused: how often Slack has refused the card's pictures before.
        """
        showing = self._showing.setdefault(thread.id, _Showing())
        showing.asked += 1
        me = showing.asked
        await self._note_change(thread)
        async with self._locks.of(f"card:{thread.id}"):
            if showing.served >= me:
                return showing.is_there
            said = await self._show_newest(thread, showing, patience)
            showing.served, showing.is_there = showing.seen, said is not None
        if said is not None and not said.pictures and refused < len(PICTURES_AFTER):
            delay = PICTURES_AFTER[refused]
            await self._store.write_at_once(
                lambda session: refresh_card(session, self._queue, thread, delay=delay, refused=refused + 1)
            )
        return said is not None

    async def _note_change(self, thread: ThreadRow) -> None:
        """Have it written down that a mascot is not what people voted on any more, and have them told."""
        async with self._store.read() as session:
            mascot_id = (await mascots.thread_by_id(session, thread.id)).mascot_id
            behind = mascot_id is not None and await is_behind(session, mascot_id)
        if mascot_id is not None and behind:
            async with self._store.write() as session:
                await catch_up(session, self._queue, mascot_id)

    async def show_others(self, thread: ThreadRow, mascot_id: str) -> None:
        """Have the mascot's cards in other threads shown again."""
        async with self._store.read() as session:
            others = [row for row in await mascots.open_threads_of(session, mascot_id) if row.id != thread.id]
        if others:
            async with self._store.write() as session:
                for other in others:
                    await refresh_card(session, self._queue, other)

    async def share(self, job: Job, place: Place, mascot_id: str) -> Message:
        """Put a mascot's card into a channel; replies in its thread are references of that mascot.

        Raises:
            SlackError: the channel is closed to the bot, or Slack was not reached.
            Denied, CannotTell: the person may not, as far as is known.
        """
        actor = Actor(place.team, place.user)
        await self._permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        await self._permissions.require(actor, Act.SEE, channel=place.channel)
        known = await self.of_mascot(mascot_id)
        if known is None:
            return Message.of(NOT_KNOWN)
        nobody_named = card(replace(known, review=None))  # a new message would call those who have voted
        channel, ts = await self._said(job, place.channel, nobody_named)

        async def bind(session: AsyncSession) -> None:
            thread = await mascots.thread(session, place.team, channel, ts)
            await mascots.change_thread(session, thread.id, mascot_id=mascot_id, card_ts=ts)
            await refresh_cards(session, self._queue, mascot_id)

        await self._store.write_at_once(bind)
        return Message.of("Shared. Replies to it with pictures become references.")

    async def _said(self, job: Job, channel: str, said: Message) -> tuple[str, str]:
        request = f"job:{job.id}"
        if job.begun_before and (found := await self._workspace.find_announcement(channel, request)):
            return channel, found
        return await self._workspace.announce(channel, said, request=request)

    async def _retire(self, job: Job) -> None:
        thread = await self._thread(job)
        words = Message.of(job.payload["words"])
        try:
            async with self._locks.of(f"card:{thread.id}"):
                await self._workspace.change(thread.channel, job.payload["ts"], words)
        except SlackError as error:
            _again_or_never(job, thread, error)

    async def _show_newest(self, thread: ThreadRow, showing: _Showing, patience: float) -> Said | None:
        """Change the card to what it is when its turn comes; None where there is none to change."""

        async def newest() -> Message | None:
            showing.seen = showing.asked
            async with self._store.read() as session:
                now = await mascots.thread_by_id(session, thread.id)
            shown = await self.of(now) if now.card_ts == card_ts else None
            return card(shown) if shown else None

        showing.seen = showing.asked
        async with self._store.read() as session:
            card_ts = (await mascots.thread_by_id(session, thread.id)).card_ts
        if card_ts is None:
            return None
        try:
            return await self._workspace.keep(thread.channel, card_ts, newest, patience=patience)
        except SlackError as error:
            if not error.message_is_gone:
                raise
        log.info("the card in %s was deleted; the next reply with an image brings a new one", thread.channel)
        async with self._store.write() as session:
            await mascots.change_thread(session, thread.id, **NO_CARD)
        return None

    async def _show_again(self, job: Job) -> None:
        thread = await self._thread(job)
        try:
            await self._show(thread, patience=PATIENCE, refused=job.payload["refused"])
        except SlackError as error:
            _again_or_never(job, thread, error)

    async def _thread(self, job: Job) -> ThreadRow:
        async with self._store.read() as session:
            return await mascots.thread_by_id(session, job.payload["thread"])


async def _review(session: AsyncSession, mascot_id: str) -> Reviewed | None:
    record = await load(session, mascot_id)
    return words.on_card(record) if record is not None else None


def _again_or_never(job: Job, thread: ThreadRow, error: SlackError) -> None:
    """For a turn at Slack a card waits as long as it takes, for anything else that may pass an hour."""
    busy = isinstance(error, SlackRateLimited)
    if busy or (error.worth_retrying and not job.out_of_patience):
        raise Again(pause_after(error, job.attempt, in_turn=busy), in_vain=not busy) from error
    log.warning("the card in %s could not be shown: %s", thread.channel, error)
