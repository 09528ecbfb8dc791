"""Work that outlives the process: what a queue promises, whoever keeps it.

A job is put in the same transaction as the rows it is about, so what was acknowledged is never
without its job.  Jobs with the same lock run one at a time in the order they were put; a job that
waits for its next try keeps its place.  Delivery is at least once: a worker must bear being run
again at any step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Job:
    """One piece of work as its worker sees it.

    Attributes:
        kind: names the worker.
        lock: jobs with the same lock never run side by side.
        payload: small JSON; ids rather than content.
        attempt: how often the worker has asked to be run again; 0 for the first run.
        faults: how often it has failed unexpectedly.
        rounds: how often it has been put under the same key.
        created_at: when it was first put (UTC).
    """

    id: int
    kind: str
    lock: str
    payload: Mapping[str, Any]
    attempt: int
    faults: int
    rounds: int
    created_at: datetime


class Again(Exception):
    """Raised by a worker: not done; run this job again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.1f} s")
        self.seconds = seconds


async def _nobody_is_told(_job: Job) -> None:
    return None


@dataclass(frozen=True)
class Worker:
    """What runs the jobs of one kind.

    Attributes:
        run: does the job; raises `Again` to be run later.
        gave_up: called once when `run` has failed unexpectedly too often; tells a person.
    """

    run: Callable[[Job], Awaitable[None]]
    gave_up: Callable[[Job], Awaitable[None]] = _nobody_is_told


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
            key: where given, and a job with this key is not done yet, that one is run once more
                instead of putting a second.
            delay: seconds before it may run.
        """
        ...


def backoff(attempt: int, *, first: float = 2.0, most: float = 300.0) -> float:
    """Seconds before try number `attempt` + 2: 2, 4, 8 … at most five minutes."""
    return min(most, first * 2.0 ** min(attempt, 30))
