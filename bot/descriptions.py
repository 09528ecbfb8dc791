"""A mascot's name and prompt: detected by Masko, changed by people."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from bot.cards import Cards
from bot.mascots import DESCRIBE, MascotGone, Mascots, remember
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.messages import Line
from bot.slack.workspace import SlackError, Workspace
from bot.store import Store, mascots
from bot.work import Again, Job, Queue, Worker, backoff

log = logging.getLogger(__name__)

RENAME = "mascot.rename"
CHANGE_PROMPT = "mascot.change_prompt"
GIVE_UP_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Change:
    """What a person asked to change on a mascot, and where they did.

    Attributes:
        value: the new name or prompt.
    """

    mascot_id: str
    value: str
    user: str
    channel: str
    thread_ts: str


class Descriptions:
    """What may happen to a mascot's name and prompt.

    Args:
        store: where mascots are.
        queue: runs what Slack must not be kept waiting for.
        masko: the Masko API; it holds the truth.
        workspace: the bot's voice in Slack.
        mascots: reads mascots and notices those that are gone.
        cards: shows what changed.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        masko: MaskoClient,
        workspace: Workspace,
        mascots: Mascots,
        cards: Cards,
    ) -> None:
        self._store = store
        self._queue = queue
        self._masko = masko
        self._workspace = workspace
        self._mascots = mascots
        self._cards = cards

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {
            DESCRIBE: Worker(self._describe),
            RENAME: Worker(self._rename),
            CHANGE_PROMPT: Worker(self._change_prompt),
        }

    async def ask_rename(self, change: Change) -> None:
        """Write down that a person wants another name for a mascot; it is done from the queue."""
        await self._ask(RENAME, change)

    async def ask_change_prompt(self, change: Change) -> None:
        """Write down that a person wants another prompt for a mascot; it is done from the queue."""
        await self._ask(CHANGE_PROMPT, change)

    async def _ask(self, kind: str, change: Change) -> None:
        async with self._store.write(urgent=True) as session:
            await self._queue.put(session, kind, lock=f"change:{change.mascot_id}", payload=asdict(change))

    async def _rename(self, job: Job) -> None:
        change = Change(**job.payload)
        mascot = await self._carry_out(job, change, "name", self._masko.rename)
        if mascot is not None and mascot.name != change.value:
            await self._whisper(change, f"Masko kept the name {mascot.name or 'as it was'}.")

    async def _change_prompt(self, job: Job) -> None:
        change = Change(**job.payload)
        mascot = await self._carry_out(job, change, "prompt", self._masko.change_prompt)
        if mascot is not None and mascot.prompt != change.value:
            await self._whisper(change, "Masko kept its own wording of the prompt; the card shows it.")

    async def _carry_out(
        self, job: Job, change: Change, what: str, patch: Callable[[str, str], Awaitable[Mascot]]
    ) -> Mascot | None:
        """PATCH, remember, show; None when Masko refused and the person was told."""
        try:
            mascot = await patch(change.mascot_id, change.value)
        except MaskoError as error:
            await self._could_not(job, change, what, error)
            return None
        async with self._store.write() as session:
            await remember(session, mascot)
            if getattr(mascot, what) == change.value:
                await mascots.change_mascot(session, mascot.id, **{f"{what}_given": True})
            await self._cards.show_all_of(session, mascot.id)
        return mascot

    async def _could_not(self, job: Job, change: Change, what: str, error: MaskoError) -> None:
        if isinstance(error, MaskoNotFound):
            await self._mascots.gone(change.mascot_id)
        if error.worth_retrying and datetime.now(UTC) - job.created_at < GIVE_UP_AFTER:
            raise Again(error.retry_after or backoff(job.attempt)) from error
        await self._whisper(change, f"The {what} was not changed. {error.words}")

    async def _whisper(self, change: Change, words: str) -> None:
        try:
            await self._workspace.whisper(change.channel, change.thread_ts, change.user, Line(words))
        except SlackError as error:
            # Nobody else can be told; the card still shows the truth.
            log.warning("%s could not be told that a change failed: %s", change.user, error)

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
            log.info("mascot %s is not described yet: %s", mascot_id, error)
            mascot = None
        described = mascot is not None and mascot.described
        changed = mascot is not None and (mascot.name, mascot.prompt) != (before.name, before.prompt)
        await self._described(mascot_id, done=described or late, changed=changed)
        if not described and not late:
            raise Again(min(30.0, 2.0 ** (job.attempt + 1)))

    async def _described(self, mascot_id: str, *, done: bool, changed: bool) -> None:
        async with self._store.write() as session:
            if done:
                await mascots.change_mascot(session, mascot_id, describe_until=None)
            if done or changed:
                await self._cards.show_all_of(session, mascot_id)
