"""The card that a form belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bot.slack.form_state import identifier


@dataclass(frozen=True)
class CardPlace:
    """Which card a modal belongs to: travels through Slack as the view's private metadata."""

    mascot_id: str
    channel: str
    thread_ts: str

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> CardPlace:
        """Read what came back.  Raises TypeError, ValueError where it is not what was sent."""
        return cls(**{name: identifier(value) for name, value in values.items()})
