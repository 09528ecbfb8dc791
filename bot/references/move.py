"""Move a reference to another mascot, in Masko too."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db import references as held
from bot.db.tables import MascotRow, ReferenceRow
from bot.errors import BotError
from bot.intake.reply import Answers
from bot.jobs import Job, Queue
from bot.jobs.followups import refresh_cards
from bot.jobs.runner import Actions
from bot.mascots.create import ExactlyOnce
from bot.mascots.outcomes import moved
from bot.mascots.service import MascotGone, Mascots
from bot.masko import MAX_REFERENCES, MaskoClient, MaskoNotFound
from bot.references.remove import remember_references
from bot.slack.blocks import Message, references
from bot.slack.request import Request
from bot.telemetry.logging import step
from bot.text import short_name

log = logging.getLogger(__name__)

MOVE = "reference.move"


class NoRoom(BotError):
    """The mascot that a reference was to go to is full."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is full")
        self.name = name

    @property
    def words(self) -> str:
        return f"{self.name} has {MAX_REFERENCES} references already, which is the most that a mascot takes."


class Moves:
    """Moves references from mascot to mascot."""

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        actions: Actions,
        masko: MaskoClient,
        once: ExactlyOnce,
        mascots: Mascots,
        answers: Answers,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._actions = actions
        self._masko = masko
        self._once = once
        self._mascots = mascots
        self._answers = answers
        self._permissions = permissions
        actions.add(MOVE, self._move, failed="It was not moved.")

    async def move(self, request: Request, mascot_id: str, asset: str, to: str) -> bool:
        """Put a job that moves a reference to another mascot; False if not added by this program, or gone."""

        async def put(session: AsyncSession) -> bool:
            row = await held.with_asset(session, mascot_id, asset)
            if row is None or row.intake_id is None:
                return False
            about = {"mascot": mascot_id, "asset": asset, "to": to}
            key = f"move:{mascot_id}:{asset}:{to}"
            await self._actions.put(session, MOVE, request, lock=f"change:{mascot_id}", key=key, **about)
            return True

        return await self._store.write_at_once(put, urgent=True)

    async def _move(self, job: Job, request: Request) -> Message | None:
        here, there, asset = job.payload["mascot"], job.payload["to"], job.payload["asset"]
        actor = Actor(request.team, request.user)
        try:
            await self._permissions.require(actor, Act.CHANGE, mascot=here)
            await self._permissions.require(actor, Act.ADD, mascot=there)
            async with AsyncExitStack() as stack:
                for mascot_id in sorted({here, there}):  # in one order, against deadlocks
                    await stack.enter_async_context(self._mascots.alone_with(mascot_id))
                await self._move_asset(here, there, asset, again=job.begun_before)
        except MascotGone as gone:
            return Message.of(f"Nothing was moved. {gone.words_alone}")
        await self._tell(job, request, here, there, asset)
        return None

    async def _move_asset(self, here: str, there: str, asset: str, *, again: bool) -> None:
        """Add first, then remove: stopped in between, it is in both mascots rather than in none."""
        async with self._store.read() as session:
            row = await held.with_asset(session, here, asset)
            target = await mascots.mascot(session, there)
        if row is None or target is None or here == there:
            return  # moved or removed before
        if row.intake_id is not None and not again:
            async with self._store.write() as session:  # `asked_at` is about the mascot that it is in
                await posts.change_image(session, row.intake_id, asked_at=None)
        await self._add(row, target)
        try:
            left = await self._masko.remove_reference(here, asset)
        except MaskoNotFound as error:
            raise await self._mascots.gone(here) from error
        async with self._store.write() as session:
            await remember_references(session, left, without=asset)
            await held.move(session, row, there, moved(row.name, target.name or "another mascot"))
            for mascot_id in (here, there):
                await refresh_cards(session, self._queue, mascot_id)
        step(log, "moved", mascot=there, asset=asset)

    async def _add(self, row: ReferenceRow, target: MascotRow) -> None:
        try:
            now = await self._masko.mascot(target.id)
            ids = now.reference_asset_ids
            if ids is None or row.asset_id not in ids:
                if len(ids or target.reference_ids) >= MAX_REFERENCES:
                    raise NoRoom(target.name or "That mascot")
                async with self._store.read() as session:
                    (image,) = await posts.images(session, [row.intake_id or 0])
                now = await self._once.add(target.id, image)
        except MaskoNotFound as error:
            raise await self._mascots.gone(target.id) from error
        async with self._store.write() as session:
            await remember_references(session, now, added=row.asset_id)

    async def _tell(self, job: Job, request: Request, here: str, there: str, asset: str) -> None:
        async with self._store.read() as session:
            told = await held.posts_with_assets(session, [asset])
            source, target = await mascots.mascot(session, here), await mascots.mascot(session, there)
            row = await held.with_asset(session, there, asset)
        if row is None or source is None or target is None:
            return
        for post in told:
            await self._answers.show(post)
        words = f"{short_name(row.name)} was moved to {target.name or 'another mascot'}, also in Masko"
        line = Message.of(f"{words} · {references(len(source.reference_ids))} here")
        await self._actions.say(job, request, line)
