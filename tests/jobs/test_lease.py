from __future__ import annotations

import pytest

from bot.db.engine import HEARTBEAT, LASTS, TAKEN_FOR_DEAD, Lease, LeaseLost, current, permit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_lease_holds_from_one_heartbeat_to_well_after_the_next() -> None:
    lease = Lease(clock := Clock())
    clock.now += LASTS - 0.1
    lease.check()
    lease.renew(clock.now)
    clock.now += LASTS - 0.1
    lease.check()
    clock.now += 0.2
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_lease_that_was_lost_does_not_come_back() -> None:
    lease = Lease(clock := Clock())
    clock.now += LASTS + 0.1
    with pytest.raises(LeaseLost):
        lease.renew(clock.now)
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_heartbeat_counts_from_before_it_was_told() -> None:
    """The database may have heard of it at any time since; the worker's own view must be the stricter one."""
    lease = Lease(clock := Clock())
    asked = clock.now
    clock.now += 15
    lease.renew(asked)
    clock.now += LASTS - 14
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_worker_stops_acting_before_others_act_for_it() -> None:
    assert HEARTBEAT * 3 < LASTS
    assert LASTS + HEARTBEAT < TAKEN_FOR_DEAD


def test_a_permit_is_asked_only_of_those_whose_work_can_be_taken_over() -> None:
    permit()
    lost = Lease(Clock())
    lost.lose()
    standing = current.set(lost)
    try:
        with pytest.raises(LeaseLost):
            permit()
    finally:
        current.reset(standing)


def test_a_lost_lease_is_not_an_error_that_somebody_may_handle() -> None:
    assert not issubclass(LeaseLost, Exception)
