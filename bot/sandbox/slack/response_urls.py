"""response_urls: where a bot may answer an interaction, five times within thirty minutes.

docs.slack.dev: handling user interaction.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

UrlKind = Literal["actions", "commands", "app"]
"""The first part of the path: elements, slash commands, message shortcuts."""

LIFETIME = 30 * 60
MOST_USES = 5


@dataclass(frozen=True)
class Source:
    """Where an interaction came from: `message_ts` is the message that was acted on, if there was one."""

    channel: str
    user: str
    message_ts: str | None = None
    thread_ts: str | None = None


@dataclass
class ResponseUrl:
    """A URL that was handed out, and how often it may still be used."""

    source: Source
    expires: float
    uses_left: int = MOST_USES


class ResponseUrls:
    """The response_urls that were handed out."""

    def __init__(self, origin: str, team: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._origin = origin
        self._team = team
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, kind: UrlKind, source: Source) -> str:
        """A URL to answer one interaction at."""
        key = secrets.token_hex(12)
        self._issued[key] = ResponseUrl(source, self._clock() + LIFETIME)
        return f"{self._origin}/{kind}/{self._team}/{key}"

    def move(self, old: str, new: str) -> None:
        """Let answers for a channel go where it is under its new id."""
        for issued in self._issued.values():
            if issued.source.channel == old:
                issued.source = replace(issued.source, channel=new)

    def forget(self) -> None:
        """Let none of them work any more."""
        self._issued.clear()

    def use(self, key: str) -> Source | None:
        """Count one use; None for a URL that is unknown, expired or used up."""
        found = self._issued.get(key)
        if found is None or found.uses_left == 0 or self._clock() > found.expires:
            return None
        found.uses_left -= 1
        return found.source
