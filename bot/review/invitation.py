"""What somebody asks for who asks for a review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.db.tables import ThreadRow
from bot.errors import BotError
from bot.jobs import Job


@dataclass(frozen=True)
class Invitation:
    """Somebody asks people to review a mascot.

    Attributes:
        key: what told of it, the same however often it is told.
        channel, thread_ts: where they asked; no thread for a command.
        ts: the message by which they asked; empty where there is none.
        reviewers: ids of those who are asked; nobody in particular where it is empty.
        groups: ids of user groups whose members are asked as well.
        due: until when, in words; empty where there are none.
        until: the same in seconds since 1970, where it was picked.
        note: what they say besides.
        response_url: of the command by which they asked.
    """

    key: str
    team: str
    channel: str
    user: str
    mascot_id: str
    reviewers: tuple[str, ...] = ()
    due: str = ""
    until: int | None = None
    note: str | None = None
    thread_ts: str = ""
    ts: str = ""
    response_url: str | None = None
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, job: Job) -> Invitation:
        payload: dict[str, Any] = job.payload["invitation"]
        listed = {name: tuple(payload.get(name, ())) for name in ("reviewers", "groups")}
        return cls(**payload | listed)

    def is_in(self, thread: ThreadRow) -> bool:
        """Whether they asked in this thread, so that they see what is said there."""
        return (self.channel, self.thread_ts) == (thread.channel, thread.thread_ts)


class NotAsked(BotError):
    """Nothing was asked, for a reason that whoever asks is told."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def words(self) -> str:
        return self.why
