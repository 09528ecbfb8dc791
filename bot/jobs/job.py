"""A job, what runs it, and how it asks to be run again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """One piece of work as its handler sees it.

    Attributes:
        id: stays the same when the job is run again.
        kind: names the handler.
        lock: jobs with the same lock never run side by side; begins with `team_of` it and a slash.
        payload: small JSON; ids rather than content.
        attempt: how many tries have failed.
        faults: how often it has failed unexpectedly.
        begun: some of it may be done already, by an earlier run or an earlier process.
        key: as in `Queue.put`.
        put_at: when it was put first, or was to run first, in seconds since 1970.
    """

    id: int
    kind: str
    lock: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 0
    faults: int = 0
    begun: bool = False
    key: str | None = None
    put_at: float = field(default_factory=time.time)


def team_of(lock: str) -> str:
    """Return the workspace that a job belongs to; empty where the program serves one alone."""
    return lock.partition("/")[0] if "/" in lock else ""


@dataclass(eq=False)
class Again(Exception):
    """Raised by a handler: not done; run this job again after `seconds`.

    Args:
        failed: False when nothing was wrong and there is only a turn to wait for: it is no failed try.
        unsure: False when all that this run did is written down, so the next need not look for it.
    """

    seconds: float
    failed: bool = field(default=True, kw_only=True)
    unsure: bool = field(default=True, kw_only=True)


async def _nobody_is_told(_job: Job) -> None:
    return None


@dataclass(frozen=True)
class Handler:
    """What runs the jobs of one kind.

    Attributes:
        run: does the job; raises `Again` to be run later.
        gave_up: called when `run` has failed unexpectedly too often; tells a person.
        of_all: is about no workspace, and so not run by the bot of one.
        bulk: takes its time and comes in numbers; leaves room for jobs that somebody waits for.
    """

    run: Callable[[Job], Awaitable[None]]
    gave_up: Callable[[Job], Awaitable[None]] = _nobody_is_told
    bulk: bool = False
    of_all: bool = False
