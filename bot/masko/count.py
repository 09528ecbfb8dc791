"""One process's line to the count that all processes share: what it tells, and when."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TypeVar

from bot.masko import counting
from bot.masko.breaker import End
from bot.masko.counting import Report
from bot.masko.lanes import Lane
from bot.masko.meter import Meter, Tally
from bot.masko.places import Place
from bot.masko.rates import Rate

log = logging.getLogger(__name__)

T = TypeVar("T")

_TOGETHER = 0.25  # seconds for which ended requests are collected before they are reported
_SAY_SO_AFTER = 4.0  # seconds; a request that is still on its way is reported so again
_LAST_REPORT = 3.0  # seconds that `close` takes at most
_TROUBLE = 1.0  # seconds to wait when the shared count cannot be reached


class Count:
    """Asks the shared count, and keeps it informed of this process's requests.

    Args:
        rates: the key's limits.
        meter: the shared count.
        now: this process's clock in seconds.
        jitter: a random number from 0 to 1.
    """

    def __init__(
        self, rates: Sequence[Rate], meter: Meter, now: Callable[[], float], jitter: Callable[[], float]
    ) -> None:
        self._rates = rates
        self._meter = meter
        self._now = now
        self._jitter = jitter
        self._one_at_a_time = asyncio.Lock()
        self._ends: list[End] = []
        self._on_their_way: dict[str, float] = {}  # place → when the count was last told
        self._reporting: asyncio.Task[None] | None = None
        self._closed = False

    async def ask(
        self, question: Callable[[Tally, Sequence[Rate]], Awaitable[T]], *, urgent: bool = False
    ) -> T:
        """Tell the count what has ended, then ask it something, in one transaction.

        Args:
            question: see `bot.masko.counting`.
            urgent: somebody waits for the answer.

        Raises:
            Exception: what the meter raises; what was to be told will be told the next time.
        """
        async with self._one_at_a_time:
            ends, self._ends = self._ends, []
            now, on_their_way = self._now(), self._not_told_lately()
            report = Report(now, ends, on_their_way)

            async def tell_and_ask(tally: Tally) -> T:
                await counting.settle(tally, self._rates, report, jitter=self._jitter())
                return await question(tally, self._rates)

            try:
                answer = await self._meter.change(tell_and_ask, urgent=urgent)
            except BaseException:
                self._ends = ends + self._ends
                raise
            self._on_their_way.update({place: now for place in on_their_way if place in self._on_their_way})
            return answer

    def new_place(self, place: str, lane: Lane, call: str, began: float) -> Place:
        """A place that the count gave, for a request that goes out now."""
        self._on_their_way[place] = began
        self._report_soon()
        return Place(End(place, lane.flow, call, began, began), self._now, self._ended)

    async def close(self) -> None:
        """Tell what there is left to tell, and stop."""
        self._closed = True
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.wait([self._reporting])
        if not self._ends:
            return
        try:
            async with asyncio.timeout(_LAST_REPORT):
                await self.ask(_nothing)
        except Exception as error:
            # Their places count for some seconds longer; nothing else depends on it.
            log.warning("%d ended requests were not reported: %r", len(self._ends), error)

    def _not_told_lately(self) -> list[str]:
        since = self._now() - _SAY_SO_AFTER
        return [place for place, told in self._on_their_way.items() if told < since]

    def _ended(self, end: End) -> None:
        self._on_their_way.pop(end.place, None)
        self._ends.append(end)
        self._report_soon()

    def _report_soon(self) -> None:
        if self._reporting is None and not self._closed:
            self._reporting = alone(self._report())

    async def _report(self) -> None:
        """While requests are on their way or have ended, say so; nobody waits for it."""
        try:
            while self._ends or self._on_their_way:
                await asyncio.sleep(_TOGETHER)
                if self._ends or self._not_told_lately():
                    await self._report_once()
        finally:
            self._reporting = None

    async def _report_once(self) -> None:
        try:
            await self.ask(_nothing)
        except Exception as error:
            log.warning("the count of requests cannot be written down; trying again: %r", error)
            await asyncio.sleep(_TROUBLE)


async def _nothing(_tally: Tally, _rates: Sequence[Rate]) -> None:
    """What is asked where telling is all there is to do."""


def alone(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """A task that has nothing of the context of whoever happened to start it."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())
