"""What the bot does with images in each channel, and who may set that."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_settings import ChannelSettings, Mode, differences
from bot.messages import Note, Person
from bot.permissions import Act, Actor, Permissions
from bot.review.changes import catch_up
from bot.review.record import add
from bot.review.state import Did, Entry
from bot.saying import again_or
from bot.slack.post import Post
from bot.slack.workspace import SlackError, Workspace
from bot.store import Store, channels, mascots
from bot.store.channels import settings_of
from bot.wishes import Wish
from bot.work import Job, Queue, Worker

log = logging.getLogger(__name__)

TOLD = "channel.told"


def asked_for(post: Post, wish: Wish) -> bool:
    """Whether the poster asked for something, rather than just posting among others."""
    return post.mentions_bot or post.is_direct or wish.asked


def mode_for(post: Post, wish: Wish, settings: ChannelSettings) -> Mode:
    """What is done about a post: whoever speaks to the bot or asks it for something knows what they want."""
    return Mode.AUTO if asked_for(post, wish) else settings.mode


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

        await self._store.write_at_once(write, urgent=True)

    async def ask_first(self, actor: Actor, channel: str) -> None:
        """Have posters in a channel asked before their images are taken in; raises as `save`."""
        await self.save(actor, channel, replace(await self.settings(actor, channel), mode=Mode.ASK))

    async def use(self, actor: Actor, channel: str, mascot_id: str | None) -> None:
        """Let a channel's images go to a mascot; None: to new ones again.  Raises as `save`."""
        await self.save(actor, channel, replace(await self.settings(actor, channel), mascot_id=mascot_id))

    async def _tell(self, job: Job) -> None:
        """Say in the channel who changed what, once it is in the record of each review that it is about."""
        actor, channel = Actor(**job.payload["actor"]), job.payload["channel"]
        changed: list[str] = job.payload["changed"]
        async with self._store.read() as session:
            reviewed = await channels.reviewed_in(session, actor.team, channel)
        at = datetime.fromtimestamp(job.payload["at"], UTC)
        for mascot_id in reviewed:
            entry = Entry(Did.RULED, at, actor.user, "", words=" ".join(changed), channel=channel)
            async with self._store.write() as session:
                if (record := await catch_up(session, self._queue, mascot_id)) is not None:
                    entry = replace(entry, edition=record.edition.digest)
                    await add(session, record, entry, f"rules:{job.id}:{mascot_id}")
        if channel.startswith("D"):  # whoever changed it is the only one there
            return
        try:
            request = f"job:{job.id}"
            if not (job.begun_before and await self._workspace.find_announcement(channel, request)):
                await self._workspace.announce(channel, _note(actor.user, changed), request=request)
        except SlackError as error:
            again_or(job, error)
            log.warning("%s was not told of its settings: %s", channel, error)


def _note(user: str, changed: Iterable[str]) -> Note:
    said = (Person(user), " changed the settings of this channel.")
    return Note(said, tuple((each,) for each in changed))
