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


@dataclass(frozen=True)
class ChannelSettings:
    """What a channel has been set to.

    Attributes:
        mode: what happens to images that are posted there.
        mascot_id: the mascot that they go to; None: each post starts one.
        takes_outsiders: images of people from other organisations are taken too (Slack Connect).
        may_add: whose images are taken in.
        group_id: the user group whose members may add, where only one's may.
    """

    mode: Mode = Mode.AUTO
    mascot_id: str | None = None
    takes_outsiders: bool = False
    may_add: MayAdd = MayAdd.EVERYONE
    group_id: str | None = None


USUAL = ChannelSettings()
"""A channel that nobody has set to anything."""
