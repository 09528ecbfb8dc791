"""Quarantine for work in the middle of which a process died.

A file that takes all memory kills every process that reads it, until somebody stops that.  So a run that
never ends is counted; what was begun CRASHES times and never ended is given up.  Counted are jobs, and in the
job that carries a post its files one by one, so that the other files of the post go on.

A process is also killed for reasons that have nothing to do with its work, and then all that it was doing is
under suspicion.  So suspected work waits until this process has been up for a while: where processes are
killed one after the other it is not tried.  And it is done one piece at a time in each process.
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
        """Let work be done within the block, at once where none of its runs is `unended`.

        Raises Quarantined while this process has not been up for long enough.
        """
        if not unended:
            yield
            return
        if (left := self._calm_at - self._clock()) > 0:
            raise Quarantined(left)
        async with self._one_at_a_time:
            yield
