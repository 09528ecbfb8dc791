"""The bot says once in each channel what it does with images there, and how to change or stop it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import queries as channels
from bot.channels.queries import settings_of
from bot.channels.welcome_view import introduction
from bot.db import Store
from bot.jobs import Again, Job, Queue, Worker, pause_after
from bot.slack.workspace import SlackError, Workspace

log = logging.getLogger(__name__)

INTRODUCE = "welcome.introduce"


class Welcome:
    """Introduces the bot.

    Args:
        store: remembers where it has done so.
        queue: runs it.
        workspace: the bot's voice in Slack.
    """

    def __init__(self, store: Store, queue: Queue, workspace: Workspace) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {INTRODUCE: Worker(self._introduce)}

    async def invited(self, team: str, channel: str, by: str | None) -> None:
        """Write down that the bot was brought into a channel; one where it was before hears nothing anew.

        Args:
            by: who brought it in, where Slack tells: they may set the channel.
        """

        async def write(session: AsyncSession) -> None:
            if by is not None:
                await channels.change(session, team, channel, invited_by=by)
            if await channels.introduce(session, team, channel, datetime.now(UTC)):
                payload = {"team": team, "channel": channel}
                await self._queue.put(session, INTRODUCE, lock=f"introduce:{team}:{channel}", payload=payload)

        await self._store.write_at_once(write, urgent=True)

    async def _introduce(self, job: Job) -> None:
        team, channel, request = job.payload["team"], job.payload["channel"], f"job:{job.id}"
        async with self._store.read() as session:
            settings = await settings_of(session, team, channel)
        try:
            if job.begun_before and await self._workspace.find_announcement(channel, request):
                return
            await self._workspace.announce(channel, introduction(settings.mode), request=request)
        except SlackError as error:
            if error.worth_retrying and not job.out_of_patience:
                raise Again(pause_after(error, job.attempt)) from error
            log.warning("no introduction in %s: %s", channel, error)  # perhaps it was removed again
