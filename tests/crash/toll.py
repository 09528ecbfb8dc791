"""What the workers went through in one trial."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Toll:
    """Kills, freezes, outages.

    Attributes:
        kills: by step and moment.
        freezes: by step.
        takeovers: seconds from a freeze until another worker did again what the frozen one had in hand.
        outage: seconds that the database was away.
        journal: a line for each, with its time.
    """

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    takeovers: list[float] = field(default_factory=list)
    outage: float = 0.0
    journal: list[str] = field(default_factory=list)

    def note(self, words: str) -> None:
        """Write a line down."""
        self.journal.append(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {words}")
