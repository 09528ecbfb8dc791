"""Work that outlives the process: what a queue promises, whoever keeps it.

A job is put in the same transaction as the rows it is about, so what was acknowledged is never
without its job.  Jobs with the same lock run one at a time in the order they were put; a job that
waits for its next try keeps its place.  Delivery is at least once: a worker must bear being run
again at any step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 300.0  # seconds
_PATIENCE = 3600.0


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
        left_over: it was there when this process started, so an earlier one may have begun it.
    """

    id: int
    kind: str
    lock: str
    payload: Mapping[str, Any]
    attempt: int
    faults: int
    rounds: int
    left_over: bool = False

    @property
    def begun_before(self) -> bool:
        """True when some of it may be done already."""
        return self.left_over or self.attempt > 0 or self.faults > 0

    @property
    def out_of_patience(self) -> bool:
        """True when the waits of `backoff` so far add up to an hour: this try is the last."""
        return sum(map(backoff, range(self.attempt))) >= _PATIENCE


class Again(Exception):
    """Raised by a worker: not done; run this job again after `seconds`.

    Args:
        seconds: the wait.
        in_vain: False when there was nothing wrong, only a turn to wait for: that tries no patience.
    """

    def __init__(self, seconds: float, *, in_vain: bool = True) -> None:
        super().__init__(f"again in {seconds:.1f} s")
        self.seconds = seconds
        self.in_vain = in_vain


async def _nobody_is_told(_job: Job) -> None:
    return None


@dataclass(frozen=True)
class Worker:
    """What runs the jobs of one kind.

    Attributes:
        run: does the job; raises `Again` to be run later.
        gave_up: called when `run` has failed unexpectedly too often, before the job is buried; tells a
            person.
        bulk: takes its time and comes in numbers; leaves room for jobs that somebody waits for.
    """

    run: Callable[[Job], Awaitable[None]]
    gave_up: Callable[[Job], Awaitable[None]] = _nobody_is_told
    bulk: bool = False


class Queue(Protocol):
    """Where work is put.  `bot.work.local` keeps it in the store of one process."""

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


def backoff(attempt: int) -> float:
    """Seconds to wait after a try in vain: 2, 4, 8 … at most five minutes."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempt, 30))
