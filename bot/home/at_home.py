"""What a person's Home shows, as values: the domain decides what, `bot.home.view` how it looks.

Every string is plain text.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from bot.channels.settings import ChannelSettings
from bot.mascots.search import Listing
from bot.review.waiting_view import Awaiting


@dataclass(frozen=True)
class Failure:
    """A post whose images did not make it: where it is, why, and the button that tries again."""

    channel: str
    names: tuple[str, ...]
    reason: str
    post_id: int


@dataclass(frozen=True)
class Looking:
    """What a person looks at in their Home; travels through Slack as the view's private metadata.

    Attributes:
        words: of the mascots that they search for; empty for their own mascots.
        start: how many mascots go before the page.
        failures_start: how many posts that did not make it go before those that are shown.
    """

    words: str = ""
    start: int = 0
    failures_start: int = 0

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_metadata(cls, metadata: str) -> Looking:
        """What a view was published with, also by a version of this program that knew of less."""
        return cls(**json.loads(metadata)) if metadata else cls()


@dataclass(frozen=True)
class Failures:
    """A page of a person's posts that did not make it, the newest first.

    Attributes:
        shown: the page.
        start: how many go before it.
        total: how many there are in all.
        page: how many a page holds at most.
    """

    shown: tuple[Failure, ...] = ()
    start: int = 0
    total: int = 0
    page: int = 5


@dataclass(frozen=True)
class Recent:
    """A post with images, and what became of them."""

    channel: str
    names: tuple[str, ...]
    became: str


@dataclass(frozen=True)
class OwnChannel:
    """A channel of this person.

    Attributes:
        settings: what it is set to.
        mascot: the name of the mascot that its images go to, where that was set.
    """

    channel: str
    settings: ChannelSettings
    mascot: str | None = None


@dataclass(frozen=True)
class Check:
    """One thing that has to be right for the bot to work.

    Attributes:
        good: whether it is; None while that is being found out.
        words: a sentence or two.
    """

    good: bool | None
    words: str


@dataclass(frozen=True)
class AtHome:
    """A person's Home.

    Attributes:
        looking: what they look at.
        mascots: a page of it.
        to_review: reviews that wait for their vote.
        asked: other reviews that they asked for.
        failures: a page of their posts that did not make it.
        recent: their newest posts of all others.
        channels: where they have set something or posted.
        checks: whether all is set up.
        notice: a sentence about what they just did.
    """

    looking: Looking
    mascots: Listing
    to_review: Awaiting = field(default_factory=Awaiting)
    asked: Awaiting = field(default_factory=Awaiting)
    failures: Failures = Failures()
    recent: tuple[Recent, ...] = ()
    channels: tuple[OwnChannel, ...] = ()
    checks: tuple[Check, ...] = ()
    notice: str | None = None
