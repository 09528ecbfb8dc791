"""Who and what is in the workspace: the team, its people, its channels and the app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.sandbox.slack.time_zones import TIME_ZONE

ChannelKind = Literal["channel", "private", "im", "mpim"]
ShortcutType = Literal["message", "global"]
_CHANNEL_TYPES: dict[ChannelKind, str] = {
    "channel": "channel",
    "private": "group",
    "im": "im",
    "mpim": "mpim",
}
_SCOPE_FAMILIES: dict[ChannelKind, str] = {
    "channel": "channels",
    "private": "groups",
    "im": "im",
    "mpim": "mpim",
}


@dataclass(frozen=True)
class Enterprise:
    """An organisation of Enterprise Grid, which several workspaces belong to."""

    id: str
    name: str


@dataclass(frozen=True)
class Team:
    """A workspace; `enterprise` is the organisation that it belongs to, if it does."""

    id: str
    name: str
    domain: str
    enterprise: Enterprise | None = None


@dataclass(frozen=True)
class Person:
    """A member: a human or the bot.

    Attributes:
        team_id: differs from the workspace's for a Slack Connect guest.
        time_zone: by its name in the IANA database.
        deactivated: has left; what they wrote stays, but they do nothing any more.
    """

    id: str
    name: str
    real_name: str
    title: str
    color: str
    team_id: str
    is_bot: bool = False
    is_restricted: bool = False
    is_admin: bool = False
    time_zone: str = TIME_ZONE
    deactivated: bool = False

    def as_json(self) -> dict[str, Any]:
        """The person as the sandbox's page shows them."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "title": self.title,
            "color": self.color,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "team_id": self.team_id,
            "time_zone": self.time_zone,
            "deactivated": self.deactivated,
        }


@dataclass
class Channel:
    """A conversation of any kind, with the ids of its members."""

    id: str
    name: str
    kind: ChannelKind
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_ext_shared: bool = False
    user: str | None = None
    is_archived: bool = False

    @property
    def payload_name(self) -> str:
        """What interactions call it: Slack says `directmessage` for a DM, whoever it is with."""
        return "directmessage" if self.kind == "im" else self.name

    @property
    def channel_type(self) -> str:
        """What events call this kind of conversation."""
        return _CHANNEL_TYPES[self.kind]

    @property
    def scope_family(self) -> str:
        """The first half of the scopes for this kind: `groups` in `groups:history`."""
        return _SCOPE_FAMILIES[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The channel as the sandbox's page shows it."""
        shown = {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "topic": self.topic,
            "members": list(self.members),
            "is_ext_shared": self.is_ext_shared,
            "is_archived": self.is_archived,
        }
        return shown | ({"user": self.user} if self.user else {})


@dataclass(frozen=True)
class Command:
    """A slash command of the app. `should_escape`: people, channels and links in its text become tokens."""

    name: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app: in a message's menu, or global."""

    callback_id: str
    name: str
    type: ShortcutType
    description: str = ""


@dataclass
class App:
    """The app in one workspace, as its manifest describes it.

    Attributes:
        scopes: granted to its bot here; this set and `app_level_scopes` can be changed while it runs.
        installed: whether it is in this workspace at all.
        is_enterprise_install: whether it is there because the whole organisation installed it.
    """

    id: str
    name: str
    bot_user_id: str
    bot_id: str
    scopes: set[str]
    events: frozenset[str]
    home_tab: bool
    messages_tab: bool
    interactivity: bool
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    unfurl_domains: tuple[str, ...] = ()
    app_level_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    installed: bool = True
    is_enterprise_install: bool = False


@dataclass
class UserGroup:
    """A user group (`@designers`), with the ids of its members."""

    id: str
    handle: str
    name: str
    members: list[str]
    disabled: bool = False


@dataclass
class Directory:
    """Look-ups by id or by name."""

    team: Team
    app: App
    people: dict[str, Person]
    channels: dict[str, Channel]
    groups: dict[str, UserGroup] = field(default_factory=dict)

    def person(self, key: str) -> Person:
        """The person with this id, or with this name (with or without `@`).

        Raises:
            LookupError: there is nobody of that id or name.
        """
        if key in self.people:
            return self.people[key]
        wanted = key.removeprefix("@").casefold()
        for person in self.people.values():
            if person.name.casefold() == wanted:
                return person
        raise LookupError(f"nobody in the sandbox is called {key!r}")

    def channel(self, key: str) -> Channel:
        """The channel with this id, or with this name (with or without `#`).

        Raises:
            LookupError: there is no such channel.
        """
        if key in self.channels:
            return self.channels[key]
        wanted = key.removeprefix("#")
        for channel in self.channels.values():
            if channel.name == wanted:
                return channel
        raise LookupError(f"no channel of the sandbox is called {key!r}")

    def is_external(self, person: Person) -> bool:
        """Whether somebody comes from another organisation, by Slack Connect."""
        return person.team_id != self.team.id

    def active(self, users: Iterable[str]) -> list[str]:
        """Those of some people (ids) whose accounts are not deactivated."""
        return [user for user in users if not self.people[user].deactivated]

    @property
    def bot(self) -> Person:
        """The app's bot user."""
        return self.people[self.app.bot_user_id]

    def direct_message(self, user: str) -> Channel | None:
        """The DM of the bot with one person, if it was opened."""
        return self.conversation_of([user, self.app.bot_user_id])

    def conversation_of(self, members: Iterable[str]) -> Channel | None:
        """The DM or group DM of exactly these members (ids), if it was opened."""
        wanted = set(members)
        talks = (channel for channel in self.channels.values() if channel.kind in ("im", "mpim"))
        return next((channel for channel in talks if set(channel.members) == wanted), None)


HOME_TEAM = Team("T0SANDBOX01", "Sandbox Studio", "sandbox-studio")
PARTNER_TEAM = "T0NORTHWIND"
BOT = "U0MASKOBOT1"
ANA, BEN, CHRIS, GIL, NOOR = "U0ANA000001", "U0BEN000002", "U0CHRIS0003", "U0GIL000004", "U0NOOR00005"


MOST_WORKSPACES = 36
_NUMBERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def numbered(id: str, number: int) -> str:
    """The id that stands in the workspace of this number for one of the first: U0ANA000001, U1ANA000001."""
    return f"{id[0]}{_NUMBERS[number]}{id[2:]}"


def app_from_manifest(manifest: Mapping[str, Any], number: int = 0) -> App:
    """The app that a manifest (as parsed from YAML or JSON) describes; `number` is of its bot's ids."""
    features = manifest.get("features", {})
    settings = manifest.get("settings", {})
    home = features.get("app_home", {})
    subscriptions = settings.get("event_subscriptions", {})
    return App(
        id="A0SANDBOX01",
        name=manifest.get("display_information", {}).get("name", "App"),
        bot_user_id=numbered(BOT, number),
        bot_id=numbered("B0SANDBOX01", number),
        scopes=set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        events=frozenset(subscriptions.get("bot_events", ())),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        interactivity=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        commands=tuple(map(_command, features.get("slash_commands", ()))),
        shortcuts=tuple(map(_shortcut, features.get("shortcuts", ()))),
        unfurl_domains=tuple(features.get("unfurl_domains", ())),
    )


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(
        entry["command"],
        entry.get("description", ""),
        entry.get("usage_hint", ""),
        bool(entry.get("should_escape", False)),
    )


def _shortcut(entry: Mapping[str, Any]) -> Shortcut:
    return Shortcut(entry["callback_id"], entry["name"], entry["type"], entry.get("description", ""))


def groups_among(people: Iterable[str], number: int = 0) -> dict[str, UserGroup]:
    """The studio's user groups, with those of their members (ids) that are there; without empty ones."""
    there = set(people)
    ana, ben, chris = (numbered(each, number) for each in (ANA, BEN, CHRIS))
    groups = (
        UserGroup(numbered("S0DESIGN001", number), "designers", "Designers", [ana, chris]),
        UserGroup(numbered("S0RETIRED02", number), "alumni", "Alumni", [ben], disabled=True),
    )
    kept = (replace(group, members=[each for each in group.members if each in there]) for group in groups)
    return {group.id: group for group in kept if group.members}


def sandbox_studio(manifest: Mapping[str, Any]) -> Directory:
    """A small studio: a designer, a developer, a brand lead, a guest, a partner from elsewhere, the bot."""
    return _studio(manifest, HOME_TEAM, app_from_manifest(manifest), 0)


def further_studio(manifest: Mapping[str, Any], team: Team, number: int, bot_number: int) -> Directory:
    """The same people and channels in another workspace, under other ids; the app is not installed there.

    Its bot is nobody there until it is: deactivated, and in no channel.

    Args:
        number: of the workspace, from 1.
        bot_number: of the bot's ids. Choice: it has the same ones in all workspaces of an organisation, since
            an organisation's installation has one `bot_user_id`.
    """
    app = app_from_manifest(manifest, bot_number)
    app.installed, app.scopes = False, set()
    return _studio(manifest, team, app, number)


def _studio(manifest: Mapping[str, Any], team: Team, app: App, number: int) -> Directory:
    name = manifest.get("features", {}).get("bot_user", {}).get("display_name", app.name)
    ana, ben, chris, gil, noor = (numbered(each, number) for each in (ANA, BEN, CHRIS, GIL, NOOR))
    people = [
        Person(ana, "ana", "Ana Lima", "Designer", "#9f69e7", team.id),
        Person(ben, "ben", "Ben Okafor", "Developer", "#4bbe2e", team.id),
        Person(chris, "chris", "Chris Meyer", "Brand lead", "#e7392d", team.id, is_admin=True),
        Person(gil, "gil", "Gil Santos", "Guest", "#3c989f", team.id, is_restricted=True),
        Person(noor, "noor", "Noor Haddad", "Illustrator at Northwind", "#d58247", PARTNER_TEAM),
        Person(
            app.bot_user_id,
            name.casefold(),
            name,
            "App",
            "#3b2a7a",
            team.id,
            is_bot=True,
            deactivated=not app.installed,
        ),
    ]
    bot = [app.bot_user_id] if app.installed else []
    everybody = [ana, ben, chris]
    channels = [
        Channel("C0MASCOTS01", "mascots", "channel", "Mascots: drop a picture", [*everybody, gil, *bot]),
        Channel("C0BRAND0002", "brand", "channel", "The brand, as a whole", everybody),
        Channel("C0NORTHW003", "northwind", "channel", "With Northwind", [ana, chris, noor, *bot], True),
        Channel("C0SECRET004", "unreleased", "private", "Not yet announced", [ana, chris, *bot]),
    ]
    if bot:
        channels += [
            Channel("D0ANABOT005", "ana", "im", "", [ana, *bot], user=ana),
            Channel("C0GROUP0006", "mpdm-ana--ben--masko-1", "mpim", "", [ana, ben, *bot]),
        ]
    for channel in channels:
        channel.id = numbered(channel.id, number)
    return Directory(
        team,
        app,
        {person.id: person for person in people},
        {channel.id: channel for channel in channels},
        groups_among({person.id for person in people}, number),
    )
