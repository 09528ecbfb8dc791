"""The review of a mascot as a pure state machine: a record of what people did goes in, its state comes out.

The record only grows.  What a vote says of one edition, the exact references of a mascot and its prompt, it
says of no other, so nothing has to be undone when a reference or the prompt changes: votes on another edition
do not count meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from bot.db.values import NOBODY, Did, State, is_forgotten
from bot.slack.blocks import Picture

MOST_ASKED = 20
"""People whom one asks at once (Choice): more are nobody in particular."""
MOST_WORDS = 2000
"""Characters of what somebody says (Choice): a few sentences."""
VOTES = frozenset({Did.APPROVED, Did.REQUESTED, Did.WITHDREW})


@dataclass(frozen=True)
class Entry:
    """One line of the record.

    Attributes:
        at: by Slack's clock where Slack tells it.
        user: `NOBODY` for what follows from what others did.
        edition: the digest of what the mascot was.
        id: its place in the record; 0 before it is written down.
        about: Masko's id of the reference that it is about; None for the whole mascot.
        answers: the entry that a comment answers.
        reviewers: who was asked.
        needed: how many approvals the rules asked for at that time.
        channel, thread_ts, ts, link: the message in Slack where it was done; empty where there is none.
    """

    did: Did
    at: datetime
    user: str
    edition: str
    id: int = 0
    words: str | None = None
    about: str | None = None
    answers: int | None = None
    reviewers: tuple[str, ...] = ()
    due: datetime | None = None
    needed: int | None = None
    channel: str = ""
    thread_ts: str = ""
    ts: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Review:
    """The state of a mascot's review.

    Attributes:
        edition: the digest of what the mascot is.
        approvals: those that count, the oldest first.
        stale: approvals of what the mascot was before, whose authors have not voted since.
        requests: outstanding requests for changes.
        former: requests for changes of what the mascot was before, whose authors have not voted since.
        asks: what reviews were asked for since the mascot was last approved.
        replies: what reviewers said in threads.
        concluded: that these references are approved.
        waiting: the people whose vote is waited for, in the order in which they were asked or voted.
        last_vote: person → the last thing that they did about their vote.
    """

    edition: str
    state: State = State.DRAFT
    approvals: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()
    requests: tuple[Entry, ...] = ()
    former: tuple[Entry, ...] = ()
    asks: tuple[Entry, ...] = ()
    comments: tuple[Entry, ...] = ()
    replies: tuple[Entry, ...] = ()
    concluded: Entry | None = None
    waiting: tuple[str, ...] = ()
    last_vote: dict[str, Entry] = field(default_factory=dict)

    @property
    def ask(self) -> Entry | None:
        """The newest asking that is open."""
        return self.asks[-1] if self.asks else None

    @property
    def asked_by(self) -> tuple[str, ...]:
        """Everybody who has an asking open, once each."""
        return tuple(dict.fromkeys(ask.user for ask in self.asks))

    @property
    def due(self) -> datetime | None:
        """Until when the review is wanted."""
        return next((ask.due for ask in reversed(self.asks) if ask.due), None)

    @property
    def reviewers(self) -> frozenset[str]:
        """Who has been asked, or has voted."""
        return frozenset(self.last_vote).union(*(ask.reviewers for ask in self.asks))

    def vote_of(self, user: str) -> Entry | None:
        """Somebody's vote on what the mascot is now, where it stands."""
        last = self.last_vote.get(user)
        stands = last is not None and last.did is not Did.WITHDREW and last.edition == self.edition
        return last if stands else None

    def is_overdue(self, now: datetime) -> bool:
        """Whether it was wanted before now."""
        return self.state is not State.APPROVED and self.due is not None and self.due < now


def replay(entries: Iterable[Entry], edition: str) -> Review:
    """The review that a record tells of.

    Args:
        entries: the record in its order.
        edition: the digest of what the mascot is now.
    """
    record = tuple(entries)
    votes = _last_votes(record)
    standing = [each for each in votes.values() if each.did is not Did.WITHDREW]
    approvals = _of(standing, Did.APPROVED, edition)
    requests = _of(standing, Did.REQUESTED, edition)
    concluded = _conclusion(record, edition)
    if concluded is None:
        approvals = tuple(each for each in approvals if not is_forgotten(each.user))
    asks = _open_asks(record)
    return Review(
        edition=edition,
        state=_state(standing, asks, requests, concluded),
        approvals=approvals,
        stale=tuple(each for each in standing if each.did is Did.APPROVED and each.edition != edition),
        requests=requests,
        former=tuple(each for each in standing if each.did is Did.REQUESTED and each.edition != edition),
        asks=asks,
        comments=tuple(each for each in record if each.did is Did.COMMENTED),
        replies=tuple(each for each in record if each.did is Did.REPLIED),
        concluded=concluded,
        waiting=() if concluded else _waiting(standing, asks, edition),
        last_vote=votes,
    )


def concludes(review: Review, needed: int) -> bool:
    """Whether a review is to be concluded now: enough approvals of exactly what the mascot is, and nobody who
    wants it changed."""
    return review.concluded is None and not review.requests and len(review.approvals) >= needed


def what_follows(entries: Sequence[Entry], edition: str, needed: int) -> Entry | None:
    """The line that follows from the last one of a record, if any: that the approvals are enough.

    Whoever asks or comments approves nothing, also where the rules ask for fewer approvals by now.

    Args:
        edition: the digest of what the mascot is now.
        needed: how many approvals the rules ask for now.
    """
    told_of = entries[-1].did in VOTES or entries[-1].did is Did.CHANGED
    if not told_of or not concludes(replay(entries, edition), needed):
        return None
    return Entry(Did.CONCLUDED, entries[-1].at, NOBODY, edition, needed=needed)


def last_edition(entries: Sequence[Entry]) -> str | None:
    """The digest of what the mascot was when the record was last written; None for an empty record."""
    return entries[-1].edition if entries else None


def _vote(last: dict[str, Entry], entry: Entry) -> None:
    """Remember what somebody did last about their vote, in the order in which people first voted.

    Of two, the later counts by when it was done: one that arrives late changes nothing.
    """
    if entry.did in VOTES and (entry.user not in last or last[entry.user].at <= entry.at):
        last[entry.user] = entry


def _last_votes(record: Sequence[Entry]) -> dict[str, Entry]:
    last: dict[str, Entry] = {}
    for entry in record:
        _vote(last, entry)
    return last


def _of(standing: Iterable[Entry], did: Did, edition: str) -> tuple[Entry, ...]:
    return tuple(each for each in standing if each.did is did and each.edition == edition)


def _conclusion(record: Sequence[Entry], edition: str) -> Entry | None:
    """The last conclusion about this edition, unless too many approvals were taken back since, or somebody
    asked for changes."""
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


def _open_asks(record: Sequence[Entry]) -> tuple[Entry, ...]:
    """What was asked for since the mascot was last approved."""
    concluded = max((n for n, each in enumerate(record) if each.did is Did.CONCLUDED), default=-1)
    return tuple(each for each in record[concluded + 1 :] if each.did is Did.ASKED)


def _waiting(standing: Sequence[Entry], asks: Sequence[Entry], edition: str) -> tuple[str, ...]:
    """Whoever was asked, or has voted on what the mascot was before, and has not voted on what it is."""
    answered = {each.user for each in standing if each.edition == edition}
    asked = [user for ask in asks for user in ask.reviewers]
    before = [each.user for each in standing if each.edition != edition]
    people = [user for user in dict.fromkeys([*asked, *before]) if not is_forgotten(user)]
    return tuple(user for user in people if user not in answered)


def _state(
    standing: Sequence[Entry], asks: Sequence[Entry], requests: Sequence[Entry], concluded: Entry | None
) -> State:
    if concluded:
        return State.APPROVED
    if requests:
        return State.CHANGES_REQUESTED
    return State.IN_REVIEW if standing or asks else State.DRAFT


@dataclass(frozen=True)
class Part:
    """One reference of an edition, as it was then: its row may be gone when somebody looks back.

    Attributes:
        key: the picture itself: the sha256 of its bytes, or Masko's id where this program never saw them.
        asset_id: Masko's id.
        by: who posted it; empty where that is not known.
    """

    key: str
    asset_id: str
    name: str
    alt: str | None = None
    file_id: str | None = None
    by: str = ""

    @property
    def picture(self) -> Picture:
        """It as it is shown."""
        return Picture(self.name, self.alt or f"Reference image {self.name}", self.file_id)


@dataclass(frozen=True)
class Edition:
    """The references of a mascot and its prompt at one time; two with the same pictures and the same prompt
    are the same, whatever their files are called and in whatever order."""

    parts: tuple[Part, ...]
    prompt: str | None

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that stand for it."""
        content = {"references": sorted(part.key for part in self.parts), "prompt": self.prompt}
        canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def posters(self) -> frozenset[str]:
        """Who posted its pictures."""
        return frozenset(part.by for part in self.parts if part.by)

    def named(self, asset_id: str | None) -> str | None:
        """What a reference is called; None for one that is not among these."""
        return next((part.name for part in self.parts if part.asset_id == asset_id), None)

    def as_json(self) -> list[dict[str, Any]]:
        """Its references as they are kept."""
        return [asdict(part) for part in self.parts]

    @classmethod
    def from_json(cls, parts: Iterable[Mapping[str, Any]], prompt: str | None) -> Edition:
        return cls(tuple(Part(**part) for part in parts), prompt)


@dataclass(frozen=True)
class Difference:
    """How one edition became another.

    Attributes:
        pairs: old and new picture, side by side; None on a side where one only came or went.
        prompts: the old prompt and the new one, where that changed.
    """

    pairs: tuple[tuple[Part | None, Part | None], ...]
    prompts: tuple[str | None, str | None] | None

    @property
    def is_nothing(self) -> bool:
        return not self.pairs and self.prompts is None


def difference(old: Edition, new: Edition) -> Difference:
    """What went and what came; where both happened, what went first is beside what came first."""
    pairs = zip_longest(_beyond(old, new), _beyond(new, old))
    prompts = (old.prompt, new.prompt) if old.prompt != new.prompt else None
    return Difference(tuple(pairs), prompts)


def _beyond(one: Edition, other: Edition) -> list[Part]:
    """What one has and the other has not; of a picture that is there twice, the later one goes first."""
    left, beyond = Counter(part.key for part in other.parts), list[Part]()
    for part in one.parts:
        if left[part.key]:
            left[part.key] -= 1
        else:
            beyond.append(part)
    return beyond
