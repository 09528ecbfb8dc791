"""Who may add images in a channel, and who may review: everyone, members of the workspace, a user group,
or people by name."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.channel_settings import ChannelSettings, MayAdd, MayReview, ReviewRules
from bot.errors import BotError
from bot.slack.members import Members, Person
from bot.slack.workspace import SlackError

log = logging.getLogger(__name__)

T = TypeVar("T")

KNOWN_FOR = 300.0  # seconds until Slack is asked again (Choice): groups and guests change by the day
GROUPS_WITHIN = 1.0  # seconds of the three in which a form must open (docs.slack.dev: views.open)
_MOST_KNOWN = 10_000  # answers; beyond that all are forgotten

NO_GUESTS = (
    "Guests may not add images in this channel, so nothing was uploaded. "
    "A member of the workspace can do it for you."
)
NOT_IN_GROUP = (
    "Only the members of a user group may add images in this channel, so nothing was uploaded. "
    "One of them can do it for you; /masko settings tells who they are."
)
GROUP_IS_GONE = (
    "Only the members of a user group may add images in this channel, and that group is not there any more, "
    "so nothing was uploaded. /masko settings chooses anew."
)


DEACTIVATED = (
    "Your account in this workspace is deactivated, so you may not review here. "
    "Somebody who manages the workspace can bring it back."
)
NO_APPS = "Apps do not review."
NO_OUTSIDERS = (
    "People from other organisations may not review in this channel. Somebody of this workspace can do it "
    "for you, or let other organisations in: /masko settings, under Slack Connect."
)
ONLY_MEMBERS_REVIEW = (
    "Only members of this workspace may review in this channel, no guests. One of them can do it for you; "
    "/masko settings tells the rules."
)
NOT_AMONG_REVIEWERS = (
    "Only the members of a user group may review in this channel. One of them can do it for you; "
    "/masko settings tells who they are."
)
REVIEWERS_ARE_GONE = (
    "Only the members of a user group may review in this channel, and that group is not there any more. "
    "/masko settings chooses anew."
)
NOBODY_IS_NAMED = (
    "Only people who are named may review in this channel, and nobody is named any more. "
    "/masko settings names somebody, or lets others review too."
)
POSTED_IT = (
    "You posted one of these pictures, so somebody else has to approve them here. "
    "/masko settings tells the rules."
)


def not_named(named: int) -> str:
    """Said to somebody who is not among so many people who may review; it names none of them."""
    if not named:
        return NOBODY_IS_NAMED
    people, one = ("1 person", "They") if named == 1 else (f"{named} people", "One of them")
    return (
        f"Only {people} named in this channel's settings may review here. {one} can do it for you; "
        "/masko settings tells who may."
    )


class CannotTell(BotError):
    """Slack did not say whether somebody may do something.

    Args:
        cause: what it said instead.
        wish: what they wanted to do in a channel.
    """

    def __init__(self, cause: SlackError, wish: str = "add images") -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.wish = wish
        self.worth_retrying = cause.worth_retrying
        self.retry_after = cause.retry_after

    @property
    def words(self) -> str:
        if self.cause.code == "missing_scope":
            return (
                f"Not everyone may {self.wish} in this channel, and the app may not look up who you are. "
                "Somebody who manages apps in this workspace should reinstall it."
            )
        return f"Not everyone may {self.wish} in this channel, so I asked who you are. {self.cause.words}"


class Admission:
    """Decides who may add images, and who may review.

    What Slack answers is remembered for some minutes.

    Args:
        members: asked where not everyone may.
        clock: seconds, never going back.
    """

    def __init__(self, members: Members, clock: Callable[[], float] = time.monotonic) -> None:
        self._members = members
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Any]] = {}

    async def refusal(self, user: str, settings: ChannelSettings) -> str | None:
        """Why somebody may not add images, for their eyes; None where they may.

        Args:
            user: who wants to.
            settings: of the channel.

        Raises:
            CannotTell: Slack could not be asked.
        """
        try:
            if settings.may_add is MayAdd.MEMBERS:
                return None if await self._is_member(user) else NO_GUESTS
            if settings.may_add is MayAdd.GROUP:
                return None if user in await self._members_of(settings.group_id or "") else NOT_IN_GROUP
        except SlackError as error:
            if error.code == "no_such_subteam":
                return GROUP_IS_GONE
            raise CannotTell(error) from error
        return None

    async def review_refusal(
        self,
        user: str,
        rules: ReviewRules,
        *,
        takes_outsiders: bool,
        posters: frozenset[str],
        approving: bool,
    ) -> str | None:
        """Why somebody may not review, for their eyes; None where they may.

        Args:
            user: who wants to.
            rules: of the channel.
            takes_outsiders: the channel lets people from other organisations take part.
            posters: ids of those who posted what is reviewed.
            approving: they want to approve it, rather than to ask for changes.

        Raises:
            CannotTell: Slack could not be asked.
        """
        try:
            if words := await self._no_reviewer(user, rules, takes_outsiders):
                return words
        except SlackError as error:
            if error.code == "no_such_subteam":
                return REVIEWERS_ARE_GONE
            raise CannotTell(error, "review") from error
        return POSTED_IT if approving and not rules.poster_may and user in posters else None

    async def people_in(self, group_id: str) -> frozenset[str]:
        """Who belongs to a user group.

        Raises:
            SlackError: `no_such_subteam`, refused, or not reached.
        """
        return await self._members_of(group_id)

    async def groups(self) -> dict[str, str]:
        """The user groups to choose from, id → handle; none where Slack does not tell them at once."""
        try:
            async with asyncio.timeout(GROUPS_WITHIN):
                return await self._asked("groups", "", self._members.groups)
        except (SlackError, TimeoutError) as error:
            log.info("no user groups to choose from: %s", error)
            return {}

    async def _no_reviewer(self, user: str, rules: ReviewRules, takes_outsiders: bool) -> str | None:
        standing = await self._standing(user, rules)
        if standing.deleted:
            return DEACTIVATED
        if standing.app:
            return NO_APPS
        if standing.stranger and not takes_outsiders:
            return NO_OUTSIDERS
        match rules.who:
            case MayReview.MEMBERS if standing.guest or standing.stranger:
                return ONLY_MEMBERS_REVIEW
            case MayReview.PEOPLE if user not in rules.people:
                return not_named(len(rules.people))
            case MayReview.GROUP if user not in await self._members_of(rules.group_id or ""):
                return NOT_AMONG_REVIEWERS
        return None

    async def _standing(self, user: str, rules: ReviewRules) -> Person:
        """Where everyone may review, nobody is turned away because Slack will not say who they are."""
        try:
            return await self._asked("standing", user, lambda: self._members.standing(user))
        except SlackError as error:
            if rules.who is MayReview.EVERYONE and not error.worth_retrying:
                return Person()
            raise

    async def _is_member(self, user: str) -> bool:
        return await self._asked("member", user, lambda: self._members.is_member(user))

    async def _members_of(self, group_id: str) -> frozenset[str]:
        return await self._asked("group", group_id, lambda: self._members.members_of(group_id))

    async def _asked(self, what: str, whom: str, ask: Callable[[], Awaitable[T]]) -> T:
        now = self._clock()
        until, answer = self._known.get((what, whom), (now, None))
        if until > now:
            known: T = answer
            return known
        told = await ask()
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[what, whom] = (now + KNOWN_FOR, told)
        return told
