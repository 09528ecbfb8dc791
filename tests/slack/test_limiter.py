"""Slots for posts and updates, in time that passes only when everybody sleeps."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.rate_limits import POSTING as WHAT_SLACK_TAKES
from bot.sandbox.slack.rate_limits import TIERS, Limit, RateLimits
from bot.slack.client import INTERVALS, MAX_WAIT, POST, SCARCE_FOR, UPDATE, Limiter
from bot.slack.errors import SlackRateLimited
from tests.slack.virtual import VirtualTime

FOR_EVER = float("inf")


class Caller:
    """Takes slots and notes when they came, in seconds from the start."""

    def __init__(self, interval: float = 1.0) -> None:
        self.time = VirtualTime()
        self.limiter = Limiter(POST, interval, self.time.clock, self.time.sleep)
        self.went: list[tuple[str, float]] = []

    async def go(self, name: str, wait: float = FOR_EVER) -> None:
        await self.limiter.acquire(self.time.time + wait)
        self.went.append((name, round(self.time.time - 1000, 3)))

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.went]


@pytest.fixture
def caller() -> Caller:
    return Caller()


async def test_nobody_waits_before_slack_has_refused_anything(caller: Caller) -> None:
    await caller.time.run(*(caller.go(str(n), wait=0) for n in range(200)))
    assert caller.times == [0] * 200


async def test_after_a_refusal_one_a_second_goes_in_order(caller: Caller) -> None:
    caller.limiter.close(30)
    caller.limiter.close(1)
    await caller.time.run(*(caller.go(name) for name in "abcd"))
    assert caller.went == [("a", 30), ("b", 31), ("c", 32), ("d", 33)]


async def test_a_minute_after_the_last_refusal_nobody_waits_again(caller: Caller) -> None:
    caller.limiter.close(1)
    await caller.time.pass_until(caller.time.time + 1 + SCARCE_FOR + 1)
    await caller.time.run(*(caller.go(str(n), wait=0) for n in range(10)))
    assert caller.times == [62] * 10


async def test_whoever_would_wait_too_long_is_refused_at_once(caller: Caller) -> None:
    caller.limiter.close(60)
    (error,) = await caller.time.run(caller.go("a", wait=15))
    assert isinstance(error, SlackRateLimited)
    assert error.retry_after == 60
    assert (caller.time.time, caller.went) == (1000.0, [])


async def test_those_who_are_refused_come_back_one_by_one(caller: Caller) -> None:
    caller.limiter.close(1)
    outcomes = await caller.time.run(*(caller.go(str(n), wait=2.5) for n in range(5)))
    assert [error.retry_after for error in outcomes if error] == [3, 4, 5]


@pytest.mark.parametrize(
    ("method", "limit", "seconds"), [(POST, WHAT_SLACK_TAKES, 195), (UPDATE, TIERS[3], 180)]
)
async def test_a_burst_goes_about_as_fast_as_slack_takes_it(
    method: str, limit: Limit, seconds: float
) -> None:
    """200 callers come back when they were told to: few of them in vain, and hardly a second is wasted."""
    caller = Caller(INTERVALS[method])
    limits = RateLimits(caller.time.clock)
    refused = 0

    async def call() -> float:
        nonlocal refused
        while True:
            try:
                await caller.limiter.acquire(caller.time.time + MAX_WAIT)
            except SlackRateLimited as error:
                await caller.time.sleep(error.retry_after)
                continue
            if (wait := limits.wait_for("C1", limit)) is None:
                return caller.time.time - 1000
            refused += 1
            caller.limiter.close(wait)

    went = await caller.time.run(*(call() for _ in range(200)))
    assert max(went) < seconds + 5
    assert refused <= 200
