"""What the rules of a conversation say about one person.  Pure: each rule gives words for them, or None."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from bot.channels.settings import ChannelSettings
from bot.db.values import MayAdd, MayReview, is_forgotten_as
from bot.slack.users import Person

Group = Collection[str] | None  # the ids of a user group's members; None for one that is not in use any more

NOT_KNOWN = "I don't know this mascot any more. It may have been deleted in Masko."
"""Also said of a mascot that somebody may not see: a hidden one is not confirmed."""
NOT_IN_SIGHT = "I can't find that conversation. You need to be in it, and so do I."

_OUTSIDERS = "People from other organisations can't"
_MEMBERS, _GROUP = "members of this workspace, not guests,", "the members of a user group"
_ADD, _CHANGE, _REVIEW = "add images here, so nothing was uploaded", "change mascots here", "review here"
_GONE = "That group no longer exists; choose again in /masko settings."


def _only(who: str, what: str, then: str = "One of them can do it for you; see /masko settings.") -> str:
    return f"Only {who} can {what}. {then}"


FROM_OUTSIDE = f"{_OUTSIDERS} {_ADD}. Somebody from this workspace can do it for you."
NO_GUESTS = _only(_MEMBERS, _ADD)
NOT_IN_GROUP, GROUP_IS_GONE = _only(_GROUP, _ADD), _only(_GROUP, _ADD, _GONE)

ONLY_MEMBERS_CHANGE = _only(_MEMBERS, _CHANGE, "They can do it for you, or allow it in /masko settings.")
NOT_WHO_CHANGE, CHANGERS_ARE_GONE = _only(_GROUP, _CHANGE), _only(_GROUP, _CHANGE, _GONE)
ONLY_SOME_SET = _only(
    "admins, whoever invited me and people they name", "change this channel's settings", "Ask one of them."
)

DEACTIVATED = "A deactivated account can't review. An admin can reactivate it."
NO_APPS = "Apps can't review."
NO_OUTSIDERS = f"{_OUTSIDERS} {_REVIEW}, unless it is allowed under Slack Connect in /masko settings."
ONLY_MEMBERS_REVIEW = _only(_MEMBERS, _REVIEW)
NOT_AMONG_REVIEWERS, REVIEWERS_ARE_GONE = _only(_GROUP, _REVIEW), _only(_GROUP, _REVIEW, _GONE)
POSTED_IT = "You posted one of these images, so somebody else must approve this mascot; see /masko settings."


class Act(StrEnum):
    """What somebody wants to do; the value completes "Not everyone can … in this channel"."""

    SEE = "see mascots"  # find, list, show, compare, export
    ADD = "add images"  # to a mascot, or as a new one in a conversation
    CHANGE = "change mascots"  # name, prompt, references, threads, where it is shown
    COMMENT = "comment"  # say something for the record, or ask others for a review
    REQUEST = "request changes"
    APPROVE = "approve"
    SET = "change settings"  # of a channel


def not_named(named: int) -> str:
    """Said to somebody who is not among so many people who may review; it names none of them."""
    then = "One of them can do it for you." if named else "Nobody is named any more; choose again there."
    return _only("people named in /masko settings", _REVIEW, then)


def adding(user: str, person: Person, settings: ChannelSettings, group: Group = ()) -> str | None:
    """Return why somebody may not add images; None: they may.  `group` holds the settings' user group."""
    if person.stranger and not settings.takes_outsiders:
        return FROM_OUTSIDE
    match settings.may_add:
        case MayAdd.MEMBERS if not person.member:
            return NO_GUESTS
        case MayAdd.GROUP:
            return _outside(user, group, NOT_IN_GROUP, GROUP_IS_GONE)
    return None


def changing(user: str, person: Person, settings: ChannelSettings, group: Group = ()) -> str | None:
    """Why somebody may not change a mascot; arguments as for `adding`."""
    open_to = settings.guests_change and (settings.takes_outsiders or not person.stranger)
    if not (person.member or open_to):
        return ONLY_MEMBERS_CHANGE
    if settings.may_add is MayAdd.GROUP:
        return _outside(user, group, NOT_WHO_CHANGE, CHANGERS_ARE_GONE)
    return None


def reviewing(
    user: str,
    person: Person,
    settings: ChannelSettings,
    act: Act,
    *,
    group: Group = (),
    posters: Iterable[str] = (),
) -> str | None:
    """Return why somebody may not comment, request changes or approve; `posters` posted what is reviewed."""
    rules = settings.review
    if person.deleted:
        return DEACTIVATED
    if person.app:
        return NO_APPS
    if person.stranger and not settings.takes_outsiders:
        return NO_OUTSIDERS
    if act is Act.COMMENT and person.member:
        return None
    match rules.who:
        case MayReview.MEMBERS if not person.member:
            return ONLY_MEMBERS_REVIEW
        case MayReview.PEOPLE if user not in rules.people:
            return not_named(len(rules.people))
        case MayReview.GROUP if why := _outside(user, group, NOT_AMONG_REVIEWERS, REVIEWERS_ARE_GONE):
            return why
    posted = any(each == user or is_forgotten_as(each, user) for each in posters)
    return POSTED_IT if act is Act.APPROVE and posted and not rules.poster_may else None


def _outside(user: str, group: Group, no: str, gone: str) -> str | None:
    if group is None:
        return gone
    return None if user in group else no
