"""The words about reviews: on the card, in the thread, in lists, and privately.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.channels import permission_rules as rules
from bot.db.values import Did, State, is_forgotten
from bot.review.model import MOST_ASKED, Difference, Edition, Entry, Review, difference
from bot.review.record import Record
from bot.review.view import Reviewed
from bot.slack.blocks import Link, Message, Offer, Person, Sentence, When, offer_button
from bot.text import listed, short_name

MOST_ON_CARD = 3  # requests in full; of people as many
MOST_QUOTED = 200  # characters of what somebody asks for, on the card

STATES = {
    State.DRAFT: "Not reviewed yet",
    State.IN_REVIEW: "In review",
    State.CHANGES_REQUESTED: "Changes requested",
    State.APPROVED: "Approved",
}
RE_EXTRACTED = "The style card is re-extracted on the next generation."
OLD_CARD = "The references or the prompt have changed since you looked. Look again, and then decide."
NO_REFERENCES = "This mascot has no references, so there's nothing to approve. Add one in its thread first."
STILL_DESCRIBING = "Masko is still describing the picture. Approve once its words are on the card."
APPROVED_BEFORE = "Your approval counts already."
REQUESTED_BEFORE = "You have asked for this before, and it still stands."
DECIDED_SINCE = "You have decided otherwise since; that counts."
NO_REQUEST = "That request for changes is not there, so there is nothing to answer."
NO_VOTE = "You have no vote to take back."
NO_THREAD = "This mascot does not belong to a thread any more, so it is not reviewed here."
IS_APPROVED = "It is approved already; nobody's vote is needed."

PASSED = "That time has passed."
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

_ALL_KNOW = "Nobody new was asked."
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


def people(users: Iterable[str], *, most: int = MOST_ON_CARD) -> Sentence:
    """Return `@ana, @ben and 2 more`."""
    given = list(users)
    shown, rest = (given, 0) if len(given) <= most else (given[: most - 1], len(given) - most + 1)
    said: list[str | Person] = []
    for number, user in enumerate(shown):
        last = number == len(shown) - 1 and not rest
        said += ([" and " if last else ", "] if number else []) + [Person(user)]
    return (*said, f" and {rest} more") if rest else tuple(said)


def count(record: Record) -> str:
    """Return the approvals, `1 of 2`."""
    approvals = len(record.review.approvals)
    return f"{approvals} of {max(record.needed, approvals)}"


def kept(name: str | None) -> str:
    """Return the reply that a comment was kept."""
    return (
        f"Kept with the review of {name or 'this mascot'}. It is no vote: those are the buttons on the card."
    )


# -- on the card and in lists -----------------------------------------------------------------------


def on_card(record: Record) -> Reviewed:
    """Return the review as the card shows it."""
    review = record.review
    headline: Sentence = (f"{STATES[review.state]} · {count(record)}",)
    if review.approvals:
        headline = (*headline, " · ", *people(each.user for each in review.approvals))
    return Reviewed(
        edition=review.edition,
        headline=headline,
        lines=tuple(_details(record.edition, review)),
        approved=review.state is State.APPROVED,
        compares=bool(review.stale or review.former),
    )


def in_list(record: Record) -> str | None:
    """Return `in review · 1 of 2`; None for a draft."""
    state = record.review.state
    if state is State.IN_REVIEW:
        return f"{state} · {count(record)}"
    return None if state is State.DRAFT else state.value


def standing(record: Record, now: datetime) -> Sentence:
    """Return the approvals, the due date and the awaited people of an open review."""
    review = record.review
    said: Sentence = (f"{review.state} · {count(record)}",)
    if review.due:
        said = (*said, " · overdue since " if review.is_overdue(now) else " · due ", When(review.due))
    return (*said, " · waiting for ", *people(review.waiting)) if review.waiting else said


def _details(edition: Edition, review: Review) -> Iterable[Sentence]:
    for request in review.requests[:MOST_ON_CARD]:
        words = request.words or ""
        cut = words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED].rstrip()}…"
        quoted = f": {cut}" if cut else ""
        yield (Person(request.user), f" asks for changes{_of(edition, request, 'of')}{quoted}")
    if len(review.requests) > MOST_ON_CARD:
        yield (f"and {len(review.requests) - MOST_ON_CARD} more who ask for changes",)
    if review.stale:
        yield (*people(each.user for each in review.stale), " approved what it was before: outdated")
    if review.former:
        yield (*people(each.user for each in review.former), " asked for changes of what it was before")
    if review.ask and review.state is not State.APPROVED:
        ask = review.ask
        waiting = [user for user in review.waiting if user in ask.reviewers]
        due: Sentence = (" by ", When(ask.due)) if ask.due else ()
        missing: Sentence = (", waiting for ", *people(waiting)) if waiting else ()
        yield (Person(ask.user), " asked for a review", *due, *missing)


def _of(edition: Edition, entry: Entry, word: str) -> str:
    name = edition.named(entry.about)
    return f" {word} {short_name(name)}" if name else ""


# -- in the thread ----------------------------------------------------------------------------------


def told(record: Record, entry: Entry) -> Message:
    """Return the reply in the thread for one line of the record."""
    name, who, words = record.mascot.name or "This mascot", Person(entry.user), entry.words or ""
    match entry.did:
        case Did.APPROVED:
            if record.ends_concluded:
                return summary(record, entry)
            return Message.of((who, f" approved {name} · {count(record)}"))
        case Did.REQUESTED:
            answer = offer_button(Offer.ANSWER, f"{record.mascot.id} {entry.id}")
            of = _of(record.edition, entry, "of")
            return Message.of((who, f" asks for changes{of}: {words}"), buttons=(answer,))
        case Did.WITHDREW:
            return Message.of((who, f" took their vote back · {count(record)}"))
        case Did.COMMENTED if entry.answers:
            return Message.of((who, f" answers: {words}"))
        case Did.COMMENTED:
            return Message.of((who, f"{_of(record.edition, entry, 'about')}: {words}"))
        case Did.ASKED:  # the one time that people are mentioned who did not ask
            asked = entry.reviewers
            mentioned: Sentence = (*people(asked, most=len(asked)), ": ") if asked else ()
            until: Sentence = (" by ", When(entry.due)) if entry.due else ()
            said = (*mentioned, who, f" asks for your review of {name}", *until)
            return Message.of(said, ((words,),) if words else ())
        case Did.CONCLUDED:
            return summary(record)
    raise ValueError(f"nothing is said of {entry.did}")


def summary(record: Record, last: Entry | None = None) -> Message:
    """Return the message that a mascot is approved, by whom, and what; `last` is the concluding vote."""
    review, mascot = record.review, record.mascot
    said: Sentence = (f"{mascot.name or 'This mascot'} is approved · {count(record)}",)
    if last is not None:
        name = mascot.name or "this mascot"
        said = (Person(last.user), f" approved {name} · {count(record)} · It is approved.")
    names = listed([short_name(part.name) for part in record.edition.parts], most=6)
    return Message.of(
        said,
        (
            (f"Final references: {names or 'none'}",),
            ("Approved by ", *people((each.user for each in review.approvals), most=20)),
            (f"Prompt: {mascot.prompt}" if mascot.prompt else "It has no prompt.",),
            (RE_EXTRACTED,),
        ),
        pictures=tuple(part.picture for part in record.edition.parts),
    )


def outdated(record: Record, before: Review, was: Edition) -> Message | None:
    """Return the message that votes no longer count; None if all these people voted again."""
    last = record.review.last_vote
    approvers, askers = (
        [each.user for each in votes if last.get(each.user) == each and not is_forgotten(each.user)]
        for votes in (before.approvals, before.requests)
    )
    if not approvers and not askers:
        return None
    changed = difference(was, record.edition)
    details: list[Sentence] = [(what_changed(changed),)]
    if approvers and askers:
        details.append((*people(askers), ", is this what you asked for?"))
    said: Sentence = (*people(approvers), ", this changed since you approved it.")
    if not approvers:
        said = (*people(askers), ", this changed. Is it what you asked for?")
    pictures = [
        replace(part.picture, alt=f"{side}: {part.picture.alt}")
        for pair in changed.pairs
        for side, part in zip(("Before", "Now"), pair, strict=True)
        if part is not None
    ]
    button = offer_button(Offer.COMPARE, f"{record.mascot.id} {was.digest}")
    return Message.of(said, details, buttons=(button,), pictures=pictures)


def what_changed(changed: Difference) -> str:
    """Return the difference in one sentence."""
    said = []
    for old, new in changed.pairs:
        if old is not None and new is not None:
            said.append(f"{short_name(new.name)} is in the place of {short_name(old.name)}")
        elif new is not None:
            said.append(f"{short_name(new.name)} was added")
        elif old is not None:
            said.append(f"{short_name(old.name)} was removed")
    if changed.prompts is not None:
        said.append("the prompt was changed")
    return f"What changed: {listed(said, most=6) or 'nothing that shows'}."


def replies(review: Review) -> Sentence:
    """Return links to what reviewers said in threads."""
    links = [str(each.link) for each in review.replies if each.link]
    said: list[str | Link] = []
    for number, link in enumerate(links, 1):
        said += [", "] * (number > 1) + [Link(link, f"reply {number}")]
    return ("In the thread: ", *said) if said else ()


# -- to whoever asks for a review -------------------------------------------------------------------


@dataclass(frozen=True)
class Sorted:
    """The effect of asking people, as the review stands.

    Attributes:
        named: people to mention.
        before: people asked already, with the same due date.
        voted: people whose vote on this edition counts already.
        moved: whether the due date changes.
    """

    named: tuple[str, ...]
    before: tuple[str, ...]
    voted: tuple[str, ...]
    due: datetime | None
    moved: bool


NOTHING_FOUND = Sorted((), (), (), None, moved=False)


def sort_out(review: Review, invited: Sequence[str], due: datetime | None, now: datetime) -> Sorted:
    """Sort the people of a request; without its own due date, the present one applies until it passes."""
    asked = {user for ask in review.asks for user in ask.reviewers}
    moved = due is not None and due != review.due
    voted = tuple(user for user in invited if review.vote_of(user))
    before = () if moved else tuple(user for user in invited if user in asked and user in review.waiting)
    until = due if due or not review.due or review.due <= now else review.due
    named = tuple(user for user in invited if user not in (*voted, *before))
    return Sorted(named, before, voted, until, moved)


def left_out(user: str, refusal: str) -> Sentence:
    """Say why a person is not asked; `refusal` is what they would be told if they voted."""
    return (Person(user), f" is left out: {_REASONS.get(refusal, _NOT_NAMED)}.")


def not_found(user: str) -> Sentence:
    """Say that a person is left out because Slack does not know them."""
    return (Person(user), " is left out: Slack does not know them.")


def perhaps_due(name: str) -> tuple[str, str] | None:
    """Split a name that was not found at its last "by", as if an unreadable due date followed."""
    found = list(_BY.finditer(name))
    return (name[: found[-1].start()], name[found[-1].end() :]) if found else None


def answer(
    name: str, entry: Entry, found: Sorted, others: Sequence[Sentence], link: str | None, *, here: bool
) -> Message | None:
    """Tell the author of a request who was asked and who not; None if they see it in the thread."""
    details = (*_known(found), *others)
    if here and not details:
        return None
    until: Sentence = (" by ", When(entry.due)) if entry.due else ()
    said: Sentence = (f"{name} is in review", *until, ".")
    if entry.reviewers:
        said = ("Asked ", *people(entry.reviewers), f" to review {name}", *until, ".")
    return Message.of(said, details, buttons=() if here else _go_to(link))


def nothing_new(found: Sorted, others: Sequence[Sentence]) -> Message:
    """Return the reply to a request that adds nothing."""
    if not (found.before or found.voted or others):
        return Message.of((f"{_ALL_KNOW} It is in review already.",))
    return Message.of((_ALL_KNOW,), (*_known(found), *others))


def _known(found: Sorted) -> Iterable[Sentence]:
    for users, what in ((found.before, "been asked already"), (found.voted, "voted on exactly this already")):
        if users:
            yield (*people(users), f" {'has' if len(users) == 1 else 'have'} {what}.")


def _go_to(link: str | None) -> tuple[ButtonElement, ...]:
    return (offer_button(Offer.GO, link),) if link else ()


# -- reminders --------------------------------------------------------------------------------------


def waits(name: str, due: datetime, link: str | None) -> Message:
    """Remind a reviewer before the due date."""
    return Message.of((f"{name} waits for your review until ", When(due), "."), buttons=_go_to(link))


def was_due(name: str, due: datetime, link: str | None) -> Message:
    """Remind a reviewer after the due date."""
    return Message.of((f"Your review of {name} was due ", When(due), "."), buttons=_go_to(link))


def not_done(name: str, due: datetime, waiting: Sequence[str], count: str, link: str | None) -> Message:
    """Tell the person who asked that the review is overdue; `count` as in `0 of 1`."""
    missing: Sentence = ("It waits for ", *people(waiting), ".")
    said: Sentence = (f"The review of {name} was due ", When(due), f". Approvals: {count}.")
    return Message.of(said, (missing,) if waiting else (), buttons=_go_to(link))
