"""The review of a mascot as a pure state machine: from the record of what people did to its state.

The record only grows.  A vote is on one edition (the exact references and prompt of a mascot), so a
changed mascot needs no undoing: votes on other editions do not count.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from bot.db.values import NOBODY, Did, State, is_forgotten
from bot.slack.blocks import Picture

MOST_ASKED = 20  # people in one request for a review
MOST_WORDS = 2000  # characters of a comment or request
VOTES = frozenset({Did.APPROVED, Did.REQUESTED, Did.WITHDREW})


@dataclass(frozen=True)
class Entry:
    """One line of the record."""

    did: Did
    at: datetime  # by Slack's clock if Slack gives the time
    user: str  # `NOBODY` for what follows automatically
    edition: str  # digest of what the mascot was
    id: int = 0  # 0 before it is stored
    words: str | None = None
    about: str | None = None  # Masko's id of a reference; None for the whole mascot
    answers: int | None = None  # id of the entry that a comment answers
    reviewers: tuple[str, ...] = ()
    due: datetime | None = None
    needed: int | None = None  # how many approvals the rules required then
    channel: str = ""  # of the message in Slack, like the next three
    thread_ts: str = ""
    ts: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Review:
    """The state of a mascot's review."""

    edition: str  # digest of what the mascot is
    state: State = State.DRAFT
    approvals: tuple[Entry, ...] = ()  # those that count, the oldest first
    stale: tuple[Entry, ...] = ()  # approvals that are their author's last vote, of another edition
    requests: tuple[Entry, ...] = ()  # outstanding requests for changes
    former: tuple[Entry, ...] = ()  # the same of another edition
    asks: tuple[Entry, ...] = ()  # requests for a review since the mascot was last approved
    replies: tuple[Entry, ...] = ()
    concluded: Entry | None = None  # the line that says that this edition is approved
    waiting: tuple[str, ...] = ()  # who still has to vote, in the order in which they were asked or voted
    last_vote: dict[str, Entry] = field(default_factory=dict)  # person → last vote, or its withdrawal

    @property
    def ask(self) -> Entry | None:
        """The newest open request for a review."""
        return self.asks[-1] if self.asks else None

    @property
    def asked_by(self) -> tuple[str, ...]:
        """The people with an open request for a review, once each."""
        return tuple(dict.fromkeys(ask.user for ask in self.asks))

    @property
    def due(self) -> datetime | None:
        """The due date of the newest open request that has one."""
        return next((ask.due for ask in reversed(self.asks) if ask.due), None)

    @property
    def reviewers(self) -> frozenset[str]:
        """The people who were asked or have voted."""
        return frozenset(self.last_vote).union(*(ask.reviewers for ask in self.asks))

    def vote_of(self, user: str) -> Entry | None:
        """Return a person's vote on the present edition, unless withdrawn."""
        last = self.last_vote.get(user)
        stands = last is not None and last.did is not Did.WITHDREW and last.edition == self.edition
        return last if stands else None

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the review is open and its due date has passed."""
        return self.state is not State.APPROVED and self.due is not None and self.due < now


def replay(entries: Iterable[Entry], edition: str) -> Review:
    """Return the review that results from a record; `edition` is the digest of the mascot now."""
    record = tuple(entries)
    votes: dict[str, Entry] = {}
    for entry in record:
        _vote(votes, entry)
    standing = [each for each in votes.values() if each.did is not Did.WITHDREW]
    approvals = _of(standing, Did.APPROVED, edition)
    requests = _of(standing, Did.REQUESTED, edition)
    concluded = _conclusion(record, edition)
    if concluded is None:
        approvals = tuple(each for each in approvals if not is_forgotten(each.user))
    end = max((number for number, each in enumerate(record, 1) if each.did is Did.CONCLUDED), default=0)
    asks = tuple(each for each in record[end:] if each.did is Did.ASKED)
    former = [each for each in standing if each.edition != edition]
    people = [user for ask in asks for user in ask.reviewers] + [each.user for each in former]
    done = {each.user for each in standing if each.edition == edition}
    waiting = tuple(user for user in dict.fromkeys(people) if user not in done and not is_forgotten(user))
    state = State.IN_REVIEW if standing or asks else State.DRAFT
    if concluded or requests:
        state = State.APPROVED if concluded else State.CHANGES_REQUESTED
    return Review(
        edition=edition,
        state=state,
        approvals=approvals,
        stale=tuple(each for each in former if each.did is Did.APPROVED),
        requests=requests,
        former=tuple(each for each in former if each.did is Did.REQUESTED),
        asks=asks,
        replies=tuple(each for each in record if each.did is Did.REPLIED),
        concluded=concluded,
        waiting=() if concluded else waiting,
        last_vote=votes,
    )


def concludes(review: Review, needed: int) -> bool:
    """Return whether to conclude a review: enough approvals of this edition, and no request for changes."""
    return review.concluded is None and not review.requests and len(review.approvals) >= needed


def what_follows(entries: Sequence[Entry], edition: str, needed: int) -> Entry | None:
    """Return the conclusion that follows from the last line of a record, if any.

    Only a vote or a changed mascot concludes: a comment does not, even if the rules need fewer votes now.
    """
    last = entries[-1]
    if last.did not in VOTES | {Did.CHANGED} or not concludes(replay(entries, edition), needed):
        return None
    return Entry(Did.CONCLUDED, last.at, NOBODY, edition, needed=needed)


def last_edition(entries: Sequence[Entry]) -> str | None:
    """Return the digest of the mascot when its record was last written; None for an empty record."""
    return entries[-1].edition if entries else None


def _vote(last: dict[str, Entry], entry: Entry) -> None:
    """Keep a person's latest vote by its time: one that arrives late changes nothing."""
    if entry.did in VOTES and (entry.user not in last or last[entry.user].at <= entry.at):
        last[entry.user] = entry


def _of(standing: Iterable[Entry], did: Did, edition: str) -> tuple[Entry, ...]:
    return tuple(each for each in standing if each.did is did and each.edition == edition)


def _conclusion(record: Sequence[Entry], edition: str) -> Entry | None:
    """Return the conclusion about this edition, unless revoked by later votes."""
    found: Entry | None = None
    last: dict[str, Entry] = {}
    for entry in record:
        _vote(last, entry)
        if entry.did is Did.CONCLUDED and entry.edition == edition:
            found = entry
        elif found is not None and entry.did in VOTES:
            enough = len(_of(last.values(), Did.APPROVED, edition)) >= (found.needed or 1)
            if not enough or _of(last.values(), Did.REQUESTED, edition):
                found = None
    return found


@dataclass(frozen=True)
class Part:
    """One reference of an edition, kept because its row may be deleted."""

    key: str  # sha256 of its bytes, or `asset:` and Masko's id if this program never saw them
    asset_id: str
    name: str
    alt: str | None = None
    file_id: str | None = None
    by: str = ""  # who posted it

    @property
    def picture(self) -> Picture:
        """The reference as a picture to show."""
        return Picture(self.name, self.alt or f"Reference image {self.name}", self.file_id)


@dataclass(frozen=True)
class Edition:
    """The references and the prompt of a mascot at one time; file names and order do not matter."""

    parts: tuple[Part, ...]
    prompt: str | None

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that identify the edition."""
        content = {"references": sorted(part.key for part in self.parts), "prompt": self.prompt}
        canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def named(self, asset_id: str | None) -> str | None:
        """Return the name of one of these references, else None."""
        return next((part.name for part in self.parts if part.asset_id == asset_id), None)


@dataclass(frozen=True)
class Difference:
    """How one edition became another."""

    pairs: tuple[tuple[Part | None, Part | None], ...]  # of old and new picture, or None
    prompts: tuple[str | None, str | None] | None  # the old and the new one, if changed

    @property
    def is_nothing(self) -> bool:
        return not self.pairs and self.prompts is None


def difference(old: Edition, new: Edition) -> Difference:
    """Return what was removed and added; the first removed picture is paired with the first added one."""
    pairs = zip_longest(_beyond(old, new), _beyond(new, old))
    prompts = (old.prompt, new.prompt) if old.prompt != new.prompt else None
    return Difference(tuple(pairs), prompts)


def _beyond(one: Edition, other: Edition) -> list[Part]:
    """Return the parts that only `one` has; of a picture that it has twice, the later one."""
    left, beyond = Counter(part.key for part in other.parts), list[Part]()
    for part in one.parts:
        if left[part.key]:
            left[part.key] -= 1
        else:
            beyond.append(part)
    return beyond
