"""Who may ask for a review, and who can be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.review import asked
from bot.review.invitation import Invitation, NotAsked
from bot.review.record import Record
from bot.review.reminders import Reminders, waiting
from bot.review.state import MOST_ASKED
from bot.slack.blocks import Sentence
from bot.slack.errors import SlackError

_UNKNOWN = frozenset({"user_not_found", "user_not_visible"})  # docs.slack.dev: users.info


@dataclass(frozen=True)
class Whom:
    """Who can be asked, why others are left out, and the time zones of all whom it may concern."""

    people: tuple[str, ...]
    left_out: tuple[Sentence, ...]
    zones: dict[str, tzinfo]


class Guests:
    """Decides whom an invitation reaches.

    Args:
        permissions: says whose votes would count.
        reminders: tells time zones.
        bot_user_id: who cannot be asked.
    """

    def __init__(self, permissions: Permissions, reminders: Reminders, bot_user_id: str | None) -> None:
        self._permissions = permissions
        self._reminders = reminders
        self._bot_user_id = bot_user_id

    async def named(self, wanted: Invitation) -> Invitation:
        """An invitation with the members of its user groups among those who are asked.

        Raises:
            NotAsked: a group has nobody else in it, is not there any more, or may not be looked up.
            SlackError: Slack was not reached.
        """
        people = dict.fromkeys(wanted.reviewers)
        for group in wanted.groups:
            try:
                members = await self._permissions.people_in(group)
            except SlackError as error:
                if error.worth_retrying:
                    raise
                raise NotAsked(asked.NO_GROUPS) from error
            if members is None:
                raise NotAsked(asked.GROUP_IS_GONE)
            others = set(members) - {wanted.user, self._bot_user_id}
            if not others:
                raise NotAsked(asked.GROUP_IS_EMPTY)
            people |= dict.fromkeys(sorted(others))
        return replace(wanted, reviewers=tuple(people), groups=())

    async def check(self, wanted: Invitation) -> None:
        """Whether whoever asks may.

        Raises:
            NotAsked: they may not, or name too many.
            CannotTell: Slack could not be asked who they are.
        """
        if len(wanted.reviewers) > MOST_ASKED:
            raise NotAsked(asked.TOO_MANY)
        actor = Actor(wanted.team, wanted.user)
        refusal = await self._permissions.refusal(actor, Act.COMMENT, mascot=wanted.mascot_id)
        if refusal is not None:
            raise NotAsked(refusal)

    async def sort(self, wanted: Invitation, record: Record) -> Whom:
        """Sort out who can be asked: those whose approval would count by the rules of the mascot's channel.

        Raises:
            CannotTell, SlackError: Slack could not be asked who they are.
        """
        people, left_out = [], []
        for user in dict.fromkeys(wanted.reviewers):
            why = await self._left_out(wanted, record, user)
            if why is None:
                people.append(user)
            else:
                left_out.append(why)
        concerned = {*people, *waiting(record.review), wanted.user}
        zones = {user: await self._reminders.zone(user) for user in sorted(concerned)}
        return Whom(tuple(people), tuple(left_out), zones)

    async def _left_out(self, wanted: Invitation, record: Record, user: str) -> Sentence | None:
        """Why somebody is not asked; None where they are."""
        if user == self._bot_user_id:
            return asked.THE_BOT
        if user == wanted.user:
            return asked.THE_ASKER
        try:
            person = await self._permissions.person(user)
            if why := rules.reviewing(user, person, record.settings, Act.COMMENT):  # whatever they see
                return asked.left_out(user, why)
            shows = None if wanted.channel.startswith("D") else wanted.channel  # if nothing else does
            refusal = await self._permissions.refusal(
                Actor(wanted.team, user), Act.APPROVE, mascot=wanted.mascot_id, channel=shows
            )
        except CannotTell as error:
            if error.cause.code not in _UNKNOWN:
                raise
            return asked.not_found(user)
        return asked.left_out(user, refusal) if refusal is not None else None
