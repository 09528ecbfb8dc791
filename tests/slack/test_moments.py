from __future__ import annotations

import pytest

from bot.slack.moments import moment

NOW = 1_732_633_833.5


@pytest.mark.parametrize(
    ("ts", "at"),
    [
        ("1732633830.123456", 1732633830.123456),
        ("1732633840.000000", 1732633840.0),
        ("1732550000.000000", 1732550000.0),
        ("1360782804.083113", NOW),
        ("9999999999.000000", NOW),
        ("nan", NOW),
        ("yesterday", NOW),
        ("", NOW),
        (None, NOW),
    ],
)
def test_a_time_that_cannot_be_is_not_believed(ts: object, at: float) -> None:
    assert moment(ts, NOW) == at
