"""When Masko is down: stop asking, and send one request now and then to see whether it is back.

Pure: what the breaker knows is a value that all workers share, and what happens makes another of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

ENOUGH_FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0  # seconds
PROBE_TAKES = 2.0
"""Seconds after which those who were held back while a probe was out may look again."""

_SPREAD = 0.2  # of a pause, so that several programs do not probe in step


@dataclass(frozen=True, slots=True)
class End:
    """How one request ended.

    Attributes:
        place: the place in the budget that it held.
        flow: on whose behalf it was made; see `bot.masko.lanes`.
        call: names the call that this was a try of.
        began, at: when it was let out and when it ended, by this process's clock in seconds.
        sent: False when it provably never reached the server.
        answered: False when it may still reach the server.
        well: whether Masko is, by this: False for trouble there or on the way, None where it cannot tell.
        closed_for: seconds from `at` in which no request has a chance, by what the answer says.
        refused: the answer says so with a 429; else it only says that nothing remains.
    """

    place: str
    flow: str
    call: str
    began: float
    at: float
    sent: bool = True
    answered: bool = False
    well: bool | None = None
    closed_for: float = 0.0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of Masko's health.

    Attributes:
        failures: in a row.
        several: they are not all of one flow, one after the other: a single image that Masko chokes on
            holds up nobody else.
        flow, call, failed_at: the latest failure.
        pause: how long requests are held back this time, in seconds; 0 while all is well.
        open_until: no request before then; afterwards a single one, the probe.
        probe: the place of the probe that is out, if any.
        probe_until: when a probe of which nothing was heard is given up (its process died).
    """

    failures: int = 0
    several: bool = False
    flow: str = ""
    call: str = ""
    failed_at: float = 0.0
    pause: float = 0.0
    open_until: float = 0.0
    probe: str = ""
    probe_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """True while requests are held back."""
        return self.pause > 0

    def held_back_for(self, now: float) -> float:
        """Seconds until a probe may go out; 0 when a request may go out now."""
        if not self.is_open:
            return 0.0
        if self.probe and now < self.probe_until:
            return min(PROBE_TAKES, self.probe_until - now)
        return max(0.0, self.open_until - now)

    def probing(self, place: str, until: float) -> Breaker:
        """After the probe was let out, or was heard to be still on its way."""
        return replace(self, probe=place, probe_until=until)

    def after(self, end: End, *, began: float, at: float, jitter: float) -> Breaker:
        """After a request has ended.

        Args:
            end: how.
            began, at: its moments by the clock that all workers share.
            jitter: a random number from 0 to 1.
        """
        if end.well:
            return Breaker()
        mine = end.place == self.probe
        if end.well is None:
            return replace(self, probe="", probe_until=0.0) if mine else self
        if self.is_open:
            return self._opened(at, jitter) if mine else self
        elsewhere = end.flow != self.flow or (end.call != self.call and began < self.failed_at)
        failed = replace(
            self,
            failures=self.failures + 1,
            several=self.several or (self.failures > 0 and elsewhere),
            flow=end.flow,
            call=end.call,
            failed_at=at,
        )
        enough = failed.several and failed.failures >= ENOUGH_FAILURES
        return failed._opened(at, jitter) if enough else failed

    def _opened(self, at: float, jitter: float) -> Breaker:
        pause = min(LONGEST_PAUSE, self.pause * 2) if self.is_open else FIRST_PAUSE
        until = at + pause * (1 - _SPREAD * jitter)
        return replace(self, pause=pause, open_until=until, probe="", probe_until=0.0)
