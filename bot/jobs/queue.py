"""Work that outlives the process: what a queue promises, whoever keeps it.

A job is put in the same transaction as the rows it is about, so what was acknowledged is never
without its job.  Jobs with the same lock run one at a time in the order they were put; a job that
waits for its next try keeps its place.  Delivery is at least once: a worker must bear being run
again at any step.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs.locks import Locks
from bot.jobs.quarantine import Quarantine


@dataclass(frozen=True)
class Job:
    """One piece of work as its worker sees it.

    Attributes:
        kind: names the worker.
        lock: jobs with the same lock never run side by side.
        payload: small JSON; ids rather than content.
        attempt: how often it was run in vain; 0 for the first run.
        faults: how often it has failed unexpectedly.
        rounds: how often it has been put under the same key.
        begun: some worker, perhaps an earlier process, may have run a part of it.
        unended: how many runs were begun and never ended; see `bot.jobs.quarantine`.
    """

    id: int
    kind: str
    lock: str
    payload: Mapping[str, Any]
    attempt: int
    faults: int
    rounds: int
    begun: bool = False
    unended: int = 0

    @property
    def begun_before(self) -> bool:
        """True when some of it may be done already."""
        return self.begun or self.attempt > 0 or self.faults > 0


class Again(Exception):
    """Raised by a handler: not done; run this job again after `seconds`.

    Args:
        seconds: the wait.
        failed: False when nothing was wrong and there is only a turn to wait for: it is no failed try.
        unsure: False when all that this run did is written down, so the next need not look for it.
    """

    def __init__(self, seconds: float, *, failed: bool = True, unsure: bool = True) -> None:
        super().__init__(f"again in {seconds:.1f} s")
        self.seconds = seconds
        self.failed = failed
        self.unsure = unsure


async def _nobody_is_told(_job: Job) -> None:
    return None


@dataclass(frozen=True)
class Handler:
    """What runs the jobs of one kind.

    Attributes:
        run: does the job; raises `Again` to be run later.
        gave_up: called when `run` has failed unexpectedly, or not ended, too often, before the job is
            buried; tells a person.
        bulk: takes its time and comes in numbers; leaves room for jobs that somebody waits for.
        counted: runs that never end count; False where `run` itself counts what may kill the process.
    """

    run: Callable[[Job], Awaitable[None]]
    gave_up: Callable[[Job], Awaitable[None]] = _nobody_is_told
    bulk: bool = False
    counted: bool = True


class Queue(Protocol):
    """Where work is put, and who does it.

    `bot.jobs.local` runs it in one process, `bot.jobs.postgres` on any number of machines.
    """

    @property
    def locks(self) -> Locks:
        """For what must not happen side by side, in whatever job it happens."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """For what was begun and never ended."""
        ...

    def handle(self, kind: str, handler: Handler) -> None:
        """Let `handler` run the jobs of `kind`; before `start`."""
        ...

    async def start(self) -> None:
        """Begin to run jobs."""
        ...

    async def ended(self) -> None:
        """Wait for as long as the queue runs.

        Raises:
            Exception: what made it stop; nothing is run any more, so the program should end.
        """
        ...

    async def stop(self, grace: float = 8.0) -> None:
        """Take no new work; after `grace` seconds hand back what still runs."""
        ...

    async def drained(self, *kinds: str) -> None:
        """Wait until no job of these kinds is left to do."""
        ...

    async def unfinished(self, *kinds: str) -> int:
        """How many jobs of these kinds are still to be done, those that wait for a later time included."""
        ...

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
            kind: which worker runs it.
            lock: what it must have for itself, such as one thread.
            payload: small JSON.
            key: where given, and a job with this key is not done yet, that one is run once more, with
                this payload, instead of putting a second.
            delay: seconds before it may run.
        """
        ...

    async def readdress(self, session: AsyncSession, old: str, new: str) -> None:
        """Let the jobs about a channel be about its new id, as part of the caller's transaction.

        Args:
            session: the open transaction.
            old: the id that stands in their payloads and locks.
            new: the one that takes its place.
        """
        ...


def readdressed(value: Any, old: str, new: str) -> Any:
    """A payload in which a channel's new id stands wherever the old one stood alone."""
    if isinstance(value, Mapping):
        return {name: readdressed(each, old, new) for name, each in value.items()}
    if isinstance(value, list):
        return [readdressed(each, old, new) for each in value]
    return new if value == old else value


def flow_of(lock: str) -> str:
    """What takes turns with its like when there is more to do than can be done at once: of
    `thread:T…:C…:ts`, the channel."""
    return lock.rpartition(":")[0] + ":"


def in_turns(jobs: Sequence[Job], running: Iterable[str]) -> list[Job]:
    """Jobs in the order in which they are begun: the flows take turns, and within a flow the oldest is first.

    Args:
        jobs: that may be run, the oldest first.
        running: the locks of those that run.
    """
    served = Counter(map(flow_of, running))
    lines: dict[str, deque[Job]] = {}
    for job in jobs:
        lines.setdefault(flow_of(job.lock), deque()).append(job)
    ordered: list[Job] = []
    while lines:
        flow = min(lines, key=lambda each: (served[each], lines[each][0].id))
        ordered.append(lines[flow].popleft())
        served[flow] += 1
        if not lines[flow]:
            del lines[flow]
    return ordered


def soon(seconds: float) -> datetime:
    """The time in so many seconds."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
