"""The key's budget of requests, counted here so that Masko seldom has to say no.

Documented limits per key: 60 requests a minute and 1,000 an hour (masko.ai, API reference).  The
count starts at nothing with each start of the program, so it is kept honest by what Masko's
response headers say: told that nothing remains, the budget stays closed until the reset.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from bot.masko.errors import MaskoRateLimited

PATIENCE = 5.0
"""Seconds that a call may be held back here; a longer wait belongs in the caller's queue."""

_UNITS = {
    "second": Duration.SECOND,
    "minute": Duration.MINUTE,
    "hour": Duration.HOUR,
    "day": Duration.DAY,
}
_RATE = re.compile(r"(\d{1,9})\s*/\s*(second|minute|hour|day)s?", re.IGNORECASE)


class Budget:
    """How many requests may still go out.

    One budget belongs to one key: every client of that key in this process shares it.

    Args:
        rates: see `parse_limits`; none at all means that only the server's headers are obeyed.
        now: a clock in seconds; only differences are used.
        sleep: waits for that many seconds.
        patience: the longest wait in seconds before `take` raises instead.
    """

    def __init__(
        self,
        rates: Sequence[Rate] = (),
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        patience: float = PATIENCE,
    ) -> None:
        # The bucket is asked directly, with our clock's time on each item: pyrate-limiter's own
        # Limiter would start a cleaning thread and sleep by the real clock.
        self._bucket = InMemoryBucket(list(rates)) if rates else None
        self._now = now
        self._sleep = sleep
        self._patience = patience
        self._closed_until = float("-inf")

    def expected_wait(self) -> float:
        """Seconds until a request asked for now could go out.  Spends nothing."""
        return max(0.0, self._closed_until - self._now(), self._wait_for_room())

    async def take(self, request: str = "") -> None:
        """Spends one request, waiting a short while for room where there is none.

        Args:
            request: what it is for, such as `GET /credits`; the error tells it.

        Raises:
            MaskoRateLimited: with `own_budget` and `retry_after`, when it would wait too long.
        """
        give_up = self._now() + self._patience
        while (wait := self.expected_wait()) > 0 or not self._spend():
            if self._now() + wait > give_up:
                raise MaskoRateLimited("held back here", own_budget=True, request=request, retry_after=wait)
            await self._sleep(wait)

    def check(self, request: str = "") -> None:
        """Raises what `take` would raise now, without spending or waiting.

        Raises:
            MaskoRateLimited: with `own_budget` and `retry_after`.
        """
        if (wait := self.expected_wait()) > self._patience:
            raise MaskoRateLimited("held back here", own_budget=True, request=request, retry_after=wait)

    def close(self, seconds: float) -> None:
        """Lets nothing out for `seconds`, because the server said so.  Never shortens a closure."""
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def _spend(self) -> bool:
        return self._bucket is None or self._bucket.put(RateItem("masko", self._now_ms()))

    def _wait_for_room(self) -> float:
        """Seconds until the window that is fullest lets one more in."""
        if self._bucket is None:
            return 0.0
        now_ms = self._now_ms()
        self._bucket.leak(now_ms)
        return max(_wait_ms(self._bucket, rate, now_ms) for rate in self._bucket.rates) / 1000

    def _now_ms(self) -> int:
        return int(self._now() * 1000)


def parse_limits(text: str) -> tuple[Rate, ...]:
    """Reads limits such as `60/minute,1000/hour`; `none` (or nothing) gives no rates at all.

    Units are second, minute, hour and day.  A longer window must allow more in all, and no more
    per second, than a shorter one: otherwise one of the two could never matter.

    Raises:
        ValueError: says what cannot be read; meant to be shown with the variable's name.
    """
    if text.strip().lower() in {"", "none"}:
        return ()
    rates = tuple(_rate(piece.strip()) for piece in text.split(","))
    try:
        InMemoryBucket(list(rates))
    except ValueError as error:
        raise ValueError(f"{text!r}: a longer window must allow more requests, at a lower pace") from error
    return rates


def _rate(piece: str) -> Rate:
    match = _RATE.fullmatch(piece)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{piece!r} is not a limit: write 60/minute, 1000/hour or none")
    return Rate(int(match[1]), _UNITS[match[2].lower()])


def _wait_ms(bucket: InMemoryBucket, rate: Rate, now_ms: int) -> int:
    """Milliseconds until the request that fills `rate`'s window has left it; 0 when there is room.

    One more than the difference: pyrate-limiter counts the window's first millisecond as inside.
    """
    filling = bucket.peek(rate.limit - 1)
    return 0 if filling is None else max(0, filling.timestamp + rate.interval - now_ms + 1)
