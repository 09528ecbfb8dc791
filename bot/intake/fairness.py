"""A limit on how much is done at a time, of which nobody may take all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairLimit:
    """Lets so many in at a time, and of each person and channel only some.

    The costly files of one person so hold up nobody else's, in the same channel or another.

    Args:
        total: how many at a time.
        person: of them for one person.
        channel: of them for one channel.
    """

    def __init__(self, total: int, *, person: int, channel: int) -> None:
        self._total = total
        self._most = {"person": person, "channel": channel}
        self._inside = 0
        self._of: Counter[tuple[str, str]] = Counter()
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def place(self, *, person: str, channel: str) -> AsyncIterator[None]:
        """Wait for a place and hold it, counted for a person and a channel."""
        owners = [("person", person), ("channel", channel)]
        while self._inside >= self._total or any(self._of[owner] >= self._most[owner[0]] for owner in owners):
            freed = asyncio.get_running_loop().create_future()
            self._waiting.append(freed)
            try:
                await freed
            finally:
                self._waiting.remove(freed)
        self._inside += 1
        self._of.update(owners)
        try:
            yield
        finally:
            self._inside -= 1
            self._of.subtract(owners)
            self._of = +self._of  # only those with a place are remembered
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)
