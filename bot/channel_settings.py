"""What a channel may be set to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the bot does with images that are posted in a channel."""

    AUTO = "auto"
    """Takes them in."""
    ASK = "ask"
    """Asks the poster, privately."""
    PREVIEW = "preview"
    """Tells the poster, privately, what it would do."""
    OFF = "off"
    """Nothing, unless somebody asks it."""


class MayAdd(StrEnum):
    """Whose images are taken in."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    """Members of the workspace, but no guests."""
    GROUP = "group"
    """The members of one user group."""


class MayReview(StrEnum):
    """Who may approve a mascot, or ask for changes."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    """Members of the workspace, but no guests."""
    PEOPLE = "people"
    """Only the people who are named."""
    GROUP = "group"
    """The members of one user group."""


@dataclass(frozen=True)
class ReviewRules:
    """What it takes to approve a mascot.

    Attributes:
        approvals: how many people have to approve it.
        poster_may: whoever posted one of its pictures may be one of them.
        who: may review.
        people: ids of those who may where only the named ones may; counts for nothing elsewhere.
        group_id: the user group whose members may, where only one's may.
    """

    approvals: int = 1
    poster_may: bool = False
    who: MayReview = MayReview.EVERYONE
    people: tuple[str, ...] = ()
    group_id: str | None = None


@dataclass(frozen=True)
class ChannelSettings:
    """What a channel has been set to.

    Attributes:
        mode: what happens to images that are posted there.
        mascot_id: the mascot that they go to; None: each post starts one.
        takes_outsiders: images and reviews of people from other organisations count too (Slack Connect).
        may_add: whose images are taken in.
        group_id: the user group whose members may add, where only one's may.
        review: what it takes to approve a mascot whose first thread is there.
    """

    mode: Mode = Mode.AUTO
    mascot_id: str | None = None
    takes_outsiders: bool = False
    may_add: MayAdd = MayAdd.EVERYONE
    group_id: str | None = None
    review: ReviewRules = ReviewRules()


USUAL = ChannelSettings()
"""A channel that nobody has set to anything."""
