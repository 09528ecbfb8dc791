"""The key's budget in leaping time: see `tests.masko.leaping`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bot.masko.budget import Budget
from bot.masko.counting import UNLIMITED
from bot.masko.errors import MaskoHeldBack, MaskoRateLimited
from bot.masko.lanes import in_bulk
from bot.masko.meter import MemoryMeter, Tally
from bot.masko.places import Place
from bot.masko.rates import parse_limits
from tests.masko.leaping import leaping

T = TypeVar("T")

DOCUMENTED = "60/minute,1000/hour"


def now() -> float:
    return asyncio.get_running_loop().time()


def budget(limits: str = DOCUMENTED, meter: MemoryMeter | None = None, **options: Any) -> Budget:
    return Budget(
        parse_limits(limits), meter=meter or MemoryMeter(now), now=now, jitter=lambda: 0.0, **options
    )


async def spend(limited: Budget, count: int, **answer: Any) -> None:
    """So many requests at once, each answered after a tenth of a second."""
    places = [await limited.take() for _ in range(count)]
    await asyncio.sleep(0.1)
    for place in places:
        place.answered(well=True, **answer)


async def moment_of(limited: Budget, flow: str | None = None) -> float:
    """When a request goes out; it is answered at once."""
    if flow is None:
        place = await limited.take()
    else:
        with in_bulk(flow):
            place = await limited.take()
    place.answered(well=True)
    return now()


async def refused_for(limited: Budget) -> float:
    """For how long a request is refused."""
    with pytest.raises(MaskoRateLimited) as caught:
        await limited.take("GET /credits")
    assert (caught.value.own_budget, caught.value.request) == (True, "GET /credits")
    assert caught.value.retry_after is not None
    return caught.value.retry_after


# -- windows --------------------------------------------------------------------------------------


def test_a_short_wait_is_waited() -> None:
    async def test() -> None:
        limited = budget("2/second")
        await spend(limited, 2)
        assert await moment_of(limited) == pytest.approx(1.1, abs=0.01)

    leaping(test())


def test_a_long_wait_is_told_instead() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        await spend(limited, 1)
        assert await refused_for(limited) == pytest.approx(60, abs=0.1)
        assert now() == 0.1

    leaping(test())


def test_a_request_counts_until_a_window_after_its_answer() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        place = await limited.take()
        await asyncio.sleep(100)
        assert await refused_for(limited) > 60  # an upload may arrive at any moment until its answer
        place.answered(well=True)
        await asyncio.sleep(59)
        assert 1 < await moment_of(limited) - 158 < 2.1

    leaping(test())


def test_a_request_whose_process_was_killed_counts_from_being_let_out() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        killed, limited = budget("1/minute", meter), budget("1/minute", meter)
        await killed.take()
        await killed.close()  # without having heard of the request's end, as after a kill
        await asyncio.sleep(50)
        assert await refused_for(limited) > 5
        await asyncio.sleep(21)
        assert await moment_of(limited) == pytest.approx(71, abs=0.1)

    leaping(test())


def test_a_request_that_was_not_sent_frees_its_place() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        for _ in range(3):
            place = await limited.take()
            place.failed(well=False, sent=False)
        place.answered(well=True)  # the first word counts
        assert await limited.room() == 1

    leaping(test())


def test_without_limits_nobody_waits() -> None:
    async def test() -> None:
        limited = budget("none")
        await spend(limited, 500)
        assert await limited.room() == UNLIMITED
        assert await limited.wait_for(10_000) == 0
        assert now() == 0.1

    leaping(test())


# -- what can be asked ------------------------------------------------------------------------------


def test_how_many_could_go_now_by_every_rate() -> None:
    async def test() -> None:
        limited = budget("60/minute,100/hour")
        assert await limited.room() == 60
        with in_bulk("C1"):
            assert await limited.room() == 59
        await spend(limited, 50)
        assert await limited.room() == 10
        await asyncio.sleep(61)
        await spend(limited, 40)
        assert await limited.room() == 10  # of the hundred
        with in_bulk("C1"):
            assert await limited.room() == 8

    leaping(test())


def test_when_the_nth_further_request_could_go() -> None:
    async def test() -> None:
        limited = budget("60/minute,1000/hour")
        assert await limited.wait_for(60) == 0
        await spend(limited, 30)
        await asyncio.sleep(20)
        await spend(limited, 30)
        waits = [await limited.wait_for(nth) for nth in (1, 30, 31, 60, 61, 121)]
        assert waits == pytest.approx([40, 40, 60, 60, 100, 160], abs=1.2)
        assert await limited.wait_for(1060) == pytest.approx(3600, abs=30)  # as many as an hour takes

    leaping(test())


def test_who_waits_already_goes_first() -> None:
    async def test() -> None:
        limited = budget("2/minute", bulk_patience=70.0)
        await spend(limited, 2)

        async def wait() -> float:
            return await moment_of(limited, "C1")

        with in_bulk("C2"):
            waiting = [asyncio.create_task(wait()) for _ in range(2)]
            await asyncio.sleep(1)
            assert await limited.room() == 0
            assert await limited.wait_for() == pytest.approx(120, abs=2)
        assert [await each for each in waiting] == pytest.approx([60.1, 60.1], abs=0.1)

    leaping(test())


def test_what_is_known_here_can_be_checked_without_asking() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        limited.check()
        await spend(limited, 1)
        limited.check()  # nobody was refused yet
        await refused_for(limited)
        with pytest.raises(MaskoRateLimited):
            limited.check("POST /upload")
        await asyncio.sleep(56)
        limited.check()  # what is left would be waited
        assert await moment_of(limited) < 62

    leaping(test())


# -- lanes ------------------------------------------------------------------------------------------


def test_interactive_calls_go_before_bulk() -> None:
    async def test() -> None:
        limited = budget("1/second")
        await spend(limited, 1)
        bulk = [asyncio.create_task(moment_of(limited, "C1")) for _ in range(3)]
        await asyncio.sleep(0.5)
        assert await moment_of(limited) == pytest.approx(1.1, abs=0.05)
        assert await asyncio.gather(*bulk) == pytest.approx([2.1, 3.1, 4.1], abs=0.5)

    leaping(test())


def test_bulk_of_other_processes_stands_back_as_well() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        mine, others = budget("1/second", meter), budget("1/second", meter)
        await spend(mine, 1)
        bulk = [asyncio.create_task(moment_of(others, "C1")) for _ in range(2)]
        await asyncio.sleep(0.5)
        moments = await asyncio.gather(*(moment_of(mine) for _ in range(3)))
        assert moments == pytest.approx([1.1, 2.1, 3.1], abs=0.05)
        assert min(await asyncio.gather(*bulk)) > 4

    leaping(test())


def test_bulk_that_is_quicker_stands_back_all_the_same() -> None:
    async def late(seconds: float) -> None:
        await asyncio.sleep(seconds + 0.1)

    async def test() -> None:
        meter = MemoryMeter(now)
        mine, others = budget("1/second", meter, sleep=late), budget("1/second", meter)
        await spend(others, 1)
        bulk = asyncio.create_task(moment_of(others, "C1"))
        await asyncio.sleep(0.5)
        assert await moment_of(mine) == pytest.approx(1.2, abs=0.05)
        assert await bulk > 2

    leaping(test())


def test_bulk_leaves_a_place_for_a_button() -> None:
    async def test() -> None:
        limited = budget("60/minute")
        moments = [await moment_of(limited, "C1") for _ in range(59)]
        assert max(moments) == 0
        with in_bulk("C1"):
            assert await refused_for(limited) == pytest.approx(60, abs=0.1)
        assert await moment_of(limited) == 0

    leaping(test())


def test_flows_take_turns_and_each_keeps_its_order() -> None:
    async def test() -> None:
        limited = budget("1/second")
        served: list[str] = []

        async def one(flow: str, name: str) -> None:
            await moment_of(limited, flow)
            served.append(name)

        await spend(limited, 1)
        flows = [("C1", 4), ("C2", 2), ("C3", 1)]
        names = [(flow, f"{flow} {n}") for flow, count in flows for n in range(count)]
        await asyncio.gather(*(one(flow, name) for flow, name in names))
        assert served == ["C1 0", "C2 0", "C3 0", "C1 1", "C2 1", "C1 2", "C1 3"]

    leaping(test())


def test_a_flow_that_comes_later_need_not_wait_for_a_long_one() -> None:
    async def test() -> None:
        limited = budget("1/second")
        await spend(limited, 1)
        long = [asyncio.create_task(moment_of(limited, "C1")) for _ in range(10)]
        await asyncio.sleep(2.5)
        assert await moment_of(limited, "C2") < 3.5
        assert max(await asyncio.gather(*long)) > 10

    leaping(test())


def test_each_lane_has_its_patience() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        await spend(limited, 1)
        await asyncio.sleep(45)
        assert await refused_for(limited) == pytest.approx(15, abs=0.2)
        assert await moment_of(limited, "C1") == pytest.approx(60.1, abs=0.1)

    leaping(test())


def test_nobody_waits_beyond_patience_however_many_wait() -> None:
    async def test() -> None:
        limited = budget("1/second")
        ended = await asyncio.gather(*(moment_of(limited) for _ in range(20)), return_exceptions=True)
        refused = [error.retry_after for error in ended if isinstance(error, MaskoRateLimited)]
        assert len(refused) == 15
        assert refused == sorted(refused, key=lambda seconds: seconds or 0)
        assert now() < 5.1

    leaping(test())


# -- cancelling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", range(14))
def test_whenever_a_waiting_call_is_cancelled_no_place_is_lost(steps: int) -> None:
    async def test() -> None:
        limited = budget("1/minute")
        waiting = asyncio.create_task(limited.take())
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        (ended,) = await asyncio.gather(waiting, return_exceptions=True)
        if isinstance(ended, Place):
            ended.give_back()
        assert await moment_of(limited) < 0.1

    leaping(test())


def test_the_next_in_line_gets_what_a_cancelled_one_waited_for() -> None:
    async def test() -> None:
        limited = budget("1/second")
        await spend(limited, 1)
        first, second = (asyncio.create_task(moment_of(limited)) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        assert await second == pytest.approx(1.1, abs=0.05)

    leaping(test())


# -- what Masko says --------------------------------------------------------------------------------


def test_a_refusal_closes_it_for_all_and_is_never_shortened() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        mine, others = budget("none", meter), budget("none", meter)
        place, later = await others.take(), await mine.take()
        place.answered(well=None, closed_for=30.0, refused=True)
        await asyncio.sleep(1)
        later.answered(well=None, closed_for=2.0, refused=True)
        assert await refused_for(mine) == pytest.approx(29)
        assert await mine.room() == 0
        assert await others.wait_for(7) == pytest.approx(29)
        await asyncio.sleep(28)
        assert await moment_of(mine) == pytest.approx(30)

    leaping(test())


def test_a_refusal_that_does_not_say_for_how_long_is_a_short_one() -> None:
    async def test() -> None:
        limited = budget("none")
        (await limited.take()).answered(well=None, refused=True)
        assert await moment_of(limited) == 0.5

    leaping(test())


def test_that_nothing_remains_closes_it_where_our_count_knows_of_room() -> None:
    async def test() -> None:
        limited = budget()
        await spend(limited, 1, closed_for=40.0)
        assert await refused_for(limited) == pytest.approx(40)

    leaping(test())


def test_that_nothing_remains_is_no_news_where_our_count_says_so_too() -> None:
    async def test() -> None:
        limited = budget("60/minute")
        await spend(limited, 30)
        await asyncio.sleep(30)
        await spend(limited, 30, closed_for=60.0)  # a reset that means a whole window
        assert await refused_for(limited) == pytest.approx(30, abs=0.2)

    leaping(test())


def test_a_refusal_is_news_even_where_our_count_is_full() -> None:
    async def test() -> None:
        limited = budget("1/minute")
        place = await limited.take()
        place.answered(well=None, closed_for=90.0, refused=True)
        assert await refused_for(limited) == pytest.approx(90)

    leaping(test())


# -- while Masko is down ----------------------------------------------------------------------------


async def break_it(limited: Budget) -> None:
    """Five failures side by side."""
    places = [await limited.take(call=str(n)) for n in range(5)]
    await asyncio.sleep(0.1)
    for place in places:
        place.failed(well=False, sent=True)


async def held_back_for(limited: Budget, flow: str | None = None) -> float:
    with pytest.raises(MaskoHeldBack) as caught:
        await moment_of(limited, flow)
    assert caught.value.worth_retrying
    assert not caught.value.may_have_taken_effect
    assert caught.value.retry_after is not None
    return caught.value.retry_after


def test_a_masko_that_is_down_is_left_alone_by_all() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        mine, others = budget(meter=meter), budget(meter=meter)
        await break_it(mine)
        assert await held_back_for(mine) == pytest.approx(5)
        assert await held_back_for(others, "C1") == pytest.approx(5, abs=0.5)
        with pytest.raises(MaskoHeldBack):
            mine.check()
        assert await mine.room() == 0
        assert await mine.wait_for() == pytest.approx(5, abs=0.5)
        await asyncio.sleep(5)
        probe = await others.take()
        assert await held_back_for(mine) <= 2
        probe.answered(well=True)
        await asyncio.sleep(0.5)
        assert await moment_of(mine) < 7
        mine.check()

    leaping(test())


def test_of_those_who_ask_at_once_one_is_the_probe() -> None:
    async def test() -> None:
        limited = budget()
        await break_it(limited)
        await held_back_for(limited)
        await asyncio.sleep(5)
        ended = await asyncio.gather(*(limited.take() for _ in range(6)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in ended) == ["MaskoHeldBack"] * 5 + ["Place"]
        (probe,) = (each for each in ended if isinstance(each, Place))
        probe.failed(well=False, sent=True)
        assert await held_back_for(limited) == pytest.approx(10)

    leaping(test())


def test_a_slow_probe_stays_the_only_one_and_a_dead_one_is_replaced() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        mine, others = budget(meter=meter), budget(meter=meter)
        await break_it(mine)
        await asyncio.sleep(6)
        await mine.take()
        await asyncio.sleep(60)
        assert await held_back_for(others) <= 2
        await mine.close()  # without a word of its end, as after a kill
        await asyncio.sleep(11)
        assert await moment_of(others) < 80

    leaping(test())


# -- the shared count -------------------------------------------------------------------------------


class LameMeter(MemoryMeter):
    """Cannot be reached for a while, or takes its time."""

    lame = False
    slow = 0.0
    rounds = 0

    async def change(self, act: Callable[[Tally], Awaitable[T]], *, urgent: bool = False) -> T:
        self.rounds += 1
        if self.lame:
            raise OSError("no database")
        result = await super().change(act, urgent=urgent)
        await asyncio.sleep(self.slow)
        return result


def test_a_count_that_cannot_be_reached_is_said_to_who_waits() -> None:
    async def test() -> None:
        meter = LameMeter(now)
        limited = budget("1/minute", meter)
        place = await limited.take()
        meter.lame = True
        with pytest.raises(OSError, match="no database"):
            await limited.take()
        place.answered(well=True)
        await asyncio.sleep(5)
        meter.lame = False
        await asyncio.sleep(52)
        assert await moment_of(limited) == pytest.approx(60, abs=0.1)  # the end was reported late, as it was

    leaping(test())


def test_a_place_that_got_old_while_the_process_stood_still_is_not_used() -> None:
    async def test() -> None:
        meter = LameMeter(now)
        limited = budget("60/minute", meter)
        meter.slow = 75.0

        async def wake() -> None:
            await asyncio.sleep(70)
            meter.slow = 0.0

        waking = asyncio.create_task(wake())
        place = await limited.take()
        await waking
        assert place.age == 0
        place.answered(well=True)
        assert await limited.room() == 59

    leaping(test())


def test_those_who_ask_together_are_one_transaction() -> None:
    async def test() -> None:
        meter = LameMeter(now)
        limited = budget("60/minute", meter)
        places = await asyncio.gather(*(limited.take() for _ in range(40)))
        assert meter.rounds == 1
        await asyncio.sleep(0.1)
        for place in places:
            place.answered(well=True)
        await asyncio.sleep(3)
        assert meter.rounds == 2  # and their ends another; then there is nothing to say

    leaping(test())


def test_closing_reports_what_has_ended() -> None:
    async def test() -> None:
        meter = MemoryMeter(now)
        limited = budget("1/minute", meter)
        place = await limited.take()
        place.give_back()
        await limited.close()
        assert await budget("1/minute", meter).room() == 1

    leaping(test())


def test_closing_gives_up_on_a_count_that_cannot_be_reached(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        meter = LameMeter(now)
        limited = budget("1/minute", meter)
        (await limited.take()).answered(well=True)
        meter.lame = True
        await limited.close()
        assert "1 ended requests were not reported" in caplog.text

    leaping(test())
