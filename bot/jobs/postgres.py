"""The queue of many machines, on PostgreSQL: our table says what is to be done, procrastinate who does it.

A job is a row of our own table, as on one machine.  Each time one is put, and each time one is to be run
again, a *summons* for its lock is deferred to procrastinate in the same transaction.  Whoever gets the
summons has the lock: procrastinate gives no two workers a job with the same lock.  It runs the first job of
that lock, if that is due.  A summons whose worker died is given to another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import procrastinate.worker
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Summons
from procrastinate.tasks import Task
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import fence
from bot.db.postgres import CONNECT_OPTIONS, PostgresStore
from bot.db.tables import JobRow
from bot.jobs import lease, table
from bot.jobs.carrier import LeaseManager, gone, reason, stop_if_told
from bot.jobs.crew import Crew, Ending
from bot.jobs.holds import Holds
from bot.jobs.lease import SIGN_OF_LIFE, TAKEN_FOR_DEAD, Lease, LeaseLost
from bot.jobs.quarantine import Quarantine
from bot.jobs.queue import Handler, Job, flow_of
from bot.jobs.retry import backoff
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

BULK, QUICK = "masko-bulk", "masko-quick"
STOPPING = 2.0  # seconds that workers may take beyond their jobs to sign off
CALM = 60.0  # seconds: longer than one of a few machines lives where they are killed over and over
LOOK = 0.5  # seconds between looks for jobs whose time has come: nobody calls then


class PostgresQueue:
    """Runs what the job table holds, together with all other machines on this database.

    Args:
        store: the database.
        at_once: how many bulk jobs may run side by side here, and how many others beside them.
        pause: seconds to wait after fault number n, from 0.
        calm: seconds for which this process has to be up before it runs what was begun and never ended.
        faster: how many times sooner than usual jobs come again.
        metrics: told how runs of jobs end.
        sign_of_life: seconds between two signs of life, and between two looks for the dead.
    """

    def __init__(
        self,
        store: PostgresStore,
        *,
        at_once: int = 32,
        pause: Callable[[int], float] = backoff,
        calm: float = CALM,
        faster: float = 1.0,
        metrics: Metrics | None = None,
        sign_of_life: float = SIGN_OF_LIFE,
    ) -> None:
        self._store = store
        self._at_once = at_once
        self._sign_of_life = sign_of_life
        self._crew = Crew(self._count, self._end, Quarantine(calm), pause, faster, metrics)
        self._holds = Holds(store)
        self._connector = PsycopgConnector(
            conninfo=store.conninfo, kwargs=dict(CONNECT_OPTIONS), min_size=1, max_size=4
        )
        self._offices = {name: _Office(name, self._connector, self._attend) for name in (BULK, QUICK)}
        self._working: list[asyncio.Task[None]] = []

    @property
    def locks(self) -> Holds:
        """For what must not happen side by side, on all machines."""
        return self._holds

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
        run_at = await table.put(session, kind, lock=lock, payload=payload, key=key, delay=delay)
        # Before those of earlier times: a job that waits is run now when it is put again.
        urgency = (1 if delay else 2) if key else 0
        priority = urgency - await self._before(session, kind, lock)
        await self._summon(session, kind, lock, run_at if delay else None, priority)

    async def readdress(self, session: AsyncSession, old: str, new: str) -> None:
        """Let jobs be about a channel's new id; see `bot.jobs.queue.Queue`.

        A lock in which a job runs keeps its name until its jobs are done: its worker has it under that.
        """
        rows = await table.about_channel(session, old)
        held = set(await session.scalars(_HELD))
        locks = [await table.readdress(session, row, old, new, relock=row.lock not in held) for row in rows]
        for lock in dict.fromkeys(locks):
            await self._see_to_the_rest(session, lock)

    async def _before(self, session: AsyncSession, kind: str, lock: str) -> int:
        """How many of its channel's jobs go before a bulk one, so that the channels take turns."""
        if not self._crew.is_bulk(kind):
            return 0
        return await session.scalar(_OF_ITS_FLOW, {"queue": BULK, "flow": flow_of(lock)}) or 0

    async def start(self) -> None:
        """Begin to run jobs."""
        await self._connector.open_async()
        for office in self._offices.values():
            self._working.append(
                asyncio.create_task(office.run(self._at_once, self._sign_of_life), name=office.name)
            )
        self._working.append(asyncio.create_task(self._watch(), name="watch"))

    async def ended(self) -> None:
        """Wait for as long as the queue runs; raises what made it stop."""
        done, _ = await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self, grace: float = 8.0) -> None:
        """Take no new work; after `grace` seconds hand back what still runs."""
        for office in self._offices.values():
            office.leave(grace)
        if self._working:
            await asyncio.wait(self._working[:-1], timeout=grace + STOPPING)  # the watch never ends by itself
        await asyncio.gather(*map(gone, self._working))
        self._working.clear()
        await self._connector.close_async()

    async def drained(self, *kinds: str) -> None:
        """Wait until no job of these kinds is left to do, on whatever machine."""
        while await self.unfinished(*kinds):  # noqa: ASYNC110 - no event comes from other machines
            await asyncio.sleep(0.02)

    async def unfinished(self, *kinds: str) -> int:
        """How many jobs of these kinds are still to be done, those that wait for a later time included."""
        async with self._store.read() as session:
            return await table.unfinished(session, kinds)

    async def _watch(self) -> None:
        """Take over what dead workers leave, within TAKEN_FOR_DEAD and a SIGN_OF_LIFE; and see that no lock
        with a job in it is without a summons, whatever became of that."""
        manager = self._offices[QUICK].manager
        while True:
            try:
                if taken := await manager.take_over():
                    log.warning("%d jobs of dead workers are taken over", len(taken))
                stop_if_told()
                await self._summon_the_forgotten()
                stop_if_told()
            except ConnectorException as error:
                log.warning("nobody can look after dead workers: %s", reason(error))
            except SQLAlchemyError as error:
                log.warning("nobody can look after forgotten jobs: %s", " ".join(str(error).split()))
            await asyncio.sleep(self._sign_of_life)

    # -- one job ------------------------------------------------------------------------------

    async def _summon(
        self, session: AsyncSession, kind: str, lock: str, at: datetime | None, priority: int = 0
    ) -> None:
        office = self._offices[BULK if self._crew.is_bulk(kind) else QUICK]
        connection = await (await session.connection()).get_raw_connection()
        summons = office.task.configure(
            lock=lock, schedule_at=at, priority=priority, connection=connection.driver_connection
        )
        await summons.defer_async(lock=lock)

    async def _attend(self, lock: str) -> None:
        """Run the jobs of a lock, in order, as long as their time has come."""
        while job := await self._take(lock):
            await self._crew.do(job)

    async def _take(self, lock: str) -> Job | None:
        """The first job of a lock; none when there is none, or its time has not come.

        By the database's clock, which decided on the summons as well.
        """
        due = JobRow.run_at <= func.clock_timestamp()
        async with self._store.write() as session:
            row = await session.scalar(_first_of(lock).with_for_update())
            if row is None:
                return None
            if not await session.scalar(select(due).where(JobRow.id == row.id)):
                await self._see_to_the_rest(session, lock)
                return None
            job = table.job_of(row, begun=row.begun)
            row.begun = True
        return job

    async def _count(self, job: Job, unended: int) -> None:
        async with self._store.write() as session:
            await table.count(session, job, unended)

    async def _end(self, job: Job, ending: Ending) -> None:
        """Write down how a job ended, while the lease holds: after that another worker runs it again."""
        while True:
            try:
                async with self._store.write() as session:
                    await table.end(session, job, ending)
                    await self._see_to_the_rest(session, job.lock)
            except SQLAlchemyError:
                log.exception("the end of job %s %s could not be written down", job.kind, job.id)
                await asyncio.sleep(self._crew.pause(0))
                lease.permit()
            else:
                return

    async def _summon_the_forgotten(self) -> None:
        async with self._store.read() as session:
            locks = (await session.scalars(_FORGOTTEN, {"kinds": self._crew.kinds})).all()
        for lock in locks:
            log.warning("a job of %s had no summons", lock)
            async with self._store.write() as session:
                await self._see_to_the_rest(session, lock)

    async def _see_to_the_rest(self, session: AsyncSession, lock: str) -> None:
        """While a lock has a job, it has a summons that comes no later than the job's time."""
        row = await session.scalar(_first_of(lock))
        if row is None:
            return
        if not await session.scalar(_SUMMONED, {"lock": lock, "run_at": row.run_at}):
            await self._summon(session, row.kind, lock, row.run_at)


def _first_of(lock: str) -> Select[JobRow]:
    living = (JobRow.lock == lock, JobRow.dead_at.is_(None))
    return (
        select(JobRow).where(*living).order_by(JobRow.id).limit(1).execution_options(populate_existing=True)
    )


_FORGOTTEN = text(
    "SELECT DISTINCT lock FROM job WHERE dead_at IS NULL AND kind = ANY(:kinds) "
    "AND run_at < clock_timestamp() - interval '30 seconds' AND NOT EXISTS ("
    "SELECT 1 FROM procrastinate_jobs WHERE lock = job.lock AND status IN ('todo', 'doing')) LIMIT 100"
)
_OF_ITS_FLOW = text(
    "SELECT count(*) FROM procrastinate_jobs "
    "WHERE status = 'todo' AND queue_name = :queue AND starts_with(lock, :flow)"
)
_HELD = text("SELECT lock FROM procrastinate_jobs WHERE status = 'doing'")
_SUMMONED = text(
    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo' "
    "AND (scheduled_at IS NULL OR scheduled_at <= :run_at))"
)


class _Office:
    """A procrastinate worker for one queue, hired afresh whenever it ends."""

    def __init__(self, name: str, connector: PsycopgConnector, attend: Callable[[str], Any]) -> None:
        self.name = name
        self.lease = Lease()
        self.manager = LeaseManager(connector, self.lease, self._resign)
        self._worker: procrastinate.worker.Worker | None = None
        self._leaving = False
        self._attend = attend
        self._app = App(connector=connector)
        self._app.job_manager = self.manager
        self.task: Task[Any, Any, Any] = self._app.task(queue=name, name="masko.attend", retry=_HandedBack())(
            self._run
        )

    async def run(self, at_once: int, sign_of_life: float) -> None:
        """Work until `leave`."""
        while not self._leaving:
            self._worker = procrastinate.worker.Worker(
                self._app,
                queues=[self.name],
                name=self.name,
                concurrency=at_once,
                delete_jobs="always",
                fetch_job_polling_interval=LOOK,
                update_heartbeat_interval=sign_of_life,
                stalled_worker_timeout=TAKEN_FOR_DEAD,
                shutdown_graceful_timeout=8.0,
                install_signal_handlers=False,
            )
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            except ConnectorException as error:
                log.warning("the work on %s is interrupted: %s", self.name, reason(error))
            await asyncio.sleep(1.0)

    def _resign(self) -> None:
        """What runs is not ours to finish any more."""
        self._hurry(0.0)
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]

    def leave(self, grace: float) -> None:
        """Hire nobody any more; what runs has so many seconds to end, and is handed back then.

        Asked, not cancelled: the worker's own end may fail, because the database is away, and a cancellation
        may get lost in the driver.
        """
        self._leaving = True
        self._hurry(grace)
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]

    def _hurry(self, grace: float) -> None:
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = grace

    async def _run(self, lock: str) -> None:
        under, behind = (
            lease.current.set(self.lease),
            fence.fence.set(self._still_hired(self.lease.worker_id)),
        )
        try:
            await self._attend(lock)
        except LeaseLost as lost:
            log.warning("a job of %s is left to others: %s", lock, lost)
            raise _LeftToOthers from lost  # where nobody has taken the summons yet, it goes back
        finally:
            lease.current.reset(under)
            fence.fence.reset(behind)

    def _still_hired(self, worker_id: int | None) -> fence.Fence:
        """The first statement of a job's transactions: others must not have taken this worker for dead, and
        cannot while the transaction lasts."""
        mine = text("SELECT 1 FROM procrastinate_workers WHERE id = :me FOR KEY SHARE")

        async def check(session: AsyncSession) -> None:
            self.lease.check()
            if await session.scalar(mine, {"me": worker_id}) is None:
                raise LeaseLost(f"worker {worker_id} was taken for dead")

        return check


class _LeftToOthers(Exception):
    """As procrastinate understands that a summons is not done."""


class _HandedBack(BaseRetryStrategy):
    """A job that was stopped goes back at once; one whose rows could not be read, a little later."""

    def get_retry_decision(self, *, exception: BaseException, job: Summons) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": 0 if isinstance(exception, asyncio.CancelledError) else 2})
