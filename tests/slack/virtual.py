"""Time that passes only when everybody sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import Any

_SETTLED = 20  # rounds of the event loop in which everything that can go on has gone on


class VirtualTime:
    """A clock and a sleep for it.

    Attributes:
        time: seconds.
    """

    def __init__(self) -> None:
        self.time = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def clock(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self.time + seconds, next(self._numbers), woken))
        await woken

    async def settle(self) -> None:
        """Let everybody go on until they sleep or wait."""
        for _ in range(_SETTLED):
            await asyncio.sleep(0)

    async def pass_until(self, time: float) -> None:
        """Let time pass until then."""
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= time:
            self.time, _, woken = heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await self.settle()
        self.time = time

    async def run(self, *steps: Coroutine[Any, Any, Any]) -> list[Any]:
        """What all the steps give, or raise, in however much time they need."""
        tasks = [asyncio.ensure_future(step) for step in steps]
        await self.settle()
        while not all(task.done() for task in tasks):
            assert self._sleepers, "somebody waits for ever"
            await self.pass_until(self._sleepers[0][0])
        return await asyncio.gather(*tasks, return_exceptions=True)
