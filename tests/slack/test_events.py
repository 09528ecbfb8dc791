from __future__ import annotations

from typing import Any

import pytest

from bot.slack.events import Deletion, event_time, read_deletion

NOW = 1_732_633_833.5
GONE = Deletion("T1", "C1", "17.5")


@pytest.mark.parametrize(
    ("event", "deletion"),
    [
        ({"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "17.5"}, GONE),
        (
            {
                "type": "message",
                "subtype": "message_changed",
                "channel": "C1",
                "ts": "18.0",
                "message": {"subtype": "tombstone", "ts": "17.5"},
            },
            GONE,
        ),
        ({"type": "file_deleted", "file_id": "F1", "event_ts": "1.2"}, Deletion("T1", file_id="F1")),
        ({"type": "message", "subtype": "message_changed", "channel": "C1", "message": {"ts": "17.5"}}, None),
        ({"type": "message", "channel": "C1", "ts": "17.5"}, None),
        ({"type": "file_deleted"}, None),
        ({"type": "message", "subtype": "message_deleted", "channel": 7, "deleted_ts": None}, None),
        ({"type": "message", "subtype": "message_changed", "message": "tombstone"}, None),
        ({}, None),
    ],
)
def test_what_was_deleted_is_read(event: dict[str, Any], deletion: Deletion | None) -> None:
    assert read_deletion({"event": event}, team="T1") == deletion


@pytest.mark.parametrize(
    ("ts", "at"),
    [
        ("1732633830.123456", 1732633830.123456),
        ("1732550000.000000", 1732550000.0),
        ("1360782804.083113", NOW),
        ("9999999999.000000", NOW),
        ("nan", NOW),
        ("yesterday", NOW),
        (None, NOW),
    ],
)
def test_a_time_that_cannot_be_is_not_believed(ts: object, at: float) -> None:
    assert event_time(ts, NOW) == at
