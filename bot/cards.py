"""The one card of each thread: made from what is written down, shown, and shown again on change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.images import ImageFacts, advice
from bot.messages import Card, Line, Picture, Retry
from bot.outcomes import Report, report
from bot.slack.workspace import Said, SlackError, Workspace
from bot.store import Store, mascots, posts
from bot.store.tables import MascotRow, ReferenceRow, ThreadRow
from bot.work import Again, Job, Locks, Queue, Worker, backoff

log = logging.getLogger(__name__)

SHOW = "card.show"
NO_CARD: Final = {"card_ts": None, "card_post_id": None}
PICTURES_AFTER = (2.0, 10.0)  # seconds: when Slack may have processed a file that it refused as too new


def compose(
    mascot: MascotRow, references: Sequence[ReferenceRow], about_post: Report, retry: Retry | None = None
) -> Card:
    """The card of a mascot.

    Args:
        mascot: as last read from Masko.
        references: those that this program added, oldest first; ones that Masko holds no more are
            left away.
        about_post: what became of the images of the post that the card answers.
        retry: offered while some of those images failed.
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
        pictures=tuple(map(_picture, living)),
        count=len(held),
        problems=about_post.problems,
        notes=about_post.notes,
        advice=tuple(hint.text for hint in advice(facts)) if len(facts) == len(held) else (),
        references_changed=mascot.references_changed,
        retry=retry if about_post.failed else None,
    )


def _picture(reference: ReferenceRow) -> Picture:
    file_id = reference.file_id if reference.showable else None
    return Picture(reference.name, reference.alt or f"Reference image {reference.name}", file_id)


class Cards:
    """Shows cards.

    Args:
        store: where mascots, references and threads are.
        queue: keeps cards to be shown again.
        workspace: the bot's voice in Slack.
    """

    def __init__(self, store: Store, queue: Queue, workspace: Workspace) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace
        self._locks = Locks()

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {SHOW: Worker(self._show_again)}

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
        retry = Retry(thread.card_post_id) if thread.card_post_id else None
        return compose(mascot, references, report(images), retry)

    async def show(self, thread: ThreadRow, *, refused: int = 0) -> bool:
        """Bring the thread's card up to date.

        Args:
            thread: which one; it is read again.
            refused: how often Slack has refused the card's pictures before.

        Returns:
            False where the thread has no card (any more).

        Raises:
            SlackError: Slack could not be reached or refused, other than for a card that somebody deleted.
        """
        async with self._locks.of(f"card:{thread.id}"):  # read and shown as one: the newest card wins
            async with self._store.read() as session:
                thread = await mascots.thread_by_id(session, thread.id)
            card = await self.of(thread)
            said = await self._change(thread, card) if card and thread.card_ts else None
        if said is not None and not said.pictures and refused < len(PICTURES_AFTER):
            delay = PICTURES_AFTER[refused]
            await self._store.write_at_once(
                lambda session: self._put(session, thread, delay=delay, refused=refused + 1)
            )
        return said is not None

    async def show_all_of(self, session: AsyncSession, mascot_id: str) -> None:
        """Have every card of a mascot shown again, once the caller's transaction is committed."""
        for thread in await mascots.threads_of(session, mascot_id):
            await self._put(session, thread)

    async def show_others(self, thread: ThreadRow, mascot_id: str) -> None:
        """Have the mascot's cards in other threads shown again."""
        async with self._store.read() as session:
            others = [row for row in await mascots.threads_of(session, mascot_id) if row.id != thread.id]
        if others:
            async with self._store.write() as session:
                for other in others:
                    await self._put(session, other)

    async def bid_farewell(self, thread: ThreadRow, words: str) -> None:
        """Put words in the place of a card whose mascot is gone; the thread is free afterwards."""
        async with self._locks.of(f"card:{thread.id}"):
            async with self._store.write() as session:
                await mascots.change_thread(session, thread.id, **NO_CARD, mascot_id=None)
            if thread.card_ts is None:
                return
            try:
                await self._workspace.change(thread.channel, thread.card_ts, Line(words))
            except SlackError as error:
                # The thread is free already; whoever posts next in it is told as well.
                log.warning("a card in %s still shows a deleted mascot: %s", thread.channel, error)

    async def _change(self, thread: ThreadRow, card: Card) -> Said | None:
        try:
            return await self._workspace.change(thread.channel, str(thread.card_ts), card)
        except SlackError as error:
            if not error.message_is_gone:
                raise
        log.info("the card in %s was deleted; the next reply with an image brings a new one", thread.channel)
        async with self._store.write() as session:
            await mascots.change_thread(session, thread.id, **NO_CARD)
        return None

    async def _put(
        self, session: AsyncSession, thread: ThreadRow, *, delay: float = 0.0, refused: int = 0
    ) -> None:
        name = f"card:{thread.id}"
        payload = {"thread": thread.id, "refused": refused}
        await self._queue.put(session, SHOW, lock=name, key=name, payload=payload, delay=delay)

    async def _show_again(self, job: Job) -> None:
        async with self._store.read() as session:
            thread = await mascots.thread_by_id(session, job.payload["thread"])
        try:
            await self.show(thread, refused=job.payload["refused"])
        except SlackError as error:
            if not error.worth_retrying or job.out_of_patience:
                log.warning("the card in %s could not be shown: %s", thread.channel, error)
                return
            raise Again(error.retry_after or backoff(job.attempt)) from error
