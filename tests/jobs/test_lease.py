from __future__ import annotations

import pytest

from bot.jobs import LeaseLost, permit
from bot.jobs.lease import LASTS, SIGN_OF_LIFE, TAKEN_FOR_DEAD, Lease, current


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_lease_holds_from_one_sign_of_life_to_well_after_the_next() -> None:
    lease = Lease(clock := Clock())
    assert not lease.holds
    lease.begin(7, lease.now())
    clock.now += LASTS - 0.1
    lease.check()
    clock.now += 0.2
    with pytest.raises(LeaseLost, match="worker 7"):
        lease.check()
    lease.renew(clock.now)
    lease.check()


def test_a_sign_of_life_counts_from_before_it_was_given() -> None:
    """The database may have heard of it at any time since; the worker's own view must be the stricter one."""
    lease = Lease(clock := Clock())
    lease.begin(7, asked := lease.now())
    clock.now += 15
    lease.renew(asked)
    clock.now += LASTS - 14
    assert not lease.holds


def test_a_worker_stops_acting_before_others_act_for_it() -> None:
    assert SIGN_OF_LIFE * 3 < LASTS
    assert LASTS + SIGN_OF_LIFE < TAKEN_FOR_DEAD


def test_a_permit_is_asked_only_of_those_whose_work_can_be_taken_over() -> None:
    permit()
    standing = current.set(Lease(Clock()))
    try:
        with pytest.raises(LeaseLost):
            permit()
    finally:
        current.reset(standing)


def test_a_lost_lease_is_not_an_error_that_somebody_may_handle() -> None:
    assert not issubclass(LeaseLost, Exception)
