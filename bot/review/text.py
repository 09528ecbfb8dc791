"""The words about reviews: on the card, in the thread, in lists, and privately.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from bot.channels import permission_rules as rules
from bot.db.values import Did, State, is_forgotten
from bot.review.model import VOTES, Difference, Edition, Entry, Review, difference
from bot.review.record import Record
from bot.slack.blocks import Link, Message, Offer, Person, Picture, Sentence, When, go_to, offer_button
from bot.text import listed, short, short_name

MOST_ON_CARD = 3  # requests in full; of people as many

OLD_CARD = "The references or the prompt have changed since you looked. Look again, and then decide."
NO_THREAD = "This mascot doesn't belong to a thread any more, so it isn't reviewed here."
THE_BOT: Sentence = ("I can't review; I only keep the record.",)

MOST_TOLD = 15  # lines of a review's story
_STORY = {
    Did.ASKED: "asked for a review",
    Did.APPROVED: "approved",
    Did.REQUESTED: "asked for changes",
    Did.WITHDREW: "took their vote back",
    Did.DISMISSED: "dismissed a request for changes",
    Did.COMMENTED: "commented",
    Did.CHANGED: "the references or the prompt changed",
    Did.CONCLUDED: "the review ended: approved",
}
_OF_OTHERS = {
    rules.NOT_KNOWN: "They can't see the conversations that show it.",
    rules.POSTED_IT: "They posted one of the images, so somebody else must approve this mascot.",
}
"""Refusals to the person themselves → what another is told; the other refusals say it of anybody."""


@dataclass(frozen=True)
class Reviewed:
    """The review of a mascot as its card shows it."""

    edition: str  # digest; vote buttons are about exactly this
    state: State
    headline: Sentence = ()  # follows the state
    lines: tuple[Sentence, ...] = ()
    sheet: Picture | None = None  # every reference with its number


def people(users: Iterable[str], *, most: int = MOST_ON_CARD) -> Sentence:
    """Return `@ana, @ben and 2 more`."""
    given: list[str | Person] = [Person(user) for user in users]
    if len(given) > most:
        given[most - 1 :] = [f"{len(given) - most + 1} more"]
    before = ["", *[", "] * (len(given) - 2), " and "]
    return tuple(part for pair in zip(before, given, strict=False) for part in pair if part)


def count(record: Record) -> str:
    """Return the approvals that count, `1 of 2`: of people who were named, and of others as far as needed."""
    review, approvers = record.review, {each.user for each in record.review.approvals}
    needed = max(record.needed, len(approvers) if review.concluded else len(review.named))
    named = len(review.named & approvers)
    return f"{named + min(len(approvers) - named, needed - len(review.named))} of {needed}"


def approvals(record: Record) -> str:
    """Return `1 of 2 approvals`."""
    counted = count(record)
    return f"{counted} approval{'' if counted.endswith(' of 1') else 's'}"


def on_card(record: Record, sheet: str | None = None) -> Reviewed:
    """Return the review as the card shows it; `sheet` is Slack's id of the edition's contact sheet."""
    review = record.review
    match review.state:
        case State.APPROVED:
            approvers = (" by ", *people(each.user for each in review.approvals)) if review.approvals else ()
            when = (" · ", When(review.concluded.at)) if review.concluded else ()
            headline: Sentence = (*approvers, *when)
        case State.CHANGES_REQUESTED:
            headline = (" by ", *people(each.user for each in review.requests))
        case _:
            due = (" · due ", When(review.due)) if review.due else ()
            headline = (f" · {approvals(record)}", *due)
    lines = tuple(_details(record.edition, review))
    alts = [f"{n}. {part.picture.alt}" for n, part in enumerate(record.edition.parts, 1)]
    picture = Picture("The references", " ".join(["The references:", *alts]), sheet) if sheet else None
    return Reviewed(review.edition, review.state, headline, lines, picture)


def standing(record: Record, now: datetime) -> Sentence:
    """Return the approvals, the due date and the awaited people of an open review."""
    review = record.review
    said: Sentence = (f"{review.state} · {count(record)}",)
    if review.due:
        said = (*said, " · overdue since " if review.due < now else " · due ", When(review.due))
    return (*said, " · waiting for ", *people(review.waiting)) if review.waiting else said


def _details(edition: Edition, review: Review) -> Iterable[Sentence]:
    for request in review.requests[:MOST_ON_CARD]:
        quoted = f": {short(request.words, 201)}" if request.words else ""
        yield (Person(request.user), f" asks for changes{_on(edition, request)}{quoted}")
    if len(review.requests) > MOST_ON_CARD:
        yield (f"and {len(review.requests) - MOST_ON_CARD} more who ask for changes",)
    if review.approvals and review.state is not State.APPROVED:
        yield ("Approved by ", *people(each.user for each in review.approvals))
    if review.stale:
        yield (*people(each.user for each in review.stale), " approved an earlier version")
    if review.waiting:
        yield ("Waiting for ", *people(review.waiting))


def _by(ask: Entry) -> Sentence:
    return (" by ", When(ask.due)) if ask.due else ()


def _on(edition: Edition, entry: Entry) -> str:
    """Return the reference that a line is about by its number on the contact sheet; empty for the whole."""
    numbered = enumerate(edition.parts, 1)
    found = (f" on {n} ({short_name(part.name)})" for n, part in numbered if part.asset_id == entry.about)
    return next(found, "")


def told(record: Record, entry: Entry, then: Edition) -> Message:
    """Return the reply in the thread for one line of the record, about the edition `then`."""
    name, who, words = record.mascot.name or "This mascot", Person(entry.user), entry.words or ""
    match entry.did:
        case Did.APPROVED:
            if record.ends_concluded:
                return summary(record)
            return Message.of((who, f" approved {name} · {count(record)}"))
        case Did.REQUESTED:
            about = f"{record.mascot.id} {entry.id}"
            open_offers = (Offer.ANSWER, Offer.DISMISS) if entry in record.review.requests else ()
            offers = [offer_button(each, about) for each in open_offers]
            quoted = f": {words}" if words else ""
            return Message.of((who, f" asks for changes{_on(then, entry)}{quoted}"), buttons=offers)
        case Did.DISMISSED:
            author = next((each.user for each in record.entries if each.id == entry.answers), "")
            return Message.of((who, " dismissed the request for changes by ", Person(author), f": {words}"))
        case Did.WITHDREW:
            theirs = [each.did for each in record.entries if each.user == entry.user and each.did in VOTES]
            back = " no longer asks for changes" if Did.REQUESTED in theirs[-2:] else " took their vote back"
            return Message.of((who, f"{back} · {approvals(record)}"))
        case Did.COMMENTED if entry.answers:
            return Message.of((who, f" answers: {words}"))
        case Did.COMMENTED:
            return Message.of((who, f"{_on(then, entry)}: {words}"))
        case Did.ASKED:  # people are mentioned here, once, and where what they voted on has changed
            asked = entry.reviewers
            mentioned: Sentence = (*people(asked, most=len(asked)), ": ") if asked else ()
            said = (*mentioned, who, f" asks for your review of {name}", *_by(entry))
            return Message.of(said, ((words,),) if words else ())
        case Did.CONCLUDED:
            return summary(record)
    raise ValueError(f"nothing is said of {entry.did}")


def summary(record: Record) -> Message:
    """Return the message that a mascot is approved, by whom, and what."""
    approvers = people((each.user for each in record.review.approvals), most=20)
    names = listed([short_name(part.name) for part in record.edition.parts], most=6)
    return Message.of(
        (f"{record.mascot.name or 'This mascot'} is approved by ", *approvers, "."),
        ((f"Final references: {names or 'none'}",),),
        pictures=tuple(part.picture for part in record.edition.parts),
    )


def outdated(record: Record, was: Edition) -> Message | None:
    """Return the message that votes on an edition no longer count; None if all these people voted again."""
    votes = [each for each in record.review.standing.values() if each.edition == was.digest]
    votes = [each for each in votes if not is_forgotten(each.user)]
    approvers = [each.user for each in votes if each.did is Did.APPROVED]
    requests = [each for each in votes if each.did is Did.REQUESTED]  # asked once, whatever else changes
    askers = [each.user for each in requests]
    if not votes or was.digest == record.edition.digest:
        return None
    changed = difference(was, record.edition)
    details: list[Sentence] = [(what_changed(changed),)]
    details += [(Person(each.user), f" asked: {short(each.words, 201)}") for each in requests if each.words]
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
    buttons = [offer_button(Offer.COMPARE, f"{record.mascot.id} {was.digest}")]
    buttons += [offer_button(Offer.MET, record.mascot.id)] if askers else []
    return Message.of(said, details, buttons=buttons, pictures=pictures)


def settled(record: Record, was: Edition) -> Message:
    """Return what takes the place of `outdated` once nobody is asked anything by it."""
    if was.digest == record.edition.digest:
        return Message.of("This changed, and was changed back. Earlier votes count again.")
    buttons = [offer_button(Offer.COMPARE, f"{record.mascot.id} {was.digest}")]
    said = "This changed after an earlier vote. There's nothing left to answer here."
    return Message.of(said, buttons=buttons)


def what_changed(changed: Difference) -> str:
    """Return the difference in one sentence."""
    said = []
    for old, new in changed.pairs:
        if old is not None and new is not None:
            said.append(f"{short_name(new.name)} replaced {short_name(old.name)}")
        elif new is not None:
            said.append(f"{short_name(new.name)} was added")
        elif old is not None:
            said.append(f"{short_name(old.name)} was removed")
    if changed.prompts is not None:
        said.append("the prompt was changed")
    return f"What changed: {listed(said, most=6) or 'nothing that shows'}."


def story(record: Record, channel: str) -> Iterable[Sentence]:
    """Yield the newest lines of a review, the oldest first; what was said elsewhere than in `channel` is left
    out, as not everybody who sees the mascot sees that."""
    for entry in [each for each in record.entries if each.did in _STORY][-MOST_TOLD:]:
        who: Sentence = (Person(entry.user), " ") if entry.user else ()
        whom: Sentence = (" from ", *people(entry.reviewers)) if entry.reviewers and entry.user else ()
        words = f": {short(entry.words, 201)}" if entry.words and entry.channel == channel else ""
        yield (When(entry.at), " · ", *who, _STORY[entry.did], *whom, words)


def replies(review: Review) -> Sentence:
    """Return links to what reviewers said in threads."""
    links = [each.link for each in review.replies if each.link]
    said = [part for n, link in enumerate(links, 1) for part in (", ", Link(link, f"reply {n}"))]
    return ("In the thread: ", *said[1:]) if said else ()


class Sorted(NamedTuple):
    """The effect of asking people, as the review stands."""

    named: tuple[str, ...]  # people to mention
    others: tuple[Sentence, ...]  # who need not be asked again, and why
    due: datetime | None
    moved: bool  # whether the due date changes


def sort_out(review: Review, invited: Sequence[str], due: datetime | None, now: datetime) -> Sorted:
    """Sort the people of a request; without its own due date, the present one applies until it passes."""
    moved = due is not None and due != review.due
    voted = tuple(user for user in invited if review.vote_of(user))
    before = () if moved else tuple(user for user in invited if user in review.awaited)
    until = due if due or not review.due or review.due <= now else review.due
    named = tuple(user for user in invited if user not in (*voted, *before))
    others = tuple(
        (*people(users), f" {'has' if len(users) == 1 else 'have'} {what}.")
        for users, what in ((before, "been asked already"), (voted, "voted on exactly this already"))
        if users
    )
    return Sorted(named, others, until, moved)


def left_out(user: str, refusal: str) -> Sentence:
    """Say why a person is not asked; `refusal` is what they would be told if they voted."""
    return (Person(user), f" is left out: {_OF_OTHERS.get(refusal, refusal)}")


def answer(
    name: str, entry: Entry, details: Sequence[Sentence], link: str | None, *, here: bool
) -> Message | None:
    """Tell the author of a request who was asked and who not; None if they see it in the thread."""
    if here and not details:
        return None
    said: Sentence = (f"{name} is in review", *_by(entry), ".")
    if entry.reviewers:
        said = ("Asked ", *people(entry.reviewers), f" to review {name}", *_by(entry), ".")
    return Message.of(said, details, buttons=() if here else go_to(link))
