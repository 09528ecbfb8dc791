"""What the thread says about the images of a post: placeholder, reply, and the private question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from slack_sdk.models.blocks import MarkdownTextObject, StaticSelectElement
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.errors import BotError
from bot.mascots.outcomes import Report
from bot.mascots.search import Option
from bot.masko import MAX_REFERENCES
from bot.masko.errors import MaskoRateLimited
from bot.slack.blocks import (
    Message,
    Offer,
    Picture,
    When,
    actions,
    button,
    context,
    message,
    offer_button,
    references,
    retry_button,
    section,
)
from bot.slack.forms import choice
from bot.slack.text import escape, one_line, plain, shorten, shorten_markup
from bot.text import about, listed, short_name

STYLE = "Masko uses the new references from the next generation on."
AS_USUAL, NEW, INTO, IGNORE = "question.as_usual", "question.new", "question.into", "question.ignore"


def working(names: Sequence[str], mascot: str | None = None, waiting: str | None = None) -> Message:
    """Return the placeholder for images: of a new mascot, or added to one; `waiting`: why it takes longer."""
    images = listed(short_name(one_line(name)) for name in names)
    doing = f"Adding {images} to {one_line(mascot)}…" if mascot else f"Reading {images}…"
    return Message.of(doing, (waiting or "Uploading to Masko. This takes a few seconds.",))


def waiting(error: BotError, seconds: float) -> str:
    """Return what the placeholder says while a post waits for its next try in `seconds`."""
    if isinstance(error, MaskoRateLimited):
        return f"Queued: Masko is busy. It goes on by itself in {about(seconds)}."
    return f"{error.words} Trying again in {about(seconds)}; nothing is lost."


class Over(NamedTuple):
    """Why images are over a quota, and when there is room for them."""

    until: datetime
    why: str


def over_quota(over: Over, post_id: int, left: int, posted: int) -> Message:
    """Return what is told privately to the poster of images of which so many are left."""
    images = "your image" if posted == 1 else f"your {posted} images"
    which = f"{left} of {images}" if left < posted else images
    then = When(over.until + timedelta(minutes=1))  # Slack shows no seconds
    words = (f"I didn't take in {which}, as {over.why}. Press Retry here or at my Home ", then, " or later.")
    return Message.of(words, buttons=[retry_button(post_id)])


def still_trying(names: Sequence[str], error: BotError) -> str:
    """Return what the reply says of images that are not in yet while others are."""
    are = "is" if len(names) == 1 else "are"
    return f"{listed(map(short_name, names))} {are} not in yet. {error.words} I keep trying by myself."


def reply(
    said: Report,
    count: int | None,
    post_id: int,
    mascot: str | None = None,
    similar: str | None = None,
    pictures: Sequence[Picture] = (),
) -> Message:
    """Return the short reply to a post.

    Args:
        count: references of the mascot now; None where there is no mascot.
        mascot: its name, where it is not the thread's own.
        similar, pictures: a sentence about images that resemble other references, and those references.
    """
    added = bool(said.added) and count is not None
    buttons = [retry_button(post_id)] if said.failed else []
    offers = [Offer.UNDO] if added else []
    offers += [Offer.REPLACE, Offer.ANOTHER] if said.left_out else []
    buttons += [offer_button(offer, str(post_id)) for offer in offers]
    if added:
        names = listed(map(short_name, said.added), most=MAX_REFERENCES)
        text = f"Added {names}{f' to {mascot}' if mascot else ''} · {references(count or 0)}"
        details = (*said.problems, *said.notes, *said.gone, *([similar] if similar else []), STYLE)
        return Message.of(text, details, buttons=buttons, pictures=pictures)
    if said.gone:
        return Message.of(said.gone[0], (*said.gone[1:], *said.problems), buttons=buttons)
    if len(said.problems) == 1:
        return Message.of(said.problems[0], buttons=buttons)
    text = "None of these images could be used." if count is None else "Nothing was added."
    return Message.of(text, said.problems, buttons=buttons)


def announcement(user: str, names: Sequence[str], mascot: str | None, called: str | None = None) -> Message:
    """Return who asked for images to be added to a mascot, or for a new one that is `called` so."""
    images = escape(listed(short_name(one_line(name)) for name in names))
    if mascot:
        what = f"wants to add {images} to {escape(one_line(mascot))}"
    else:
        what = f"wants a new mascot from {images}"
        what += f", called {escape(one_line(called))}" if called else ""
    words = f"<@{user}> {what}."
    return message(words, [section(MarkdownTextObject(text=shorten_markup(words, 2900)))])


def question(
    post_id: int,
    names: Sequence[str],
    into: Option | None,
    mascots: Sequence[Option],
    *,
    preview: bool = False,
    hints: Sequence[str] = (),
    remark: str | None = None,
) -> Message:
    """Return the private question about the images of a post.

    Args:
        names: the images' file names.
        into: the mascot that they would go to; None: a new one.
        mascots: other choices.
        preview: the channel only wants to be told what would be done.
        remark: why it is asked, where that is not the channel's setting.
    """
    listing = listed(short_name(one_line(name)) for name in names)
    if preview:
        would = f"add {listing} to {one_line(into.label)}" if into else f"make a new mascot from {listing}"
        asked = f"I would {would}. This channel is set to preview, so nothing was uploaded."
    else:
        asked = f"What should I do with {listing}?"
    text = (shorten(f"{one_line(remark)} ", 1000) if remark else "") + asked
    below = [context("\n".join(hints), block_id="hints")] if hints else []
    choices = actions(_choices(post_id, into, mascots), "choices")
    return message(escape(text), [section(text, "question"), *below, choices])


def _choices(post_id: int, into: Option | None, mascots: Sequence[Option]) -> Iterator[InteractiveElement]:
    post = str(post_id)
    if into:
        yield button(f"Add to {one_line(into.label)}", AS_USUAL, f"{post} {into.mascot_id}", "primary")
    yield button("New mascot", NEW, post, None if into else "primary")
    if mascots:
        options = [choice(f"{post} {each.mascot_id}", each.label) for each in mascots]
        yield StaticSelectElement(action_id=INTO, options=options, placeholder=plain("Add to …"))
    yield button("Ignore", IGNORE, post)
