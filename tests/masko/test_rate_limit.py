"""The rate limiter: its limits, its log (pure), and who waits for a slot, in leaping time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.masko.errors import MaskoRateLimited
from bot.masko.rate_limit import (
    IN_FLIGHT,
    UNLIMITED,
    Limit,
    Log,
    RateLimiter,
    Slot,
    in_bulk,
    parse_limits,
)
from tests.masko.leaping import leaping

DOCUMENTED = "60/minute,1000/hour"


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("60/minute,1000/hour", [(60, 60), (1000, 3600)]),
        (" 2 / Seconds , 60/minute", [(2, 1), (60, 60)]),
        ("1/day", [(1, 86_400)]),
        ("None ", []),
        ("", []),
    ],
)
def test_limits_as_they_are_written(text: str, limits: list[tuple[int, int]]) -> None:
    assert [(limit.requests, limit.seconds) for limit in parse_limits(text)] == limits


@pytest.mark.parametrize(
    "text",
    [
        "60",
        "60/fortnight",
        "0/minute",
        "-1/minute",
        "1.5/hour",
        "60/minute,",
    ],
)
def test_limits_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        parse_limits(text)


@pytest.mark.parametrize(("requests", "bulk"), [(1, 1), (49, 49), (60, 59), (1000, 980)])
def test_bulk_requests_leave_a_little(requests: int, bulk: int) -> None:
    assert (Limit(requests, 60).of(bulk=False), Limit(requests, 60).of(bulk=True)) == (requests, bulk)


# -- the log --------------------------------------------------------------------------------------

LIMITS = (Limit(3, 10), Limit(5, 100))


@pytest.mark.parametrize(
    ("ages", "room", "wait"),
    [
        ([], 3, 0),
        ([1, 2], 1, 0),
        ([1, 2, 3], 0, 7),
        ([50, 40, 30, 2, 1], 0, 50),
        ([20, 30], 3, 0),
    ],
)
def test_room_and_wait_by_every_limit(ages: list[int], room: int, wait: int) -> None:
    log = Log(tuple(sorted(1000.0 - age for age in ages)))
    assert log.room(LIMITS, 1000.0, bulk=False) == room
    assert log.wait(LIMITS, 1000.0, bulk=False) == pytest.approx(wait, abs=0.1)


def test_a_closed_key_has_no_room() -> None:
    log = Log(closed_until=1030.0)
    assert (log.room(LIMITS, 1000.0, bulk=False), log.wait(LIMITS, 1000.0, bulk=False)) == (0, 30.0)
    assert (log.room((), 1000.0, bulk=False), log.room((), 1030.0, bulk=False)) == (0, UNLIMITED)


LOGGED = 990.0 + IN_FLIGHT


def slot(ended: float, closed_for: float = 0.0, *, refused: bool = False) -> Slot:
    return Slot(990.0, ended=ended, closed_for=closed_for, refused=refused)


@pytest.mark.parametrize(("ended", "timestamp"), [(990.2, 990.2), (994.0, 994.0), (999.0, 995.0)])
def test_a_request_counts_from_its_answer_or_from_when_it_surely_arrived(
    ended: float, timestamp: float
) -> None:
    log = Log((980.0, LOGGED)).after([slot(ended)], LIMITS, 1000.0)
    assert log.timestamps == (980.0, timestamp)


@pytest.mark.parametrize(
    ("others", "closed_for", "refused", "closed_until"),
    [
        (0, 0.0, False, 0.0),
        (0, 60.0, False, 1050.2),  # our log knows of room: somebody else uses the key
        (2, 60.0, False, 0.0),  # our log is full as well: no news
        (2, 60.0, True, 1050.2),
        (0, 0.0, True, 0.0),  # half a second, and over
    ],
)
def test_what_masko_says_closes_the_key(
    others: int, closed_for: float, refused: bool, closed_until: float
) -> None:
    log = Log((*(985.0 + n for n in range(others)), LOGGED))
    after = log.after([slot(990.2, closed_for, refused=refused)], LIMITS, 1000.0)
    assert after.closed_until == pytest.approx(closed_until)
    later = after.after([slot(990.2, 20.0, refused=True)], LIMITS, 1000.0)
    assert later.closed_until == pytest.approx(max(closed_until, 1010.2))  # never shortened


def test_what_no_longer_counts_is_forgotten_and_a_clock_set_back_locks_nobody_out() -> None:
    log = Log((800.0, 950.0, 999.0), closed_until=1500.0)
    assert log.after((), LIMITS, 1000.0) == Log((950.0, 999.0), 1500.0)
    assert Log(log.timestamps, 99_000.0).after((), LIMITS, 100.0) == Log()


# -- who waits ------------------------------------------------------------------------------------


def now() -> float:
    return asyncio.get_running_loop().time()


def limiter(limits: str = DOCUMENTED, **options: Any) -> RateLimiter:
    return RateLimiter(parse_limits(limits), now=now, **options)


async def spend(limiter: RateLimiter, count: int) -> None:
    """So many requests at once, each answered after a tenth of a second."""
    slots = [await limiter.take() for _ in range(count)]
    await asyncio.sleep(0.1)
    for slot in slots:
        limiter.end(slot)


async def time_of(limiter: RateLimiter, *, bulk: bool = False) -> float:
    """When a request goes out; it is answered at once."""
    if not bulk:
        limiter.end(await limiter.take())
        return now()
    with in_bulk():
        return await time_of(limiter)


def test_a_short_wait_is_waited_and_a_long_one_told() -> None:
    async def test() -> None:
        limited = limiter("2/second,4/minute")
        await spend(limited, 2)
        assert await time_of(limited) == pytest.approx(1.1, abs=0.01)
        await time_of(limited)
        with pytest.raises(MaskoRateLimited) as caught:
            await limited.take("GET /credits")
        assert (caught.value.request, caught.value.status) == ("GET /credits", None)
        assert caught.value.retry_after == pytest.approx(59, abs=0.1)
        with pytest.raises(MaskoRateLimited):
            limited.check()
        await asyncio.sleep(caught.value.retry_after or 0)
        limited.check()
        await limited.take()

    leaping(test())


def test_without_limits_nobody_waits() -> None:
    async def test() -> None:
        limited = limiter("none")
        await spend(limited, 500)
        assert await limited.room() == UNLIMITED
        limited.end(await limited.take(), closed_for=30.0, refused=True)
        assert await limited.room() == 0

    leaping(test())


def test_first_come_first_served_with_interactive_requests_before_bulk() -> None:
    async def test() -> None:
        limited = limiter("1/second")
        await spend(limited, 1)
        order: list[str] = []

        async def go(name: str, *, bulk: bool) -> None:
            await time_of(limited, bulk=bulk)
            order.append(name)

        async with asyncio.TaskGroup() as group:
            for name in ("b1", "b2", "i1", "i2"):
                group.create_task(go(name, bulk=name[0] == "b"))
                await asyncio.sleep(0)
        assert [name for name in order if name[0] == "b"] == ["b1", "b2"]
        assert [name for name in order if name[0] == "i"] == ["i1", "i2"]

    leaping(test())


def test_bulk_leaves_a_slot_for_a_button() -> None:
    async def test() -> None:
        limited = limiter("60/minute")
        with in_bulk():
            await spend(limited, 59)
            assert await limited.room() == 0
            with pytest.raises(MaskoRateLimited):
                await limited.take()
        assert await limited.room() == 1
        assert await time_of(limited) == pytest.approx(0.1)

    leaping(test())


def test_who_waits_for_a_freed_slot_as_a_button_gets_it_before_bulk() -> None:
    async def test() -> None:
        limited = limiter("50/minute")
        for _ in range(50):
            await spend(limited, 1)
            await asyncio.sleep(1)
        await asyncio.sleep(2)
        bulk = asyncio.create_task(time_of(limited, bulk=True))
        await asyncio.sleep(0)
        assert await time_of(limited) < await bulk

    leaping(test())


def test_each_priority_has_its_patience_however_many_wait() -> None:
    async def test() -> None:
        limited = limiter("1/minute")
        await spend(limited, 1)
        await asyncio.sleep(50)
        ended = await asyncio.gather(
            *(limited.take() for _ in range(3)),
            *(time_of(limited, bulk=True) for _ in range(5)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, MaskoRateLimited) for each in ended) == 7
        assert now() < 50 + 21

    leaping(test())


@pytest.mark.parametrize("steps", range(8))
def test_whenever_a_waiting_call_is_cancelled_the_next_is_served(steps: int) -> None:
    async def test() -> None:
        limited = limiter("1/second")
        await spend(limited, 1)
        first, second = (asyncio.create_task(time_of(limited)) for _ in range(2))
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await second <= 2.2

    leaping(test())
