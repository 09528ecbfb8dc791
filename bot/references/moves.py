"""A reference that belongs to another mascot: moved there, in Masko too."""

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
from bot.jobs.runner import Actions, say_once
from bot.mascots.once import Once
from bot.mascots.outcomes import moved
from bot.mascots.service import MascotGone, Mascots, remember
from bot.masko import MAX_REFERENCES, Mascot, MaskoClient, MaskoNotFound
from bot.slack.blocks import Message, references
from bot.slack.messenger import Messenger
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
    """Moves references from mascot to mascot.

    Args:
        store: where references are.
        queue: has cards shown again.
        actions: run what people ask for.
        masko: the Masko API; it holds the truth.
        once: adds references, each once.
        messenger: posts in Slack.
        mascots: gives mascots to one job at a time.
        answers: says it where the image was said to be added.
        permissions: says who may.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        actions: Actions,
        masko: MaskoClient,
        once: Once,
        messenger: Messenger,
        mascots: Mascots,
        answers: Answers,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._actions = actions
        self._masko = masko
        self._once = once
        self._messenger = messenger
        self._mascots = mascots
        self._answers = answers
        self._permissions = permissions
        actions.add(MOVE, self._move, failed="It was not moved.")

    async def ask(self, request: Request, mascot_id: str, asset: str, to: str) -> bool:
        """Write down that a reference is to go to another mascot; it is done from the queue, and said.

        Returns:
            False where this program did not add it, or it is gone: it cannot be moved.
        """

        async def put(session: AsyncSession) -> bool:
            row = await held.with_asset(session, mascot_id, asset)
            if row is None or row.intake_id is None:
                return False
            key = f"move:{mascot_id}:{asset}:{to}"
            lock, payload = f"change:{mascot_id}", {"mascot": mascot_id, "asset": asset, "to": to}
            await self._actions.put(session, MOVE, request, lock=lock, key=key, **payload)
            return True

        return await self._store.write_at_once(put, urgent=True)

    async def _move(self, job: Job, request: Request) -> Message | None:
        actor = Actor(request.team, request.user)
        here, there, asset = job.payload["mascot"], job.payload["to"], job.payload["asset"]
        try:
            await self._permissions.require(actor, Act.CHANGE, mascot=here)
            await self._permissions.require(actor, Act.ADD, mascot=there)
            async with AsyncExitStack() as alone:
                for mascot_id in sorted({here, there}):  # in one order, so that nobody waits for each other
                    await alone.enter_async_context(self._mascots.alone_with(mascot_id))
                await self._carry_over(here, there, asset, again=job.begun_before)
        except MascotGone as gone:
            return Message.of(f"Nothing was moved. {gone.words_alone}")
        await self._tell(job, request, here, there, asset)
        return None

    async def _carry_over(self, here: str, there: str, asset: str, *, again: bool) -> None:
        """Added there first, then removed here: stopped in between, it is in both rather than in none."""
        async with self._store.read() as session:
            row = await held.with_asset(session, here, asset)
            target = await mascots.mascot(session, there)
        if row is None or target is None or here == there:
            return  # moved or removed before
        if row.intake_id is not None and not again:  # that it was asked for is about the mascot that it is in
            image_id = row.intake_id
            await self._store.write_at_once(
                lambda session: posts.change_image(session, image_id, asked_at=None)
            )
        await self._add(row, target)
        try:
            left = await self._masko.remove_reference(here, asset)
        except MaskoNotFound as error:
            raise await self._mascots.gone(here) from error
        async with self._store.write() as session:
            await _remember(session, left, without=asset)
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
            await _remember(session, now, added=row.asset_id)

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
        await say_once(self._messenger, job, request.channel, request.thread_ts or "", line)


async def _remember(
    session: AsyncSession, mascot: Mascot, *, added: str | None = None, without: str | None = None
) -> None:
    """Keep what Masko told, and what was changed where its answer does not tell."""
    await remember(session, mascot)
    known = await mascots.mascot(session, mascot.id)
    assert known is not None, "only mascots that were written down are changed"
    ids = [each for each in known.reference_ids if each != without]
    if added is not None and added not in ids:
        ids.append(added)
    await mascots.change_mascot(session, mascot.id, reference_ids=ids, references_changed=True)
