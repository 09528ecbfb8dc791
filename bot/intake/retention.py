"""Retention: delete posts, offers and failed jobs that are older than `RETENTION_DAYS`, once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select

from bot.db import Store
from bot.db.posts import UNDECIDED
from bot.db.tables import CreateIntentRow, IntakeRow, OfferRow, PostRow, ReferenceRow, ThreadRow
from bot.jobs import Handler, Job, Queue

PRUNE = "intake.prune"
BATCH = 100  # posts a transaction
_NEEDED = or_(  # by what stays: a reference made of one of its images, or the card that answers it
    exists().where(ReferenceRow.intake_id == IntakeRow.id, IntakeRow.post_id == PostRow.id),
    exists().where(ThreadRow.card_post_id == PostRow.id),
)
_ENDED = (
    or_(PostRow.held_back, ~UNDECIDED),
    ~_NEEDED,
)  # a poster who was asked never answered, or it is done


@dataclass
class Retention:
    """Deletes old records; `days` that they are kept for, or None: for ever."""

    store: Store
    queue: Queue
    days: int | None
    now: Callable[[], datetime]

    def __post_init__(self) -> None:
        self.queue.handle(PRUNE, Handler(self._run, bulk=True, of_all=True))

    async def begin(self, wait: timedelta = timedelta(0)) -> None:
        """Put the job, which puts itself again for the next day."""
        if self.days is not None:
            name, delay = f"{PRUNE}:{(self.now() + wait).date()}", wait.total_seconds()  # one a day
            async with self.store.write() as session:
                await self.queue.put(session, PRUNE, lock=name, key=name, payload={}, delay=delay)

    async def _run(self, _job: Job) -> None:
        if self.days is None:
            return  # put when it was set
        before, last = self.now() - timedelta(days=self.days), [0]
        async with self.queue.locks.of(PRUNE):
            while last:
                last = await self._prune(before, last[-1])
            await self.queue.forget_dead(self.days)
            offers = delete(OfferRow).where(OfferRow.created_at < before)
            await self.store.write_at_once(lambda session: session.execute(offers))
        await self.begin(timedelta(days=1))

    async def _prune(self, before: datetime, last: int) -> list[int]:
        """Delete what has ended of the posts that follow the id `last`; return the ids of all of them."""
        old = select(PostRow.id).where(PostRow.created_at < before, PostRow.id > last)
        async with self.store.write() as session:
            ids = [*await session.scalars(old.order_by(PostRow.id).limit(BATCH).with_for_update())]
            theirs = IntakeRow.post_id.in_(ids)
            await session.execute(select(IntakeRow.id).where(theirs).with_for_update())
            payloads = await self.queue.payloads(session)
            named = {each.get("post") for each in payloads}
            named |= {each["room_for"][0] for each in payloads if "room_for" in each}
            assets = {asset for each in payloads for asset in (each.get("asset"), *each.get("assets", ()))}
            used = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.asset_id.in_(assets - {None}))
            free = select(PostRow.id).where(PostRow.id.in_({*ids} - named), ~used, *_ENDED)
            ended = [*await session.scalars(free)]
            for column in (CreateIntentRow.post_id, IntakeRow.post_id, PostRow.id):
                await session.execute(delete(column.class_).where(column.in_(ended)))
        return ids
