"""What is said to whoever asks for a review, and to whoever is reminded of one.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.channels import permission_rules as rules
from bot.review.state import MOST_ASKED, Entry, Review
from bot.review.words import people
from bot.slack.blocks import Message, Offer, Person, Sentence, When, offer_button

PASSED = "That time has passed."
IN_REVIEW_BEFORE = "It is in review already."
ALL_KNOW = "Nobody was asked anew."
GROUP_IS_GONE = "That user group is not there any more."
GROUP_IS_EMPTY = "Nobody else is in that user group."
NO_GROUPS = (
    "I may not look up who is in a user group, so name the people. "
    "Somebody who manages apps in this workspace could reinstall me."
)
TOO_MANY = f"I ask at most {MOST_ASKED} people at once."
NOT_AMONG_US = "Nobody else sees our direct messages, so ask for it in a channel where I am."
NOT_IN_CHANNEL = (
    "No channel where I am shows this mascot, and I am not in this one. /invite me here, and ask again."
)
NOBODY_NEW: Sentence = ("Nobody was asked.",)
THE_BOT: Sentence = ("I cannot review; I only keep the record.",)
THE_ASKER: Sentence = ("You ask, so somebody else has to look.",)

_NOT_FOUND = "Slack does not know them"
_REASONS = {
    rules.DEACTIVATED: "their account is deactivated",
    rules.NO_APPS: "that is an app, and apps do not review",
    rules.NO_OUTSIDERS: "people from other organisations may not review in its channel",
    rules.ONLY_MEMBERS_REVIEW: "only members of this workspace may review in its channel, no guests",
    rules.NOT_AMONG_REVIEWERS: "they are not in the user group that reviews in its channel",
    rules.REVIEWERS_ARE_GONE: "the user group that reviews in its channel is not there any more",
    rules.NOT_KNOWN: "they can't see the conversations that show it",
    rules.POSTED_IT: "they posted one of the pictures, so somebody else has to approve them",
}
_NOT_NAMED = "they are not among the people who may review in its channel"
_BY = re.compile(" by ", re.IGNORECASE)


@dataclass(frozen=True)
class Sorted:
    """What asking people comes to, as the review stands.

    Attributes:
        named: who is mentioned.
        before: who was asked already, for the same day.
        voted: whose vote on exactly this counts already.
        due: until when it is wanted now.
        moved: that is another time than before.
    """

    named: tuple[str, ...]
    before: tuple[str, ...]
    voted: tuple[str, ...]
    due: datetime | None
    moved: bool


NOTHING_FOUND = Sorted((), (), (), None, moved=False)


def sort_out(review: Review, invited: Sequence[str], due: datetime | None, now: datetime) -> Sorted:
    """Who of those whom somebody asks is to be mentioned; where they name no day, the one that there is
    holds for them too, unless it has passed."""
    asked = {user for ask in review.asks for user in ask.reviewers}
    moved = due is not None and due != review.due
    voted = [user for user in invited if review.vote_of(user)]
    before = [] if moved else [user for user in invited if user in asked and user in review.waiting]
    known = {*voted, *before}
    until = due if due or not review.due or review.due <= now else review.due
    named = tuple(user for user in invited if user not in known)
    return Sorted(named, tuple(before), tuple(voted), until, moved)


def left_out(user: str, refusal: str) -> Sentence:
    """Why somebody is not asked, for the eyes of whoever named them.

    Args:
        refusal: what they would be told themselves if they voted.
    """
    return (Person(user), f" is left out: {_REASONS.get(refusal, _NOT_NAMED)}.")


def not_found(user: str) -> Sentence:
    """The same of somebody whom Slack does not know."""
    return (Person(user), f" is left out: {_NOT_FOUND}.")


def perhaps_due(name: str) -> tuple[str, str] | None:
    """A name that was looked for in vain as one with a due date behind it that means nothing."""
    found = list(_BY.finditer(name))
    return (name[: found[-1].start()], name[found[-1].end() :]) if found else None


def answer(
    name: str, entry: Entry, found: Sorted, others: Sequence[Sentence], link: str | None, *, here: bool
) -> Message | None:
    """What whoever asked is told privately: whom they have asked, and who was left out.

    Args:
        name: the mascot's.
        entry: the line of the record that came of it.
        others: why people were left out.
        link: to the card.
        here: they see in the thread that it was done.

    Returns:
        None where they see all of it anyway.
    """
    details = (*_known(found), *others)
    if here and not details:
        return None
    until: Sentence = (" by ", When(entry.due)) if entry.due else ()
    said: Sentence = (f"{name} is in review", *until, ".")
    if entry.reviewers:
        said = ("Asked ", *people(entry.reviewers), f" to review {name}", *until, ".")
    return Message.of(said, details, buttons=() if here else go_to(link))


def nothing_new(found: Sorted, others: Sequence[Sentence]) -> Message:
    """That there was nothing to ask that was not asked before."""
    if not (found.before or found.voted or others):
        return Message.of((f"{ALL_KNOW} {IN_REVIEW_BEFORE}",))
    return Message.of((ALL_KNOW,), (*_known(found), *others))


def _known(found: Sorted) -> Iterable[Sentence]:
    if found.before:
        yield (*people(found.before), _has(found.before), " been asked already.")
    if found.voted:
        yield (*people(found.voted), _has(found.voted), " voted on exactly this already.")


def _has(users: Sequence[str]) -> str:
    return " has" if len(users) == 1 else " have"


def go_to(link: str | None) -> tuple[ButtonElement, ...]:
    """The button that leads to a card; none where its address is not known."""
    return (offer_button(Offer.GO, link),) if link else ()


# -- reminders ------------------------------------------------------------------------------------


def waits(name: str, due: datetime, link: str | None) -> Message:
    """That somebody's review is waited for."""
    return Message.of((f"{name} waits for your review until ", When(due), "."), buttons=go_to(link))


def was_due(name: str, due: datetime, link: str | None) -> Message:
    """That it was waited for until now."""
    return Message.of((f"Your review of {name} was due ", When(due), "."), buttons=go_to(link))


def not_done(name: str, due: datetime, waiting: Sequence[str], count: str, link: str | None) -> Message:
    """What whoever asked is told: that it did not happen, and who is waited for.

    Args:
        count: the approvals, as `0 of 1`.
    """
    missing: Sentence = ("It waits for ", *people(waiting), ".") if waiting else ()
    said: Sentence = (f"The review of {name} was due ", When(due), f". Approvals: {count}.")
    return Message.of(said, (missing,) if missing else (), buttons=go_to(link))
