"""Who asks the bot for something, where, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """What a person asked for in Slack, as far as it is about them.

    `channel` is empty in the Home tab; `response_url` takes five private answers in thirty minutes.
    """

    team: str
    channel: str
    user: str
    thread_ts: str | None = None
    response_url: str | None = None
