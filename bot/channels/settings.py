"""What a channel may be set to; `ChannelRow` has a column for each field, those of a review with a prefix."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

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
    who: MayReview = MayReview.MEMBERS
    people: tuple[str, ...] = ()
    group_id: str | None = None


@dataclass(frozen=True)
class ChannelSettings:
    mode: Mode = Mode.AUTO
    mascot_id: str | None = None  # where posted images go; None: each post starts a mascot
    takes_outsiders: bool = False  # other organisations' images and reviews count
    may_add: MayAdd = MayAdd.EVERYONE
    group_id: str | None = None  # the user group that may add
    review: ReviewRules = ReviewRules()  # for mascots whose first thread is there
    guests_change: bool = False  # guests and accepted outsiders may change mascots
    setters: tuple[str, ...] = ()  # beside admins and the bot's inviter


USUAL = ChannelSettings()  # a channel that nobody has set to anything


def columns(settings: ChannelSettings) -> dict[str, Any]:
    """Return settings by the names of the columns of `ChannelRow`."""
    values = asdict(settings)
    return values | {f"review_{name}": value for name, value in values.pop("review").items()}


def facts(settings: ChannelSettings) -> dict[str, Any]:
    """Return settings as a record of changes has them, as JSON: who may do something is as in `group:S1`."""
    told = columns(settings)
    for who, group in (("may_add", "group_id"), ("review_who", "review_group_id")):
        told[who] = ":".join(filter(None, (told[who], told.pop(group))))
    return {name: sorted(fact) if isinstance(fact, tuple) else fact for name, fact in told.items()}
