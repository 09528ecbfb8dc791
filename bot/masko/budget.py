"""The key's budget of requests, so that Masko seldom has to say no and, while it is down, has its peace.

Here is who waits in this process.  Who may go is decided in `bot.masko.counting`, by a count that all
processes share.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat

from bot.masko import counting, lanes
from bot.masko.count import Count, alone
from bot.masko.counting import Ask, Verdict
from bot.masko.errors import MaskoHeldBack, MaskoRateLimited
from bot.masko.meter import MemoryMeter, Meter
from bot.masko.places import Line, Place, Taker
from bot.masko.rates import Rate

PATIENCE = 5.0
"""Seconds that an interactive call may be held back here; a longer wait belongs in the caller's queue."""

BULK_PATIENCE = 20.0
"""The same for bulk calls: enough of them wait here for a freed place to be used at once."""

_LOOK_AGAIN = 5.0  # seconds; what frees a place sooner than expected happens in other processes too
_AT_LEAST = 0.01  # seconds between two looks
_FRESH = 30.0  # seconds for which a place may be used; a process that was frozen longer takes another


class Budget:
    """How many requests may still go out.

    One budget belongs to one key: every client of that key in this process shares it, and all
    processes share its meter.

    Args:
        rates: see `parse_limits`; none at all means that only the server's answers limit it.
        meter: where requests are counted; by default for this budget alone.
        now: a clock in seconds; only differences are used.
        sleep: waits for that many seconds.
        jitter: a random number from 0 to 1.
        patience: the longest wait in seconds before `take` raises instead, for interactive calls.
        bulk_patience: the same for bulk calls.
    """

    def __init__(
        self,
        rates: Sequence[Rate] = (),
        *,
        meter: Meter | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = PATIENCE,
        bulk_patience: float = BULK_PATIENCE,
    ) -> None:
        self._count = Count(tuple(rates), meter or MemoryMeter(now), now, jitter)
        self._now = now
        self._sleep = sleep
        self._patience = {False: patience, True: bulk_patience}
        self._line = Line()
        self._joined = asyncio.Event()
        self._told: dict[bool, tuple[float, bool]] = {}  # lane → no use before then; Masko is in trouble
        self._serving: asyncio.Task[None] | None = None

    async def take(self, request: str = "", *, call: str = "") -> Place:
        """Spends one request, waiting a short while for room where there is none.

        Args:
            request: what it is for, such as `GET /credits`; the error tells it.
            call: names the call that it is a try of, so that its retries are known to belong together.

        Returns:
            The request's place: tell it how the request ended, whatever happens.

        Raises:
            MaskoRateLimited: with `own_budget` and `retry_after`, when it would wait too long.
            MaskoHeldBack: with `retry_after`, while Masko is in trouble.
            Exception: what the meter raises when the count cannot be reached.
        """
        while True:
            place = await self._place(request, call)
            if place.age < _FRESH:
                return place
            place.give_back()  # this process stood still since: the place may count no longer

    def check(self, request: str = "") -> None:
        """Raises what `take` would raise now by what is known here, without spending, waiting or asking.

        Raises:
            MaskoRateLimited: with `own_budget` and `retry_after`.
            MaskoHeldBack: with `retry_after`.
        """
        bulk = lanes.current().bulk
        until, trouble = self._told.get(bulk, (float("-inf"), False))
        wait = until - self._now()
        if wait > (0 if trouble else self._patience[bulk]):
            raise _refusal(request, wait, trouble=trouble)

    async def room(self) -> int:
        """How many requests of the caller's lane could go out now, those who wait here gone first."""
        bulk = lanes.current().bulk
        left = await self._count.ask(lambda tally, rates: counting.room(tally, rates, bulk=bulk))
        return max(0, left - self._ahead(bulk))

    async def wait_for(self, nth: int = 1) -> float:
        """Seconds until the n-th further request of the caller's lane could go out; 1 is the next."""
        bulk = lanes.current().bulk
        nth += self._ahead(bulk)
        return await self._count.ask(lambda tally, rates: counting.wait_for(tally, rates, nth, bulk=bulk))

    async def close(self) -> None:
        """Report what has ended and stop; nobody should wait or be on the way any more."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait([self._serving])
        for taker in (*self._line.interactive(), *self._line.bulk()):
            taker.place.cancel()
        await self._count.close()

    # -- waiting ------------------------------------------------------------------------------

    async def _place(self, request: str, call: str) -> Place:
        lane = lanes.current()
        future: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        until = self._now() + self._patience[lane.bulk]
        self._line.join(Taker(lane, request, call, until, future))
        self._joined.set()
        if self._serving is None:
            self._serving = alone(self._serve())
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                future.result().give_back()  # it came at the same moment as the cancellation
            raise

    def _ahead(self, bulk: bool) -> int:
        return len(self._line.interactive()) + (len(self._line.bulk()) if bulk else 0)

    async def _serve(self) -> None:
        """For as long as somebody waits, get places for them."""
        try:
            while self._line:
                self._joined.clear()
                ask = Ask(len(self._line.interactive()), len(self._line.bulk()), self._patience[False])
                try:
                    began, verdict = self._now(), await self._ask(ask)
                except Exception as error:
                    self._fail_all(error)
                else:
                    await self._pause(self._deal(verdict, began))
                self._line.tidy()
        finally:
            self._serving = None

    async def _ask(self, ask: Ask) -> Verdict:
        urgent = ask.interactive > 0
        return await self._count.ask(lambda tally, rates: counting.grant(tally, rates, ask), urgent=urgent)

    def _fail_all(self, error: Exception) -> None:
        for taker in (*self._line.interactive(), *self._line.bulk()):
            taker.place.set_exception(error)

    def _deal(self, verdict: Verdict, began: float) -> float | None:
        """Give out places and refusals; the seconds until there may be more, None when nobody waits."""
        unused = list(verdict.places)
        for_bulk = verdict.bulk
        self._let_out(self._line.interactive(), unused, len(unused), began)
        self._let_out(self._line.bulk(), unused, for_bulk, began)
        for place in unused:  # those that they were for wait no longer
            self._count.new_place(place, lanes.Lane(), "", began).give_back()
        waits: list[float] = []
        for bulk, told in ((False, verdict.interactive_waits), (True, verdict.bulk_waits)):
            takers = self._line.bulk() if bulk else self._line.interactive()
            waits += self._refuse_the_impatient(bulk, takers, told, verdict.held_back)
        return min(waits) if waits else None

    def _let_out(self, takers: Sequence[Taker], places: list[str], most: int, began: float) -> None:
        for taker, _ in zip(takers, range(min(most, len(places))), strict=False):
            self._told.pop(taker.lane.bulk, None)
            self._line.serve(taker, self._count.new_place(places.pop(0), taker.lane, taker.call, began))

    def _refuse_the_impatient(
        self, bulk: bool, takers: Sequence[Taker], waits: Sequence[float], held_back: float | None
    ) -> list[float]:
        """Refuse whom it would take too long; the waits of the others."""
        now, patient = self._now(), []
        # Those who came during the round have not been told a wait: the next round does.
        for taker, wait in zip(takers, chain(waits, repeat(0.0)), strict=False):
            if held_back is not None:
                self._refuse(taker, held_back, trouble=True)
            elif now + wait > taker.until:
                self._refuse(taker, wait, trouble=False)
            else:
                patient.append(wait)
        return patient

    def _refuse(self, taker: Taker, wait: float, *, trouble: bool) -> None:
        until, _ = self._told.get(taker.lane.bulk, (float("-inf"), False))
        if until <= self._now():  # else somebody was told before, and their turn comes first
            self._told[taker.lane.bulk] = (self._now() + wait, trouble)
        taker.place.set_exception(_refusal(taker.request, wait, trouble=trouble))

    async def _pause(self, seconds: float | None) -> None:
        """Until there may be a place, or somebody else has come to wait."""
        if seconds is None:
            return
        sleeping = asyncio.ensure_future(self._sleep(min(max(seconds, _AT_LEAST), _LOOK_AGAIN)))
        joining = asyncio.ensure_future(self._joined.wait())
        try:
            await asyncio.wait({sleeping, joining}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            joining.cancel()


def _refusal(request: str, wait: float, *, trouble: bool) -> MaskoHeldBack | MaskoRateLimited:
    if trouble:
        return MaskoHeldBack("held back here", request=request, retry_after=wait)
    return MaskoRateLimited("held back here", own_budget=True, request=request, retry_after=wait)
