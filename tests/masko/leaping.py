"""An event loop whose time leaps to the next thing that happens, and a Masko that only counts."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.masko.rate_limit import Limit

T = TypeVar("T")


class _Leaping(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing can happen any more: somebody waits for ever"
        self.time += max(0.0, timeout)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """Nothing but sleeping takes time, and that none of ours."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.time


def leaping(test: Coroutine[Any, Any, T]) -> T:
    """Run a test in leaping time."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(test)


@dataclass
class CountingMasko:
    """Counts in windows that slide, when a request arrives, as a strict server would.

    Attributes:
        arrived: the moments of the requests that it took.
        refused: the moments of those that were too many.
    """

    limits: tuple[Limit, ...]
    arrived: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def take(self) -> int | None:
        """A request arrives; how many more could, None when it is one too many."""
        now = asyncio.get_running_loop().time()
        left = min((limit.requests - self._within(limit, now) for limit in self.limits), default=1)
        (self.arrived if left > 0 else self.refused).append(now)
        return left - 1 if left > 0 else None

    def _within(self, limit: Limit, now: float) -> int:
        recent = 0
        for moment in reversed(self.arrived):
            if moment <= now - limit.seconds:
                break
            recent += 1
        return recent
