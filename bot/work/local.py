"""The queue of one process: jobs are rows of the store, run in this event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

from sqlalchemy import Table, delete, event, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Store
from bot.store.tables import JobRow
from bot.work.queue import Again, Job, Worker, backoff

log = logging.getLogger(__name__)

UNEXPECTED_TRIES = 5

_JOB = cast(Table, JobRow.__table__)


class LocalQueue:
    """Runs what the job table holds, many locks at once, one job at a time for each lock.

    Args:
        store: the database; this process is the only one that works on it.
        at_once: how many bulk jobs may run side by side, and how many others beside them.
        pause: seconds to wait after fault number n, from 0.
    """

    def __init__(self, store: Store, *, at_once: int = 32, pause: Callable[[int], float] = backoff) -> None:
        self._store = store
        self._at_once = at_once
        self._pause = pause
        self._workers: dict[str, Worker] = {}
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._woken = asyncio.Event()
        self._one_ended = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._left_over = 0  # the newest job of an earlier process

    def hire(self, kind: str, worker: Worker) -> None:
        """Let `worker` run the jobs of `kind`."""
        self._workers[kind] = worker

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
        """Put a job into the caller's transaction; see `bot.work.queue.Queue`."""
        row = {"kind": kind, "lock": lock, "payload": dict(payload), "key": key, "run_at": _in(delay)}
        put = insert(_JOB).values(row)
        afresh = {"payload": row["payload"], "run_at": row["run_at"], "attempts": 0, "faults": 0}
        once_more = {"rounds": _JOB.c.rounds + 1, **afresh}
        await session.execute(put.on_conflict_do_update(index_elements=["key"], set_=once_more))
        event.listen(session.sync_session, "after_commit", lambda _session: self._wake(), once=True)

    def _wake(self) -> None:
        """From whatever thread the commit was made in; before `start` nothing sleeps."""
        if self._loop is not None:
            self._loop.get_loop().call_soon_threadsafe(self._woken.set)

    def start(self) -> None:
        """Begin to run jobs, those left over from an earlier process first."""
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
        counted = select(func.count()).where(JobRow.kind.in_(kinds), JobRow.dead_at.is_(None))
        async with self._store.read() as session:
            return await session.scalar(counted) or 0

    # -- the loop -----------------------------------------------------------------------------

    async def _run(self) -> None:
        self._left_over = await self._newest()
        while True:
            self._woken.clear()
            try:
                now = _in(0)
                for job in await self._due(now):
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
        bulk = self._workers[job.kind].bulk
        alike = [running for running, _ in self._running.values() if self._workers[running.kind].bulk is bulk]
        return len(alike) < self._at_once

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._do(job), name=f"{job.kind} {job.lock}")
        self._running[job.lock] = job, task
        task.add_done_callback(lambda _ended: self._ended(job.lock))

    def _ended(self, lock: str) -> None:
        del self._running[lock]
        self._woken.set()
        self._one_ended.set()

    async def _due(self, now: datetime) -> list[Job]:
        """The first living job of each free lock, where its time has come."""
        busy = set(self._running)  # one that ends while the rows are read may still be among them
        first = select(func.min(JobRow.id)).where(JobRow.dead_at.is_(None)).group_by(JobRow.lock)
        may_run = (JobRow.id.in_(first), JobRow.run_at <= now, JobRow.kind.in_(self._workers))
        due = select(JobRow).where(*may_run).order_by(JobRow.id)
        async with self._store.read() as session:
            rows = await session.scalars(due)
            return [self._job(row) for row in rows if row.lock not in busy]

    def _job(self, row: JobRow) -> Job:
        left_over = row.id <= self._left_over
        return Job(row.id, row.kind, row.lock, row.payload, row.attempts, row.faults, row.rounds, left_over)

    async def _next_after(self, now: datetime) -> datetime | None:
        """When the next job becomes due that was not due at `now`."""
        soonest = select(func.min(JobRow.run_at)).where(JobRow.dead_at.is_(None), JobRow.run_at > now)
        async with self._store.read() as session:
            return await session.scalar(soonest)

    async def _sleep(self, until: datetime | None) -> None:
        """Until something was put or has ended, and no longer than until that time."""
        seconds = None if until is None else max(0.0, (until - _in(0)).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    # -- one job ------------------------------------------------------------------------------

    async def _do(self, job: Job) -> None:
        try:
            await self._workers[job.kind].run(job)
        except Again as again:
            tried = job.attempt + again.in_vain
            await self._write(job, run_at=_in(again.seconds), attempts=tried)
        except Exception:
            # A fault in our own code: it must neither stop the queue nor be run for ever.
            log.exception("job %s %s failed unexpectedly, time %d", job.kind, job.id, job.faults + 1)
            await self._after_fault(job)
        else:
            await self._write(job)

    async def _after_fault(self, job: Job) -> None:
        if job.faults + 1 < UNEXPECTED_TRIES:
            await self._write(job, run_at=_in(self._pause(job.faults)), faults=job.faults + 1)
            return
        try:
            await self._workers[job.kind].gave_up(job)
        except Exception:
            # The second fault must not keep the job alive: it is in the log, and so is the first.
            log.exception("nobody could be told that job %s %s was given up", job.kind, job.id)
        await self._write(job, dead_at=_in(0), key=None)

    async def _write(self, job: Job, **values: Any) -> None:
        """Write down how a job ended: done (its row goes), or the changed columns.

        A job that was put again while it ran is left alone, and runs once more.  Until this is written the
        job keeps its lock: it would start over at once otherwise.
        """
        this_round = (JobRow.id == job.id, JobRow.rounds == job.rounds)
        done, changed = delete(JobRow).where(*this_round), update(JobRow).where(*this_round).values(values)
        for tries in count():
            try:
                await self._store.write_at_once(lambda session: session.execute(changed if values else done))
            except SQLAlchemyError:
                log.exception("the end of job %s %s could not be written down", job.kind, job.id)
                await asyncio.sleep(self._pause(tries))
            else:
                return


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
