"""procrastinate (procrastinate.readthedocs.io), taught to bear a lost database and a frozen worker.

Its worker asks a `JobManager` for everything; this one keeps the worker's lease, and lets nobody end a job
that is not theirs any more: procrastinate ends jobs by their id alone, so a worker that wakes from a minute's
sleep would end what another is in the middle of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from procrastinate import manager
from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from bot.jobs.lease import TAKEN_FOR_DEAD, Lease

log = logging.getLogger(__name__)

T = TypeVar("T")

_MINE = "id = %(id)s AND status = 'doing' AND worker_id = %(me)s"
_FINISH = f"DELETE FROM procrastinate_jobs WHERE {_MINE} RETURNING id"
_RETRY = f"""
    UPDATE procrastinate_jobs
    SET status = 'todo', attempts = attempts + 1, scheduled_at = %(at)s, abort_requested = false,
        worker_id = NULL
    WHERE {_MINE} RETURNING id
"""
_ALIVE = "UPDATE procrastinate_workers SET last_heartbeat = NOW() WHERE id = %(me)s RETURNING id"
_ORPHANS = """
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, abort_requested = false
    WHERE id IN (
        SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


class LeaseManager(manager.JobManager):
    """What a worker does with the job table, under a lease.

    Args:
        connector: to the database.
        lease: renewed by each sign of life.
        resign: called when the lease is lost: the worker has to end, and to be hired afresh.
        pause: seconds before a database that cannot be reached is asked again.
    """

    def __init__(
        self, connector: BaseAsyncConnector, lease: Lease, resign: Callable[[], None], pause: float = 1.0
    ) -> None:
        super().__init__(connector)
        self._database = connector
        self._lease = lease
        self._resign = resign
        self._pause = pause

    async def register_worker(self) -> int:
        sign = self._lease.now()
        worker_id = await super().register_worker()
        self._lease.begin(worker_id, sign)
        return worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        """Show a sign of life; a worker whose lease is lost, or who was taken for dead, resigns."""
        sign = self._lease.now()
        known = await self._patiently(lambda: self._ask(_ALIVE, me=worker_id))
        stop_if_told()
        if known and self._lease.holds:
            self._lease.renew(sign)
            return
        log.warning("worker %s was taken for dead; it begins afresh", worker_id)
        self._resign()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job; none while the database cannot be reached or the lease is lost."""
        if not self._lease.holds:
            return None
        try:
            return await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            log.warning("no work can be fetched: %s", reason(error))
            await asyncio.sleep(self._pause)
            return None

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """The job has been run.  What is not this worker's any more is left alone."""
        if not await self._patiently(lambda: self._ask(_FINISH, id=job.id, me=self._lease.worker_id)):
            log.warning("job %s was taken over by another worker", job.id)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Hand the job back.  What is not this worker's any more is left alone."""
        me = self._lease.worker_id
        if not await self._patiently(lambda: self._ask(_RETRY, id=job.id, me=me, at=retry_at)):
            log.warning("job %s was taken over by another worker", job.id)

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        """Nobody aborts jobs here."""
        return ()

    async def listen_for_jobs(
        self, *, on_notification: manager.NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Hear of new jobs, for ever; while that is impossible the worker looks by itself now and then."""
        hear = super().listen_for_jobs
        while True:
            hearing = asyncio.create_task(hear(on_notification=on_notification, queues=queues))
            try:
                await asyncio.wait({hearing})
            finally:
                await gone(hearing)
            if error := hearing.exception():
                log.warning("new jobs are not heard of: %s", reason(error))
            await asyncio.sleep(self._pause)

    async def take_over(self) -> list[int]:
        """Give what dead workers were doing to the living.

        Returns:
            The ids of those jobs.

        Raises:
            ConnectorException: the database cannot be reached.
        """
        await self.prune_stalled_workers(TAKEN_FOR_DEAD)
        return [row["id"] for row in await self._ask(_ORPHANS)]

    async def _ask(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return await self._database.execute_query_all_async(query, **arguments)

    async def _patiently(self, ask: Callable[[], Awaitable[list[T]]]) -> list[T]:
        """Ask until the database answers, for as long as the lease holds: after that the job is another's."""
        while True:
            try:
                return await ask()
            except ConnectorException as error:
                log.warning("the database does not answer: %s", reason(error))
                await asyncio.sleep(self._pause)
                if not self._lease.holds:
                    return []


async def gone(task: asyncio.Task[Any]) -> None:
    """End a task for certain.

    Before Python 3.12 `asyncio.wait_for`, which the driver waits with, may swallow a cancellation that comes
    together with what it waited for (bugs.python.org: issue 37658); so it is repeated.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)


def stop_if_told() -> None:
    """Raise the cancellation of this task, if somebody on the way has swallowed it.

    Raises:
        asyncio.CancelledError: this task was to end.
    """
    me = asyncio.current_task()
    if me is not None and me.cancelling():
        raise asyncio.CancelledError


def reason(error: BaseException) -> str:
    """What the driver said, on one line."""
    return " ".join(str(error.__cause__ or error).split())
