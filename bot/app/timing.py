"""Timeouts, the speed of retries, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.masko import Timeouts
from bot.slack.client import RATES, Rate


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Timing:
    """Timeouts in seconds, the clock, and the speed of retries; tests give their own.

    Attributes:
        masko: for Masko's answers.
        slack: for an answer of Slack's Web API.
        download: for a file from Slack.
        ask: for what Masko is asked while a person looks at Home.
        rates: how fast calls to Slack may follow each other, by method.
        faster: divides the waits before retries.
        now: clock of due dates and reminders.
    """

    masko: Timeouts = field(default_factory=Timeouts)
    slack: int = 30
    download: float = 120.0
    ask: float = 10.0
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    faster: float = 1.0
    now: Callable[[], datetime] = _now

    async def sleep(self, seconds: float) -> None:
        """Wait before something is tried again."""
        await asyncio.sleep(seconds / self.faster)


USUAL = Timing()
