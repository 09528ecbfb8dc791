"""When something happened in Slack, by the time that Slack gives of it."""

from __future__ import annotations

import math

LATEST = 25 * 3600.0
"""Seconds: an event may come a day late (docs.slack.dev: Events API, "Delayed events"), and clocks differ."""


def moment(ts: object, now: float) -> float:
    """Seconds since 1970.

    Args:
        ts: as Slack writes it, `1732633833.123456`.
        now: by our clock; it stands where Slack's time is none, or one that cannot be.
    """
    try:
        told = float(str(ts))
    except ValueError:
        return now
    return told if math.isfinite(told) and abs(now - told) <= LATEST else now
