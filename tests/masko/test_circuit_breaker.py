"""When Masko counts as down, and when as back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.masko.circuit_breaker import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PROBE_TAKES,
    WITHIN,
    CircuitBreaker,
)
from bot.masko.errors import MaskoHeldBack


class Breaker(CircuitBreaker):
    """A breaker with a clock to set."""

    def __init__(self) -> None:
        super().__init__(lambda: self.time)
        self.time = 100.0

    @property
    def held(self) -> float:
        """Seconds for which a request is held back."""
        try:
            self.check("GET /credits")
        except MaskoHeldBack as error:
            return error.retry_after or 0.0
        return 0.0

    def fail(self, calls: Iterable[str]) -> None:
        for call in calls:
            self.end(call, well=False)


def opened() -> Breaker:
    breaker = Breaker()
    breaker.fail("abcde")
    return breaker


def test_several_calls_that_fail_in_a_row_open_it() -> None:
    breaker = Breaker()
    breaker.fail("abcde"[: FAILURES - 1])
    assert not breaker.held
    breaker.fail("z")
    assert breaker.held == FIRST_PAUSE


def test_the_tries_of_one_call_count_once() -> None:
    breaker = Breaker()
    breaker.fail("aaabbbcccddd")
    assert not breaker.held


def test_failures_far_apart_open_nothing() -> None:
    breaker = Breaker()
    for call in "abcdefgh":
        breaker.fail(call)
        breaker.time += WITHIN / 4
    assert not breaker.held


def test_a_success_or_what_tells_nothing() -> None:
    breaker = Breaker()
    breaker.fail("abcd")
    breaker.end("x", well=None)
    breaker.end("y", well=True)
    breaker.fail("e")
    assert not breaker.held


def test_it_holds_back_until_one_probe_goes_out() -> None:
    breaker = opened()
    assert breaker.held == FIRST_PAUSE
    breaker.time += FIRST_PAUSE
    breaker.begin("GET /credits", "probe")
    assert 0 < breaker.held <= 2
    with pytest.raises(MaskoHeldBack):
        breaker.begin("GET /credits", "another")
    breaker.time += PROBE_TAKES
    breaker.begin("GET /credits", "another")  # nothing was heard of the probe


@pytest.mark.parametrize(("well", "held"), [(True, 0.0), (None, 0.0), (False, 2 * FIRST_PAUSE)])
def test_the_probe_decides(well: bool | None, held: float) -> None:
    breaker = opened()
    breaker.time += FIRST_PAUSE
    breaker.begin("GET /credits", "probe")
    breaker.end("probe", well=well)
    assert breaker.held == held


def test_those_that_were_on_their_way_when_it_opened() -> None:
    breaker = opened()
    breaker.fail("fghij")
    assert breaker.held == FIRST_PAUSE
    breaker.end("k", well=True)
    assert not breaker.held


def test_the_pause_grows_to_a_minute() -> None:
    breaker, pauses = opened(), []
    for _ in range(6):
        breaker.time += breaker.held
        breaker.begin("GET /credits", "probe")
        breaker.fail(["probe"])
        pauses.append(breaker.held)
    assert pauses == [10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
