"""Rate limits as token buckets (docs.slack.dev: Rate limits; tiers from the method pages).

Slack publishes calls a minute, not bursts: that a bucket holds one minute's calls, and that
chat.postMessage (one a second per channel) lets five go at once, are Choices.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """`burst` calls at once, refilled with `per_second`."""

    burst: float
    per_second: float


def _tier(calls_a_minute: int) -> Limit:
    return Limit(calls_a_minute, calls_a_minute / 60)


TIERS = {1: _tier(1), 2: _tier(20), 3: _tier(50), 4: _tier(100), 5: _tier(600)}
POSTING = Limit(burst=5, per_second=1)


class RateLimits:
    """Counts calls and says how long to wait.

    Attributes:
        enforced: False lets every call through.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.enforced = True
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def forget(self) -> None:
        """Start counting anew."""
        self._buckets.clear()

    def wait_for(self, key: str, limit: Limit) -> int | None:
        """Count one call of `key`; whole seconds to wait if it is one too many, else None."""
        if not self.enforced:
            return None
        now = self._clock()
        level, since = self._buckets.get(key, (limit.burst, now))
        level = min(limit.burst, level + (now - since) * limit.per_second)
        if level < 1:
            self._buckets[key] = (level, now)
            return max(1, math.ceil((1 - level) / limit.per_second))
        self._buckets[key] = (level - 1, now)
        return None
