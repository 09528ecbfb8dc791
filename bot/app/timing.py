"""Timeouts, the speed of retries, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.masko import Timeouts


@dataclass(frozen=True)
class Timing:
    """Timeouts in seconds, the clock, and the speed of retries; tests give their own."""

    masko: Timeouts = field(default_factory=Timeouts)
    slack: int = 30
    download: float = 120.0  # a file from Slack
    ask: float = 10.0  # what Masko is asked while a person looks at Home
    faster: float = 1.0  # divides the waits before retries
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # of due dates and reminders


USUAL = Timing()
