"""What people change of a mascot: its name, its prompt, and the alt texts of its references."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import update

from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots
from bot.db.tables import MascotRow, ReferenceRow
from bot.jobs import Again, Handler, Job, Queue, retry_later
from bot.jobs.retry import next_try
from bot.jobs.runner import Actions, refresh_cards
from bot.mascots.service import DESCRIBE, MascotGone, Mascots, remember
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.slack.blocks import Message
from bot.slack.request import Request
from bot.slack.text import one_line, shorten
from bot.text import MOST_NAME, listed

EDIT = "mascot.edit"


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
        later = "It's saved as soon as Masko can be reached."
        self.actions.add(EDIT, self._edit, failed="The mascot wasn't changed.", waiting=later)

    async def editable(self, actor: Actor, mascot_id: str) -> tuple[MascotRow, list[ReferenceRow]]:
        """Return what a person may change.  Raises Denied (also where it is gone), CannotTell."""
        await self.permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        async with self.store.read() as session:
            mascot = await mascots.mascot(session, mascot_id)
            rows = await mascots.references(session, mascot_id)
        if mascot is None or mascot.gone_at is not None:
            raise Denied(NOT_KNOWN)
        return mascot, rows

    async def edit(
        self,
        request: Request,
        mascot_id: str,
        name: str | None = None,
        prompt: str | None = None,
        alts: Mapping[int, str] | None = None,
    ) -> None:
        """Store alt texts (reference → words), and put a job for a name or a prompt that is another one.

        What a form shows of a longer name is no other one.  Raises Denied, CannotTell.
        """
        mascot, rows = await self.editable(Actor(request.team, request.user), mascot_id)
        kept = name == shorten(one_line(mascot.name or ""), MOST_NAME)
        wanted = {"name": None if kept else name, "prompt": prompt}
        changes = {what: words for what, words in wanted.items() if words and words != getattr(mascot, what)}
        async with self.store.write() as session:
            for row in rows:
                if alts and row.id in alts:
                    words = alts[row.id] or None
                    await session.execute(
                        update(ReferenceRow).where(ReferenceRow.id == row.id).values(alt=words)
                    )
            await refresh_cards(session, self.queue, mascot_id)
            if changes:
                lock = f"change:{mascot_id}"
                await self.actions.put(session, EDIT, request, lock=lock, mascot=mascot_id, changes=changes)

    async def _edit(self, job: Job, request: Request) -> Message | None:
        """Tell who typed a command; else the card shows it, and only what Masko did otherwise is said."""
        mascot_id, changes = job.payload["mascot"], job.payload["changes"]
        before = await self.mascots.known(mascot_id)
        twin = await self._another_is_called(changes.get("name"), mascot_id, request)
        try:
            mascot = await self.change(request, mascot_id, changes)
        except MaskoError as error:
            if not error.may_have_taken_effect or next_try(job, error):
                raise
            return Message.of(f"The mascot may not have changed. {error.words}")
        kept = [what for what, value in changes.items() if getattr(mascot, what) != value]
        if kept:
            return Message.of(f"Masko kept its own {listed(kept)}; the card shows it.")
        was = (before and before.name) or "The mascot"
        told = [f"{was} is called {mascot.name} now."] if request.response_url else []
        told += [f"Another mascot is called {mascot.name}, too."] if twin else []
        return Message.of(" ".join(told)) if told else None

    async def _another_is_called(self, name: str | None, mascot_id: str, request: Request) -> bool:
        """Return whether somebody sees another mascot of this name that Masko has.  Raises CannotTell."""
        async with self.store.read() as session:
            rows = await mascots.of_team(session, request.team) if name else []
        same = {row.id for row in rows if name and (row.name or "").casefold() == name.casefold()}
        for each in await self.permissions.visible(Actor(request.team, request.user), same - {mascot_id}):
            with suppress(MaskoError):
                await self.masko.mascot(each)
                return True
        return False

    async def change(self, request: Request, mascot_id: str, changes: Mapping[str, str]) -> Mascot:
        """Change a mascot in Masko, within a job.  Raises MascotGone, MaskoError, Denied, CannotTell."""
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        async with self.mascots.alone_with(mascot_id):
            try:
                mascot = await self.masko.edit(mascot_id, **changes)
            except MaskoNotFound as error:
                raise await self.mascots.gone(mascot_id) from error
            async with self.store.write() as session:
                await remember(session, mascot)
                await refresh_cards(session, self.queue, mascot.id)
        return mascot

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
