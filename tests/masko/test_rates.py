from __future__ import annotations

import pytest

from bot.masko.rates import Rate, parse_limits


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("60/minute,1000/hour", [(60, 60), (1000, 3600)]),
        ("1000/hour,60/minute", [(60, 60), (1000, 3600)]),
        (" 2 / Seconds , 60/minute", [(2, 1), (60, 60)]),
        ("1/day", [(1, 86_400)]),
        ("none", []),
        ("None ", []),
        ("", []),
    ],
)
def test_limits_as_they_are_written(text: str, rates: list[tuple[int, int]]) -> None:
    assert [(rate.limit, rate.seconds) for rate in parse_limits(text)] == rates


@pytest.mark.parametrize(
    "text",
    [
        "60",
        "60/fortnight",
        "0/minute",
        "-1/minute",
        "1.5/hour",
        "60/minute,",
        "60/minute,50/hour",
        "60/minute,60/hour",
        "60/minute,90/minute",
        "60/minute,3601/hour",
        "x",
    ],
)
def test_limits_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit|window"):
        parse_limits(text)


@pytest.mark.parametrize(("limit", "bulk"), [(1, 1), (49, 49), (60, 59), (1000, 980)])
def test_bulk_calls_leave_a_little(limit: int, bulk: int) -> None:
    rate = Rate(limit, 60)
    assert (rate.limit_for(bulk=False), rate.limit_for(bulk=True)) == (limit, bulk)
