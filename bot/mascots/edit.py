"""A mascot's name and prompt: detected by Masko, changed by people."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Denied, Permissions
from bot.db import Store, mascots
from bot.jobs import Again, Handler, Job, Queue, retry_later
from bot.jobs.retry import next_try
from bot.jobs.runner import refresh_cards
from bot.mascots.service import DESCRIBE, MascotGone, Mascots, remember
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)

RENAME = "mascot.rename"
CHANGE_PROMPT = "mascot.change_prompt"


@dataclass(frozen=True)
class Change:
    """A change of a mascot's name or prompt; from a command with `response_url`, or a card's `thread_ts`."""

    team: str
    mascot_id: str
    value: str
    user: str
    channel: str
    thread_ts: str | None
    response_url: str | None = None


class Descriptions:
    """Reads a mascot's detected name and prompt, and changes them."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        masko: MaskoClient,
        messenger: Messenger,
        mascots: Mascots,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._masko = masko
        self._messenger = messenger
        self._mascots = mascots
        self._permissions = permissions

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            DESCRIBE: Handler(self._describe, gave_up=self._stop_waiting),
            RENAME: Handler(self._rename, gave_up=self._change_failed),
            CHANGE_PROMPT: Handler(self._change_prompt, gave_up=self._change_failed),
        }

    async def ask_rename(self, change: Change) -> None:
        """Put a job that renames a mascot."""
        await self._ask(RENAME, change)

    async def ask_change_prompt(self, change: Change) -> None:
        """Put a job that changes a mascot's prompt."""
        await self._ask(CHANGE_PROMPT, change)

    async def rename(self, job: Job, change: Change) -> Mascot | None:
        """Rename a mascot in a job; None when Masko refused and the person was told.  Raises Again."""
        return await self._carry_out(job, change, "name", self._masko.rename)

    async def _ask(self, kind: str, change: Change) -> None:
        async def put(session: AsyncSession) -> None:
            await self._queue.put(session, kind, lock=f"change:{change.mascot_id}", payload=asdict(change))

        await self._store.write_at_once(put, urgent=True)

    async def _rename(self, job: Job) -> None:
        change = Change(**job.payload)
        before = await self._mascots.known(change.mascot_id)
        mascot = await self.rename(job, change)
        if mascot is None:
            return
        if mascot.name != change.value:
            await self._whisper(change, f"Masko kept the name {mascot.name or 'as it was'}.")
        elif change.response_url:
            old = before.name if before else None
            await self._whisper(change, f"{old or 'The mascot'} is called {change.value} now.")

    async def _change_prompt(self, job: Job) -> None:
        change = Change(**job.payload)
        mascot = await self._carry_out(job, change, "prompt", self._masko.change_prompt)
        if mascot is not None and mascot.prompt != change.value:
            await self._whisper(change, "Masko kept its own wording of the prompt; the card shows it.")

    async def _carry_out(
        self, job: Job, change: Change, what: str, patch: Callable[[str, str], Awaitable[Mascot]]
    ) -> Mascot | None:
        """PATCH, remember, show; None when it was refused and the person was told."""
        try:
            actor = Actor(change.team, change.user)
            await self._permissions.require(actor, Act.CHANGE, mascot=change.mascot_id)
            async with self._mascots.alone_with(change.mascot_id):
                mascot = await patch(change.mascot_id, change.value)
                async with self._store.write() as session:
                    await remember(session, mascot)
                    if getattr(mascot, what) == change.value:
                        await mascots.change_mascot(session, mascot.id, **{f"{what}_given": True})
                    await refresh_cards(session, self._queue, mascot.id)
        except MaskoNotFound as error:
            gone = await self._mascots.gone(change.mascot_id)
            await self._whisper(change, f"The {what} was not changed. {gone.words_alone}")
            log.info("mascot %s is gone: %s", change.mascot_id, error)
            return None
        except (MaskoError, Denied, CannotTell) as error:
            await self._could_not(job, change, what, error)
            return None
        return mascot

    async def _could_not(
        self, job: Job, change: Change, what: str, error: MaskoError | Denied | CannotTell
    ) -> None:
        again = next_try(job, error)
        if again and again.failed and job.attempt == 0:
            await self._whisper(change, f"{error.words} The new {what} is saved as soon as it can be.")
        retry_later(job, error)
        perhaps = isinstance(error, MaskoError) and error.may_have_taken_effect
        outcome = "was perhaps not changed" if perhaps else "was not changed"
        await self._whisper(change, f"The {what} {outcome}. {error.words}")

    async def _change_failed(self, job: Job) -> None:
        words = "Something went wrong on our side, so your change was not made. Please try it again."
        await self._whisper(Change(**job.payload), words)

    async def _whisper(self, change: Change, words: str) -> None:
        try:
            if change.response_url:
                await self._messenger.respond(change.response_url, Message.of(words))
                return
            await self._messenger.post_ephemeral(
                change.channel, change.thread_ts, change.user, Message.of(words)
            )
        except SlackError as error:
            # Nobody else can be told; the card still shows the truth.
            log.warning("%s could not be told about a change: %s", change.user, error)

    async def _describe(self, job: Job) -> None:
        """Read the mascot until its name and prompt are there: after 1, 2, 4, 8 … s, for two minutes."""
        mascot_id = job.payload["mascot"]
        before = await self._mascots.known(mascot_id)
        if before is None or before.describe_until is None:
            return
        late = datetime.now(UTC) >= before.describe_until
        try:
            mascot = await self._mascots.refresh(mascot_id)
        except MascotGone:
            return
        except MaskoError as error:
            retry_later(job, error)
            await self._stop_waiting(job)
            return
        if mascot.described or late:
            await self._stop_waiting(job)
            return
        if (mascot.name, mascot.prompt) != (before.name, before.prompt):
            async with self._store.write() as session:
                await refresh_cards(session, self._queue, mascot_id)
        raise Again(min(30.0, 2.0 ** (job.attempt + 1)))

    async def _stop_waiting(self, job: Job) -> None:
        mascot_id = job.payload["mascot"]
        async with self._store.write() as session:
            await mascots.change_mascot(session, mascot_id, describe_until=None)
            await refresh_cards(session, self._queue, mascot_id)
