"""Who asks the bot for something, where, and how they are answered."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.slack.forms import Id


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


@dataclass(frozen=True)
class CardPlace:
    """Which card a modal belongs to: travels through Slack as the view's private metadata."""

    mascot_id: Id
    channel: Id
    thread_ts: Id

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))
