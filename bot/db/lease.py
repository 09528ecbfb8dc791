"""Lease of a worker: its right to act, for as long as other machines must take it for alive.

A worker without a heartbeat is taken for dead, and its jobs are run by others.  It may only have been frozen:
a suspended machine, a stopped process.  When it wakes in the middle of a job it must do nothing more, so the
lease is checked right before each act: a transaction, a call that changes something.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar

HEARTBEAT = 5.0  # seconds between two
LASTS = 20.0  # seconds that a heartbeat entitles its worker to act, by its own clock
TAKEN_FOR_DEAD = 30.0  # seconds without one, for the others; the difference covers one transaction or call


class LeaseLost(BaseException):
    """This worker may no longer act.  Like a cancellation: no handler of errors should catch it."""


class Lease:
    """One worker's right to act; once lost, it does not come back.

    Args:
        clock: seconds; it must go on while the process is stopped, as the monotonic clock does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self._last = clock()
        self._lost = False

    def renew(self, asked: float) -> None:
        """Note a heartbeat that was sent at the time `asked`.  Raises LeaseLost if that is too late."""
        self.check()
        self._last = max(self._last, asked)

    def lose(self) -> None:
        """Let nothing more be done under this lease."""
        self._lost = True

    @property
    def is_lost(self) -> bool:
        """Whether others may run this worker's jobs already."""
        self._lost = self._lost or self.now() - self._last >= LASTS
        return self._lost

    def check(self) -> None:
        """Raise LeaseLost if it is lost."""
        if self.is_lost:
            raise LeaseLost(f"no heartbeat for {LASTS:.0f} s, or a lost connection")


current: ContextVar[Lease | None] = ContextVar("lease", default=None)
"""The lease that a job runs under; None outside of jobs, and where there is one machine only."""


def permit() -> None:
    """Raise LeaseLost if the job that runs here may be run by another worker already.

    To be called right before anything is changed: in the database, in Slack, in Masko.
    """
    if lease := current.get():
        lease.check()
