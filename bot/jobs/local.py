"""The queue of one process: jobs are rows of the store, run in this event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store
from bot.db.tables import JobRow
from bot.jobs import table
from bot.jobs.crew import Crew, Ending
from bot.jobs.locks import LocalLocks
from bot.jobs.quarantine import Quarantine
from bot.jobs.queue import Handler, Job, in_turns, soon
from bot.jobs.retry import backoff
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

CALM = 15.0  # seconds: longer than this process lives where it is killed over and over


class LocalQueue:
    """Runs what the job table holds, many locks at once, one job at a time for each lock.

    Args:
        store: the database; this process is the only one that works on it.
        at_once: how many bulk jobs may run side by side, and how many others beside them.
        pause: seconds to wait after fault number n, from 0.
        calm: seconds for which this process has to be up before it runs what was begun and never ended.
        faster: how many times sooner than usual jobs come again.
        metrics: told how runs of jobs end.
    """

    def __init__(
        self,
        store: Store,
        *,
        at_once: int = 32,
        pause: Callable[[int], float] = backoff,
        calm: float = CALM,
        faster: float = 1.0,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._at_once = at_once
        self._crew = Crew(self._count, self._end, Quarantine(calm), pause, faster, metrics)
        self._locks = LocalLocks()
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._woken = asyncio.Event()
        self._one_ended = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._left_over = 0  # the newest job of an earlier process
        self._sure: set[int] = set()  # left over, and all that was done of them is known by now

    @property
    def locks(self) -> LocalLocks:
        """For what must not happen side by side."""
        return self._locks

    @property
    def quarantine(self) -> Quarantine:
        """For what was begun and never ended."""
        return self._crew.quarantine

    def handle(self, kind: str, handler: Handler) -> None:
        """Let `handler` run the jobs of `kind`."""
        self._crew.handle(kind, handler)

    async def put(
        self,
        session: AsyncSession,
        kind: str,
        *,
        lock: str,
        payload: Mapping[str, Any],
        key: str | None = None,
        delay: float = 0.0,
    ) -> None:
        """Put a job into the caller's transaction; see `bot.jobs.queue.Queue`."""
        await table.put(session, kind, lock=lock, payload=payload, key=key, delay=delay)
        event.listen(session.sync_session, "after_commit", lambda _session: self._wake(), once=True)

    async def readdress(self, session: AsyncSession, old: str, new: str) -> None:
        """Let jobs be about a channel's new id; see `bot.jobs.queue.Queue`."""
        for row in await table.about_channel(session, old):
            await table.readdress(session, row, old, new)
        event.listen(session.sync_session, "after_commit", lambda _session: self._wake(), once=True)

    def _wake(self) -> None:
        """From whatever thread the commit was made in; before `start` nothing sleeps."""
        if self._loop is not None:
            self._loop.get_loop().call_soon_threadsafe(self._woken.set)

    async def start(self) -> None:
        """Begin to run jobs, those left over from an earlier process first."""
        self._left_over = await self._newest()
        self._woken.set()
        self._loop = asyncio.create_task(self._run(), name="queue")

    async def ended(self) -> None:
        """Wait for as long as the queue runs.

        Raises:
            Exception: what made it stop; nothing is run any more, so the program should end.
        """
        assert self._loop is not None, "it was started"
        await asyncio.shield(self._loop)

    async def stop(self, grace: float = 8.0) -> None:
        """Take no new work; after `grace` seconds hand back (leave in the store) what still runs."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        running = [task for _, task in self._running.values()]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def drained(self, *kinds: str) -> None:
        """Wait until no job of these kinds is left to do."""
        while True:
            self._one_ended.clear()
            if not await self.unfinished(*kinds):
                return
            await self._one_ended.wait()

    async def unfinished(self, *kinds: str) -> int:
        """How many jobs of these kinds are still to be done, those that wait for a later time included."""
        async with self._store.read() as session:
            return await table.unfinished(session, kinds)

    # -- the loop -----------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                now = soon(0)
                for job in in_turns(await self._due(now), self._running):
                    if self._has_room_for(job):
                        self._begin(job)
                await self._sleep(await self._next_after(now))
            except SQLAlchemyError:
                log.exception("the queue cannot read its jobs; trying again")
                await asyncio.sleep(1.0)

    async def _newest(self) -> int:
        async with self._store.read() as session:
            return await session.scalar(select(func.max(JobRow.id))) or 0

    def _has_room_for(self, job: Job) -> bool:
        bulk = self._crew.is_bulk(job.kind)
        alike = [running for running, _ in self._running.values() if self._crew.is_bulk(running.kind) is bulk]
        return len(alike) < self._at_once

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._crew.do(job), name=f"{job.kind} {job.lock}")
        self._running[job.lock] = job, task
        task.add_done_callback(lambda _ended: self._ended(job.lock))

    def _ended(self, lock: str) -> None:
        del self._running[lock]
        self._woken.set()
        self._one_ended.set()

    async def _due(self, now: datetime) -> list[Job]:
        """The first living job of each free lock, where its time has come."""
        busy = set(self._running)  # one that ends while the rows are read may still be among them
        running = {job.id for job, _ in self._running.values()}  # perhaps under another lock by now
        first = select(func.min(JobRow.id)).where(JobRow.dead_at.is_(None)).group_by(JobRow.lock)
        may_run = (JobRow.id.in_(first), JobRow.run_at <= now, JobRow.kind.in_(self._crew.kinds))
        due = select(JobRow).where(*may_run).order_by(JobRow.id)
        async with self._store.read() as session:
            rows = await session.scalars(due)
            free = [row for row in rows if row.lock not in busy and row.id not in running]
        return [
            table.job_of(row, begun=row.id <= self._left_over and row.id not in self._sure) for row in free
        ]

    async def _next_after(self, now: datetime) -> datetime | None:
        """When the next job becomes due that was not due at `now`."""
        soonest = select(func.min(JobRow.run_at)).where(JobRow.dead_at.is_(None), JobRow.run_at > now)
        async with self._store.read() as session:
            return await session.scalar(soonest)

    async def _sleep(self, until: datetime | None) -> None:
        """Until something was put or has ended, and no longer than until that time."""
        seconds = None if until is None else max(0.0, (until - soon(0)).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    # -- one job ------------------------------------------------------------------------------

    async def _count(self, job: Job, unended: int) -> None:
        await self._store.write_at_once(lambda session: table.count(session, job, unended))

    async def _end(self, job: Job, ending: Ending) -> None:
        """Until it is written how a job ended it keeps its lock: it would start over at once otherwise."""
        if ending.columns.get("begun") is False:
            self._sure.add(job.id)
        for tries in count():
            try:
                await self._store.write_at_once(lambda session: table.end(session, job, ending))
            except SQLAlchemyError:
                log.exception("the end of job %s %s could not be written down", job.kind, job.id)
                await asyncio.sleep(self._crew.pause(tries))
            else:
                return
