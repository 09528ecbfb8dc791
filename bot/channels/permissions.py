"""Permissions: who may see, add to, change and review a mascot, and who may set a channel.

Whatever acts for a person asks `Permissions.refusal` right before; `docs/permissions.md` lists the
callers.  A mascot belongs to the conversations of its threads: who sees one sees the mascot; the first
one's settings hold.  Unknown means no.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import Act
from bot.channels.queries import channel as channel_row
from bot.channels.queries import settings_of
from bot.channels.settings import ChannelSettings
from bot.db import Store, mascots
from bot.db.values import MayAdd, MayReview
from bot.errors import BotError, Refusal
from bot.slack.errors import SlackError, tolerating
from bot.slack.users import Conversation, Members, Person

log = logging.getLogger(__name__)

T = TypeVar("T")

KNOWN_FOR = 300.0  # seconds until Slack is asked again (Choice): groups and guests change by the day
GROUPS_WITHIN = 1.0  # seconds of the three in which a form must open (docs.slack.dev: views.open)
_MOST_KNOWN = 10_000  # answers; beyond that all are forgotten


@dataclass(frozen=True)
class Actor:
    """A person in the workspace (`team`) that the app is installed in."""

    team: str
    user: str


@dataclass(frozen=True)
class _Target:
    """What an act is about; `home`, whose settings hold, is empty for a mascot without a thread."""

    channels: Collection[str]
    home: str
    settings: ChannelSettings
    posters: Collection[str] = ()


class Denied(Refusal):
    """Somebody may not do something."""


class CannotTell(BotError):
    """Slack did not say (`cause`) whether somebody may do something (`act`)."""

    def __init__(self, cause: SlackError, act: Act) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.act = act
        self.worth_retrying = cause.worth_retrying
        self.waits_for_turn = cause.waits_for_turn
        self.retry_after = cause.retry_after

    @property
    def words(self) -> str:
        if self.cause.code == "missing_scope":
            return (
                f"Not everyone can {self.act} in this channel, and I can't look up who you are. "
                "Somebody who manages apps in this workspace should reinstall me."
            )
        return f"Not everyone can {self.act} in this channel, so I asked who you are. {self.cause.words}"


@dataclass
class Permissions:
    """Decides who may do what; remembers for five minutes what Slack tells."""

    store: Store
    members: Members
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[float, Any]] = {}

    def witness(self, user: str, channel: str) -> None:
        """Remember that Slack itself tells of somebody acting in a conversation: they see it."""
        self._remember(("sees", user, channel), True)

    async def require(self, actor: Actor, act: Act, **about: Any) -> None:
        """Raise `Denied` or `CannotTell` unless somebody may do something; arguments as for `refusal`."""
        if (why := await self.refusal(actor, act, **about)) is not None:
            raise Denied(why)

    async def refusal(
        self,
        actor: Actor,
        act: Act,
        *,
        mascot: str | None = None,
        channel: str | None = None,
        own: bool = False,
        inside: bool = False,
    ) -> str | None:
        """Return why somebody may not do something, in words for them; None: they may.  Raises CannotTell.

        Args:
            mascot: the id of the mascot that it is about, or
            channel: of the conversation; beside a mascot, one that will show it.
            own: it undoes or describes what they posted themselves.
            inside: they are known to be from no other organisation.
        """
        target = await self._target(actor.team, mascot, channel)
        try:
            if target is None or not await self._sees_any(actor, target.channels):
                return rules.NOT_KNOWN if mascot else rules.NOT_IN_SIGHT
            match act:
                case Act.SEE:
                    return None
                case Act.ADD | Act.CHANGE:
                    changes = act is Act.CHANGE and not own
                    return await self._may_not_add(actor.user, target.settings, inside, changes=changes)
                case Act.SET:
                    return await self._may_not_set(actor, target)
                case Act.COMMENT | Act.REQUEST | Act.APPROVE:
                    return await self._may_not_review(actor.user, act, target)
        except SlackError as error:
            raise CannotTell(error, act) from error

    async def visible(self, actor: Actor, ids: Collection[str]) -> set[str]:
        """Return which of some mascots (ids) somebody sees.  Raises CannotTell."""
        if not ids:
            return set()
        async with self.store.read() as session:
            shown_in = await mascots.channels_of(session, actor.team, ids)
        member = (await self.person(actor.user)).member
        channels = sorted(set().union(*shown_in.values()))
        asked = (self._sees(actor, channel) for channel in channels)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        seen = {channel for channel, sees in zip(channels, answers, strict=True) if sees is True}
        return {each for each in shown_in if (shown_in[each] & seen if shown_in[each] else member)}

    async def groups(self) -> dict[str, str]:
        """The user groups to choose from, id → handle; none where Slack does not tell them at once."""
        try:
            async with asyncio.timeout(GROUPS_WITHIN):
                return await self._ask(self.members.groups)
        except (SlackError, TimeoutError) as error:
            log.info("no user groups to choose from: %s", error)
            return {}

    async def people_in(self, group_id: str) -> rules.Group:
        """Return the members of a user group; None for a disabled one.  Raises SlackError."""
        with tolerating("no_such_subteam"):
            return await self._ask(self.members.members_of, group_id)
        return None

    async def person(self, user: str) -> Person:
        """Return how somebody stands to the workspace.  Raises CannotTell."""
        try:
            return await self._person(user)
        except SlackError as error:
            raise CannotTell(error, Act.SEE) from error

    async def _may_not_add(
        self, user: str, settings: ChannelSettings, inside: bool, *, changes: bool
    ) -> str | None:
        """`changes`: not only add, but change what others have added."""
        everyone = settings.may_add is MayAdd.EVERYONE and (inside or settings.takes_outsiders)
        if everyone and not changes:
            return None  # Slack need not be asked
        rule, person = rules.changing if changes else rules.adding, await self._person(user)
        adders = await self.people_in(settings.group_id or "") if settings.may_add is MayAdd.GROUP else ()
        return rule(user, person, settings, adders)

    async def _may_not_review(self, user: str, act: Act, target: _Target) -> str | None:
        review, person = target.settings.review, await self._person(user)
        group = await self.people_in(review.group_id or "") if review.who is MayReview.GROUP else ()
        return rules.reviewing(user, person, target.settings, act, group=group, posters=target.posters)

    async def _may_not_set(self, actor: Actor, target: _Target) -> str | None:
        """Where nobody is known to have invited the bot, whoever created the channel counts as that."""
        person = await self._person(actor.user)
        if person.admin or actor.user in target.settings.setters:
            return None
        conversation = await self._look(self.members.conversation, target.home) or Conversation()
        if conversation.person == actor.user:
            return None
        async with self.store.read() as session:
            row = await channel_row(session, actor.team, target.home)
        inviter = (row and row.invited_by) or conversation.creator
        return None if person.member and actor.user == inviter else rules.ONLY_SOME_SET

    async def _target(self, team: str, mascot: str | None, channel: str | None) -> _Target | None:
        """None for a mascot that is none of this team's; one that was deleted still has its record."""
        async with self.store.read() as session:
            if mascot is None:
                home = channel or ""
                return _Target({home}, home, await settings_of(session, team, home))
            row = await mascots.mascot(session, mascot)
            if row is None or row.team != team:
                return None
            shown = [each.channel for each in await mascots.threads_of(session, mascot)]
            home = shown[0] if shown else ""
            settings = await settings_of(session, team, home)
            added = [each for each in await mascots.references(session, mascot) if each.added_by]
        posters = {each.added_by for each in added if each.asset_id in row.reference_ids}
        return _Target({*shown, *filter(None, [channel])}, home, settings, posters)

    async def _sees_any(self, actor: Actor, channels: Collection[str]) -> bool:
        """Whether somebody sees a mascot that is shown in these conversations; in none: it is a member's."""
        for channel in sorted(channels, key=lambda each: (not self._witnessed(actor, each), each)):
            if await self._sees(actor, channel):
                return True
        return not channels and (await self._person(actor.user)).member

    async def _sees(self, actor: Actor, channel: str) -> bool:
        if self._witnessed(actor, channel):
            return True
        conversation = await self._look(self.members.conversation, channel)
        if conversation is None:
            return False
        if conversation.person:
            return conversation.person == actor.user
        if conversation.public and (await self._person(actor.user)).member:
            return True
        return actor.user in (await self._look(self.members.inside, channel) or ())

    def _witnessed(self, actor: Actor, channel: str) -> bool:
        return self._known.get(("sees", actor.user, channel), (float("-inf"),))[0] > self.clock()

    async def _person(self, user: str) -> Person:
        return await self._ask(self.members.person, user)

    async def _look(self, ask: Callable[[str], Awaitable[T]], channel: str) -> T | None:
        """Ask about a conversation; None where Slack refuses to tell, which is remembered as well."""
        try:
            return await self._ask(ask, channel)
        except SlackError as error:
            if error.worth_retrying:
                raise
            log.info("nothing is known of %s: %s", channel, error)
            return self._remember((ask, channel), None)

    async def _ask(self, ask: Callable[..., Awaitable[T]], *whom: str) -> T:
        """Return what Slack answers, or answered within the last five minutes."""
        until, answer = self._known.get((ask, *whom), (float("-inf"), None))
        return answer if until > self.clock() else self._remember((ask, *whom), await ask(*whom))

    def _remember(self, question: tuple[object, ...], answer: T) -> T:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[question] = (self.clock() + KNOWN_FOR, answer)
        return answer
