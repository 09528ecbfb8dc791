"""What becomes of channels: they get other ids, are archived, deleted and left, and taken up again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import queries as channels
from bot.db import Store, mascots, posts
from bot.jobs import Queue
from bot.jobs.followups import carry_post, refresh_card
from bot.telemetry.logging import step

log = logging.getLogger(__name__)


class ChannelLife:
    """Follows channels.

    Args:
        store: where everything about them is.
        queue: holds the jobs about them.
    """

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    async def moved(self, team: str, old: str, new: str) -> None:
        """Let everything that is known of a channel, jobs that wait included, belong to its new id."""

        async def move(session: AsyncSession) -> None:
            await channels.move(session, team, old, new)
            await self._queue.readdress(session, old, new)

        await self._store.write_at_once(move, urgent=True)
        step(log, "channel moved", channel=old, to=new)

    async def closed(self, team: str, channel: str) -> None:
        """Let what waits in a channel end: it is archived or deleted, or the bot was removed from it.

        Nothing is written for a channel that nothing is known of: Slack tells of every public one.
        """

        async def close(session: AsyncSession) -> None:
            waiting = await posts.open_in(session, team, channel)
            for post in waiting:
                await mascots.thread(session, team, channel, post.thread_ts)
            await channels.close(session, team, channel, datetime.now(UTC))
            for post in waiting:
                await carry_post(session, self._queue, post, post.id)

        await self._store.write_at_once(close, urgent=True)
        step(log, "channel closed", channel=channel)

    async def reopened(self, team: str, channel: str) -> None:
        """Let a channel's threads live again, and bring the cards up to date that could not be shown."""

        async def reopen(session: AsyncSession) -> None:
            for thread in await channels.reopen(session, team, channel):
                await refresh_card(session, self._queue, thread)

        await self._store.write_at_once(reopen, urgent=True)
