"""The placeholder of a post, and the announcement of images that somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from bot.slack.blocks import Message, message
from bot.slack.text import escape, one_line, shorten_markup
from bot.text import listed, short_name


def working(names: Sequence[str], mascot: str | None = None, waiting: str | None = None) -> Message:
    """The placeholder while a post's images are taken in.

    Args:
        names: the images' file names.
        mascot: the name of the mascot that they are added to; None for a new one.
        waiting: why it takes longer; None while all goes well.
    """
    images = listed(short_name(one_line(name)) for name in names)
    doing = f"Adding {images} to {one_line(mascot)}…" if mascot else f"Reading {images}…"
    return Message.of(doing, (waiting or "Uploading to Masko. This takes a few seconds.",))


def announcement(user: str, names: Sequence[str], mascot: str | None, called: str | None = None) -> Message:
    """Who asked for images to be taken in.

    Args:
        user: who; named, as they asked themselves.
        names: of the images.
        mascot: the name of the one that they are added to; None for a new one.
        called: the name that a new one was given.
    """
    images = escape(listed(short_name(one_line(name)) for name in names))
    if mascot:
        what = f"wants to add {images} to {escape(one_line(mascot))}"
    else:
        what = f"wants a new mascot from {images}"
        what += f", called {escape(one_line(called))}" if called else ""
    words = f"<@{user}> {what}."
    return message(words, [SectionBlock(text=MarkdownTextObject(text=shorten_markup(words, 2900)))])
