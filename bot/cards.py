"""The one card of each thread: made from what is written down, shown, and shown again on change."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.images import ImageFacts, advice
from bot.messages import Card, Picture, Retry
from bot.outcomes import Report, report
from bot.slack.workspace import Said, SlackError, Workspace
from bot.store import Store, mascots, posts
from bot.store.tables import MascotRow, ReferenceRow, ThreadRow
from bot.work import Again, Job, Locks, Queue, Worker

log = logging.getLogger(__name__)

SHOW = "card.show"
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

    async def show(self, thread: ThreadRow, *, refused: int = 0) -> None:
        """Bring the thread's card up to date.

        Args:
            thread: its card is shown where it has one.
            refused: how often Slack has refused the card's pictures before.

        Raises:
            SlackError: Slack could not be reached or refused, other than for a card that somebody deleted.
        """
        if thread.card_ts is None:
            return
        async with self._locks.of(f"card:{thread.id}"):  # read and shown as one: the newest card wins
            card = await self.of(thread)
            said = None if card is None else await self._change(thread.channel, thread.card_ts, card)
        if said is not None and not said.pictures and refused < len(PICTURES_AFTER):
            async with self._store.write() as session:
                await self._put(session, thread, delay=PICTURES_AFTER[refused], refused=refused + 1)

    async def _change(self, channel: str, card_ts: str, card: Card) -> Said | None:
        try:
            return await self._workspace.change(channel, card_ts, card)
        except SlackError as error:
            if error.code not in {"message_not_found", "cant_update_message"}:
                raise
            log.info("the card in %s is gone (%s)", channel, error.code)
            return None

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

    async def _put(
        self, session: AsyncSession, thread: ThreadRow, *, delay: float = 0.0, refused: int = 0
    ) -> None:
        payload = {
            "team": thread.team,
            "channel": thread.channel,
            "thread": thread.thread_ts,
            "refused": refused,
        }
        lock = f"card:{thread.id}"
        await self._queue.put(session, SHOW, lock=lock, payload=payload, delay=delay)

    async def _show_again(self, job: Job) -> None:
        where = job.payload
        async with self._store.write() as session:
            thread = await mascots.thread(session, where["team"], where["channel"], where["thread"])
        try:
            await self.show(thread, refused=where["refused"])
        except SlackError as error:
            if not error.worth_retrying or job.attempt >= 10:
                log.warning("the card in %s could not be shown: %s", thread.channel, error)
                return
            raise Again(2.0 * (job.attempt + 1)) from error
