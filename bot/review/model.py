"""The review of a mascot as a pure state machine: from the record of what people did to its state.

The record only grows.  An approval is of one edition (the exact references and prompt of a mascot), so a
changed mascot needs no undoing: approvals of other editions do not count.  A request for changes stands,
whatever the mascot becomes, until its author votes otherwise or takes it back, or somebody dismisses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    requests: tuple[Entry, ...] = ()  # outstanding requests for changes, of whatever edition
    asks: tuple[Entry, ...] = ()  # requests for a review since the mascot was last approved
    replies: tuple[Entry, ...] = ()
    concluded: Entry | None = None  # the line that says that this edition is approved
    waiting: tuple[str, ...] = ()  # who still has to vote, in the order in which they were asked or voted
    last_vote: dict[str, Entry] = field(default_factory=dict)  # person → last vote, or its withdrawal
    standing: dict[str, Entry] = field(default_factory=dict)  # person → vote, neither withdrawn nor dismissed

    @property
    def asked_by(self) -> tuple[str, ...]:
        """The people with an open request for a review, once each."""
        return tuple(dict.fromkeys(ask.user for ask in self.asks))

    @property
    def due(self) -> datetime | None:
        """The due date of the newest open request that has one."""
        return next((ask.due for ask in reversed(self.asks) if ask.due), None)

    @property
    def named(self) -> frozenset[str]:
        """The people who were asked by name, each of whom has to approve; nobody who is forgotten."""
        return frozenset(user for ask in self.asks for user in ask.reviewers if not is_forgotten(user))

    @property
    def awaited(self) -> tuple[str, ...]:
        """The people who were asked by name and have not voted on the present edition."""
        return tuple(user for user in self.waiting if user in self.named)

    @property
    def outdated(self) -> tuple[Entry, ...]:
        """The votes that stand on other editions, of people who are not forgotten."""
        votes = self.standing.values()
        return tuple(each for each in votes if each.edition != self.edition and not is_forgotten(each.user))

    def vote_of(self, user: str) -> Entry | None:
        """Return a person's standing vote on the present edition."""
        vote = self.standing.get(user)
        return vote if vote is not None and vote.edition == self.edition else None


def replay(entries: Iterable[Entry], edition: str) -> Review:
    """Return the review that results from a record; `edition` is the digest of the mascot now."""
    votes, asks, ended, replies = dict[str, Entry](), list[Entry](), list[Entry](), list[Entry]()
    dismissed = set[int | None]()
    concluded: Entry | None = None
    latest: Entry | None = None  # the last conclusion, while nobody has gone back on it
    for entry in entries:
        if latest and entry.edition != latest.edition:  # who was asked is needed again, by no certain day
            asks, latest = [*(replace(ask, due=None) for ask in ended), *asks], None
        if entry.did is Did.CONCLUDED:
            ended, asks, latest = asks, [], entry
            concluded = entry if entry.edition == edition else concluded
        elif entry.did is Did.ASKED:
            asks.append(entry)
        elif entry.did is Did.REPLIED:
            replies.append(entry)
        elif entry.did is Did.DISMISSED:
            dismissed.add(entry.answers)
        elif entry.did in VOTES:
            if entry.user not in votes or votes[entry.user].at <= entry.at:  # else it is late
                votes[entry.user] = entry
            standing = _standing(votes, dismissed)
            concluded = concluded if concluded and _holds(concluded, standing) else None
            if latest and not _holds(latest, standing):
                asks, latest = [*ended, *asks], None
    standing = _standing(votes, dismissed)
    approvals, requests = _approvals(standing, edition), _of(standing, Did.REQUESTED)
    if concluded is None:
        approvals = tuple(each for each in approvals if not is_forgotten(each.user))
    past = [each for each in standing if each.edition != edition]
    people = [user for ask in asks for user in ask.reviewers] + [each.user for each in past]
    done = {each.user for each in standing if each.edition == edition}
    waiting = tuple(user for user in dict.fromkeys(people) if user not in done and not is_forgotten(user))
    state = State.IN_REVIEW if standing or asks else State.DRAFT
    if concluded or requests:
        state = State.APPROVED if concluded else State.CHANGES_REQUESTED
    return Review(
        edition=edition,
        state=state,
        approvals=approvals,
        stale=_of(past, Did.APPROVED),
        requests=requests,
        asks=tuple(asks),
        replies=tuple(replies),
        concluded=concluded,
        waiting=() if concluded else waiting,
        last_vote=votes,
        standing={each.user: each for each in standing},
    )


def concludes(review: Review, needed: int) -> bool:
    """Return whether to conclude: enough approve, all who were named among them, and nobody wants changes."""
    approvers = {each.user for each in review.approvals}
    enough = len(approvers) >= needed and review.named <= approvers
    return enough and review.concluded is None and not review.requests


def what_follows(entries: Sequence[Entry], edition: str, needed: int) -> Entry | None:
    """Return the conclusion that follows from the last line of a record, if any.

    A comment concludes nothing, even if the rules need fewer votes now.
    """
    last, review = entries[-1], replay(entries, edition)
    if last.did not in VOTES | {Did.CHANGED, Did.DISMISSED} or not concludes(review, needed):
        return None
    return Entry(
        Did.CONCLUDED, last.at, NOBODY, edition, reviewers=tuple(sorted(review.named)), needed=needed
    )


def _standing(votes: Mapping[str, Entry], dismissed: Container[int | None]) -> list[Entry]:
    """Return the votes that were neither taken back nor dismissed."""
    return [each for each in votes.values() if each.did is not Did.WITHDREW and each.id not in dismissed]


def _of(votes: Iterable[Entry], did: Did) -> tuple[Entry, ...]:
    return tuple(each for each in votes if each.did is did)


def _approvals(standing: Iterable[Entry], edition: str) -> tuple[Entry, ...]:
    return tuple(each for each in _of(standing, Did.APPROVED) if each.edition == edition)


def _holds(concluded: Entry, standing: Sequence[Entry]) -> bool:
    approvers = {each.user for each in _approvals(standing, concluded.edition)}
    enough = len(approvers) >= (concluded.needed or 1) and approvers.issuperset(concluded.reviewers)
    return enough and not _of(standing, Did.REQUESTED)


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


def difference(old: Edition, new: Edition) -> Difference:
    """Return what was removed and added; the first removed picture is paired with the first added one."""
    before, now = ({part.key for part in each.parts} for each in (old, new))
    removed = [part for part in old.parts if part.key not in now]
    added = [part for part in new.parts if part.key not in before]
    prompts = (old.prompt, new.prompt) if old.prompt != new.prompt else None
    return Difference(tuple(zip_longest(removed, added)), prompts)
