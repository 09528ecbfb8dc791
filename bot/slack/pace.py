"""Turns at Slack's Web API: this program keeps the pace that Slack publishes, and stops where Slack says so.

Each scarce thing has a line of its own: posting by channel, every other method by itself, so that one busy
channel holds up no other and nothing that somebody waits for (a whisper, a modal) stands behind a burst of
posts.  The count is this process's; where several processes share a workspace, Slack's 429 is the truth that
they share.
"""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

PATIENCE = 10.0  # seconds that a call may stand in line (Choice): its job keeps others waiting meanwhile
_LINES_KEPT = 1000  # beyond that, idle lines are forgotten
_NOTHING = 1e-6  # seconds; less is an error of arithmetic


class Urgency(IntEnum):
    """Who goes first in a line."""

    AWAITED = 0
    """People wait for it: an answer, a card, a last word."""
    NOTE = 1
    """Why something takes longer: good to know, and soon out of date."""


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, then `per_second`."""

    burst: int
    per_second: float


POSTING = "chat.postMessage"

# docs.slack.dev: Rate limits, and the page of each method.  Slack publishes calls a minute, and for posting
# one a second for each channel with "short bursts"; how many go at once is a Choice.
_TIER_2, _TIER_3, _TIER_4 = Rate(5, 20 / 60), Rate(10, 50 / 60), Rate(20, 100 / 60)
RATES: Mapping[str, Rate] = {
    POSTING: Rate(4, 1.0),
    "chat.delete": _TIER_3,
    "chat.update": _TIER_3,
    "chat.getPermalink": _TIER_4,  # a "special" one of "hundreds a minute"; nothing needs that many
    "conversations.info": _TIER_3,
    "conversations.members": _TIER_4,
    "conversations.replies": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "files.info": _TIER_4,
    "usergroups.list": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "users.info": _TIER_4,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.update": _TIER_4,
}


class OutOfTurn(Exception):
    """There is no turn within the caller's patience.

    Args:
        seconds: when to come again.  Those who were ready to wait get different times, so that they do not
            all come back at once.
        closed: whether Slack's word is the reason, and not this program's own pace.
    """

    def __init__(self, seconds: float, *, closed: bool) -> None:
        super().__init__(f"no turn within {seconds:.1f} s")
        self.seconds = seconds
        self.closed = closed


class Pace:
    """The lines of one workspace.

    Args:
        clock: seconds, never going back.
        sleep: waits for that many seconds.
        rates: by method; a method that is not named goes at the pace of Tier 3.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rates: Mapping[str, Rate] = RATES,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._rates = rates
        self._lines: dict[tuple[str, str | None], Line] = {}

    def line(self, method: str, channel: str | None = None) -> Line:
        """Where calls of a method wait; posting has a line for each channel."""
        key = method, channel if method == POSTING else None
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= _LINES_KEPT:
                self._lines = {name: kept for name, kept in self._lines.items() if not kept.idle}
            line = Line(self._rates.get(method, _TIER_3), self.clock, self._sleep)
            self._lines[key] = line
        return line


class Line:
    """Who waits for one scarce thing, and when the next may go.  Arguments as for `Pace`."""

    def __init__(
        self, rate: Rate, clock: Callable[[], float], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._interval = 1 / rate.per_second
        self._tolerance = (rate.burst - 1) * self._interval
        self._clock = clock
        self._sleep = sleep
        self._due = self._closed_until = self._promised = float("-inf")
        self._waiting: list[tuple[Urgency, int]] = []  # the first in line first
        self._numbers = count()
        self._moved = asyncio.Event()

    @property
    def idle(self) -> bool:
        """True when to forget this line changes nothing."""
        return not self._waiting and max(self._due, self._closed_until, self._promised) <= self._clock()

    async def turn(self, urgency: Urgency, until: float) -> None:
        """Return when a call may be made, and count it.

        Args:
            urgency: the more urgent go before those who came earlier.
            until: by the clock; whoever could not have a turn by then does not wait at all.

        Raises:
            OutOfTurn: saying when to come again.
        """
        me = urgency, next(self._numbers)
        insort(self._waiting, me)
        try:
            while True:
                place = self._waiting.index(me)
                wait = self._wait(place)
                if wait > 0 and self._clock() + wait > until:
                    comes_back = urgency is Urgency.AWAITED and until > self._clock()
                    raise self._sent_away(wait, comes_back=comes_back)
                if place > 0:
                    await self._moved.wait()
                elif wait > 0:
                    await self._sleep(wait)
                else:
                    self._count()
                    return
        finally:
            self._waiting.remove(me)
            self._move()

    def close(self, seconds: float) -> None:
        """Slack said to wait.  Nobody goes before that; afterwards one, and then at the usual pace."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._due = max(self._due, self._closed_until + self._tolerance)
        self._move()

    def _wait(self, place: int) -> float:
        """Seconds until somebody has a turn who is at this place in the line, from 0."""
        now = self._clock()
        wait = max(self._due, now) + place * self._interval - self._tolerance - now
        return wait if wait > _NOTHING else 0.0

    def _count(self) -> None:
        self._due = max(self._due, self._clock()) + self._interval

    def _sent_away(self, wait: float, *, comes_back: bool) -> OutOfTurn:
        now = self._clock()
        seconds = wait
        if comes_back:
            self._promised = max(self._promised + self._interval, now + wait)
            seconds = self._promised - now
        return OutOfTurn(seconds, closed=self._closed_until > now)

    def _move(self) -> None:
        """Let everybody in the line look where they stand."""
        self._moved.set()
        self._moved = asyncio.Event()
