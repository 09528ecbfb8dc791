"""What the bot says, as values.

The domain decides what is said and `handlers.render` how it looks; `bot.slack.workspace` sends it.  Every
string here is plain text: names, prompts and file names come from images, models and people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.db.values import Mode
from bot.masko.models import MAX_REFERENCES


@dataclass(frozen=True)
class Picture:
    """A reference on the card.

    Attributes:
        name: the file's name.
        alt: what a screen reader says.
        file_id: the Slack file that shows it; None where Slack's image blocks do not take the file.
    """

    name: str
    alt: str
    file_id: str | None = None


@dataclass(frozen=True)
class Working:
    """The placeholder: the post was seen and its images are being taken in.

    Attributes:
        names: the images' file names.
        mascot: the mascot that they are added to; None for a new one.
        waiting: why it takes longer, for a person; None while all goes well.
    """

    names: tuple[str, ...]
    mascot: str | None = None
    waiting: str | None = None


@dataclass(frozen=True)
class Retry:
    """A button that takes the failed images of a post up again."""

    post_id: int


@dataclass(frozen=True)
class Person:
    """Somebody, by their Slack id; Slack shows how they are called.  Empty: nobody who is known."""

    user: str


@dataclass(frozen=True)
class When:
    """A time, which Slack shows in the time zone of whoever reads it."""

    at: datetime


@dataclass(frozen=True)
class Link:
    """An address, and what it is called."""

    url: str
    label: str


Sentence = tuple[str | Person | When | Link, ...]
"""A sentence with people, times and addresses in it; all else is plain text."""


class Does(StrEnum):
    """What a button beside a line does."""

    UNDO = "undo"
    """Removes what a post added; about the post."""
    REPLACE = "replace"
    """Lets an image that did not fit take a reference's place; about the post."""
    ANOTHER = "another"
    """Makes another mascot of the images that did not fit; about the post."""
    ASK_FIRST = "ask_first"
    """Sets the channel to ask before images are taken in; about the channel."""
    REMOVE = "remove"
    """Removes references whose source is gone; about the references."""
    KEEP = "keep"
    """Keeps them."""
    DESCRIBE = "describe"
    """Asks for words about the images of a post, for those who do not see them; about the post."""
    GO = "go"
    """Leads elsewhere; about an address."""
    REQUEST = "request"
    """Asks what should change; about a mascot and what it was then."""
    COMPARE = "compare"
    """Shows what a mascot was beside what it is; about the mascot and what it was."""
    ANSWER = "answer"
    """Answers a request for changes; about the mascot and the request."""


@dataclass(frozen=True)
class Offer:
    """A button beside a line: what it does, and to what."""

    does: Does
    about: str


@dataclass(frozen=True)
class Reviewed:
    """The review of a mascot, as its card shows it.

    Attributes:
        edition: stands for what the mascot is; a vote that is pressed here is on exactly that.
        headline: where it stands, and who has approved.
        lines: what is wanted, and of whom.
        approved: these references are approved.
        compares: there is something that they can be compared with.
    """

    edition: str
    headline: Sentence
    lines: tuple[Sentence, ...] = ()
    approved: bool = False
    compares: bool = False


@dataclass(frozen=True)
class Card:
    """The mascot of a thread.

    Attributes:
        mascot_id: Masko's id of the collection.
        name: None while Masko has not detected one.
        prompt: None while Masko has not described the picture.
        name_detected: Masko read the name from the image; False when a person gave it.
        prompt_detected: the same for the prompt.
        describing: Masko's description is still being waited for.
        pictures: the references, oldest first.
        count: references in Masko; may be more than the bot has seen pictures of.
        problems: images of this post that are not in, one sentence or two each.
        notes: what was done to the images, such as a conversion.
        advice: what would make the references better.
        references_changed: since creation, so the style card is made anew.
        retry: offered for images that failed.
        undo: offered while what the post added is still there.
        left_out: what can be done about images of the post that did not fit.
        review: where its review stands; None where nobody can vote.
    """

    mascot_id: str
    name: str | None
    prompt: str | None
    name_detected: bool
    prompt_detected: bool
    describing: bool
    pictures: tuple[Picture, ...]
    count: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    references_changed: bool = False
    retry: Retry | None = None
    undo: Offer | None = None
    left_out: tuple[Offer, ...] = ()
    review: Reviewed | None = None


@dataclass(frozen=True)
class Line:
    """A short reply: one sentence, at most a few more below it, perhaps buttons.

    Attributes:
        offers: what else can be done about it.
        pictures: shown beside the details.
    """

    text: str
    details: tuple[str, ...] = ()
    retry: Retry | None = None
    offers: tuple[Offer, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Note:
    """A short reply that names people: one sentence, at most a few more below it, perhaps buttons.

    Attributes:
        pictures: shown beside the details.
    """

    text: Sentence
    details: tuple[Sentence, ...] = ()
    offers: tuple[Offer, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A mascot in a list.

    Attributes:
        references: how many it has; None where that was not read yet.
        cover: its first reference that can be shown.
        review: where its review stands, as `in review · 1 of 2`; None where nobody has reviewed it.
    """

    mascot_id: str
    name: str
    references: int | None
    cover: Picture | None = None
    review: str | None = None


@dataclass(frozen=True)
class Listing:
    """Some of the mascots that somebody looked for.

    Attributes:
        words: what they looked for; empty for all.
        start: how many mascots go before these.
        total: how many there are.
        page: how many a page holds.
    """

    words: str
    mascots: tuple[Listed, ...]
    start: int
    total: int
    page: int


@dataclass(frozen=True)
class Option:
    """One thing to choose: what it says, and the mascot that it stands for."""

    label: str
    mascot_id: str


@dataclass(frozen=True)
class Choice:
    """A question with a button for each answer.

    Attributes:
        question: what is asked.
        options: the answers.
        request: what is done with the answer: the command that was asked, as it was typed.
    """

    question: str
    options: tuple[Option, ...]
    request: str


@dataclass(frozen=True)
class Shown:
    """A mascot's card for one person's eyes, with a button that shares it to the channel.

    Attributes:
        details: sentences below it.
    """

    card: Card
    details: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A post whose images did not make it: where it is, why, and the button that tries again."""

    channel: str
    names: tuple[str, ...]
    reason: str
    retry: Retry


@dataclass(frozen=True)
class Status:
    """How the program is.

    Attributes:
        lines: a sentence each.
        failures: of whoever asked, and of the channel they asked in; the newest first.
    """

    lines: tuple[str, ...]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class HowTo:
    """The commands.

    Attributes:
        remark: a sentence before them, such as why they are told.
        command: the one that they are about; None for all.
    """

    remark: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Menu:
    """What one may want most, as buttons."""


@dataclass(frozen=True)
class Announcement:
    """That somebody asked for pictures to be taken in; what comes of it is in its thread.

    Attributes:
        user: who asked.
        names: of the pictures.
        mascot: the one that they are added to; None for a new one.
        called: the name that a new one was given.
    """

    user: str
    names: tuple[str, ...]
    mascot: str | None = None
    called: str | None = None


@dataclass(frozen=True)
class Question:
    """What is to become of the images of a post: asked of the poster alone.

    Attributes:
        names: the images' file names.
        preview: the channel only wants to be told what would be done.
        into: the mascot that they would go to; None: a new one.
        mascots: others that they may go to.
        hints: what is wrong with the images, and what would make them better references.
        remark: why it is asked, where that is not the channel's setting.
    """

    post_id: int
    names: tuple[str, ...]
    preview: bool
    into: Option | None
    mascots: tuple[Option, ...]
    hints: tuple[str, ...] = ()
    remark: str | None = None


@dataclass(frozen=True)
class Introduction:
    """What the bot does with images in a channel that it was brought into, and how to change or stop it."""

    mode: Mode


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


@dataclass(frozen=True)
class Awaited:
    """A mascot whose review is open.

    Attributes:
        standing: where that stands, until when it is wanted, and who is waited for.
        card: the address of the mascot's card; None where there is none to lead to.
    """

    mascot_id: str
    name: str
    standing: Sentence
    card: str | None = None


@dataclass(frozen=True)
class Awaiting:
    """Open reviews of one kind, what is due first; `total` may be more than are shown."""

    shown: tuple[Awaited, ...] = ()
    total: int = 0


@dataclass(frozen=True)
class Waits:
    """The open reviews that concern somebody, each under one heading.

    Attributes:
        overdue: of both kinds below.
        for_you: those that wait for their vote.
        asked: those that they asked for.
    """

    overdue: Awaiting = Awaiting()
    for_you: Awaiting = Awaiting()
    asked: Awaiting = Awaiting()


Message = (
    Forgetting
    | Waits
    | Introduction
    | Question
    | Announcement
    | Working
    | Card
    | Line
    | Note
    | Listing
    | Choice
    | Shown
    | Status
    | HowTo
    | Menu
)


@dataclass(frozen=True)
class Rendered:
    """A message as Slack takes it: fallback text (mrkdwn, escaped) and Block Kit blocks as JSON."""

    text: str
    blocks: list[dict[str, Any]]


def references(count: int) -> str:
    """`2 of 6 references`."""
    return f"{count} of {MAX_REFERENCES} references"
