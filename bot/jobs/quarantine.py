"""Quarantine for work in the middle of which a process died.

A file that takes all memory kills every process that reads it, on every machine, until somebody stops that.
So a run is counted when it begins, and the count goes when it ends: done, failed, put off, or handed back by
a program that is told to stop.  What was begun CRASHES times and never ended is given up.  Counted are jobs,
one by one, and in the job that carries a post its files: each from the beginning of its download to the end
of its upload, so that the other files of the post go on.

A process is also killed for reasons that have nothing to do with its work, and then everything that it was
doing is under suspicion.  That must not be given up when it happens again.  Two rules see to it:

- Suspected work waits until this process has been up for a while.  Where processes are killed one after the
  other, it is not tried at all, so nothing is counted.
- It is done one piece at a time in each process.  When the process dies again, one piece at most is to blame.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.errors import BotError

CRASHES = 2  # runs that never ended, after which work is given up


class Quarantined(BotError):
    """Suspected work that is not tried yet."""

    worth_retrying = True
    retry_after: float

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"begun before, and never ended; tried again in {retry_after:.0f} s")
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        return "I stopped unexpectedly while I was working on this."


class Quarantine:
    """Decides when suspected work may run in this process.

    Args:
        calm: seconds for which the process has to be up first.
        clock: seconds; only differences are used.
    """

    def __init__(self, calm: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calm_at = clock() + calm
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, unended: int) -> AsyncIterator[None]:
        """Let work be done within the block: at once, or when it is the turn of what is suspected.

        Args:
            unended: how many of its runs have not ended.

        Raises:
            Quarantined: this process has not been up for long enough.
        """
        if not unended:
            yield
            return
        if (left := self._calm_at - self._clock()) > 0:
            raise Quarantined(left)
        async with self._one_at_a_time:
            yield
