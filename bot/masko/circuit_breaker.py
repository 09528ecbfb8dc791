"""Circuit breaker: while Masko is down, send only a probe now and then.  Each process has its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.masko.errors import MaskoHeldBack

FAILURES, WITHIN = 5, 20.0
"""So many different calls that fail within so many seconds open it, with no success between them.  One image
that Masko chokes on is retried more slowly than that, and holds up nobody else."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0  # seconds
PROBE_TAKES = 10.0  # seconds after which a probe that told nothing is replaced by another
LOOK_AGAIN = 2.0  # seconds after which those who were held back while a probe is out may ask again


@dataclass
class CircuitBreaker:
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self._failed: dict[str, float] = {}  # call → when it failed
        self._pause = 0.0  # 0 while closed
        self._open_until = 0.0
        self._probe: str | None = None

    def check(self, request: str) -> None:
        """Raise MaskoHeldBack, with `retry_after`, if a request would be held back now."""
        if self._pause and (wait := self._open_until - self.clock()) > 0:
            wait = min(wait, LOOK_AGAIN) if self._probe else wait
            raise MaskoHeldBack("held back here", request=request, retry_after=wait)

    def begin(self, request: str, call: str) -> None:
        """Let a request of `call` (any name of it) out, as the probe if open.  Raises what `check` raises."""
        self.check(request)
        if self._pause:
            self._probe, self._open_until = call, self.clock() + PROBE_TAKES

    def end(self, call: str, *, well: bool | None) -> None:
        """Record how a request ended: True for well, False for badly, None for unknown."""
        now, was_probe = self.clock(), call == self._probe
        if well:
            self._failed, self._pause, self._probe = {}, 0.0, None
        elif self._pause:
            if was_probe:
                self._probe = None
                self._open_until = now if well is None else self._opened(min(LONGEST_PAUSE, self._pause * 2))
        elif well is False:
            recent = {name: at for name, at in self._failed.items() if at > now - WITHIN}
            self._failed = recent | {call: now}
            if len(self._failed) >= FAILURES:
                self._open_until = self._opened(FIRST_PAUSE)

    def _opened(self, pause: float) -> float:
        self._pause = pause
        return self.clock() + pause
