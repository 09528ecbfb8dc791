"""What people change of a mascot: its name, its prompt, and the alt texts of its references."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots
from bot.db.tables import ReferenceRow
from bot.jobs import Again, Handler, Job, Queue, retry_later
from bot.jobs.retry import next_try
from bot.jobs.runner import Actions, refresh_cards
from bot.mascots.service import DESCRIBE, MascotGone, Mascots, remember
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.slack.blocks import Message
from bot.slack.request import Request

RENAME = "mascot.rename"
CHANGE_PROMPT = "mascot.change_prompt"


@dataclass
class Descriptions:
    """Reads a mascot's detected name and prompt, and changes them and its references' alt texts."""

    store: Store
    queue: Queue
    actions: Actions
    masko: MaskoClient
    mascots: Mascots
    permissions: Permissions

    def __post_init__(self) -> None:
        self.queue.handle(DESCRIBE, Handler(self._describe, gave_up=self._stop_waiting))
        for kind, run, what in (
            (RENAME, self._rename, "name"),
            (CHANGE_PROMPT, self._change_prompt, "prompt"),
        ):
            later = f"The new {what} is saved as soon as it can be."
            self.actions.add(kind, run, failed=f"The {what} was not changed.", waiting=later)

    async def ask_change(self, kind: str, request: Request, mascot_id: str, value: str) -> None:
        """Put a job that changes a mascot: `RENAME` or `CHANGE_PROMPT`."""
        await self.actions.submit(kind, request, lock=f"change:{mascot_id}", mascot=mascot_id, value=value)

    async def rename(self, request: Request, mascot_id: str, name: str) -> Mascot:
        """Rename a mascot, within a job.  Raises MaskoError, Denied, CannotTell."""
        return await self._change(request, mascot_id, "name", name)

    async def _rename(self, job: Job, request: Request) -> Message | None:
        mascot_id, name = job.payload["mascot"], job.payload["value"]
        before = await self.mascots.known(mascot_id)
        changed = await self._told(job, "name", self.rename(request, mascot_id, name))
        if isinstance(changed, Message):
            return changed
        if changed.name != name:
            return Message.of(f"Masko kept the name {changed.name or 'as it was'}.")
        old = (before and before.name) or "The mascot"
        return Message.of(f"{old} is called {name} now.") if request.response_url else None

    async def _change_prompt(self, job: Job, request: Request) -> Message | None:
        mascot_id, prompt = job.payload["mascot"], job.payload["value"]
        changed = await self._told(job, "prompt", self._change(request, mascot_id, "prompt", prompt))
        if isinstance(changed, Message):
            return changed
        kept = Message.of("Masko kept its own wording of the prompt; the card shows it.")
        return kept if changed.prompt != prompt else None

    async def _change(self, request: Request, mascot_id: str, what: str, value: str) -> Mascot:
        """PATCH, remember, show."""
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        async with self.mascots.alone_with(mascot_id):
            mascot = await self.masko.edit(mascot_id, **{what: value})
            async with self.store.write() as session:
                await remember(session, mascot)
                if getattr(mascot, what) == value:
                    await mascots.change_mascot(session, mascot.id, **{f"{what}_given": True})
                await refresh_cards(session, self.queue, mascot.id)
        return mascot

    async def _told(self, job: Job, what: str, change: Awaitable[Mascot]) -> Mascot | Message:
        """Return the changed mascot, or what is said where it is gone or the outcome stays unknown."""
        try:
            return await change
        except MaskoNotFound:
            gone = await self.mascots.gone(job.payload["mascot"])
            return Message.of(f"The {what} was not changed. {gone.words_alone}")
        except MaskoError as error:
            if not error.may_have_taken_effect or next_try(job, error):
                raise
            return Message.of(f"The {what} was perhaps not changed. {error.words}")

    async def references(self, actor: Actor, mascot_id: str) -> list[ReferenceRow]:
        """Return the references whose alt texts a person may change.  Raises Denied, CannotTell."""
        refusal = await self.permissions.refusal(actor, Act.CHANGE, mascot=mascot_id)
        async with self.store.read() as session:
            rows = await mascots.references(session, mascot_id)
        theirs = rows if refusal is None else [row for row in rows if row.added_by == actor.user]
        if refusal is not None and not theirs:
            raise Denied(refusal)
        return theirs

    async def describe(self, actor: Actor, mascot_id: str, said: Mapping[int, str]) -> None:
        """Store alt texts (reference → words) and update the cards.  Raises Denied, CannotTell."""
        theirs = {row.id for row in await self.references(actor, mascot_id)}

        async def keep(session: AsyncSession) -> None:
            for reference_id in theirs & said.keys():
                row = update(ReferenceRow).where(ReferenceRow.id == reference_id)
                await session.execute(row.values(alt=said[reference_id] or None))
            await refresh_cards(session, self.queue, mascot_id)

        await self.store.write_at_once(keep, urgent=True)

    async def _describe(self, job: Job) -> None:
        """Read the mascot until its name and prompt are there: after 1, 2, 4, 8 … s, for two minutes."""
        mascot_id = job.payload["mascot"]
        before = await self.mascots.known(mascot_id)
        if before is None or before.describe_until is None:
            return
        late = datetime.now(UTC) >= before.describe_until
        try:
            mascot = await self.mascots.refresh(mascot_id)
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
            async with self.store.write() as session:
                await refresh_cards(session, self.queue, mascot_id)
        raise Again(min(30.0, 2.0 ** (job.attempt + 1)))

    async def _stop_waiting(self, job: Job) -> None:
        mascot_id = job.payload["mascot"]
        async with self.store.write() as session:
            await mascots.change_mascot(session, mascot_id, describe_until=None)
            await refresh_cards(session, self.queue, mascot_id)
