"""What the bot does with images in each channel, and who may set that."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import queries as channels
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.queries import settings_of
from bot.channels.settings import ChannelSettings, differences
from bot.db import Store, mascots
from bot.db.values import Mode
from bot.jobs import Job, Queue, Worker
from bot.jobs.followups import RULED
from bot.jobs.saying import again_or
from bot.slack.blocks import Message, Person
from bot.slack.workspace import SlackError, Workspace

log = logging.getLogger(__name__)

TOLD = "channel.told"


class Channels:
    """Reads and changes what channels have been set to; each change is told there, and kept with reviews.

    Args:
        store: where that is written down.
        queue: tells of changes.
        workspace: the bot's voice in Slack.
        permissions: says who may set a channel.
    """

    def __init__(self, store: Store, queue: Queue, workspace: Workspace, permissions: Permissions) -> None:
        self._store = store
        self._queue = queue
        self._workspace = workspace
        self._permissions = permissions

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {TOLD: Worker(self._tell)}

    async def settings(self, actor: Actor, channel: str) -> ChannelSettings:
        """What a channel is set to now, for somebody who may change it.

        Raises:
            Denied, CannotTell: they may not, as far as is known.
        """
        await self._permissions.require(actor, Act.SET, channel=channel)
        async with self._store.read() as session:
            return await settings_of(session, actor.team, channel)

    async def save(self, actor: Actor, channel: str, settings: ChannelSettings) -> None:
        """Set a channel, from its next post on.

        Raises:
            Denied, CannotTell: somebody may not, or does not see the mascot, as far as is known.
        """
        now = await self.settings(actor, channel)
        if settings.mascot_id not in (None, now.mascot_id):
            await self._permissions.require(actor, Act.CHANGE, mascot=settings.mascot_id)

        async def write(session: AsyncSession) -> None:
            before = await settings_of(session, actor.team, channel)
            await channels.write_settings(session, actor.team, channel, settings, by=actor.user)
            changed = differences(before, settings)
            if settings.mascot_id != before.mascot_id:
                mascot = await mascots.mascot(session, settings.mascot_id) if settings.mascot_id else None
                changed.append(f"Images go to {mascot.name or 'one mascot' if mascot else 'new mascots'}.")
            if changed:
                payload = {
                    "actor": asdict(actor),
                    "channel": channel,
                    "changed": changed,
                    "at": datetime.now(UTC).timestamp(),
                }
                lock = f"told:{actor.team}:{channel}"
                await self._queue.put(session, TOLD, lock=lock, payload=payload)
                await self._queue.put(session, RULED, lock=f"ruled:{actor.team}:{channel}", payload=payload)

        await self._store.write_at_once(write, urgent=True)

    async def ask_first(self, actor: Actor, channel: str) -> None:
        """Have posters in a channel asked before their images are taken in; raises as `save`."""
        await self.save(actor, channel, replace(await self.settings(actor, channel), mode=Mode.ASK))

    async def use(self, actor: Actor, channel: str, mascot_id: str | None) -> None:
        """Let a channel's images go to a mascot; None: to new ones again.  Raises as `save`."""
        await self.save(actor, channel, replace(await self.settings(actor, channel), mascot_id=mascot_id))

    async def _tell(self, job: Job) -> None:
        """Say in the channel who changed what."""
        actor, channel = Actor(**job.payload["actor"]), job.payload["channel"]
        changed: list[str] = job.payload["changed"]
        if channel.startswith("D"):  # whoever changed it is the only one there
            return
        try:
            request = f"job:{job.id}"
            if not (job.begun_before and await self._workspace.find_announcement(channel, request)):
                await self._workspace.announce(channel, _note(actor.user, changed), request=request)
        except SlackError as error:
            again_or(job, error)
            log.warning("%s was not told of its settings: %s", channel, error)


def _note(user: str, changed: Iterable[str]) -> Message:
    said = (Person(user), " changed the settings of this channel.")
    return Message.of(said, tuple((each,) for each in changed))
