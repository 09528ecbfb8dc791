"""Slots for posts and updates, in time that passes only when everybody sleeps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.rate_limits import POSTING as WHAT_SLACK_TAKES
from bot.sandbox.slack.rate_limits import TIERS, RateLimits
from bot.slack.client import MAX_WAIT, POST, RATES, UPDATE, Limiter, Rate
from bot.slack.errors import SlackRateLimited
from tests.slack.virtual import VirtualTime

FOR_EVER = float("inf")


class Caller:
    """Takes slots and notes when they came, in seconds from the start."""

    def __init__(self, rate: Rate) -> None:
        self.time = VirtualTime()
        self.limiter = Limiter(POST, rate, self.time.clock, self.time.sleep)
        self.went: list[tuple[str, float]] = []

    async def go(self, name: str, wait: float = FOR_EVER) -> None:
        await self.limiter.acquire(self.time.time + wait)
        self.went.append((name, round(self.time.time - 1000, 3)))

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.went]


@pytest.fixture
def caller() -> Caller:
    return Caller(Rate(burst=2, per_second=1.0))


async def test_a_short_burst_goes_at_once_and_then_one_a_second_in_order(caller: Caller) -> None:
    await caller.time.run(*(caller.go(name) for name in "abcde"))
    assert caller.went == [("a", 0), ("b", 0), ("c", 1), ("d", 2), ("e", 3)]


async def test_after_a_rest_there_is_a_burst_again(caller: Caller) -> None:
    await caller.time.run(*(caller.go(str(n)) for n in range(3)))
    await caller.time.pass_until(caller.time.time + 60)
    await caller.time.run(*(caller.go(str(n)) for n in range(3)))
    assert caller.times == [0, 0, 1, 61, 61, 62]


async def test_while_closed_nobody_goes_then_one_and_then_the_usual_rate(caller: Caller) -> None:
    caller.limiter.close(30)
    caller.limiter.close(1)
    await caller.time.run(*(caller.go(str(n)) for n in range(4)))
    assert caller.times == [30, 31, 32, 33]


async def test_whoever_would_wait_too_long_is_refused_at_once(caller: Caller) -> None:
    caller.limiter.close(60)
    (error,) = await caller.time.run(caller.go("a", wait=15))
    assert isinstance(error, SlackRateLimited)
    assert error.retry_after == 60
    assert (caller.time.time, caller.went) == (1000.0, [])


async def test_without_waiting_a_slot_is_there_at_once_or_not_at_all(caller: Caller) -> None:
    outcomes = await caller.time.run(*(caller.go(str(n), wait=0) for n in range(3)))
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [None, None, "ratelimited"]


async def test_those_who_are_refused_come_back_one_by_one(caller: Caller) -> None:
    outcomes = await caller.time.run(*(caller.go(str(n), wait=2.5) for n in range(7)))
    assert [error.retry_after for error in outcomes if error] == [3, 4, 5]


async def test_a_burst_in_one_channel_is_posted_as_fast_as_slack_takes_it() -> None:
    """200 callers come back when they were told to: none in vain for long, and no second is wasted."""
    caller = Caller(RATES[POST])
    limits = RateLimits(caller.time.clock)
    asked = 0

    async def post() -> float:
        nonlocal asked
        while True:
            asked += 1
            try:
                await caller.limiter.acquire(caller.time.time + MAX_WAIT)
            except SlackRateLimited as error:
                await caller.time.sleep(error.retry_after)
                continue
            assert limits.wait_for("C1", WHAT_SLACK_TAKES) is None
            return caller.time.time

    posted = await caller.time.run(*(post() for _ in range(200)))
    assert max(posted) == 1000 + 200 - 4
    assert asked < 500


@given(st.lists(st.floats(0, 20), max_size=60), st.sampled_from([POST, UPDATE]))
def test_slack_has_no_reason_to_complain(pauses: list[float], method: str) -> None:
    caller = Caller(RATES[method])
    slack = RateLimits(caller.time.clock)

    async def call(pause: float) -> Any:
        await caller.time.sleep(pause)
        await caller.limiter.acquire(FOR_EVER)
        return slack.wait_for(method, WHAT_SLACK_TAKES if method == POST else TIERS[3])

    async def all_calls() -> list[Any]:
        return await caller.time.run(*(call(pause) for pause in pauses))

    assert asyncio.run(all_calls()) == [None] * len(pauses)
