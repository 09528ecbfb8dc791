"""The queue's contract: work that outlives the process.

A job is put in the transaction of the rows that it is about, so what was acknowledged is never without its
job.  Jobs with the same lock run one at a time in the order they were put; a job that waits for its next try
keeps its place.  Delivery is at least once: a handler must bear to be run again at any step.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import TEAM
from bot.errors import BotError
from bot.jobs.job import Again, Handler, Job, team_of
from bot.jobs.locks import AdvisoryLocks, LocalLocks
from bot.jobs.retry import UNEXPECTED_TRIES, backoff
from bot.telemetry.metrics import Backlog, Metrics
from bot.telemetry.tracing import span

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """How a run ended: what the next run is told, and the seconds until then; with None there is none."""

    job: Job
    seconds: float | None = None
    given_up: bool = False


@dataclass(eq=False, kw_only=True)
class Queue(ABC):
    """Where work is put, and what runs it: in one process on SQLite, on any number of machines on PostgreSQL.

    Args:
        calm: seconds for which this process has to be up before it opens a file that it may have died of.
        at_once: how many bulk jobs may run side by side in this process, and how many others beside them.
        pause: seconds to wait after fault number n, from 0.
        faster: how many times sooner than usual jobs come again.
        metrics: told how runs end: `done`, `retried`, `waited` (for a turn), `failed` (unexpectedly),
            `given_up`, `handed_back`.
    """

    calm: float
    at_once: int = 32
    pause: Callable[[int], float] = backoff
    faster: float = 1.0
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.locks: LocalLocks | AdvisoryLocks = LocalLocks()
        self.quarantine = Quarantine(self.calm / self.faster)
        self.handlers: dict[str, Handler] = {}
        self.handlers_of: Callable[[str], Awaitable[Mapping[str, Handler]]] = self._the_same_for_all
        self._running_of = Counter[str]()  # bulk jobs, by workspace
        self._working: asyncio.Task[None] | None = None

    def handle(self, kind: str, handler: Handler) -> None:
        """Let `handler` run the jobs of `kind`; before `start`."""
        self.handlers[kind] = handler

    @contextmanager
    def collecting(self) -> Iterator[dict[str, Handler]]:
        """Keep the handlers that are given within the block apart, for `handlers_of`: team → its handlers.

        The kinds have to be known to the queue itself, too.
        """
        own, self.handlers = self.handlers, {}
        try:
            yield self.handlers
        finally:
            self.handlers = own

    async def _the_same_for_all(self, _team: str) -> Mapping[str, Handler]:
        return self.handlers

    def _is_bulk(self, kind: str) -> bool:
        return kind in self.handlers and self.handlers[kind].bulk

    async def start(self) -> None:
        """Begin to run jobs, those left over from earlier processes first."""
        self._working = asyncio.create_task(self._work(), name="queue")

    async def ended(self) -> None:
        """Wait for as long as the queue runs; raise what made it stop, after which the program should end."""
        assert self._working is not None, "it was started"
        await asyncio.shield(self._working)

    @abstractmethod
    async def _work(self) -> None:
        """Run jobs until the queue is stopped."""

    @abstractmethod
    async def stop(self, grace: float = 8.0) -> None:
        """Take no new work; after `grace` seconds hand back what still runs."""

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
        """Put a job, as part of the caller's transaction.

        Args:
            session: the open transaction; the job becomes visible with its commit.
            kind: which handler runs it.
            lock: what it must have for itself, such as one thread.
            payload: small JSON.
            key: where given, and a job with this key is not done yet, that one is run once more, with
                this payload, instead of putting a second.
            delay: seconds before it may run.
        """
        if team := session.info.get(TEAM):
            lock, key = f"{team}/{lock}", key and f"{team}/{key}"
        job = Job(0, kind, lock, storable(payload), key=key, put_at=time.time() + delay)
        await self._put(session, job, delay)

    @abstractmethod
    async def _put(self, session: AsyncSession, job: Job, delay: float) -> None:
        """Write down a fresh job."""

    async def unfinished(self, *kinds: str) -> int:
        """Return how many jobs of these kinds are still to be done, now or later."""
        return sum(each.waiting for each in await self.backlog() if each.kind in kinds)

    async def drained(self, *kinds: str) -> None:
        """Wait until no job of these kinds is left to do."""
        while await self.unfinished(*kinds):  # noqa: ASYNC110 - no event comes from other machines
            await asyncio.sleep(0.02)

    @abstractmethod
    async def drop(self, team: str) -> None:
        """Delete the jobs of a workspace that wait."""

    @abstractmethod
    async def backlog(self, team: str = "") -> list[Backlog]:
        """Return how much work there is of each kind, of one workspace or of all."""

    @abstractmethod
    async def payloads(self, session: AsyncSession) -> list[Mapping[str, Any]]:
        """Return the payload of each job that waits or runs, as seen by an open transaction."""

    @abstractmethod
    async def forget_dead(self, days: int) -> None:
        """Delete the jobs that were given up more than so many days ago."""

    async def _run(self, job: Job) -> Ending:
        """Run a job; a fault in our own code neither stops the queue nor is run for ever."""
        outcome = "handed_back"  # cancelled, or not this worker's any more
        ended, team = replace(job, begun=True), team_of(job.lock)
        self._running_of[team] += (bulk := self._is_bulk(job.kind))
        try:
            if bulk and team and self._running_of[team] > self.at_once * 3 // 4:
                raise Again(1.0, failed=False, unsure=job.begun)  # the rest is for other workspaces
            if (handler := await self._handler(job)) is not None:
                with span(f"job {job.kind}"):
                    await handler.run(job)
            outcome = "done"
            return Ending(ended)
        except Again as again:
            outcome = "retried" if again.failed else "waited"
            attempt = job.attempt + again.failed
            ended = replace(ended, attempt=attempt, begun=again.unsure or attempt > 0 or job.faults > 0)
            return Ending(ended, again.seconds / self.faster)
        except Exception as error:
            outcome = "failed"
            if _is_away(error):
                return self._wait_for_the_database(job, error)
            with suppress(Exception):  # else the first error is the one that counts
                if await self._handler(job) is None:  # the app was removed meanwhile, and all rows with it
                    return Ending(ended)
            log.exception("job %s %s failed unexpectedly, time %d", job.kind, job.id, job.faults + 1)
            if job.faults + 1 >= UNEXPECTED_TRIES:
                return await self._give_up(job)
            return Ending(replace(ended, faults=job.faults + 1), self.pause(job.faults))
        finally:
            self._running_of[team] -= bulk
            self.metrics.job_ran(job.kind, outcome)

    async def _handler(self, job: Job) -> Handler | None:
        """Return what runs a job; None where the workspace has removed the app, and its jobs with it."""
        own = self.handlers.get(job.kind)
        if own is not None and own.of_all:
            return own
        return (await self.handlers_of(team_of(job.lock))).get(job.kind)

    async def _give_up(self, job: Job) -> Ending:
        self.metrics.job_ran(job.kind, "given_up")
        try:
            if (handler := await self._handler(job)) is not None:
                await handler.gave_up(job)
        except Exception as error:
            if _is_away(error):
                return self._wait_for_the_database(job, error)
            # The second fault must not keep the job alive: it is in the log, and so is the first.
            log.exception("nobody could be told that job %s %s was given up", job.kind, job.id)
        return Ending(job, given_up=True)

    def _wait_for_the_database(self, job: Job, error: Exception) -> Ending:
        """Nothing is wrong with the job: it waits for as long as it takes."""
        reason = error.orig if isinstance(error, DBAPIError) else error
        log.warning("job %s %s waits for the database: %s", job.kind, job.id, reason)
        return Ending(replace(job, begun=True), self.pause(0))


def _is_away(error: Exception) -> bool:
    """Return whether the database went away, has no connection free, or ended a session that stood still."""
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or isinstance(error, OperationalError | InterfaceError | TimeoutError)


def storable(value: Any) -> Any:
    """Return a payload without what PostgreSQL's jsonb refuses: NUL characters and lone surrogates."""
    if isinstance(value, Mapping):
        return {name: storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) else value


def flow_of(lock: str) -> str:
    """Return what takes turns with its like in a full queue: of `thread:T…:C…:ts`, the channel.

    The flows of one workspace together take turns with those of the others, by `team_of`.
    """
    return lock.rpartition(":")[0] + ":"


AT_ONCE = 8  # images downloaded and decoded at a time; waiting for Masko does not count
DECODED_AT_ONCE = min(4, max(2, os.cpu_count() or 2))  # of them; each takes a core, up to half a gigabyte
CRASHES = 2  # deaths of the process over a file, after which it is given up


class Quarantined(BotError):
    """A suspected file that is not tried yet."""

    worth_retrying = True
    retry_after: float

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"begun before, and never ended; tried again in {retry_after:.0f} s")
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        return "I stopped unexpectedly while I was working on this."


class Quarantine:
    """Decides when a file may be worked on in this process; `fetching` and `decoding` take so many at a time.

    A file that takes all memory kills every process that reads it.  So what never ended is counted; after
    CRASHES the file is given up.  A process is also killed for other reasons, and then all files that it had
    open are suspected: they wait until this process has been up for a while, and are opened one at a time.

    Args:
        calm: seconds for which the process has to be up first.
        clock: seconds; only differences are used.
    """

    def __init__(self, calm: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calm_at = clock() + calm
        self._one_at_a_time = asyncio.Lock()
        self.fetching = asyncio.Semaphore(AT_ONCE)
        self.decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    @asynccontextmanager
    async def turn(self, unended: int) -> AsyncIterator[None]:
        """Let work be done within the block, at once where nothing was left `unended`.

        Raises Quarantined while this process has not been up for long enough.
        """
        if not unended:
            yield
            return
        if (left := self._calm_at - self._clock()) > 0:
            raise Quarantined(left)
        async with self._one_at_a_time:
            yield
