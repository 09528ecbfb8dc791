"""What is kept of a person, with a button that removes it."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    SectionBlock,
)

from bot.slack.blocks import Message, message
from bot.slack.text import escape, plain

FORGET = "desk.forget"


@dataclass(frozen=True)
class Forgetting:
    """What is kept of somebody, with a button that removes it.

    Attributes:
        reviewer_in: how many channels name them among those who may review.
        votes: of theirs, in the records of reviews.
        comments: what they said there, or where they said it.
        named_in: how many reviews name them otherwise: they asked or were asked, or posted what was voted on.
    """

    posts: int
    images: int
    references: int
    reviewer_in: int = 0
    votes: int = 0
    comments: int = 0
    named_in: int = 0


def forgetting(kept: Forgetting) -> Message:
    """What is kept of somebody, what removing it means, and the button, which asks once more."""
    words = (
        f"About you I keep {_count(kept.posts, 'post')} with {_count(kept.images, 'picture')}, "
        f"and your name on {_count(kept.references, 'reference')} of mascots."
    )
    if kept.reviewer_in:
        words += f" {_count(kept.reviewer_in, 'channel')} named you as a reviewer."
    words += _kept_in_reviews(kept)
    means = (
        "Forgetting takes your name, file names and descriptions off all of it. The mascots are your team's, "
        f"so their references stay in Masko.{_stays_in_reviews(kept)} It cannot be undone."
    )
    button = ButtonElement(
        text=plain("Forget me"),
        action_id=FORGET,
        value="me",
        style="danger",
        confirm=ConfirmObject(
            title="Forget me?", text=plain("It cannot be undone."), confirm="Forget me", deny="Cancel"
        ),
    )
    blocks: list[Block] = [
        SectionBlock(text=plain(words), block_id="kept"),
        ContextBlock(elements=[plain(means)], block_id="means"),
        ActionsBlock(elements=[button], block_id="forget"),
    ]
    return message(escape(f"{words} {means}"), blocks)


def _kept_in_reviews(kept: Forgetting) -> str:
    words = ""
    if kept.votes or kept.comments:
        said = f"{_count(kept.votes, 'vote')} and {_count(kept.comments, 'comment')}"
        words += f" In the records of reviews there are {said} of yours."
    if kept.named_in:
        named = "1 review names" if kept.named_in == 1 else f"{kept.named_in} reviews name"
        words += f" {named} you as somebody who asked, was asked or posted."
    return words


def _stays_in_reviews(kept: Forgetting) -> str:
    if not (kept.votes or kept.comments):
        return ""
    return (
        " So do your votes, as somebody's: what is approved stays so, and they approve nothing new. "
        "What you wrote about them goes."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
