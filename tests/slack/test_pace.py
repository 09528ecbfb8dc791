"""Turns at Slack's Web API, in time that passes only when everybody sleeps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.rate_limits import POSTING as WHAT_SLACK_TAKES
from bot.sandbox.slack.rate_limits import TIERS, Limit, RateLimits
from bot.slack.pace import (
    PATIENCE,
    POSTING,
    Line,
    OutOfTurn,
    Pace,
    Rate,
    Urgency,
)
from tests.slack.virtual import VirtualTime

AWAITED, NOTE = Urgency.AWAITED, Urgency.NOTE
ONE_A_SECOND = Rate(burst=2, per_second=1.0)
FOR_EVER = float("inf")


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


class Caller:
    """Takes turns and notes when they came, in seconds from the start."""

    def __init__(self, time: VirtualTime, line: Line) -> None:
        self._time = time
        self._line = line
        self._start = time.time
        self.went: list[tuple[str, float]] = []

    async def go(self, name: str, urgency: Urgency = AWAITED, patience: float = FOR_EVER) -> None:
        await self._line.turn(urgency, self._time.time + patience)
        self.went.append((name, round(self._time.time - self._start, 3)))

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.went]


@pytest.fixture
def caller(time: VirtualTime) -> Caller:
    return Caller(time, Pace(clock=time.clock, sleep=time.sleep, rates={POSTING: ONE_A_SECOND}).line(POSTING))


@pytest.fixture
def line(caller: Caller) -> Line:
    return caller._line


async def test_a_short_burst_goes_at_once_and_then_one_a_second(time: VirtualTime, caller: Caller) -> None:
    await time.run(*(caller.go(str(n)) for n in range(5)))
    assert caller.times == [0, 0, 1, 2, 3]


async def test_turns_come_in_the_order_of_asking(time: VirtualTime, caller: Caller) -> None:
    await time.run(*(caller.go(name) for name in "abcdef"))
    assert "".join(name for name, _ in caller.went) == "abcdef"


async def test_after_a_rest_there_is_a_burst_again(time: VirtualTime, caller: Caller) -> None:
    await time.run(*(caller.go(str(n)) for n in range(3)))
    await time.pass_until(time.time + 60)
    await time.run(*(caller.go(str(n)) for n in range(3)))
    assert caller.times == [0, 0, 1, 61, 61, 62]


async def test_what_people_wait_for_goes_before_notes(time: VirtualTime, caller: Caller) -> None:
    async def later() -> None:
        await time.sleep(0.5)
        await caller.go("card")

    await time.run(*(caller.go(f"note {n}", NOTE) for n in range(4)), later())
    assert caller.went == [("note 0", 0), ("note 1", 0), ("card", 1), ("note 2", 2), ("note 3", 3)]


async def test_one_busy_channel_holds_up_no_other_and_no_other_method(time: VirtualTime) -> None:
    pace = Pace(clock=time.clock, sleep=time.sleep)
    busy = Caller(time, pace.line(POSTING, "C1"))
    others = [
        Caller(time, line)
        for line in (
            pace.line(POSTING, "C2"),
            pace.line("chat.postEphemeral"),
            pace.line("views.open"),
            pace.line("chat.update"),
        )
    ]
    await time.run(*(busy.go(str(n)) for n in range(50)), *(other.go("other") for other in others))
    assert busy.times[-1] == 46
    assert [other.times for other in others] == [[0]] * 4


async def test_a_method_other_than_posting_has_one_line_for_all_channels(time: VirtualTime) -> None:
    pace = Pace(clock=time.clock, sleep=time.sleep)
    assert pace.line("chat.update", "C1") is pace.line("chat.update", "C2")
    assert pace.line(POSTING, "C1") is not pace.line(POSTING, "C2")


# -- Slack says to wait ---------------------------------------------------------------------------


async def test_while_closed_nobody_goes_then_one_and_then_the_usual_pace(
    time: VirtualTime, caller: Caller, line: Line
) -> None:
    line.close(30)
    await time.run(*(caller.go(str(n)) for n in range(4)))
    assert caller.times == [30, 31, 32, 33]


async def test_those_who_wait_already_are_held_up_too(time: VirtualTime, caller: Caller, line: Line) -> None:
    async def closing() -> None:
        await time.sleep(0.5)
        line.close(20)

    await time.run(*(caller.go(str(n)) for n in range(4)), closing())
    assert caller.times == [0, 0, 20.5, 21.5]


async def test_closing_for_less_does_not_open_earlier(time: VirtualTime, caller: Caller, line: Line) -> None:
    line.close(30)
    line.close(1)
    await time.run(caller.go("a"))
    assert caller.times == [30]


# -- patience -------------------------------------------------------------------------------------


async def test_whoever_would_wait_too_long_is_sent_away_at_once(
    time: VirtualTime, caller: Caller, line: Line
) -> None:
    line.close(60)
    (error,) = await time.run(caller.go("a", patience=15))
    assert isinstance(error, OutOfTurn)
    assert error.seconds == 60
    assert error.closed
    assert time.time == 1000.0
    assert caller.went == []


async def test_whoever_is_overtaken_for_too_long_is_sent_away(time: VirtualTime, caller: Caller) -> None:
    await time.run(caller.go("x"), caller.go("y"))
    (error, *_) = await time.run(
        caller.go("note", NOTE, patience=1.5), *(caller.go(str(n)) for n in range(3))
    )
    assert isinstance(error, OutOfTurn)
    assert not error.closed
    assert caller.times == [0, 0, 1, 2, 3]


async def test_without_patience_a_turn_is_had_at_once_or_not_at_all(
    time: VirtualTime, caller: Caller
) -> None:
    outcomes = await time.run(*(caller.go(str(n), patience=0) for n in range(3)))
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), OutOfTurn]


async def test_those_who_are_sent_away_come_back_one_by_one(time: VirtualTime, caller: Caller) -> None:
    outcomes = await time.run(*(caller.go(str(n), patience=2.5) for n in range(7)))
    assert [error.seconds for error in outcomes if error] == [3, 4, 5]


async def test_a_burst_in_one_channel_is_said_as_fast_as_slack_takes_it(time: VirtualTime) -> None:
    """200 callers come back when they were told to: none in vain for long, and no second is wasted."""
    pace = Pace(clock=time.clock, sleep=time.sleep)
    limits = RateLimits(time.clock)
    asked = 0

    async def post() -> float:
        nonlocal asked
        while True:
            asked += 1
            try:
                await pace.line(POSTING, "C1").turn(AWAITED, time.time + PATIENCE)
            except OutOfTurn as error:
                await time.sleep(error.seconds)
                continue
            assert limits.wait_for("C1", WHAT_SLACK_TAKES) is None
            return time.time

    said = await time.run(*(post() for _ in range(200)))
    assert max(said) == 1000 + 200 - 4
    assert asked < 500


async def test_whoever_gives_up_leaves_the_line(time: VirtualTime, caller: Caller) -> None:
    await time.run(caller.go("a"), caller.go("b"))
    leaving = asyncio.create_task(caller.go("c"))
    await time.settle()
    leaving.cancel()
    await time.run(caller.go("d"))
    assert caller.went == [("a", 0), ("b", 0), ("d", 1)]
    assert leaving.cancelled()


# -- over a long time -----------------------------------------------------------------------------


@given(st.lists(st.floats(0, 20), max_size=60), st.sampled_from([POSTING, "chat.update", "views.open"]))
def test_slack_has_no_reason_to_complain(pauses: list[float], method: str) -> None:
    limits: dict[str, Limit] = {
        POSTING: WHAT_SLACK_TAKES,
        "chat.update": TIERS[3],
        "views.open": TIERS[4],
    }
    time = VirtualTime()
    slack = RateLimits(time.clock)
    pace = Pace(clock=time.clock, sleep=time.sleep)

    async def call(pause: float) -> Any:
        await time.sleep(pause)
        await pace.line(method).turn(AWAITED, FOR_EVER)
        return slack.wait_for(method, limits[method])

    async def all_calls() -> list[Any]:
        return await time.run(*(call(pause) for pause in pauses))

    assert asyncio.run(all_calls()) == [None] * len(pauses)


async def test_idle_lines_are_forgotten(time: VirtualTime) -> None:
    pace = Pace(clock=time.clock, sleep=time.sleep)
    closed = pace.line(POSTING, "closed")
    closed.close(60)
    for n in range(1500):
        assert pace.line(POSTING, f"C{n}")
    assert len(pace._lines) < 1500
    assert pace.line(POSTING, "closed") is closed
