"""What a person wants done with the images of a post, where they said so."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.settings import ChannelSettings
from bot.db.values import Mode
from bot.slack.post import Post


@dataclass(frozen=True)
class Wish:
    """Where images go; with nothing set, where the thread's and the channel's settings say.

    Attributes:
        new: to a new mascot.
        mascot_id: to this one.
        name: what a new mascot is called; None: Masko detects it.
        asked: the person asked for it, so the channel's mode does not count.
    """

    new: bool = False
    mascot_id: str | None = None
    name: str | None = None
    asked: bool = False


NONE = Wish()


def asked_for(post: Post, wish: Wish) -> bool:
    """Whether the poster asked for something, rather than just posting among others."""
    return post.mentions_bot or post.is_direct or wish.asked


def mode_for(post: Post, wish: Wish, settings: ChannelSettings) -> Mode:
    """What is done about a post: whoever speaks to the bot or asks it for something knows what they want."""
    return Mode.AUTO if asked_for(post, wish) else settings.mode
