"""The queue of many machines: procrastinate's table and workers, by its public API.

A job is a row of procrastinate (procrastinate.readthedocs.io), put in the caller's transaction; what it has
to remember from run to run is in its arguments.  So a job that is to be run again is ended, and one with the
same lock that follows it is put.  Only what a dead worker leaves is retried by procrastinate: so a row with
attempts was begun.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job as Row
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import engine as lease
from bot.db.engine import HEARTBEAT, TAKEN_FOR_DEAD, Lease, LeaseLost
from bot.db.postgres import CONNECT_OPTIONS, PostgresStore
from bot.jobs.job import Job, team_of
from bot.jobs.locks import AdvisoryLocks
from bot.jobs.queue import Ending, Queue, flow_of
from bot.telemetry.metrics import Backlog

log = logging.getLogger(__name__)
logging.getLogger("procrastinate.worker").addFilter(  # it quotes payloads; how a job ended is logged here
    lambda record: "ended with status" not in record.getMessage()
)

CALM = 45.0  # seconds: longer than one of a few machines lives where they are killed over and over
HAND_BACK = 1.5  # seconds for putting a job off once the program is told to stop
LOOK = 0.5  # seconds between looks for jobs whose time has come
NEVER: Final = 86400.0  # seconds
BULK, QUICK = "masko-bulk", "masko-quick"
KEEPS_ITS_PLACE = 1  # priority of a job that follows another of its lock; fresh ones have 0 or less


@dataclass(eq=False, kw_only=True)
class PostgresQueue(Queue):
    """Runs jobs together with all other machines on this database; `heartbeat`: seconds between two."""

    store: PostgresStore = field(kw_only=False)
    calm: float = CALM
    heartbeat: float = HEARTBEAT

    def __post_init__(self) -> None:
        super().__post_init__()
        self.locks: AdvisoryLocks = AdvisoryLocks(self.store)
        self._app = App(connector=_connector(self.store))  # puts and lists; workers have one of their own
        self._workers: list[Worker] = []
        self._here: set[int] = set()  # the rows that run in this process
        self._grace: float | None = None  # set when the queue is to stop

    async def _put(self, session: AsyncSession, job: Job, delay: float) -> None:
        try:
            await self._replace(session, job, delay)
        except ProcrastinateException as error:  # as any other statement of the transaction
            raise OperationalError(f"put {job.kind}", None, error.__cause__ or error) from error

    async def _replace(self, session: AsyncSession, job: Job, delay: float, priority: int = 0) -> None:
        """Put a job in the place of those with the same key that wait.

        Args:
            session: the open transaction.
            job: with the id 0 where it is fresh: then its payload counts, else that of the one that waits,
                which was put later.
            delay: seconds before it may run.
            priority: the higher the sooner.
        """
        bulk = self._is_bulk(job.kind)
        waiting = await self._rows(lock=job.lock, status="todo") if job.key or bulk else []
        if bulk and not job.id:
            priority = min([-await self._ahead_of(job.lock), *(row.priority for row in waiting)])
        for row in waiting:
            before = _job(row)
            if not job.key or before.key != job.key or not await self._take_away(session, row):
                continue
            if job.id:
                job, delay = replace(job, payload=before.payload, attempt=0, faults=0), 0.0
            else:
                job = replace(before, payload=job.payload, attempt=0, faults=0)
                priority = max(priority, row.priority)
        deferrer = self._app.configure_task(
            job.kind,
            queue=BULK if bulk else QUICK,
            lock=job.lock,
            priority=priority,
            schedule_in={"seconds": delay} if delay > 0 else None,
            connection=await _connection(session),
        )
        await deferrer.defer_async(**asdict(job))

    async def _ahead_of(self, lock: str) -> int:
        """Return how many waiting jobs of its workspace come before one that is put now: flows take turns."""
        async with self._jobs() as manager:
            locks = await manager.list_locks_async(queue=BULK, status="todo")
        flows = Counter[str]()
        for each in locks:
            if team_of(each["name"]) == team_of(lock):
                flows[flow_of(each["name"])] += each["jobs_count"]
        mine = flows.pop(flow_of(lock), 0)
        return mine + sum(min(others, mine + 1) for others in flows.values())

    async def _take_away(self, session: AsyncSession, row: Row) -> bool:
        """Delete a row that waits, as part of the transaction; return False if it waits no more."""
        connection, manager = await _connection(session), self._app.job_manager
        return await manager.cancel_job_by_id_async(_id(row), delete_job=True, connection=connection)

    async def _rows(self, **where: Any) -> list[Row]:
        async with self._jobs() as manager:
            return [*await manager.list_jobs_async(**where)]

    @asynccontextmanager
    async def _jobs(self) -> AsyncIterator[JobManager]:
        """Open procrastinate's table; after `stop` for one who was under way, such as a listener."""
        app = self._app if self._grace is None else App(connector=_connector(self.store))
        await app.open_async()  # once; later it does nothing
        try:
            yield app.job_manager
        finally:
            if app is not self._app:
                await app.close_async()

    async def drop(self, team: str) -> None:
        theirs = [row for row in await self._rows(status="todo") if team_of(row.lock or "") == team]
        async with self.store.write() as session:
            for row in theirs:
                await self._take_away(session, row)

    async def backlog(self, team: str = "") -> list[Backlog]:
        ages, dead = dict[str, list[float]](), Counter[str]()
        for row in await self._rows():
            if team and team_of(row.lock or "") != team:
                continue
            of_kind = ages.setdefault(row.task_name, [])
            if row.status in ("todo", "doing"):
                of_kind.append(time.time() - _job(row).put_at)
            else:
                dead[row.task_name] += 1
        return [Backlog(kind, len(each), max([0.0, *each]), dead[kind]) for kind, each in ages.items()]

    async def payloads(self, session: AsyncSession) -> list[Mapping[str, Any]]:
        return [_job(row).payload for row in await self._rows() if row.status in ("todo", "doing")]

    async def forget_dead(self, days: int) -> None:
        async with self._jobs() as manager:
            await manager.delete_old_jobs(
                days * 24, include_failed=True, include_cancelled=True, include_aborted=True
            )

    async def stop(self, grace: float = 8.0) -> None:
        self._grace = grace
        self._stop_workers(grace)
        if self._working is not None:
            await asyncio.wait([self._working], timeout=grace + 2.0)
            await _cancel(self._working)
        await self.locks.close()
        await self._app.close_async()

    def _stop_workers(self, grace: float) -> None:
        for worker in self._workers:
            worker.shutdown_graceful_timeout = grace
            worker.stop()  # type: ignore[no-untyped-call]

    async def _work(self) -> None:
        """Run a pair of workers, and another when the database was away or the lease is lost."""
        while self._grace is None:
            try:
                await self._run_workers(Lease())
            except (ProcrastinateException, SQLAlchemyError, LeaseLost) as error:
                log.warning("the work is interrupted: %s", _reason(error))
                await asyncio.sleep(0.0 if self._grace is not None else 1.0)

    async def _run_workers(self, held: Lease) -> None:
        """Work until the queue stops, the database is away, or the lease is lost."""
        app = App(connector=_connector(self.store))
        for kind in self.handlers:
            app.task(name=kind, pass_context=True)(partial(self._perform, held))
        await app.open_async()
        self._workers = [self._worker(app, name) for name in (BULK, QUICK)]
        workers = [asyncio.create_task(worker.run()) for worker in self._workers]  # type: ignore[no-untyped-call]
        watches = [asyncio.create_task(each(held, app.job_manager)) for each in (self._beat, self._take_over)]
        try:
            await asyncio.wait([*workers, *watches], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if held.is_lost:  # procrastinate ends a row by its id, whoever has it by now
                await app.close_async()
            self._stop_workers(0.0 if held.is_lost else self._grace or 0.0)
            await asyncio.wait(workers)
            for watch in watches:
                await _cancel(watch)
            ended = await asyncio.gather(*workers, *watches, return_exceptions=True)
            await app.close_async()
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
                raise error

    def _worker(self, app: App, queue: str) -> Worker:
        return Worker(
            app,
            queues=[queue],
            name=queue,
            concurrency=self.at_once,
            delete_jobs="successful",
            fetch_job_polling_interval=LOOK,
            abort_job_polling_interval=NEVER,
            update_heartbeat_interval=NEVER,  # `_beat` does, so that the lease knows of it
            stalled_worker_timeout=TAKEN_FOR_DEAD,
            install_signal_handlers=False,
        )

    @property
    def _worker_ids(self) -> list[int]:
        return [worker.worker_id for worker in self._workers if worker.worker_id is not None]

    async def _beat(self, held: Lease, manager: JobManager) -> None:
        """Send heartbeats.  Raises LeaseLost after a freeze, or when the database was away, for too long."""
        lease.current.set(held)
        while True:
            held.check()
            asked = held.now()
            try:
                for worker_id in self._worker_ids:
                    await manager.update_heartbeat(worker_id)
                await self.locks.keep()
                held.renew(asked)
            except (ProcrastinateException, SQLAlchemyError) as error:
                log.warning("no heartbeat: %s", _reason(error))
            await asyncio.sleep(self.heartbeat)

    async def _take_over(self, held: Lease, manager: JobManager) -> None:
        """Give back what dead workers left, and rows of ours whose end could not be written: at the second
        look they still do not run here."""
        strays: set[int] = set()
        while True:
            held.check()
            try:
                rows = [*await manager.get_stalled_jobs(seconds_since_heartbeat=TAKEN_FOR_DEAD)]
                mine = [
                    row
                    for worker_id in self._worker_ids
                    for row in await manager.list_jobs_async(worker_id=worker_id, status="doing")
                    if row.id not in self._here
                ]
                rows += [row for row in mine if row.id in strays]
                strays = {_id(row) for row in mine}
                for row in rows:
                    log.warning("job %s %s is taken over", row.task_name, row.id)
                    now = datetime.now(UTC)
                    await manager.retry_job_by_id_async(_id(row), now, KEEPS_ITS_PLACE)
            except ProcrastinateException as error:
                log.warning("nobody can look after dead workers: %s", _reason(error))
            await asyncio.sleep(self.heartbeat)

    async def _perform(self, held: Lease, context: JobContext, **_arguments: Any) -> None:
        lease.current.set(held)
        row, task = context.job, asyncio.current_task()
        assert task is not None, "procrastinate runs each job in a task of its own"
        task.add_done_callback(_log_unwritten_end)
        self._here.add(_id(row))
        try:
            await self._to_its_end(row)
            held.check()
        except LeaseLost as lost:
            held.lose()
            log.warning("job %s %s is left to others: %s", row.task_name, row.id, lost)
            await context.app.close_async()  # else procrastinate would end it, whoever runs it by now
            raise
        finally:
            self._here.discard(_id(row))

    async def _to_its_end(self, row: Row) -> None:
        """Run a job, and put it again where it is to be run again."""
        job = _job(row)
        try:
            ending = await self._run(job)
        except asyncio.CancelledError:  # the program is told to stop: handed back
            ending = Ending(replace(job, begun=True), 0.0)
        if ending.given_up:
            raise RuntimeError(f"job {job.kind} {job.id} was given up")  # then it is kept, as failed
        if ending.seconds is None:
            return
        putting = asyncio.create_task(self._put_again(ending.job, ending.seconds))
        try:
            await asyncio.shield(putting)
        except asyncio.CancelledError:  # cancelled, it would be ended as aborted and never run again
            try:
                await asyncio.wait_for(putting, HAND_BACK)
            except TimeoutError:
                raise LeaseLost("told to stop while the database is away") from None

    async def _put_again(self, job: Job, seconds: float) -> None:
        while True:
            try:
                async with self.store.write() as session:
                    await self._replace(session, job, seconds, KEEPS_ITS_PLACE)
            except (ProcrastinateException, SQLAlchemyError) as error:
                log.warning("job %s %s cannot be put off: %s", job.kind, job.id, _reason(error))
                await asyncio.sleep(self.pause(0))  # until the database is back, or the lease is lost
            else:
                return


def _log_unwritten_end(task: asyncio.Task[Any]) -> None:
    """Log why procrastinate could not write down how a job ended: it does not look at that itself."""
    if not task.cancelled() and (error := task.exception()):
        log.warning("%s: its end is not written down: %s", task.get_name(), _reason(error))


async def _cancel(task: asyncio.Task[None]) -> None:
    """End a task; a driver may swallow a cancellation (bugs.python.org: 37658), so it is repeated."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)


async def _connection(session: AsyncSession) -> Any:
    """Return psycopg's connection of an open transaction."""
    return (await (await session.connection()).get_raw_connection()).driver_connection


def _connector(store: PostgresStore) -> PsycopgConnector:
    options = dict(CONNECT_OPTIONS)
    return PsycopgConnector(conninfo=store.conninfo, kwargs=options, min_size=1, max_size=4, timeout=15.0)


def _reason(error: BaseException) -> str:
    """Return what the driver said, on one line."""
    return " ".join(str(error.__cause__ or error).split())


def _id(row: Row) -> int:
    assert row.id is not None, "it was read from the database"
    return row.id


def _job(row: Row) -> Job:
    """Return a row as its handler sees it; the first row of a job gives it its id."""
    job = Job(**cast(dict[str, Any], row.task_kwargs))
    begun = job.begun or row.attempts > 0
    return replace(job, id=job.id or _id(row), lock=row.lock or "", begun=begun)
