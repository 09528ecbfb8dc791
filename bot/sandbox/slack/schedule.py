"""Messages that the bot wants posted later (docs.slack.dev: chat.scheduleMessage)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FURTHEST = 120 * 24 * 3600  # seconds
MOST_WITHIN = 30
WINDOW = 5 * 60  # seconds: no more than MOST_WITHIN messages for one channel
LAST_MINUTE = 60
"""Seconds before its time within which a message cannot be taken back
(docs.slack.dev: chat.deleteScheduledMessage)."""


@dataclass(frozen=True)
class Scheduled:
    """A message that waits for its time.

    Attributes:
        post_at: Unix time in seconds.
        content: members of the `Message` that will be posted.
    """

    id: str
    channel: str
    post_at: int
    content: Mapping[str, Any]


class Schedule:
    """Everything that waits; `post` is called with each when its time has come."""

    def __init__(self, post: Callable[[Scheduled], None], now: Callable[[], float] = time.time) -> None:
        self._post = post
        self._now = now
        self._waiting: dict[str, Scheduled] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def seconds_until(self, moment: float) -> float:
        """How far away a Unix time is; negative when it is past."""
        return moment - self._now()

    def crowded(self, channel: str, post_at: int) -> bool:
        """Whether no more may be scheduled for a channel around this time."""
        near = [
            each
            for each in self._waiting.values()
            if each.channel == channel and abs(each.post_at - post_at) < WINDOW
        ]
        return len(near) >= MOST_WITHIN

    def add(self, scheduled: Scheduled) -> None:
        """Wait for a message's time."""
        self._waiting[scheduled.id] = scheduled
        delay = max(0.0, self.seconds_until(scheduled.post_at))
        loop = asyncio.get_running_loop()
        self._timers[scheduled.id] = loop.call_later(delay, self.deliver, scheduled.id)

    def take_back(self, scheduled_id: str, channel: str) -> bool:
        """Forget a message that waits for this channel; False where there is none, or it is too late."""
        found = self._waiting.get(scheduled_id)
        too_late = found is not None and self.seconds_until(found.post_at) < LAST_MINUTE
        if found is None or found.channel != channel or too_late:
            return False
        self._remove(scheduled_id)
        return True

    def deliver(self, scheduled_id: str) -> None:
        """Post a waiting message now; a test need not wait for its time."""
        if scheduled := self._remove(scheduled_id):
            self._post(scheduled)

    def close(self) -> None:
        """Forget everything that waits."""
        for scheduled_id in list(self._waiting):
            self._remove(scheduled_id)

    def _remove(self, scheduled_id: str) -> Scheduled | None:
        if timer := self._timers.pop(scheduled_id, None):
            timer.cancel()
        return self._waiting.pop(scheduled_id, None)
