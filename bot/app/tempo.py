"""How patient the program is."""

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
class Tempo:
    """Every limit on waiting for others, how soon something is tried again, and by which clock people are
    reminded.

    Attributes:
        masko: limits on Masko's answers.
        slack: seconds for an answer of Slack's Web API.
        download: seconds for a file from Slack.
        ask: seconds for what Masko is asked while somebody looks at their Home.
        rates: how fast calls to Slack may follow each other, by method.
        faster: how many times sooner than usual what failed is tried again; more than 1 only for those
            who cannot wait, such as a test.
        now: what time it is, for what people want done by then.
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


USUAL = Tempo()
