"""Something that somebody does about a review, from the listener to the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.db.values import Did

MOST_WORDS = 2000
"""Characters of what somebody says (Choice): a few sentences."""


@dataclass(frozen=True)
class Act:
    """Something that somebody does about a review.

    Attributes:
        did: what.
        key: what told of it, the same however often it is told.
        at: seconds since 1970, by Slack's clock where Slack tells it.
        thread_ts, ts: the thread, and the message in it by which it was done.
        seen: what the mascot was as they saw it (the edition's digest); None where that is not known.
        undoes: for a vote that is taken back: only this kind of vote.
        said: they said it in the thread themselves, so nobody has to be told.
        quietly: they are told nothing where it changes nothing.
    """

    did: Did
    key: str
    at: float
    team: str
    channel: str
    thread_ts: str
    user: str
    mascot_id: str
    ts: str = ""
    seen: str | None = None
    words: str | None = None
    about: str | None = None
    answers: int | None = None
    undoes: Did | None = None
    said: bool = False
    quietly: bool = False

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Act:
        undoes = payload["undoes"]
        return cls(**payload | {"did": Did(payload["did"]), "undoes": Did(undoes) if undoes else None})
