"""Whether what somebody does about a review changes anything, and what it becomes in the record.  Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.db.values import Did
from bot.review import words
from bot.review.act import Act
from bot.review.record import Record
from bot.review.state import VOTES, Entry, Review, concludes


def changes_nothing(act: Act, record: Record) -> str | None:
    """Why what somebody does is not to be written down; None where it is."""
    review = record.review
    if act.did in (Did.APPROVED, Did.REQUESTED) and act.seen not in (None, record.edition.digest):
        return words.OLD_CARD
    if act.about is not None and record.edition.named(act.about) is None:
        return words.OLD_CARD
    if act.answers is not None and not _is_request(act.answers, record):
        return words.NO_REQUEST
    if act.did in VOTES and _has_decided_since(review, act):
        return words.DECIDED_SINCE
    match act.did:
        case Did.APPROVED if record.mascot.describe_until is not None:
            return words.STILL_DESCRIBING
        case Did.APPROVED if _counts_already(act, record) and not only_noted(act, record):
            return words.APPROVED_BEFORE
        case Did.REQUESTED if _same_request(review, act):
            return words.REQUESTED_BEFORE
        case Did.WITHDREW if not _undoes_something(act, review) and not only_noted(act, record):
            return words.NO_VOTE
    return None


def _counts_already(act: Act, record: Record) -> bool:
    """Whether an approval stands, unless the rules have become such that one more word concludes it."""
    due = concludes(record.review, record.settings.review.approvals)
    vote = record.review.vote_of(act.user)
    return vote is not None and vote.did is Did.APPROVED and not due


def _is_request(entry_id: int, record: Record) -> bool:
    return any(each.id == entry_id and each.did is Did.REQUESTED for each in record.entries)


def _has_decided_since(review: Review, act: Act) -> bool:
    last = review.last_vote.get(act.user)
    return last is not None and last.at > datetime.fromtimestamp(act.at, UTC)


def _undoes_something(act: Act, review: Review) -> bool:
    undone = (act.undoes,) if act.undoes else (Did.APPROVED, Did.REQUESTED)
    return act.user in review.last_vote and review.last_vote[act.user].did in undone


def only_noted(act: Act, record: Record) -> bool:
    """Whether an emoji was put that counts already, or taken away where no vote stands.

    Slack repeats what was not acknowledged, and so may tell late what somebody did before it: the line that
    is written down, although it changes nothing, keeps what is older from counting.
    """
    if not act.quietly:
        return False
    if act.did is Did.APPROVED:
        return _counts_already(act, record)
    last = record.review.last_vote.get(act.user)
    return act.did is Did.WITHDREW and (last is None or last.did is Did.WITHDREW)


def _same_request(review: Review, act: Act) -> bool:
    before = review.vote_of(act.user)
    if before is None:
        return False
    return (before.did, before.words, before.about) == (Did.REQUESTED, act.words, act.about)


def entry_of(act: Act, record: Record, link: str | None) -> Entry:
    """The line of the record that an act becomes; `link` is the address of the message where it was done."""
    return Entry(
        did=act.did,
        at=datetime.fromtimestamp(act.at, UTC),
        user=act.user,
        edition=record.edition.digest,
        words=act.words,
        about=act.about,
        answers=act.answers,
        needed=record.settings.review.approvals,
        channel=act.channel,
        thread_ts=act.thread_ts,
        ts=act.ts,
        link=link,
    )
