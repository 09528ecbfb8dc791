"""Who does which kind of job, and what becomes of a job that was run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

from bot.jobs.quarantine import CRASHES, Quarantine, Quarantined
from bot.jobs.queue import Again, Handler, Job, soon
from bot.jobs.retry import UNEXPECTED_TRIES, backoff
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """How a run ended: the columns of its row that change; none of them: it is done."""

    columns: dict[str, Any] = field(default_factory=dict)


class Crew:
    """The workers of a queue.

    Args:
        count: writes down how many runs of a job were begun and have not ended.
        end: writes down how a run ended.
        quarantine: says when a job may run that was begun and never ended.
        pause: seconds to wait after fault number n, from 0.
    """

    def __init__(
        self,
        count: Callable[[Job, int], Awaitable[None]],
        end: Callable[[Job, Ending], Awaitable[None]],
        quarantine: Quarantine,
        pause: Callable[[int], float] = backoff,
        faster: float = 1.0,
        metrics: Metrics | None = None,
    ) -> None:
        self._faster = faster
        self._metrics = metrics or Metrics()
        self._count = count
        self._end = end
        self.quarantine = quarantine
        self.pause = pause
        self._handlers: dict[str, Handler] = {}

    def handle(self, kind: str, handler: Handler) -> None:
        """Let `handler` run the jobs of `kind`."""
        self._handlers[kind] = handler

    @property
    def kinds(self) -> list[str]:
        """What can be done here."""
        return list(self._handlers)

    def is_bulk(self, kind: str) -> bool:
        """Whether jobs of this kind come in numbers and take their time."""
        return self._handlers[kind].bulk

    async def do(self, job: Job) -> None:
        """Run a job, and write down how that ended."""
        if job.unended >= CRASHES:
            log.error("job %s %s was begun %d times and never ended", job.kind, job.id, job.unended)
            await self._end(job, await self._give_up(job))
            return
        try:
            async with self.quarantine.turn(job.unended):
                await self._end(job, await self._outcome(job))
        except Quarantined as not_yet:
            await self._end(job, Ending({"run_at": soon(not_yet.retry_after), "unended": job.unended}))

    async def _outcome(self, job: Job) -> Ending:
        """Run a job; a fault in our own code must neither stop the queue nor be run for ever."""
        outcome = "handed_back"  # cancelled, or not this worker's any more
        try:
            await self._run(job)
            outcome = "done"
        except Again as again:
            outcome = "retried" if again.failed else "waited"
            columns = {"run_at": soon(again.seconds / self._faster), "attempts": job.attempt + again.failed}
            return Ending(columns if again.unsure else columns | {"begun": False})
        except Exception as error:
            outcome = "failed"
            if _is_away(error):
                return self._wait_for_the_database(job, error)
            log.exception("job %s %s failed unexpectedly, time %d", job.kind, job.id, job.faults + 1)
            return await self._after_fault(job)
        finally:
            self._metrics.job_ran(job.kind, outcome)
        return Ending()

    async def _run(self, job: Job) -> None:
        handler = self._handlers[job.kind]
        if not handler.counted:
            await handler.run(job)
            return
        await self._count(job, job.unended + 1)
        try:
            await handler.run(job)
        except asyncio.CancelledError:  # nothing killed it: the program is told to stop
            await self._count(job, 0)
            raise

    async def _after_fault(self, job: Job) -> Ending:
        if job.faults + 1 < UNEXPECTED_TRIES:
            return Ending({"run_at": soon(self.pause(job.faults)), "faults": job.faults + 1})
        return await self._give_up(job)

    async def _give_up(self, job: Job) -> Ending:
        self._metrics.job_ran(job.kind, "given_up")
        if job.unended >= CRASHES:
            self._metrics.gave_up_after_crashes(job.kind)
        try:
            await self._handlers[job.kind].gave_up(job)
        except Exception as error:
            if _is_away(error):
                return self._wait_for_the_database(job, error)
            # The second fault must not keep the job alive: it is in the log, and so is the first.
            log.exception("nobody could be told that job %s %s was given up", job.kind, job.id)
        return Ending({"dead_at": soon(0), "key": None})

    def _wait_for_the_database(self, job: Job, error: Exception) -> Ending:
        """Nothing is wrong with the job: it waits for as long as it takes."""
        reason = error.orig if isinstance(error, DBAPIError) else error
        log.warning("job %s %s waits for the database: %s", job.kind, job.id, reason)
        return Ending({"run_at": soon(self.pause(0)), "unended": job.unended})


def _is_away(error: Exception) -> bool:
    """The database went away, has no connection free for us, or ended our session (a transaction that stood
    still while we were frozen)."""
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or isinstance(error, OperationalError | InterfaceError | TimeoutError)
