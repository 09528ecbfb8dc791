"""Many workers in several processes, and more to do than the key may: never one too many, few too few."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.masko.errors import MaskoRateLimited
from bot.masko.rate_limit import Limit, Log, RateLimiter, in_bulk, parse_limits
from tests.masko.leaping import CountingMasko, leaping


@dataclass(frozen=True)
class Backlog:
    """A world to try the limiter in.

    Attributes:
        latency: the longest way of a request to Masko, and of its answer back, in seconds.
        seconds: how long it goes on.
    """

    limits: tuple[Limit, ...]
    processes: int = 1
    workers: int = 20
    latency: float = 0.25
    seconds: float = 300.0
    cancelled: float = 0.0
    seed: int = 1


class Process(RateLimiter):
    """A limiter that shares its log with others, as through a database."""

    def __init__(self, limits: Sequence[Limit], shared: list[Log]) -> None:
        self._shared = shared
        super().__init__(limits, now=asyncio.get_running_loop().time)

    @property
    def _log(self) -> Log:
        return self._shared[-1]

    @_log.setter
    def _log(self, log: Log) -> None:
        self._shared[-1] = log


async def worked_off(world: Backlog) -> CountingMasko:
    loop, chance = asyncio.get_running_loop(), Random(world.seed)
    shared, masko = [Log()], CountingMasko(world.limits)

    async def arrive(after: float) -> int | None:
        """Whatever happens to its sender."""
        await asyncio.sleep(after)
        return masko.take()

    async def request(limiter: RateLimiter) -> None:
        slot = await limiter.take()
        arriving = asyncio.create_task(arrive(chance.uniform(0, world.latency)))
        left = await asyncio.shield(arriving)  # a request that is given up is not ended: it may still arrive
        await asyncio.sleep(chance.uniform(0, world.latency))
        # By many a server's reset a whole window has to pass once nothing remains.
        limiter.end(slot, closed_for=0.0 if left else world.limits[0].seconds, refused=left is None)

    async def work(limiter: RateLimiter) -> None:
        while loop.time() < world.seconds:
            with in_bulk():
                asking = asyncio.create_task(request(limiter))
            if chance.random() < world.cancelled:
                loop.call_later(chance.uniform(0, 2 * world.latency), asking.cancel)
            (ended,) = await asyncio.gather(asking, return_exceptions=True)
            if isinstance(ended, MaskoRateLimited):
                await asyncio.sleep(ended.retry_after or 0.0)
            elif isinstance(ended, Exception):
                raise ended

    async with asyncio.TaskGroup() as group:
        for limiter in [Process(world.limits, shared) for _ in range(world.processes)]:
            for _ in range(world.workers):
                group.create_task(work(limiter))
    await asyncio.sleep(world.latency)
    return masko


def used(masko: CountingMasko, since: float, until: float) -> int:
    return sum(since <= moment < until for moment in masko.arrived)


@pytest.mark.parametrize("processes", [1, 3])
def test_a_backlog_uses_nearly_all_of_the_minutes(processes: int) -> None:
    limits = parse_limits("60/minute,1000/hour")
    masko = leaping(worked_off(Backlog(limits, processes, latency=0.5, seconds=600)))
    assert masko.refused == []
    assert used(masko, 0, 600) >= 0.95 * 600


def test_a_backlog_uses_nearly_all_of_the_hours() -> None:
    limits = parse_limits("10/minute,100/hour")
    masko = leaping(worked_off(Backlog(limits, processes=2, workers=5, latency=1.0, seconds=3 * 3600)))
    assert masko.refused == []
    assert all(used(masko, hour * 3600, (hour + 1) * 3600) >= 95 for hour in range(3))


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    limit=st.integers(1, 40),
    seconds=st.sampled_from([1, 10, 60]),
    processes=st.integers(1, 3),
    workers=st.integers(1, 25),
    latency=st.floats(0.0, 3.0),
    cancelled=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 1000),
)
def test_masko_never_has_to_say_no(
    limit: int, seconds: int, processes: int, workers: int, latency: float, cancelled: float, seed: int
) -> None:
    limits = (Limit(limit, seconds), Limit(limit * 3, seconds * 10))
    world = Backlog(limits, processes, workers, latency, 30.0 * seconds**0.5, cancelled, seed)
    masko = leaping(worked_off(world))
    assert masko.refused == []
    assert masko.arrived
