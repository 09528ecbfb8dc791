"""The queue of one process: jobs are rows of the store, run in this event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, event, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Store
from bot.store.tables import JobRow
from bot.work.queue import Again, Job, Worker, backoff

log = logging.getLogger(__name__)

UNEXPECTED_TRIES = 5


class LocalQueue:
    """Runs what the job table holds, many locks at once, one job at a time for each lock.

    Args:
        store: the database; this process is the only one that works on it.
        at_once: how many jobs may run side by side.
    """

    def __init__(self, store: Store, *, at_once: int = 8) -> None:
        self._store = store
        self._at_once = at_once
        self._workers: dict[str, Worker] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._one_ended = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None

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
        once_more = {"rounds": JobRow.rounds + 1, "run_at": row["run_at"]}
        job = insert(JobRow).values(row).on_conflict_do_update(index_elements=["key"], set_=once_more)
        await session.execute(job)
        event.listen(session.sync_session, "after_commit", lambda _session: self._woken.set(), once=True)

    def start(self) -> None:
        """Begin to run jobs, those left over from an earlier process first."""
        self._woken.set()
        self._loop_task = asyncio.create_task(self._run(), name="queue")

    async def stop(self, grace: float = 10.0) -> None:
        """Take no new work; after `grace` seconds hand back (leave in the store) what still runs."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            await asyncio.gather(self._loop_task, return_exceptions=True)
        running = list(self._running.values())
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

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                for job in await self._due():
                    if len(self._running) < self._at_once:
                        self._begin(job)
                await self._until_something_may_be_due()
            except SQLAlchemyError:
                log.exception("the queue cannot read its jobs; trying again")
                await asyncio.sleep(1.0)

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._do(job), name=f"{job.kind} {job.lock}")
        self._running[job.lock] = task
        task.add_done_callback(lambda ended: self._ended(job.lock, ended))

    def _ended(self, lock: str, task: asyncio.Task[None]) -> None:
        del self._running[lock]
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("the queue could not write down how a job ended", exc_info=fault)
        self._woken.set()
        self._one_ended.set()

    async def _do(self, job: Job) -> None:
        try:
            await self._workers[job.kind].run(job)
        except Again as again:
            await self._change(job, run_at=_in(again.seconds), attempts=job.attempt + 1)
        except Exception:
            # A fault in our own code: it must neither stop the queue nor be run for ever.
            log.exception("job %s %s failed unexpectedly, time %d", job.kind, job.id, job.faults + 1)
            await self._after_fault(job)
        else:
            await self._done(job)

    async def _done(self, job: Job) -> None:
        """Remove it, unless it was put again while it ran: then it runs once more."""
        unchanged = (JobRow.id == job.id, JobRow.rounds == job.rounds)
        async with self._store.write() as session:
            await session.execute(delete(JobRow).where(*unchanged))

    async def _after_fault(self, job: Job) -> None:
        if job.faults + 1 < UNEXPECTED_TRIES:
            await self._change(job, run_at=_in(backoff(job.faults)), faults=job.faults + 1)
            return
        await self._change(job, dead_at=datetime.now(UTC), key=None)
        await self._workers[job.kind].gave_up(job)

    async def _change(self, job: Job, **values: Any) -> None:
        async with self._store.write() as session:
            await session.execute(update(JobRow).where(JobRow.id == job.id).values(values))

    async def _due(self) -> list[Job]:
        """The first living job of each free lock, where its time has come."""
        first = select(func.min(JobRow.id)).where(JobRow.dead_at.is_(None)).group_by(JobRow.lock)
        due = select(JobRow).where(JobRow.id.in_(first), JobRow.run_at <= _in(0)).order_by(JobRow.id)
        async with self._store.read() as session:
            rows = await session.scalars(due)
            return [_job(row) for row in rows if row.lock not in self._running]

    async def _until_something_may_be_due(self) -> None:
        soonest = select(func.min(JobRow.run_at)).where(
            JobRow.dead_at.is_(None), JobRow.run_at > datetime.now(UTC)
        )
        async with self._store.read() as session:
            run_at = await session.scalar(soonest)
        timeout = None if run_at is None else max(0.0, (run_at - datetime.now(UTC)).total_seconds())
        try:
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        except TimeoutError:
            self._woken.set()


def _job(row: JobRow) -> Job:
    return Job(row.id, row.kind, row.lock, row.payload, row.attempts, row.faults, row.rounds, row.created_at)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
