"""Who people are: guests, user groups, and who is in which conversation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.slack.client import Client
from bot.slack.errors import UNREADABLE, SlackError
from bot.slack.text import mapping, mappings, text_of

MOST_ON_PAGE = 999  # people (docs.slack.dev: Pagination; a limit is below 1,000)


@dataclass(frozen=True)
class Person:
    """How somebody stands to the workspace (docs.slack.dev: user object)."""

    deleted: bool = False  # deactivated
    guest: bool = False  # sees only some channels; also who is of another workspace of the same Enterprise
    stranger: bool = False  # of another organisation
    app: bool = False  # the account of an app
    zone: tzinfo = UTC  # also where Slack does not tell
    team: str = ""  # the id of their workspace; empty where it is not told
    admin: bool = False  # an admin or an owner of the workspace

    @property
    def member(self) -> bool:
        return not (self.guest or self.stranger)


@dataclass(frozen=True)
class Conversation:
    """Who can look into a conversation (docs.slack.dev: conversation object)."""

    public: bool = False  # every member of the workspace
    person: str = ""  # whose direct messages it is; empty where unknown
    creator: str = ""  # empty where unknown


def is_stranger(told: Mapping[str, Any], home: frozenset[str]) -> bool:
    """Return whether a user object is of another organisation than `home` (ids of workspace and Enterprise).

    Slack's `is_stranger` is false for people from elsewhere in a channel that is shared with the bot
    (docs.slack.dev: user object), so the ids of where they belong count as well.
    """
    enterprise = mapping(told.get("enterprise_user"))
    teams = enterprise.get("teams")
    places = told.get("team_id"), enterprise.get("enterprise_id"), *(teams if isinstance(teams, list) else ())
    theirs = {each for each in places if isinstance(each, str) and each}
    return told.get("is_stranger") is True or bool(home and theirs and not theirs & home)


def is_elsewhere(told: Mapping[str, Any], home: frozenset[str]) -> bool:
    """Return whether somebody belongs to no workspace of `home`, though maybe to its Enterprise."""
    return is_stranger(told, frozenset(each for each in home if each.startswith("T")))


@dataclass
class Members:
    """Asks Slack about people; each method raises `SlackError` where Slack refused or was not reached."""

    client: Client
    _: KW_ONLY
    home: frozenset[str] = frozenset()  # ids of the workspace and of its Enterprise, as far as they are known
    team: str = (
        ""  # the workspace, to be named where an organisation has the app (docs.slack.dev: usergroups)
    )

    async def person(self, user: str) -> Person:
        """Return how somebody stands to the workspace.  Refused with `missing_scope` without `users:read`."""
        told = mapping((await self.client.call(self.client.web.users_info, {"user": user})).get("user"))
        stranger, elsewhere = is_stranger(told, self.home), is_elsewhere(told, self.home)
        restricted = bool(told.get("is_restricted") or told.get("is_ultra_restricted"))
        return Person(
            deleted=told.get("deleted") is True,
            guest=restricted or (elsewhere and not stranger),
            stranger=stranger,
            app=told.get("is_bot") is True,
            zone=zone_of(told),
            team=text_of(told, "team_id"),
            admin=not elsewhere and (told.get("is_admin") is True or told.get("is_owner") is True),
        )

    async def groups(self) -> dict[str, str]:
        """Return the user groups in use, id → handle (docs.slack.dev: usergroups.list)."""
        answer = await self.client.call(self.client.web.usergroups_list, self._where())
        groups = mappings(answer.get("usergroups"))
        return {text_of(group, "id"): text_of(group, "handle") for group in groups if text_of(group, "id")}

    async def members_of(self, group_id: str) -> frozenset[str]:
        """Return who is in a user group (usergroups.users.list); `no_such_subteam` for a disabled one."""
        where = {"usergroup": group_id, **self._where()}
        answer = await self.client.call(self.client.web.usergroups_users_list, where)
        users = answer.get("users")
        return frozenset(map(str, users)) if isinstance(users, list) else frozenset()

    def _where(self) -> dict[str, str]:
        return {"team_id": self.team} if self.team else {}

    async def conversation(self, channel: str) -> Conversation:
        """Return who can look into a conversation (docs.slack.dev: conversations.info).

        `channel_not_found` also for a private one that the bot is not in.
        """
        answer = await self.client.call(self.client.web.conversations_info, {"channel": channel})
        told = mapping(answer.get("channel"))
        closed = any(told.get(kind) is True for kind in ("is_im", "is_mpim", "is_group"))
        return Conversation(
            public=told.get("is_private") is False and not closed,
            person=text_of(told, "user") if told.get("is_im") is True else "",
            creator=text_of(told, "creator"),
        )

    async def inside(self, channel: str) -> frozenset[str]:
        """The ids of everybody who is in a conversation (docs.slack.dev: conversations.members)."""
        found: set[str] = set()
        where: dict[str, Any] = {"channel": channel, "limit": MOST_ON_PAGE}
        while True:
            answer = await self.client.call(self.client.web.conversations_members, where)
            users = answer.get("members")
            found.update(map(str, users) if isinstance(users, list) else ())
            after = text_of(mapping(answer.get("response_metadata")), "next_cursor")
            if not after or after == where.get("cursor"):
                return frozenset(found)
            where["cursor"] = after

    async def conversation_with(self, user: str) -> str:
        """Return the id of the bot's direct messages with somebody, opened where needed."""
        answer = await self.client.call(self.client.web.conversations_open, {"users": user})
        if channel := text_of(mapping(answer.get("channel")), "id"):
            return channel
        raise SlackError("conversations.open", UNREADABLE)


def zone_of(told: Mapping[str, Any]) -> tzinfo:
    """Return the time zone of a user object: `tz`, else by `tz_offset` (seconds) as it is now, else UTC."""
    if name := text_of(told, "tz"):
        with suppress(LookupError, ValueError):  # unknown here
            return ZoneInfo(name)
    offset = told.get("tz_offset")
    if isinstance(offset, int):
        return timezone(timedelta(seconds=offset))
    return UTC
