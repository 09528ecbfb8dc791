"""The queue of one process: jobs are rows of the SQLite file, run in this event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store
from bot.db.engine import AFTER_COMMIT, insert
from bot.db.tables import JobRow, UTCDateTime
from bot.jobs.job import Job, team_of
from bot.jobs.queue import Ending, Queue, flow_of
from bot.telemetry.metrics import Backlog

log = logging.getLogger(__name__)

CALM = 15.0  # seconds: longer than this process lives where it is killed over and over
_ALIVE = JobRow.dead_at.is_(None)


@dataclass(eq=False, kw_only=True)
class SqliteQueue(Queue):
    """Runs the rows of the job table, many locks at once, one job at a time for each lock."""

    store: Store = field(kw_only=False)
    calm: float = CALM

    def __post_init__(self) -> None:
        super().__post_init__()
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}  # by lock
        self._woken = asyncio.Event()

    async def _put(self, session: AsyncSession, job: Job, delay: float) -> None:
        again = {"payload": job.payload, "run_at": _soon(delay), "attempts": 0, "faults": 0}
        row = insert(session, JobRow)
        once_more = {"rounds": JobRow.rounds + 1, **{name: row.excluded[name] for name in again}}
        put = row.on_conflict_do_update(index_elements=["key"], set_=once_more)
        fresh = {"kind": job.kind, "lock": job.lock, "key": job.key, "created_at": again["run_at"]}
        await session.execute(put, fresh | again)
        session.info.setdefault(AFTER_COMMIT, set()).add(self._woken)

    async def start(self) -> None:
        left_over = update(JobRow).values(begun=True)  # an earlier process may have run a part of them
        await self.store.write_at_once(lambda session: session.execute(left_over))
        await super().start()

    async def stop(self, grace: float = 8.0) -> None:
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        if running := [task for _, task in self._running.values()]:
            _, late = await asyncio.wait(running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def drop(self, team: str) -> None:
        theirs = delete(JobRow).where(JobRow.lock.startswith(f"{team}/", autoescape=True))
        await self.store.write_at_once(lambda session: session.execute(theirs))

    async def backlog(self, team: str = "") -> list[Backlog]:
        oldest = func.min(JobRow.created_at, type_=UTCDateTime).filter(_ALIVE)
        counted = select(JobRow.kind, func.count().filter(_ALIVE), oldest, func.count(JobRow.dead_at))
        counted = counted.where(JobRow.lock.startswith(f"{team}/", autoescape=True)) if team else counted
        async with self.store.read() as session:
            return [
                Backlog(kind, waiting, max(0.0, (_soon(0) - (since or _soon(0))).total_seconds()), dead)
                for kind, waiting, since, dead in await session.execute(counted.group_by(JobRow.kind))
            ]

    async def payloads(self, session: AsyncSession) -> list[Mapping[str, Any]]:
        return list(await session.scalars(select(JobRow.payload).where(_ALIVE)))

    async def forget_dead(self, days: int) -> None:
        dead = delete(JobRow).where(JobRow.dead_at < _soon(-days * 86400.0))
        await self.store.write_at_once(lambda session: session.execute(dead))

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                now = _soon(0)
                for row in await self._due(now):
                    if self._has_room_for(row.kind):
                        state = (row.attempts, row.faults, row.begun)
                        job = Job(row.id, row.kind, row.lock, row.payload, *state, row.key)
                        task = asyncio.create_task(
                            self._perform(job, row.rounds), name=f"{job.kind} {job.lock}"
                        )
                        self._running[job.lock] = job, task
                        task.add_done_callback(partial(self._ended, job.lock))
                await self._wait_for_work(now)
            except SQLAlchemyError:
                log.exception("the queue cannot read its jobs; trying again")
                await asyncio.sleep(1.0)

    def _has_room_for(self, kind: str) -> bool:
        alike = [job for job, _ in self._running.values() if self._is_bulk(job.kind) is self._is_bulk(kind)]
        return len(alike) < self.at_once

    def _ended(self, lock: str, _task: object) -> None:
        del self._running[lock]
        self._woken.set()

    async def _due(self, now: datetime) -> Sequence[JobRow]:
        """Return the first living job of each free lock whose time has come, in turns."""
        busy = set(self._running)  # one that ends while the rows are read may still be among them
        first = select(func.min(JobRow.id)).where(_ALIVE).group_by(JobRow.lock)
        due = select(JobRow).where(JobRow.id.in_(first), JobRow.run_at <= now)
        async with self.store.read() as session:
            rows = [*await session.scalars(due.order_by(JobRow.id))]
        return in_turns([row for row in rows if row.kind in self.handlers and row.lock not in busy], busy)

    async def _wait_for_work(self, now: datetime) -> None:
        """Wait until something was put or has ended, or a job becomes due that was not due at `now`."""
        async with self.store.read() as session:
            due = await session.scalar(select(func.min(JobRow.run_at)).where(_ALIVE, JobRow.run_at > now))
        with suppress(TimeoutError):
            async with asyncio.timeout((due - _soon(0)).total_seconds() if due else None):
                await self._woken.wait()

    async def _perform(self, job: Job, rounds: int) -> None:
        """Run a job; until it is written down how that ended it keeps its lock."""
        ending = await self._run(job)
        for tries in count():
            try:
                await self.store.write_at_once(lambda session: _end(session, ending, rounds))
            except SQLAlchemyError:
                log.exception("the end of job %s %s could not be written down", job.kind, job.id)
                await asyncio.sleep(self.pause(tries))
            else:
                return


async def _end(session: AsyncSession, ending: Ending, rounds: int) -> None:
    """Write down how a run ended; a job that was put again while it ran is left to run once more."""
    job = ending.job
    row = update(JobRow).where(JobRow.id == job.id)
    if await session.scalar(select(JobRow.rounds).where(JobRow.id == job.id)) != rounds:
        return
    if ending.given_up:
        await session.execute(row.values(dead_at=_soon(0), key=None))
    elif ending.seconds is None:
        await session.execute(delete(JobRow).where(JobRow.id == job.id))
    else:
        state = {"attempts": job.attempt, "faults": job.faults, "begun": job.begun}
        await session.execute(row.values(run_at=_soon(ending.seconds), **state))


def in_turns(jobs: Sequence[JobRow], running: Iterable[str]) -> list[JobRow]:
    """Return jobs, given by age, in the order in which they begin: the workspaces take turns, and in each the
    flows of its locks; those of the locks that run count as served."""
    running = list(running)
    return _turns(_turns(jobs, running, flow_of), running, team_of)


def _turns(jobs: Iterable[JobRow], running: Iterable[str], whose: Callable[[str], str]) -> list[JobRow]:
    served, rounds = Counter(map(whose, running)), dict[int, int]()
    ordered = list(jobs)
    for job in ordered:
        rounds[job.id] = served[whose(job.lock)]
        served[whose(job.lock)] += 1
    return sorted(ordered, key=lambda job: rounds[job.id])


def _soon(seconds: float) -> datetime:
    """Return the time in so many seconds."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
