"""Calls a minute and an hour, per key.

Documented: 60 requests a minute and 1,000 an hour; `X-RateLimit-Remaining` and `X-RateLimit-Reset` on
every response; `Retry-After` with a 429. Choices, where the pages are silent: windows are fixed and begin
with a key's first call; the headers speak of the window with the least left; Reset is in seconds from
now (or an epoch, by `reset_as`); a refused call costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Limit:
    """At most `calls` in `seconds`."""

    calls: int
    seconds: float


DOCUMENTED = (Limit(60, 60), Limit(1000, 3600))


@dataclass
class _Window:
    limit: Limit
    ends: float
    used: int = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit.calls - self.used)


@dataclass(frozen=True)
class Spent:
    """What one call did to its key's budget: `allowed`, what remains, and seconds until it resets."""

    allowed: bool
    remaining: int
    reset_in: float
    limit: Limit


class Budget:
    """The windows of every key that called.

    Attributes:
        limits: may be set at any time; empty for none.
        reset_as: whether `X-RateLimit-Reset` is in seconds from now or an epoch.
    """

    def __init__(self, limits: Sequence[Limit], clock: Callable[[], float]) -> None:
        self.limits = tuple(limits)
        self.reset_as: Literal["seconds", "epoch"] = "seconds"
        self._clock = clock
        self._windows: dict[tuple[str, Limit], _Window] = {}

    def spend(self, key: str) -> Spent | None:
        """Count one call of `key`, unless it is one too many; None when nothing is limited."""
        now = self._clock()
        windows = [self._window(key, limit, now) for limit in self.limits]
        if not windows:
            return None
        allowed = all(window.remaining for window in windows)
        if allowed:
            for window in windows:
                window.used += 1
        tightest = min(windows, key=lambda window: (window.remaining, -window.ends))
        return Spent(allowed, tightest.remaining, tightest.ends - now, tightest.limit)

    def headers(self, spent: Spent | None, now: float) -> dict[str, str]:
        """The two documented headers after a call; `now` is the epoch in seconds."""
        if spent is None:
            return {}
        reset = spent.reset_in + (now if self.reset_as == "epoch" else 0)
        return {"X-RateLimit-Remaining": str(spent.remaining), "X-RateLimit-Reset": str(math.ceil(reset))}

    def forget(self) -> None:
        """Begin all windows anew."""
        self._windows.clear()

    def _window(self, key: str, limit: Limit, now: float) -> _Window:
        window = self._windows.get((key, limit))
        if window is None or now >= window.ends:
            window = self._windows[key, limit] = _Window(limit, now + limit.seconds)
        return window
