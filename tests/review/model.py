"""A review, kept twice: as the bot keeps it, and by a plain reading of the rules that knows none of its code.

approved          enough people have approved exactly these pictures and this prompt, each of whom the
                  rules let when they did, all who were asked by name among them, and nobody wants changes
wants changes     whoever said so last, of whatever set, until somebody dismisses it
one person        has one vote, the last that they gave by Slack's clock, on one set
a forgotten one   wants what they wanted, and approves nothing new; what is approved stays so
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.channels import permission_rules as rules
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db.tables import MascotRow, ThreadRow
from bot.db.values import FORGOTTEN, NOBODY, Did, MayReview, State
from bot.review.model import VOTES, Edition, Entry, Part, what_follows
from bot.review.record import Record
from bot.review.votes import Act, changes_nothing
from bot.slack.users import Person

PEOPLE = ("UANA", "UBEN", "UCHRIS", "UDAN")
ANA, BEN = PEOPLE[:2]
T = TypeVar("T")


def part(key: str, by: str) -> Part:
    return Part(key, f"asset-{key}", f"{key}.png", None, None, by)


EDITIONS = (
    Edition((part("front", ANA),), "A fox"),
    Edition((part("front", ANA), part("side", BEN)), "A fox"),
    Edition((part("front", ANA),), "A red fox"),
    Edition((part("front", BEN),), "A fox"),  # the same pictures as the first, posted by somebody else
)


@dataclass(frozen=True)
class Do:
    """Somebody does something: told `late` moments after, while they saw the set of `behind` sets ago."""

    did: Did
    user: str
    late: int = 0
    behind: int = 0
    emoji: bool = False
    named: tuple[str, ...] = ()  # who is asked for a review


@dataclass(frozen=True)
class Again:
    """Something that was told is told once more."""

    which: int


@dataclass(frozen=True)
class Become:
    """The mascot is this edition now."""

    which: int


@dataclass(frozen=True)
class Rule:
    """The channel's rules are these now."""

    rules: ReviewRules


@dataclass(frozen=True)
class Forget:
    """Somebody is forgotten."""

    user: str


Step = Do | Again | Become | Rule | Forget


class Desk:
    """The bot's own decisions, on a record in memory."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.edition = EDITIONS[0]
        self.rules = ReviewRules()
        self.known: set[str] = set()
        self.forgotten = 0

    @property
    def record(self) -> Record:
        mascot = MascotRow(id="M", team="T", name="Felix", prompt=self.edition.prompt, describe_until=None)
        home = ThreadRow(id=1, team="T", channel="C", thread_ts="1.0", mascot_id="M")
        settings = ChannelSettings(review=self.rules)
        return Record(mascot, self.edition, tuple(self.entries), home, settings)

    def do(self, act: Act, named: tuple[str, ...] = ()) -> str | None:
        """Why it is not written down, or None."""
        if act.key in self.known:
            return "known"
        self._catch_up()
        if (refusal := self._refusal(act)) or (refusal := changes_nothing(act, self.record)):
            return refusal
        self.known.add(act.key)
        moment = datetime.fromtimestamp(act.at, UTC)
        said: dict[str, Any] = {"words": act.words, "answers": act.answers, "reviewers": named}
        self._add(Entry(act.did, moment, act.request.user, self.edition.digest, **said))
        return None

    def become(self, edition: Edition) -> None:
        self.edition = edition
        self._catch_up()

    def forget(self, user: str) -> None:
        self.forgotten += 1
        name = f"{FORGOTTEN}{self.forgotten}"
        self.entries = [
            replace(each, reviewers=tuple(name if one == user else one for one in each.reviewers))
            for each in self.entries
        ]
        self.entries = [
            replace(each, user=name, words=None) if each.user == user else each for each in self.entries
        ]

    def _refusal(self, act: Act) -> str | None:
        if act.did not in (Did.APPROVED, Did.REQUESTED):
            return None
        settings = ChannelSettings(review=self.rules)
        wants = rules.Act.APPROVE if act.did is Did.APPROVED else rules.Act.REQUEST
        posters = {part.by for part in self.edition.parts}
        return rules.reviewing(act.request.user, Person(), settings, wants, posters=posters)

    def _catch_up(self) -> None:
        if self.record.is_behind:
            self._add(Entry(Did.CHANGED, self.entries[-1].at, NOBODY, self.edition.digest))

    def _add(self, entry: Entry) -> None:
        self.entries.append(replace(entry, id=len(self.entries) + 1))
        follows = what_follows(self.entries, self.edition.digest, self.rules.approvals)
        if follows is not None:
            self.entries.append(replace(follows, id=len(self.entries) + 1))


Content = tuple[tuple[str, ...], str | None]


def content(edition: Edition) -> Content:
    """What a vote is on, spelled out."""
    return tuple(sorted(part.key for part in edition.parts)), edition.prompt


@dataclass(frozen=True)
class Cast:
    """A vote that was taken."""

    at: float
    user: str
    did: Did
    on: Content
    dismissed: bool = False


@dataclass(frozen=True)
class Ended:
    """What it took to approve something, and what was asked until then."""

    on: Content
    needed: int
    named: frozenset[str]
    asked: tuple[bool, frozenset[str]]


@dataclass
class Model:
    """The rules, read plainly.

    Attributes:
        casts: every vote that was taken, in the order of their telling.
        approved: what is approved, each with what that took.
        latest: the last approval, as long as nobody has gone back on it and the mascot is the same.
        asks: reviews are asked for.
        named: of these people.
    """

    now: Edition = EDITIONS[0]
    rules: ReviewRules = field(default_factory=ReviewRules)
    casts: list[Cast] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    approved: dict[Content, Ended] = field(default_factory=dict)
    latest: Ended | None = None
    ghosts: set[str] = field(default_factory=set)
    asks: bool = False
    named: frozenset[str] = frozenset()
    said_anything: bool = False

    def last(self, user: str) -> Cast | None:
        theirs = [each for each in self.casts if each.user == user]
        return max(theirs, key=lambda each: each.at, default=None) if theirs else None

    def who(self, did: Did, on: Content) -> set[str]:
        """Whose last word about anything is this about that."""
        users = {each.user for each in self.casts}
        last = [(user, self.last(user)) for user in users]
        return {user for user, cast in last if cast and cast.did is did and cast.on == on}

    def do(self, act: Act, saw: Edition, named: tuple[str, ...] = (), meant: Cast | None = None) -> bool:
        """Whether it counts; `meant`: the request that is dismissed."""
        if act.key in self.told or not self._allowed(act, saw):
            return False
        if act.did in VOTES and not self._is_news(act):
            return False
        standing = next((each for each in self.requests() if meant and each.at == meant.at), None)
        if act.did is Did.DISMISSED and standing is None:
            return False
        self.told.add(act.key)
        self.said_anything = True
        if act.did is Did.ASKED:
            self.asks, self.named = True, self.named | set(named)
        if act.did is Did.DISMISSED:
            self.casts = [replace(each, dismissed=True) if each == standing else each for each in self.casts]
            self.settle()
        if act.did in VOTES:
            self.casts.append(Cast(act.at, act.request.user, act.did, content(self.now)))
            self.settle(voted=True)
        return True

    def become(self, edition: Edition) -> None:
        changed = content(edition) != content(self.now)
        self.now = edition
        if changed and self.said_anything:
            self._ask_again()
            self.settle()

    def _ask_again(self) -> None:
        """Whoever was asked for what is another one by now is asked for that as well."""
        if self.latest:
            asks, named = self.latest.asked
            self.asks, self.named, self.latest = self.asks or asks, self.named | named, None

    def forget(self, user: str) -> None:
        ghost = f"ghost {len(self.casts)} {len(self.ghosts)}"
        self.ghosts.add(ghost)
        self.casts = [replace(each, user=ghost) if each.user == user else each for each in self.casts]
        self.named -= {user}
        self.approved = {on: self._without(each, user, ghost) for on, each in self.approved.items()}
        self.latest = self.latest and self._without(self.latest, user, ghost)

    def _without(self, ended: Ended, user: str, ghost: str) -> Ended:
        named = ended.named - {user} | ({ghost} if user in ended.named else set())
        return replace(ended, named=named, asked=(ended.asked[0], ended.asked[1] - {user}))

    def settle(self, *, voted: bool = False) -> None:
        self.approved = {on: each for on, each in self.approved.items() if self._holds(each)}
        on = content(self.now)
        if voted and self.latest and self.latest.on == on and not self._holds(self.latest):
            self._ask_again()
        if self._is_due():
            asked = (self.asks, self.named)
            self.latest = Ended(on, self.rules.approvals, self.named, asked)
            self.approved[on] = self.latest
            self.asks, self.named = False, frozenset()

    def _holds(self, ended: Ended) -> bool:
        approvers = self.who(Did.APPROVED, ended.on)
        return len(approvers) >= ended.needed and ended.named <= approvers and not self.wants_changes()

    def requests(self) -> list[Cast]:
        """The requests for changes that stand, the oldest first."""
        last = [self.last(user) for user in dict.fromkeys(each.user for each in self.casts)]
        stands = [each for each in last if each and each.did is Did.REQUESTED and not each.dismissed]
        return sorted(stands, key=lambda each: each.at)

    def wants_changes(self) -> set[str]:
        return {each.user for each in self.requests()}

    @property
    def state(self) -> State:
        on = content(self.now)
        if on in self.approved:
            return State.APPROVED
        if self.wants_changes():
            return State.CHANGES_REQUESTED
        return State.IN_REVIEW if self.asks or self._anybody_stands() else State.DRAFT

    def _anybody_stands(self) -> bool:
        last = [self.last(user) for user in {each.user for each in self.casts}]
        return any(each.did is not Did.WITHDREW and not each.dismissed for each in last if each)

    def _allowed(self, act: Act, saw: Edition) -> bool:
        if act.did not in (Did.APPROVED, Did.REQUESTED):
            return True
        if content(saw) != content(self.now):
            return False
        if self.rules.who is MayReview.PEOPLE and act.request.user not in self.rules.people:
            return False
        posted = act.request.user in {part.by for part in self.now.parts}
        return act.did is Did.REQUESTED or self.rules.poster_may or not posted

    def _is_news(self, act: Act) -> bool:
        before = self.last(act.request.user)
        if before is not None and before.at > act.at:
            return False  # they have said something else since
        stands = before if before and before.did is not Did.WITHDREW and not before.dismissed else None
        if act.did is Did.WITHDREW:
            if act.undoes is None:
                return stands is not None
            return stands is None or stands.did is act.undoes
        same = stands is not None and (stands.did, stands.on) == (act.did, content(self.now))
        return not same or act.quietly or (act.did is Did.APPROVED and self._is_due())

    def _is_due(self) -> bool:
        """The rules have become such that what was said before is enough by now."""
        on = content(self.now)
        approvers = self.who(Did.APPROVED, on) - self.ghosts
        enough = len(approvers) >= self.rules.approvals and self.named <= approvers
        return on not in self.approved and enough and not self.wants_changes()
