"""What is said about reviews: on the card, in the thread, and privately.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.db.values import Did, State, is_forgotten
from bot.review.edition import Difference, Edition, difference
from bot.review.record import Record
from bot.review.state import Entry, Review
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
STILL_DESCRIBING = "Masko is still describing the picture. Approve once its words are on the card."
APPROVED_BEFORE = "Your approval counts already."
REQUESTED_BEFORE = "You have asked for this before, and it still stands."
DECIDED_SINCE = "You have decided otherwise since; that counts."
NO_REQUEST = "That request for changes is not there, so there is nothing to answer."
NO_VOTE = "You have no vote to take back."
NO_THREAD = "This mascot does not belong to a thread any more, so it is not reviewed here."
IS_APPROVED = "It is approved already; nobody's vote is needed."


def kept(name: str | None) -> str:
    """That what somebody said is kept."""
    return (
        f"Kept with the review of {name or 'this mascot'}. It is no vote: those are the buttons on the card."
    )


def on_card(record: Record) -> Reviewed:
    """The review as the card shows it."""
    review = record.review
    return Reviewed(
        edition=review.edition,
        headline=_headline(record, review),
        lines=tuple(_details(record, review)),
        approved=review.state is State.APPROVED,
        compares=bool(review.stale or review.former),
    )


def in_list(record: Record) -> str | None:
    """Where a review stands, for lists: `in review · 1 of 2`; nothing is said of a draft."""
    match record.review.state:
        case State.DRAFT:
            return None
        case State.IN_REVIEW:
            return f"{State.IN_REVIEW} · {count(record)}"
        case state:
            return state.value


def standing(record: Record, now: datetime) -> Sentence:
    """Where an open review stands: how many approve, until when it is wanted, and who is waited for."""
    review = record.review
    said: Sentence = (f"{review.state} · {count(record)}",)
    if review.due:
        said = (*said, " · overdue since " if review.is_overdue(now) else " · due ", When(review.due))
    return (*said, " · waiting for ", *people(review.waiting)) if review.waiting else said


def count(record: Record) -> str:
    """`1 of 2`."""
    approvals, needed = len(record.review.approvals), record.needed
    return f"{approvals} of {max(needed, approvals)}"


def _headline(record: Record, review: Review) -> Sentence:
    said: Sentence = (f"{STATES[review.state]} · {count(record)}",)
    if review.approvals:
        said = (*said, " · ", *people(each.user for each in review.approvals))
    return said


def _details(record: Record, review: Review) -> Iterable[Sentence]:
    for request in review.requests[:MOST_ON_CARD]:
        yield _request(record.edition, request)
    if len(review.requests) > MOST_ON_CARD:
        yield (f"and {len(review.requests) - MOST_ON_CARD} more who ask for changes",)
    if review.stale:
        yield (
            *people(each.user for each in review.stale),
            " approved what it was before: outdated",
        )
    if review.former:
        yield (*people(each.user for each in review.former), " asked for changes of what it was before")
    if review.ask and review.state is not State.APPROVED:
        yield _asked(review.ask, review)


def _asked(ask: Entry, review: Review) -> Sentence:
    said: Sentence = (Person(ask.user), " asked for a review")
    waiting = [user for user in review.waiting if user in ask.reviewers]
    if ask.due:
        said = (*said, " by ", When(ask.due))
    return (*said, ", waiting for ", *people(waiting)) if waiting else said


def _request(edition: Edition, entry: Entry) -> Sentence:
    words = entry.words or ""
    cut = words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED].rstrip()}…"
    return (Person(entry.user), f" asks for changes{_on(edition, entry)}{f': {cut}' if cut else ''}")


def _on(edition: Edition | None, entry: Entry) -> str:
    name = edition.named(entry.about) if edition else None
    return f" of {short_name(name)}" if name else ""


def people(users: Iterable[str], *, most: int = MOST_ON_CARD) -> Sentence:
    """`@ana, @ben and 2 more`."""
    given = list(users)
    shown, rest = (given, 0) if len(given) <= most else (given[: most - 1], len(given) - most + 1)
    said: list[str | Person] = []
    for number, user in enumerate(shown):
        last = number == len(shown) - 1 and not rest
        said += ([" and " if last else ", "] if number else []) + [Person(user)]
    return (*said, f" and {rest} more") if rest else tuple(said)


# -- in the thread --------------------------------------------------------------------------------


def told(record: Record, entry: Entry) -> Message:
    """The short reply that tells of one line of the record."""
    name = record.mascot.name or "This mascot"
    match entry.did:
        case Did.APPROVED:
            if record.ends_concluded:
                return summary(record, entry)
            return Message.of((Person(entry.user), f" approved {name} · {count(record)}"))
        case Did.REQUESTED:
            answer = offer_button(Offer.ANSWER, f"{record.mascot.id} {entry.id}")
            asks = (Person(entry.user), f" asks for changes{_on(record.edition, entry)}: {entry.words or ''}")
            return Message.of(asks, buttons=(answer,))
        case Did.WITHDREW:
            return Message.of((Person(entry.user), f" took their vote back · {count(record)}"))
        case Did.COMMENTED if entry.answers:
            return Message.of((Person(entry.user), f" answers: {entry.words or ''}"))
        case Did.COMMENTED:
            return Message.of((Person(entry.user), f"{_about(record.edition, entry)}: {entry.words or ''}"))
        case Did.ASKED:
            return _asking(entry, name)
        case Did.CONCLUDED:
            return summary(record)
    raise ValueError(f"nothing is said of {entry.did}")


def _about(edition: Edition, entry: Entry) -> str:
    name = edition.named(entry.about)
    return f" about {short_name(name)}" if name else ""


def _asking(entry: Entry, name: str) -> Message:
    """That somebody asks for a review: the one time that people are mentioned who did not ask."""
    who = (*people(entry.reviewers, most=len(entry.reviewers) or 1), ": ") if entry.reviewers else ()
    until = (" by ", When(entry.due)) if entry.due else ()
    said = (*who, Person(entry.user), f" asks for your review of {name}", *until)
    details = ((entry.words,),) if entry.words else ()
    return Message.of(said, details)


def summary(record: Record, last: Entry | None = None) -> Message:
    """That a mascot is approved: by whom, and exactly what.

    Args:
        last: the approval that was still missing; None where it was something else that stood in the way.
    """
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
    """That votes do not count any more, with what is different now; None where nobody's vote is concerned:
    who has voted since need not look again."""
    last = record.review.last_vote
    approvers, askers = (
        _reachable(each for each in votes if last.get(each.user) == each)
        for votes in (before.approvals, before.requests)
    )
    changed = difference(was, record.edition)
    details: list[Sentence] = [(what_changed(changed),)]
    if approvers and askers:
        details.append((*people(askers), ": please look whether this is what you asked for."))
    if not approvers and not askers:
        return None
    said: Sentence = (*people(approvers), ": you approved what this was before; please look again.")
    if not approvers:
        said = (*people(askers), ": this changed; please look whether it is what you asked for.")
    pictures = [
        replace(part.picture, alt=f"{side}: {part.picture.alt}")
        for pair in changed.pairs
        for side, part in zip(("Before", "Now"), pair, strict=True)
        if part is not None
    ]
    offer = offer_button(Offer.COMPARE, f"{record.mascot.id} {was.digest}")
    return Message.of(said, details, buttons=(offer,), pictures=pictures)


def _reachable(votes: Iterable[Entry]) -> list[str]:
    return [each.user for each in votes if not is_forgotten(each.user)]


def what_changed(changed: Difference) -> str:
    """What is different, in one sentence."""
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
    """What reviewers said in threads: only where."""
    links = [each for each in review.replies if each.link]
    said: list[str | Link] = []
    for number, each in enumerate(links):
        said += ([", "] if number else []) + [Link(str(each.link), f"reply {number + 1}")]
    return ("In the thread: ", *said) if said else ()
