"""The right to act, which a worker has for as long as others must take it for alive.

On many machines a worker that shows no sign of life is taken for dead, and its jobs are done by others.  It
may only have been frozen: a suspended machine, a stopped process, a long pause of the disk.  When it wakes in
the middle of a job, it must do nothing more.  So a worker acts only while its last sign of life is younger
than the age at which others may take it for dead, and looks at the clock right before each act.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar

SIGN_OF_LIFE = 5.0  # seconds between two
LASTS = 20.0  # seconds: a worker's own view of how long a sign of life entitles it to act
TAKEN_FOR_DEAD = 30.0  # seconds: the others' view; the difference covers their clocks and an act's duration


class LeaseLost(BaseException):
    """This worker may no longer act.  Like a cancellation: no handler of errors should catch it."""


class Lease:
    """One worker's right to act.

    Args:
        clock: seconds; it must go on while the process is stopped, as the monotonic clock does.
        lasts: seconds that a sign of life entitles to act.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, lasts: float = LASTS) -> None:
        self._clock = clock
        self._lasts = lasts
        self._sign = float("-inf")
        self.worker_id: int | None = None

    def now(self) -> float:
        """The time to name in `begin` and `renew`, taken before the database is told."""
        return self._clock()

    def begin(self, worker_id: int, sign: float) -> None:
        """The database knows this worker since the time `sign`."""
        self.worker_id, self._sign = worker_id, sign

    def renew(self, sign: float) -> None:
        """The database was told of a sign of life at the time `sign`."""
        self._sign = max(self._sign, sign)

    @property
    def holds(self) -> bool:
        """Whether this worker may act now."""
        return self._clock() - self._sign < self._lasts

    def check(self) -> None:
        """Raise unless this worker may act now.

        Raises:
            LeaseLost: others may do its jobs already.
        """
        if not self.holds:
            raise LeaseLost(f"worker {self.worker_id} showed no sign of life for {self._lasts:.0f} s")


current: ContextVar[Lease | None] = ContextVar("lease", default=None)
"""The lease that a job runs under; None where nobody can take its work over, and outside of jobs."""


def permit() -> None:
    """To call right before anything is changed outside: in Slack, in Masko.

    Raises:
        LeaseLost: the job that runs here may be done by another worker already.
    """
    if lease := current.get():
        lease.check()
