"""Who asks the bot for something, where, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """What a person asked for in Slack, as far as it is about them.

    Attributes:
        channel: where they asked; empty in a place that is no conversation, such as the Home tab.
        thread_ts: the thread that they asked in.
        response_url: takes a private answer, five times in thirty minutes (docs.slack.dev: Handling user
            interaction).
    """

    team: str
    channel: str
    user: str
    thread_ts: str | None = None
    response_url: str | None = None
