"""Channels: their settings, the introduction of the bot, and what happens to them in Slack."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from bot.channels import queries as channels
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.queries import settings_of
from bot.channels.settings import ChannelSettings
from bot.channels.view import introduction, told
from bot.db import Store, mascots, posts
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.jobs.runner import RULED, carry_post, refresh_card, say_once
from bot.slack.blocks import Message, Person
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.telemetry.logging import step

log = logging.getLogger(__name__)

TOLD = "channel.told"
INTRODUCE = "channel.introduce"


@dataclass
class Channels:
    """Changes the settings of channels, introduces the bot, and follows what happens to channels."""

    store: Store
    queue: Queue
    messenger: Messenger
    permissions: Permissions

    def __post_init__(self) -> None:
        self.queue.handle(TOLD, Handler(self._tell))
        self.queue.handle(INTRODUCE, Handler(self._introduce))

    async def settings(self, actor: Actor, channel: str) -> ChannelSettings:
        """Return a channel's settings, for somebody who may change them.  Raises Denied, CannotTell."""
        await self.permissions.require(actor, Act.SET, channel=channel)
        async with self.store.read() as session:
            return await settings_of(session, actor.team, channel)

    async def save(self, actor: Actor, channel: str, settings: ChannelSettings) -> None:
        """Set a channel, from its next post on; each change is told there.  Raises Denied, CannotTell."""
        now = await self.settings(actor, channel)
        if settings.mascot_id not in (None, now.mascot_id):
            await self.permissions.require(actor, Act.CHANGE, mascot=settings.mascot_id)
        async with self.store.write() as session:
            changes = await channels.write_settings(session, actor.team, channel, settings, by=actor.user)
            mascot = await mascots.mascot(session, settings.mascot_id) if settings.mascot_id else None
            names = {mascot.id: mascot.name} if mascot and mascot.name else {}
            if changed := [told(each, names) for each in changes]:
                at = datetime.now(UTC).timestamp()
                payload = {"actor": asdict(actor), "channel": channel, "changed": changed, "at": at}
                for kind in (TOLD, RULED):
                    lock = f"{kind}:{actor.team}:{channel}"
                    await self.queue.put(session, kind, lock=lock, payload=payload)

    async def use(self, actor: Actor, channel: str, mascot_id: str | None) -> None:
        """Let a channel's images go to a mascot; None: to new ones again.  Raises as `save`."""
        await self.save(actor, channel, replace(await self.settings(actor, channel), mascot_id=mascot_id))

    async def _tell(self, job: Job) -> None:
        channel, user = job.payload["channel"], job.payload["actor"]["user"]
        if not channel.startswith("D"):
            said = (Person(user), " changed the settings of this channel.")
            changed = [(each,) for each in job.payload["changed"]]
            await self._announce(job, channel, Message.of(said, changed))

    async def invited(self, team: str, channel: str, by: str | None) -> None:
        """Store that the bot was added to a channel, `by` whom if known; introduce it, once."""
        async with self.store.write() as session:
            if by is not None:
                await channels.change(session, team, channel, invited_by=by)
            if await channels.introduce(session, team, channel, datetime.now(UTC)):
                payload, lock = {"team": team, "channel": channel}, f"introduce:{team}:{channel}"
                await self.queue.put(session, INTRODUCE, lock=lock, payload=payload)

    async def _introduce(self, job: Job) -> None:
        team, channel = job.payload["team"], job.payload["channel"]
        async with self.store.read() as session:
            mode = (await settings_of(session, team, channel)).mode
        await self._announce(job, channel, introduction(mode))

    async def _announce(self, job: Job, channel: str, message: Message) -> None:
        """Post in a channel, once; not at all where Slack refuses for good."""
        try:
            await say_once(self.messenger, job, channel, None, message)
        except SlackError as error:
            retry_later(job, error)
            log.warning("%s in %s was not said: %s", job.kind, channel, error)

    async def moved(self, team: str, old: str, new: str) -> None:
        await self.store.write_at_once(lambda session: channels.move(session, team, old, new))
        step(log, "channel moved", channel=old, to=new)

    async def closed(self, team: str, channel: str) -> None:
        """End what waits in a channel that was archived, deleted or left; unknown channels are ignored."""
        async with self.store.write() as session:
            waiting = await posts.open_in(session, team, channel)
            for post in waiting:
                await mascots.thread(session, team, channel, post.thread_ts)
            await channels.close(session, team, channel, datetime.now(UTC))
            for post in waiting:
                await carry_post(session, self.queue, post, post.id)
        step(log, "channel closed", channel=channel)

    async def reopened(self, team: str, channel: str) -> None:
        """Mark a channel's threads as reachable again, and refresh the cards that could not be shown."""
        async with self.store.write() as session:
            for thread in await channels.reopen(session, team, channel):
                await refresh_card(session, self.queue, thread)
