"""response_urls: where a bot may answer an interaction, five times within thirty minutes.

docs.slack.dev: handling user interaction.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME = 30 * 60
MOST_USES = 5


@dataclass
class ResponseUrl:
    """Where an interaction came from, and how often its URL may still be used."""

    channel: str
    user: str
    message_ts: str | None
    thread_ts: str | None
    expires: float
    uses_left: int = MOST_USES


class ResponseUrls:
    """The response_urls that were handed out."""

    def __init__(self, origin: str, team: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = f"{origin}/actions/{team}/"
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, channel: str, user: str, message_ts: str | None, thread_ts: str | None) -> str:
        """A URL to answer one interaction at."""
        key = secrets.token_hex(12)
        self._issued[key] = ResponseUrl(channel, user, message_ts, thread_ts, self._clock() + LIFETIME)
        return self._prefix + key

    def forget(self) -> None:
        """Let none of them work any more."""
        self._issued.clear()

    def use(self, key: str) -> ResponseUrl | None:
        """Count one use; None for a URL that is unknown, expired or used up."""
        found = self._issued.get(key)
        if found is None or found.uses_left == 0 or self._clock() > found.expires:
            return None
        found.uses_left -= 1
        return found
