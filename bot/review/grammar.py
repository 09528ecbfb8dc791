"""How people say who is asked for a review, and until when: the same in commands and in mentions.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.review.due import read_due, split_bare_due, split_due, split_no_due, without_by
from bot.review.likely import looks_like_due

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Words that mean a moment after this one are a due date, although it may have passed by now."""

NO_DUE = (
    "I cannot tell until when that is. "
    "Ways to say it: by friday, by tomorrow 15:00, by 1 december, by 2026-12-01, in 3 days."
)
_NOBODY = ("@here", "@channel", "@everyone", "a channel")


@dataclass(frozen=True)
class Until:
    """The due date in a text.

    Attributes:
        left: the text without it.
        due: the words for it; they mean a moment, which may have passed.
        no_due: words that look like one and mean none.
        whole: the text with it, where it may be a part of a name.
    """

    left: str = ""
    due: str | None = None
    no_due: str | None = None
    whole: str | None = None

    @property
    def told(self) -> bool:
        """Whether there is one, or what looks like one."""
        return self.due is not None or self.no_due is not None


def read_after(words: str) -> Until:
    """Words that stand where only a due date can: right after the people who are asked."""
    words = words.strip(" ,.!?;")
    due = without_by(words)
    if read_due(due, ANY_TIME, UTC) is not None:
        return Until(due=due)
    return Until(no_due=due) if looks_like_due(words) else Until(words)


def read_end(text: str) -> Until:
    """The due date at the end of a text that begins with a name."""
    left, due = split_due(text, ANY_TIME, UTC)
    if due is not None:
        return Until(left, due)
    left, due = split_bare_due(text, ANY_TIME, UTC)
    if due is not None:
        return Until(left, due, whole=text)
    left, no_due = split_no_due(text)
    return Until(left) if no_due is None else Until(left, no_due=without_by(no_due), whole=text)


def unknown_people(names: Iterable[str]) -> str:
    """That somebody named people whom Slack did not recognise, or everybody at once."""
    given = list(names)
    nobody = [name for name in given if name in _NOBODY or name.startswith("#")]
    unknown = [name for name in given if name not in nobody]
    said = [f"Slack does not know {', '.join(unknown)}."] if unknown else []
    said += [f"{', '.join(nobody)} cannot be asked."] if nobody else []
    how = "Choose people or a user group from the list that opens when you type @."
    return " ".join(["Nobody was asked.", *said, how]).replace(" a channel cannot", " A channel cannot")


def unreadable(due: str) -> str:
    """That words which look like a due date mean no moment."""
    return f"Nobody was asked. “{due}”: {NO_DUE}"
