"""Places in the budget and the line of those who wait for one, within one process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from bot.masko.breaker import End
from bot.masko.lanes import Lane

_REMEMBERED = 1000  # flows whose turn is remembered


class Place:
    """One request's share of the budget.  Whoever took it says how the request ended, once.

    Args:
        end: what is known of the request's end so far: its place, on whose behalf, when it was let out.
        now: the process's clock.
        ended: told of the end.
    """

    def __init__(self, end: End, now: Callable[[], float], ended: Callable[[End], None]) -> None:
        self._end = end
        self._now = now
        self._ended: Callable[[End], None] | None = ended

    @property
    def age(self) -> float:
        """Seconds since the request was let out."""
        return self._now() - self._end.began

    def answered(self, *, well: bool | None, closed_for: float = 0.0, refused: bool = False) -> None:
        """Masko answered; see `bot.masko.breaker.End`."""
        end = replace(self._end, answered=True, well=well, closed_for=closed_for, refused=refused)
        self._is_over(end)

    def failed(self, *, well: bool | None, sent: bool) -> None:
        """No answer came, or the request was never sent; see `bot.masko.breaker.End`."""
        self._is_over(replace(self._end, well=well, sent=sent))

    def give_back(self) -> None:
        """Nothing was sent after all: the place is free for another request."""
        self.failed(well=None, sent=False)

    def _is_over(self, end: End) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(replace(end, at=self._now()))


@dataclass(frozen=True, eq=False, slots=True)
class Taker:
    """Somebody who waits for a place.

    Attributes:
        lane: on whose behalf.
        request: what for, such as `GET /credits`.
        call: names the call that the request is a try of.
        until: when their patience ends, by the process's clock.
        place: what they wait for.
    """

    lane: Lane
    request: str
    call: str
    until: float
    place: asyncio.Future[Place]


class Line:
    """Who waits for a place: first come, first served, but bulk flows take turns."""

    def __init__(self) -> None:
        self._interactive: deque[Taker] = deque()
        self._flows: dict[str, deque[Taker]] = {}
        self._turns: OrderedDict[str, None] = OrderedDict()  # flows by their latest turn, oldest first

    def join(self, taker: Taker) -> None:
        """Wait at the end."""
        mine = self._flows.setdefault(taker.lane.flow, deque()) if taker.lane.bulk else self._interactive
        mine.append(taker)

    def interactive(self) -> list[Taker]:
        """Interactive takers who still wait, first come first."""
        return _waiting(self._interactive)

    def bulk(self) -> list[Taker]:
        """Bulk takers who still wait, in their order: the flow that was served longest ago goes first."""
        turn = {flow: at for at, flow in enumerate(self._turns)}
        flows = sorted(self._flows, key=lambda flow: turn.get(flow, -1))
        rounds = zip_longest(*(_waiting(self._flows[flow]) for flow in flows))
        return [taker for taker in chain.from_iterable(rounds) if taker is not None]

    def serve(self, taker: Taker, place: Place) -> None:
        """Give somebody their place."""
        taker.place.set_result(place)
        if taker.lane.bulk:
            self._turns[taker.lane.flow] = None
            self._turns.move_to_end(taker.lane.flow)
            if len(self._turns) > _REMEMBERED:
                self._turns.popitem(last=False)

    def tidy(self) -> None:
        """Forget those who wait no longer."""
        self._interactive = deque(self.interactive())
        waiting = {flow: deque(_waiting(takers)) for flow, takers in self._flows.items()}
        self._flows = {flow: takers for flow, takers in waiting.items() if takers}

    def __len__(self) -> int:
        return len(self.interactive()) + len(self.bulk())


def _waiting(takers: Iterable[Taker]) -> list[Taker]:
    return [taker for taker in takers if not taker.place.done()]
