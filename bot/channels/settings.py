"""What a channel may be set to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.db.values import MayAdd, MayReview, Mode


@dataclass(frozen=True)
class ReviewRules:
    """What it takes to approve a mascot.

    Attributes:
        approvals: how many people have to approve it.
        poster_may: whoever posted one of its pictures may be one of them.
        people, group_id: who may review where `who` says named people or a user group; else unused.
    """

    approvals: int = 1
    poster_may: bool = False
    who: MayReview = MayReview.EVERYONE
    people: tuple[str, ...] = ()
    group_id: str | None = None


@dataclass(frozen=True)
class ChannelSettings:
    """Settings of a channel."""

    mode: Mode = Mode.AUTO
    mascot_id: str | None = None  # where posted images go; None: each post starts a mascot
    takes_outsiders: bool = False  # other organisations' images and reviews count
    may_add: MayAdd = MayAdd.EVERYONE
    group_id: str | None = None  # the user group that may add
    review: ReviewRules = ReviewRules()  # for mascots whose first thread is there
    guests_change: bool = False  # guests and accepted outsiders may change mascots
    setters: tuple[str, ...] = ()  # beside admins and the bot's inviter


USUAL = ChannelSettings()  # a channel that nobody has set to anything


def differences(before: ChannelSettings, after: ChannelSettings) -> list[str]:
    """What became different, a sentence each; which mascot images go to is left out."""
    one, other = before.review, after.review
    facts = (
        ("When an image is posted", before.mode, after.mode),
        ("Who may add images", _who(before.may_add, before.group_id), _who(after.may_add, after.group_id)),
        ("Other organisations take part", before.takes_outsiders, after.takes_outsiders),
        ("Guests may change mascots", before.guests_change, after.guests_change),
        ("Approvals needed", one.approvals, other.approvals),
        ("Who may review", _who(one.who, one.group_id), _who(other.who, other.group_id)),
        ("Whoever posted an image may approve it", one.poster_may, other.poster_may),
    )
    told = [f"{what}: {_said(was)} → {_said(now)}." for what, was, now in facts if was != now]
    if set(one.people) != set(other.people):
        told.append(f"People named as reviewers: {len(one.people)} → {len(other.people)}.")
    if set(before.setters) != set(after.setters):
        told.append(f"People who may change these settings: {len(before.setters)} → {len(after.setters)}.")
    return told


def _who(rule: StrEnum, group_id: str | None) -> tuple[str, str | None]:
    return rule.value, group_id


def _said(fact: object) -> str:
    match fact:
        case bool():
            return "yes" if fact else "no"
        case Mode():
            return MODES[fact].lower()
        case (str(who), _):
            return _WHO[who]
    return str(fact)


MODES = {
    Mode.AUTO: "Add them automatically",
    Mode.ASK: "Ask the poster",
    Mode.PREVIEW: "Preview only",
    Mode.OFF: "Nothing, unless I am asked",
}
"""What happens to an image that is posted, in a few words."""
_WHO = {"everyone": "everyone", "members": "members", "people": "named people", "group": "a user group"}
