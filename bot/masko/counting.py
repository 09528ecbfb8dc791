"""What the shared count of a key decides: who may go now, when the others can, and what ended requests teach.

Documented limits per key: 60 requests a minute and 1,000 an hour (masko.ai, API reference).  Masko counts
a request when it arrives, at some moment between its being let out and its answer.  So a request holds its
place from being let out until its answer came and the window has passed since: then no order of arrivals
can make one too many.  A request that was given up, or whose process was killed, may still arrive: its place
is held for `ON_ITS_WAY` seconds and the window.  Living processes say again and again that theirs are on
the way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from secrets import token_hex
from typing import Any

from bot.masko.breaker import LONGEST_PAUSE, PROBE_TAKES, Breaker, End
from bot.masko.meter import Tally
from bot.masko.protocol import LONGEST_CLOSURE
from bot.masko.rates import Rate

ON_ITS_WAY = 10.0
"""Seconds that a request counts as not answered yet, unless its process says so again."""

_ANSWERED_SOON = 1.0  # seconds: what a request on its way is expected to take, for telling waits
_MOMENT = 0.25  # seconds that bulk calls of other processes leave a free place to who waits for it
_REFUSED_AT_LEAST = 0.5  # seconds: a refusal that does not say for how long
_KEPT_LONGER = 600.0  # seconds beyond its window: by then the longest call has its end

UNLIMITED = sys.maxsize


@dataclass(frozen=True, slots=True)
class Ask:
    """What a process wants: so many places for each lane.

    Attributes:
        patience: seconds that an interactive call waits for one.
    """

    interactive: int = 0
    bulk: int = 0
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a process has to tell.

    Attributes:
        clock: its own clock, by which the moments in `ends` are.
        ends: requests that ended since the last report, in that order.
        on_their_way: places of requests that are not answered yet.
    """

    clock: float
    ends: Sequence[End] = ()
    on_their_way: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a process gets.

    Attributes:
        places: of requests that may go out now.
        bulk: how many of them bulk calls may use, at most.
        interactive_waits, bulk_waits: seconds until those who got none can expect one, in their order.
        held_back: seconds until it makes sense to ask again, where Masko is in trouble; nobody waits then.
    """

    places: tuple[str, ...] = ()
    bulk: int = 0
    interactive_waits: tuple[float, ...] = ()
    bulk_waits: tuple[float, ...] = ()
    held_back: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept beside the places; moments by the clock of the meter.

    Attributes:
        closed_until: no request has a chance before then, by what Masko said.
        bulk_waits_until: an interactive call of some process waits for the next place.
        breaker: Masko's health.
    """

    closed_until: float = 0.0
    bulk_waits_until: float = 0.0
    breaker: Breaker = field(default_factory=Breaker)

    @classmethod
    def read(cls, tally: Tally) -> Standing:
        """As it was written, perhaps by another version of this program, or before the clock was set back."""
        known = _known(cls, tally.state)
        breaker = Breaker(**_known(Breaker, known.pop("breaker", {})))
        standing = cls(**known, breaker=breaker)
        return cls(
            closed_until=_possible(standing.closed_until, tally.now + LONGEST_CLOSURE),
            bulk_waits_until=_possible(standing.bulk_waits_until, tally.now + ON_ITS_WAY),
            breaker=replace(
                breaker,
                open_until=_possible(breaker.open_until, tally.now + LONGEST_PAUSE),
                probe_until=_possible(breaker.probe_until, tally.now + ON_ITS_WAY),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Ladder:
    """When the first, second, third … further request finds room by one rate.

    Attributes:
        limit: how many requests its window holds for this lane.
        moments: of the places that have to leave the window for the n-th request, from the last such
            request to the first; short by those for whom there was room anyway.
        last: the number of the last request that was asked about, at most `limit`.
    """

    limit: int
    window: float
    now: float
    moments: Sequence[float]
    last: int

    def has_room_for(self, nth: int) -> bool:
        before = self._leaves_for(nth)
        return nth <= self.limit and (before is None or before + self.window <= self.now)

    def wait(self, nth: int) -> float:
        """Seconds; beyond the limit whole windows more."""
        rounds, nth = divmod(nth - 1, self.limit)
        before = self._leaves_for(nth + 1)
        if before is None:
            return rounds * self.window
        leaves = min(before, self.now + _ANSWERED_SOON) + self.window
        return rounds * self.window + max(0.0, leaves - self.now)

    def _leaves_for(self, nth: int) -> float | None:
        at = self.last - nth
        return self.moments[at] if 0 <= at < len(self.moments) else None


async def settle(tally: Tally, rates: Sequence[Rate], report: Report, *, jitter: float) -> None:
    """Write down what a process tells.

    Args:
        tally: the count, which nobody else changes meanwhile.
        rates: the key's limits; none where only Masko's answers limit it.
        report: how requests ended.
        jitter: a random number from 0 to 1.
    """
    ahead = tally.now - report.clock  # of the process's clock
    on_their_way = dict.fromkeys(report.on_their_way, tally.now + ON_ITS_WAY)
    over = {
        end.place: end.at + ahead + (0.0 if end.answered else ON_ITS_WAY) for end in report.ends if end.sent
    }
    if rates and (moments := on_their_way | over):
        await tally.move(moments)
    if rates and (unsent := [end.place for end in report.ends if not end.sent]):
        await tally.drop(unsent)
    standing = Standing.read(tally)
    breaker = standing.breaker
    if breaker.probe in on_their_way:
        breaker = breaker.probing(breaker.probe, tally.now + ON_ITS_WAY)
    closed_until = standing.closed_until
    for end in report.ends:
        breaker = breaker.after(end, began=end.began + ahead, at=end.at + ahead, jitter=jitter)
        closed_for = max(end.closed_for, _REFUSED_AT_LEAST if end.refused else 0.0)
        until = end.at + ahead + closed_for
        if until > max(closed_until, tally.now) and not await _expected(tally, rates, end, ahead):
            closed_until = until
    _keep(tally, standing, replace(standing, closed_until=closed_until, breaker=breaker))


async def grant(tally: Tally, rates: Sequence[Rate], ask: Ask) -> Verdict:
    """Give a process what it wants, as far as there is room."""
    standing = Standing.read(tally)
    held_back = standing.breaker.held_back_for(tally.now)
    if held_back > 0:
        return Verdict(held_back=held_back)
    if rates:
        longest = max(rate.window for rate in rates)
        await tally.keep(since=tally.now - longest - _KEPT_LONGER, until=tally.now + ON_ITS_WAY)
    verdict = await _places(tally, rates, standing, ask)
    if rates and verdict.places:
        await tally.add(verdict.places, tally.now + ON_ITS_WAY)
    _keep(tally, standing, _after(verdict, standing, ask, tally.now))
    return verdict


async def room(tally: Tally, rates: Sequence[Rate], *, bulk: bool) -> int:
    """How many requests of a lane could go out now."""
    standing = Standing.read(tally)
    if _closed_for(standing, tally.now, bulk=bulk):
        return 0
    left = UNLIMITED
    for rate in rates:
        used = await tally.count(tally.now - rate.window)
        left = min(left, max(0, rate.limit_for(bulk=bulk) - used))
    return left


async def wait_for(tally: Tally, rates: Sequence[Rate], nth: int, *, bulk: bool) -> float:
    """Seconds until the n-th further request of a lane (from 1) could go out."""
    ladders = [await _ladder(tally, rate, nth, bulk=bulk) for rate in rates]
    closed = _closed_for(Standing.read(tally), tally.now, bulk=bulk)
    return max([closed, *(ladder.wait(nth) for ladder in ladders)])


async def _expected(tally: Tally, rates: Sequence[Rate], end: End, ahead: float) -> bool:
    """Whether an answer's word that nothing remains is what our own count says as well.

    Then it teaches nothing: a window that slides lets the next request in when the oldest leaves it, long
    before the moment that the answer names, if that is a whole window from now.  A refusal is another
    matter: somebody else must be using the key.
    """
    if end.refused:
        return False
    began = end.began + ahead
    fullness = [await tally.count(began - rate.window) - rate.limit for rate in rates]
    return any(over >= 0 for over in fullness)


async def _places(tally: Tally, rates: Sequence[Rate], standing: Standing, ask: Ask) -> Verdict:
    asked = ask.interactive + ask.bulk
    first = [await _ladder(tally, rate, ask.interactive, bulk=False) for rate in rates if ask.interactive]
    then = [await _ladder(tally, rate, asked, bulk=True) for rate in rates if ask.bulk]
    closed = _closed_for(standing, tally.now, bulk=False)
    bulk_closed = _closed_for(standing, tally.now, bulk=True)
    probing = standing.breaker.is_open
    most = 0 if closed else 1 if probing else asked
    now = _fitting(first, range(1, min(most, ask.interactive) + 1))
    later = 0
    if now == ask.interactive and not bulk_closed:
        later = _fitting(then, range(now + 1, min(most, asked) + 1))
    return Verdict(
        places=tuple(token_hex(8) for _ in range(now + later)),
        bulk=later,
        interactive_waits=_waits(first, range(now + 1, ask.interactive + 1), closed),
        bulk_waits=_waits(then, range(ask.interactive + later + 1, asked + 1), bulk_closed),
        held_back=PROBE_TAKES if probing and now + later else None,
    )


def _after(verdict: Verdict, standing: Standing, ask: Ask, now: float) -> Standing:
    """What a verdict leaves for the other processes to know."""
    if standing.breaker.is_open and verdict.places:
        (probe,) = verdict.places
        standing = replace(standing, breaker=standing.breaker.probing(probe, now + ON_ITS_WAY))
    if verdict.interactive_waits and (wait := verdict.interactive_waits[0]) <= ask.patience:
        until = max(standing.bulk_waits_until, now + wait + _MOMENT)
        standing = replace(standing, bulk_waits_until=until)
    return standing


def _keep(tally: Tally, before: Standing, standing: Standing) -> None:
    if standing != before:
        tally.state = asdict(standing)


async def _ladder(tally: Tally, rate: Rate, last: int, *, bulk: bool) -> _Ladder:
    limit = rate.limit_for(bulk=bulk)
    last = min(last, limit)
    moments = await tally.newest(skip=limit - last, most=last)
    return _Ladder(limit, rate.window, tally.now, moments, last)


def _fitting(ladders: Sequence[_Ladder], numbers: range) -> int:
    """How many of these requests, in their order, find room by every rate."""
    for fitting, nth in enumerate(numbers):
        if not all(ladder.has_room_for(nth) for ladder in ladders):
            return fitting
    return len(numbers)


def _waits(ladders: Sequence[_Ladder], numbers: range, at_least: float) -> tuple[float, ...]:
    return tuple(max([at_least, *(ladder.wait(nth) for ladder in ladders)]) for nth in numbers)


def _closed_for(standing: Standing, now: float, *, bulk: bool) -> float:
    """Seconds in which nothing of this lane goes out, whatever the count says."""
    closed, held_back = standing.closed_until - now, standing.breaker.held_back_for(now)
    return max(0.0, closed, held_back, standing.bulk_waits_until - now if bulk else 0.0)


def _possible(moment: float, latest: float) -> float:
    return moment if moment <= latest else 0.0


def _known(kind: type, state: dict[str, Any]) -> dict[str, Any]:
    """What of `state` is a field of `kind`."""
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in state.items() if name in names}
