"""Values of columns that several features share: reviews, channel settings, forgotten people."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

NOBODY = ""  # stands for the author of what no person did

FORGOTTEN = "forgotten:"
"""Prefix of what replaces a forgotten person's id; no id of Slack's begins so.

An approval that includes theirs stands, but theirs counts for no new one: they may vote again by name.
"""

NAMELESS = "image"  # replaces the names of files of a person who was forgotten


class Did(StrEnum):
    """Kinds of entries in a review's record."""

    ASKED = "asked"  # for a review
    APPROVED = "approved"
    REQUESTED = "requested"  # changes
    WITHDREW = "withdrew"  # their vote
    DISMISSED = "dismissed"  # another's request for changes, with a reason
    COMMENTED = "commented"
    REPLIED = "replied"  # in the thread; only where is kept
    CHANGED = "changed"  # the references or the prompt
    RULED = "ruled"  # changed the settings of the mascot's channel
    CONCLUDED = "concluded"  # the approvals were enough


class State(StrEnum):
    """States of a review."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    CHANGES_REQUESTED = "changes requested"
    APPROVED = "approved"


class Mode(StrEnum):
    """What the bot does with images that are posted in a channel."""

    AUTO = "auto"  # takes them in
    ASK = "ask"  # asks the poster, privately
    PREVIEW = "preview"  # tells the poster, privately, what it would do
    OFF = "off"  # nothing, unless somebody asks it


class MayAdd(StrEnum):
    """Whose images are taken in."""

    EVERYONE = "everyone"
    MEMBERS = "members"  # of the workspace, without guests
    GROUP = "group"  # the members of one user group


class MayReview(StrEnum):
    """Who may approve a mascot, or request changes."""

    EVERYONE = "everyone"
    MEMBERS = "members"  # of the workspace, without guests
    PEOPLE = "people"  # named one by one
    GROUP = "group"  # the members of one user group


def stand_in(user: str, salt: str) -> str:
    """Return what replaces a forgotten person's id, a keyed hash; `salt` is 32 random hexadecimal digits."""
    return FORGOTTEN + salt + blake2b(user.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def is_forgotten_as(standing_for: str, user: str) -> bool:
    """Return whether this replaces the id of `user`."""
    salt = standing_for.removeprefix(FORGOTTEN)[:32]
    return is_forgotten(standing_for) and stand_in(user, salt) == standing_for


def is_forgotten(user: str) -> bool:
    """Return whether this stands for a person who was forgotten and cannot be reached."""
    return user.startswith(FORGOTTEN)
