"""Posts and files that people delete in Slack: what is not in yet is dropped, and the thread is asked whether
the references are to go too."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, posts
from bot.db import references as held
from bot.errors import BotError
from bot.intake.catch import OFFER_REMOVAL, offer_removal
from bot.jobs import Handler, Job, Queue
from bot.jobs.followups import carry_post, refresh_cards
from bot.jobs.retry import retry_later
from bot.jobs.runner import say_once
from bot.slack.blocks import Message, Offer, offer_button
from bot.slack.events import DeletedFile, Deletion
from bot.slack.messenger import Messenger
from bot.text import listed, short_name

log = logging.getLogger(__name__)


class Deletions:
    """Notices what was deleted.

    Args:
        store: where references are.
        queue: runs what Slack must not be kept waiting for.
        messenger: posts in Slack.
        intake: carries what is left of a post.
    """

    def __init__(self, store: Store, queue: Queue, messenger: Messenger) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {OFFER_REMOVAL: Handler(self._offer)}

    async def notice(self, deletion: Deletion) -> None:
        """Write down that something was deleted; the thread is asked once, however often it is told."""

        team = deletion.team

        async def note(session: AsyncSession) -> None:
            if isinstance(deletion, DeletedFile):
                for mascot_id in await held.hide_file(session, team, deletion.file_id):
                    await refresh_cards(session, self._queue, mascot_id)
                rows = await held.from_file(session, team, deletion.file_id)
                wanted = posts.of_file(team, deletion.file_id)
            else:
                rows = await held.from_message(session, team, deletion.channel, deletion.ts)
                wanted = posts.of_message(team, deletion.channel, deletion.ts)
            for post in await posts.note_source_gone(session, wanted, datetime.now(UTC)):
                await carry_post(session, self._queue, post, post.id)
            await offer_removal(session, self._queue, team, rows)

        await self._store.write_at_once(note, urgent=True)

    async def _offer(self, job: Job) -> None:
        async with self._store.read() as session:
            rows = await held.these(session, job.payload["references"])
            images = await posts.images(session, [row.intake_id for row in rows if row.intake_id])
            post = await posts.get(session, images[0].post_id) if images else None
            mascot = await mascots.mascot(session, rows[0].mascot_id) if rows else None
        if post is None or mascot is None or mascot.gone_at is not None:
            return
        ids = ",".join(str(row.id) for row in rows)
        it = "it" if len(rows) == 1 else "them"
        names = listed(short_name(row.name) for row in rows)
        name = mascot.name or "this mascot"
        what = "was deleted in Slack, and is still a reference"
        if len(rows) > 1:
            what = "were deleted in Slack, and are still references"
        words = f"{names} {what} of {name}. Remove {it} there too?"
        line = Message.of(words, buttons=(offer_button(Offer.REMOVE, ids), offer_button(Offer.KEEP, ids)))
        try:
            await say_once(self._messenger, job, post.channel, post.thread_ts, line)
        except BotError as error:
            retry_later(job, error)
            log.warning("nobody was asked about a deleted source: %s", error)
