"""Where the requests of a key are counted: for this process alone, or shared through a database.

A place is one request's share of the budget.  It is known by the moment until which the request may
still reach the server; the windows of the rates run from there.  All moments are seconds by the one
clock of the meter, whatever clocks the processes have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Tally(Protocol):
    """The count while nobody else can change it.  Nothing else may be awaited meanwhile.

    Attributes:
        now: the moment, by the clock of the meter.
        state: small JSON that is kept beside the places; set anew to change it.
    """

    now: float
    state: dict[str, Any]

    async def count(self, after: float) -> int:
        """How many places have a moment later than `after`."""
        ...

    async def newest(self, skip: int, most: int) -> Sequence[float]:
        """The moments of the places, latest first, without the first `skip`; at most `most` of them."""
        ...

    async def add(self, places: Sequence[str], moment: float) -> None:
        """Fill these new places."""
        ...

    async def move(self, moments: Mapping[str, float]) -> None:
        """Set the moments of these places; those that are gone stay gone."""
        ...

    async def drop(self, places: Iterable[str]) -> None:
        """Empty these places."""
        ...

    async def keep(self, since: float, until: float) -> None:
        """Forget all places with a moment outside of this span."""
        ...


class Meter(Protocol):
    """A key's count."""

    async def change(self, act: Callable[[Tally], Awaitable[T]], *, urgent: bool = False) -> T:
        """Run `act` on the count, alone; all of what it changed is kept, or nothing where it raises.

        Args:
            act: awaits nothing but the tally.
            urgent: somebody waits for it.
        """
        ...


class MemoryMeter:
    """The count of one process; it begins at nothing.

    Args:
        now: a clock in seconds; only differences are used.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._tally = _MemoryTally()
        self._alone = asyncio.Lock()

    async def change(self, act: Callable[[Tally], Awaitable[T]], *, urgent: bool = False) -> T:
        async with self._alone:
            self._tally.now = self._now()
            return await act(self._tally)


class _MemoryTally:
    def __init__(self) -> None:
        self.now = 0.0
        self.state: dict[str, Any] = {}
        self._moments: dict[str, float] = {}

    async def count(self, after: float) -> int:
        return sum(moment > after for moment in self._moments.values())

    async def newest(self, skip: int, most: int) -> Sequence[float]:
        return sorted(self._moments.values(), reverse=True)[skip : skip + most]

    async def add(self, places: Sequence[str], moment: float) -> None:
        self._moments.update(dict.fromkeys(places, moment))

    async def move(self, moments: Mapping[str, float]) -> None:
        self._moments.update({place: at for place, at in moments.items() if place in self._moments})

    async def drop(self, places: Iterable[str]) -> None:
        for place in places:
            self._moments.pop(place, None)

    async def keep(self, since: float, until: float) -> None:
        self._moments = {place: at for place, at in self._moments.items() if since <= at <= until}
