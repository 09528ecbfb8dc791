"""The key's budget by a clock that only sleeping moves."""

from __future__ import annotations

import asyncio

import pytest

from bot.masko.budget import Budget, parse_limits
from bot.masko.errors import MaskoRateLimited
from tests.masko.fake import Clock


def budget(clock: Clock, limits: str) -> Budget:
    return Budget(parse_limits(limits), now=clock.now, sleep=clock.sleep)


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("60/minute,1000/hour", [(60, 60_000), (1000, 3_600_000)]),
        (" 2 / Seconds , 60/minute", [(2, 1000), (60, 60_000)]),
        ("1/day", [(1, 86_400_000)]),
        ("none", []),
        ("None ", []),
        ("", []),
    ],
)
def test_limits_as_they_are_written(text: str, rates: list[tuple[int, int]]) -> None:
    assert [(rate.limit, rate.interval) for rate in parse_limits(text)] == rates


@pytest.mark.parametrize(
    "text",
    ["60", "60/fortnight", "0/minute", "-1/minute", "1.5/hour", "60/minute,", "60/minute,50/hour", "x"],
)
def test_limits_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit|window"):
        parse_limits(text)


async def test_the_documented_limits_hold_over_an_hour() -> None:
    clock = Clock()
    limited = budget(clock, "60/minute,1000/hour")
    sent: list[float] = []
    end = clock.time + 3600
    while clock.time < end:
        await clock.sleep(limited.expected_wait())
        await limited.take()
        sent.append(clock.time)
    assert sum(moment < end for moment in sent) == 1000
    assert all(later - sooner > 60 for sooner, later in zip(sent, sent[60:], strict=False))


async def test_a_short_wait_is_waited() -> None:
    clock = Clock()
    limited = budget(clock, "2/second")
    for _ in range(3):
        await limited.take()
    assert clock.slept == [pytest.approx(1.0, abs=0.01)]


async def test_a_long_wait_is_told_instead() -> None:
    clock = Clock()
    limited = budget(clock, "1/minute")
    await limited.take()
    assert limited.expected_wait() == pytest.approx(60, abs=0.01)
    with pytest.raises(MaskoRateLimited) as caught:
        await limited.take()
    assert caught.value.own_budget
    assert caught.value.retry_after == pytest.approx(60, abs=0.01)
    assert caught.value.words.endswith("There is room again in about 60 s.")
    assert clock.slept == []


async def test_asking_for_the_wait_spends_nothing() -> None:
    limited = budget(Clock(), "1/minute")
    assert limited.expected_wait() == 0
    assert limited.expected_wait() == 0
    await limited.take()


@pytest.mark.parametrize("limits", ["none", "60/minute"])
async def test_what_the_server_closes_stays_closed(limits: str) -> None:
    clock = Clock()
    limited = budget(clock, limits)
    limited.close(30)
    limited.close(2)
    assert limited.expected_wait() == pytest.approx(30)
    with pytest.raises(MaskoRateLimited):
        await limited.take()
    clock.time += 27
    await limited.take()
    assert clock.slept == [pytest.approx(3)]
    assert limited.expected_wait() == 0


async def test_nobody_waits_beyond_patience_however_many_wait() -> None:
    limited = Budget(parse_limits("1/second"), patience=0.05)
    results = await asyncio.gather(*(limited.take() for _ in range(20)), return_exceptions=True)
    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, MaskoRateLimited) for result in results[1:])
