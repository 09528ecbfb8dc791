"""Many workers in several processes, and more to do than the key may: never one too many, few too few."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.masko.budget import Budget
from bot.masko.errors import MaskoRateLimited
from bot.masko.lanes import in_bulk
from bot.masko.meter import MemoryMeter
from bot.masko.rates import Rate, parse_limits
from tests.masko.leaping import CountingMasko, leaping


@dataclass(frozen=True)
class Backlog:
    """A world to try the budget in.

    Attributes:
        latency: the longest way of a request to Masko, and of its answer back, in seconds.
        seconds: how long it goes on.
    """

    rates: tuple[Rate, ...]
    processes: int = 1
    workers: int = 20
    latency: float = 0.25
    seconds: float = 300.0
    cancelled: float = 0.0
    seed: int = 1


async def worked_off(world: Backlog) -> CountingMasko:
    loop, chance = asyncio.get_running_loop(), Random(world.seed)
    meter, masko = MemoryMeter(loop.time), CountingMasko(world.rates)

    async def arrive(after: float) -> int | None:
        """Whatever becomes of whoever sent it."""
        await asyncio.sleep(after)
        return masko.take()

    async def request(budget: Budget) -> None:
        place = await budget.take()
        arriving = asyncio.create_task(arrive(chance.uniform(0, world.latency)))
        try:
            left = await asyncio.shield(arriving)
            await asyncio.sleep(chance.uniform(0, world.latency))
        except asyncio.CancelledError:
            place.failed(well=None, sent=True)
            raise
        if left is None:
            place.answered(well=None, closed_for=5.0, refused=True)
        else:  # by many a server's reset a whole window has to pass once nothing remains
            place.answered(well=True, closed_for=world.rates[0].seconds if left == 0 else 0.0)

    async def work(budget: Budget, flow: str) -> None:
        while loop.time() < world.seconds:
            with in_bulk(flow):
                asking = asyncio.create_task(request(budget))
            if chance.random() < world.cancelled:
                loop.call_later(chance.uniform(0, 2 * world.latency), asking.cancel)
            (ended,) = await asyncio.gather(asking, return_exceptions=True)
            if isinstance(ended, MaskoRateLimited):
                await asyncio.sleep(ended.retry_after or 0.0)
            elif isinstance(ended, Exception):
                raise ended

    budgets = [Budget(world.rates, meter=meter, now=loop.time) for _ in range(world.processes)]
    async with asyncio.TaskGroup() as group:
        for budget in budgets:
            for worker in range(world.workers):
                group.create_task(work(budget, f"C{worker % 5}"))
    for budget in budgets:
        await budget.close()
    await asyncio.sleep(world.latency)
    return masko


def used(masko: CountingMasko, since: float, until: float) -> int:
    return sum(since <= moment < until for moment in masko.arrived)


@pytest.mark.parametrize("processes", [1, 3])
def test_a_backlog_uses_nearly_all_of_the_minutes(processes: int) -> None:
    rates = parse_limits("60/minute,1000/hour")
    masko = leaping(worked_off(Backlog(rates, processes, latency=0.5, seconds=600)))
    assert masko.refused == []
    assert used(masko, 0, 600) >= 0.95 * 600


def test_a_backlog_uses_nearly_all_of_the_hours() -> None:
    rates = parse_limits("10/minute,100/hour")
    masko = leaping(worked_off(Backlog(rates, processes=2, workers=5, latency=1.0, seconds=3 * 3600)))
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
    rates = (Rate(limit, seconds), Rate(limit * 3, seconds * 10))
    world = Backlog(rates, processes, workers, latency, 30.0 * seconds**0.5, cancelled, seed)
    masko = leaping(worked_off(world))
    assert masko.refused == []
    assert masko.arrived
