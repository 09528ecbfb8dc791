"""Values that rows hold and several features share: reviews, settings of channels, and who was forgotten."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

NOBODY = ""
"""Stands where nobody in particular did something."""


FORGOTTEN = "forgotten:"
"""What stands for somebody who was forgotten begins so, which no id of Slack's does.

What was approved with their approval stays approved.  Nothing is approved anew with it: they may vote once
more under their name, and nobody could tell.
"""


class Did(StrEnum):
    """What somebody did."""

    ASKED = "asked"
    """Asked for a review."""
    APPROVED = "approved"
    REQUESTED = "requested"
    """Asked for changes."""
    WITHDREW = "withdrew"
    """Took their vote back."""
    COMMENTED = "commented"
    REPLIED = "replied"
    """Said something in the thread; only where it stands is kept."""
    CHANGED = "changed"
    """The references or the prompt became others."""
    RULED = "ruled"
    """Changed the settings of the mascot's channel."""
    CONCLUDED = "concluded"
    """The approvals were enough."""


class State(StrEnum):
    """Where a review stands."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    CHANGES_REQUESTED = "changes requested"
    APPROVED = "approved"


def stand_in(user: str, salt: str) -> str:
    """What stands for somebody who is forgotten: their id cannot be read from it, only recognised by it.

    Args:
        salt: 32 hexadecimal digits, made for them at random.
    """
    return FORGOTTEN + salt + blake2b(user.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def is_forgotten_as(standing_for: str, user: str) -> bool:
    """Whether this stands for that very person."""
    salt = standing_for.removeprefix(FORGOTTEN)[:32]
    known = is_forgotten(standing_for) and len(standing_for) == len(FORGOTTEN) + 64
    return known and stand_in(user, salt) == standing_for


def is_forgotten(user: str) -> bool:
    """Whether somebody was forgotten: what they did counts, but nobody can reach them."""
    return user.startswith(FORGOTTEN)


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


NAMELESS = "image"
"""What a file of theirs is called afterwards."""
