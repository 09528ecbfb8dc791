"""When Masko counts as down, and when as back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.masko.breaker import FIRST_PAUSE, LONGEST_PAUSE, Breaker, End


def failure(flow: str = "C1", call: str = "a", place: str = "p", *, well: bool | None = False) -> End:
    return End(place, flow, call, began=0.0, at=0.0, well=well)


def after(ends: Iterable[End], breaker: Breaker | None = None, *, took: float = 0.1) -> Breaker:
    """After these ends, one a second from second 0."""
    breaker = breaker or Breaker()
    for at, end in enumerate(ends):
        breaker = breaker.after(end, began=at - took, at=float(at), jitter=0.0)
    return breaker


def opened(*, jitter: float = 0.0) -> Breaker:
    """Open since second 100."""
    breaker = after(failure(flow) for flow in ("C1", "C2", "C1", "C2"))
    return breaker.after(failure("C3"), began=99.0, at=100.0, jitter=jitter)


def test_five_failures_of_several_flows_in_a_row_open_it() -> None:
    flows = ["C1", "C1", "C2", "C1"]
    assert not after(failure(flow) for flow in flows).is_open
    assert after(failure(flow) for flow in [*flows, "C1"]).is_open


def test_a_single_image_that_masko_chokes_on_opens_nothing() -> None:
    retries = [failure(call=call) for call in "aaabbbcccddd"]
    assert not after(retries).is_open


def test_failures_side_by_side_open_it_even_where_there_is_one_flow() -> None:
    calls = [failure(call=call) for call in "abcde"]
    assert after(calls, took=1.5).is_open


def test_a_success_between_them_begins_the_count_anew() -> None:
    ends = [failure("C1"), failure("C2"), failure("C3"), failure("C4"), failure(well=True), failure("C5")]
    assert after(ends) == Breaker(failures=1, flow="C5", call="a", failed_at=5.0)


def test_what_tells_nothing_of_masko_changes_nothing() -> None:
    before = after([failure("C1"), failure("C2")])
    assert after([failure(well=None)], before) == before


@pytest.mark.parametrize(("jitter", "pause"), [(0.0, FIRST_PAUSE), (1.0, FIRST_PAUSE * 0.8)])
def test_it_holds_back_until_the_probe(jitter: float, pause: float) -> None:
    breaker = opened(jitter=jitter)
    assert breaker.held_back_for(100.0) == pause
    assert breaker.held_back_for(100.0 + pause) == 0


def test_one_probe_goes_out_and_the_others_wait() -> None:
    breaker = opened().probing("probe", 115.0)
    assert 0 < breaker.held_back_for(106.0) <= 2.0
    assert breaker.held_back_for(115.0) == 0  # its process died: another may


def test_the_probe_decides() -> None:
    breaker = opened().probing("probe", 115.0)
    assert after([failure(place="probe", well=True)], breaker) == Breaker()
    failed = breaker.after(failure(place="probe"), began=105.0, at=106.0, jitter=0.0)
    assert (failed.held_back_for(106.0), failed.probe) == (2 * FIRST_PAUSE, "")


def test_a_probe_that_tells_nothing_makes_room_for_another() -> None:
    breaker = opened().probing("probe", 115.0)
    assert breaker.held_back_for(106.0) > 0
    assert after([failure(place="probe", well=None)], breaker).held_back_for(106.0) == 0


def test_those_that_were_on_their_way_when_it_opened_make_it_no_longer() -> None:
    breaker = opened()
    assert after([failure("C9", "z")] * 20, breaker) == breaker


def test_any_success_shows_that_masko_is_back() -> None:
    assert after([failure("C9", "z", well=True)], opened()) == Breaker()


def test_the_pause_grows_to_a_minute() -> None:
    breaker, pauses = opened(), []
    for at in range(200, 1000, 100):
        breaker = breaker.probing("probe", at + 10.0)
        breaker = breaker.after(failure(place="probe"), began=at, at=at, jitter=0.0)
        pauses.append(breaker.held_back_for(at))
    assert pauses == [10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
