"""Which mentions of the bot are answered, and with which words.  Pure."""

from __future__ import annotations

from bot.commands.grammar import Refused
from bot.commands.mentions import AddTo, AskReview, CallIt, Mention, NewOne, Talk
from bot.intake.catch import Wish
from bot.mascots.search import Found
from bot.slack.blocks import Message
from bot.slack.events import Post
from bot.text import short

WHAT_CAN_BE_SAID = Message.of(
    "Mention me in a thread, or beside a picture:",
    (
        "@Masko add to Felix: the pictures become references of Felix",
        "@Masko call it Felix: the thread's mascot gets that name",
        "@Masko new, or @Masko new called Felix: another mascot of the pictures",
        "@Masko the tail is too thin: kept with the review of the thread's mascot",
        "@Masko review @ana @ben by friday: asks them to review the thread's mascot",
        "@Masko show: the card, brought up to date; @Masko show Felix: that one's",
        "Without pictures beside it, I offer those that the thread has. /masko help tells the commands.",
    ),
)
NO_PICTURES = "There is no picture that I could take. Mention me beside one, or in a thread that has some."
NO_MASCOT = "This thread belongs to no mascot yet. Post a picture in it, or mention me beside one."
ASK_AGAIN = "The pictures come first. Ask for a review again once their card is here."
IN_THE_THREAD = "This thread has pictures that I did not take in."


def needs_an_answer(post: Post, asked: Mention) -> bool:
    """Whether a mention wants more than its images taken in, or a friendly line."""
    if post.from_outside:
        return False  # turned away like every post from outside
    if post.images:
        in_a_thread = post.thread_ts is not None
        if isinstance(asked, NewOne | CallIt):
            return in_a_thread
        return isinstance(asked, AddTo | AskReview | Refused)
    if post.other_files:
        return False
    return post.thread_ts is not None or not isinstance(asked, Talk)


def wish_of(post: Post, asked: Mention) -> Wish:
    """What an image with a mention of its own is for."""
    if post.mentions_bot and post.images and isinstance(asked, NewOne | CallIt) and not post.from_outside:
        return Wish(new=True, name=asked.name, asked=True)
    return Wish()


def wanted(asked: Mention) -> Wish:
    """What the images of a mention that is answered are for, until it is."""
    return Wish(
        new=isinstance(asked, NewOne), name=asked.name if isinstance(asked, NewOne | CallIt) else None
    )


def which(found: Found, name: str) -> str:
    """What is said where a name means no mascot, or several."""
    if found.mascots:
        return f"Several mascots may be meant by “{short(name)}”."
    return f"No mascot is called “{short(name)}”."
