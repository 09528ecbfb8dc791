"""What is said to a post, beside the card.  Pure: from outcomes to lines."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.db.tables import ImageState, IntakeRow
from bot.errors import BotError
from bot.images import WHAT_WORKS
from bot.intake.alike import Alike
from bot.mascots.outcomes import Report
from bot.masko import MAX_REFERENCES, MaskoRateLimited
from bot.slack.blocks import Message, Offer, offer_button, references, retry_button
from bot.slack.post import Post
from bot.text import about, listed, short_name

HELLO = (
    "Post a mascot image here and it becomes a mascot: I reply with its name and its prompt. "
    "More images in that thread become its references, up to 6."
)
CANNOT_REPLY = (
    "I may not post in this channel, so I could not answer your images and took none of them in. "
    "Somebody who manages the channel can let the Masko app post here."
)


def answer_without_images(post: Post) -> str | None:
    """What a post without an image is told: one friendly line where the bot was spoken to, else nothing."""
    spoken_to = post.mentions_bot or (post.is_direct and (post.thread_ts is None or post.other_files))
    if not spoken_to:
        return None
    if post.other_files:
        return f"{listed(map(short_name, post.other_files))}: not an image that I can use. {WHAT_WORKS}"
    return HELLO


def reply(
    said: Report,
    count: int | None,
    post_id: int,
    mascot: str | None = None,
    alike: Alike | None = None,
) -> Message:
    """The short reply to a post.

    Args:
        said: what became of its images.
        count: how many references the mascot has now; None where there is no mascot.
        post_id: the post.
        mascot: its name, where it is not the thread's own.
        alike: what is said, and shown, of images that resemble others.
    """
    buttons = _buttons(said, post_id, count)
    if said.added and count is not None:
        added = listed(map(short_name, said.added), most=MAX_REFERENCES)
        text = f"Added {added}{f' to {mascot}' if mascot else ''} · {references(count)}"
        details = (*said.problems, *said.notes, *said.gone, *((alike.text,) if alike else ()))
        return Message.of(text, details, buttons=buttons, pictures=alike.pictures if alike else ())
    if said.gone:
        return Message.of(said.gone[0], (*said.gone[1:], *said.problems), buttons=buttons)
    if len(said.problems) == 1:
        return Message.of(said.problems[0], buttons=buttons)
    text = "None of these images could be used." if count is None else "Nothing was added."
    return Message.of(text, said.problems, buttons=buttons)


def _buttons(said: Report, post_id: int, count: int | None) -> list[ButtonElement]:
    """What can be done about a post: failed images tried again, what was added undone, room made."""
    undo = (Offer.UNDO,) if said.added and count is not None else ()
    room = (Offer.REPLACE, Offer.ANOTHER) if said.left_out else ()
    offered = [offer_button(offer, str(post_id)) for offer in (*undo, *room)]
    return [retry_button(post_id), *offered] if said.failed else offered


def waiting(error: BotError, seconds: float) -> str:
    """What the placeholder says while a post has to wait."""
    if isinstance(error, MaskoRateLimited):
        return f"Queued: Masko is busy. It goes on by itself in {about(seconds)}."
    return f"{error.words} Trying again in {about(seconds)}; nothing is lost."


def still_trying(images: Sequence[IntakeRow], error: BotError) -> str:
    """What the reply says of images that are not in yet while others are."""
    coming = [short_name(image.name) for image in images if image.state is ImageState.WAITING]
    is_or_are = "is" if len(coming) == 1 else "are"
    return f"{listed(coming)} {is_or_are} not in yet. {error.words} I keep trying by myself."
