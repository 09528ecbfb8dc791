from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.once import FIRST_LOOK, look_again

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def after(since: float, settling: float = 100) -> float | None:
    lost = NOW - timedelta(seconds=since)
    return look_again(lost, NOW, lost + timedelta(seconds=settling))


@pytest.mark.parametrize(
    ("since", "seconds"), [(0, FIRST_LOOK), (5, 5), (10, 10), (20, 20), (40, 40), (80, 20), (99, 1)]
)
def test_looks_get_rarer_and_the_last_is_when_nothing_can_be_under_way(since: float, seconds: float) -> None:
    assert after(since) == seconds


def test_what_was_lost_long_ago_has_settled() -> None:
    assert after(100) is None


def test_a_clock_that_was_set_back_does_not_make_looks_rarer() -> None:
    assert after(-3600) == FIRST_LOOK
