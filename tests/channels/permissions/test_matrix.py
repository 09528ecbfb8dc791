"""Act × person × conversation, as Slack tells of them; and that everything that acts for a person asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from slack_bolt.async_app import AsyncApp

from bot.channels import queries as channels
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.settings import ChannelSettings
from bot.db import mascots
from bot.db.engine import insert
from bot.db.tables import ReferenceRow
from bot.db.values import Mode
from bot.privacy import Privacy
from bot.sandbox.slack.directory import Channel, Person
from bot.slack.client import Client, slack_client
from bot.slack.messenger import Messenger
from bot.slack.network import Network
from bot.slack.users import Members
from handlers import Services, register
from tests.channels.permissions.matrix import EXPORTS, JOBS, LISTENERS, MATRIX, PAGE, PEOPLE, page
from tests.e2e.team import Team, a_team, set_channel

WHO = dict(zip(PEOPLE, ("chris", "ana", "ben", "gil", "gus", "noor"), strict=True))
PLACES = {"public channel": "C0STUDIO001", "private channel": "C0CLOSED001", "direct messages": "D0ANABOT005"}


async def populate(team: Team) -> None:
    """A mascot in each kind of conversation, called like it; people who are in them, and who are not."""
    directory = team.slack.directory
    gil = directory.person("gil")
    directory.people["U0GUS000006"] = Person(
        "U0GUS000006", "gus", "Gus Petit", "Guest", gil.color, gil.team_id, is_restricted=True
    )
    inside = [directory.person(each).id for each in ("ana", "gil", "noor")] + [directory.bot.id]
    for kind, place in (("channel", "public channel"), ("private", "private channel")):
        channel = Channel(PLACES[place], kind.strip(), kind, "", list(inside))  # type: ignore[arg-type]
        directory.channels[channel.id] = channel
    async with team.bot.store.write() as session:
        for place, channel_id in PLACES.items():
            row = {"id": place, "team": directory.team.id, "name": place, "reference_ids": ["a"]}
            await mascots.add(session, row | {"created_at": datetime.now(UTC), "read_at": datetime.now(UTC)})
            thread = await mascots.thread(session, directory.team.id, channel_id, "1700000000.000100")
            await mascots.change_thread(session, thread.id, mascot_id=place)
            reference = {"mascot_id": place, "asset_id": "a", "name": "a.png", "showable": False}
            reference |= {"added_by": directory.person("ana").id}
            await session.execute(insert(session, ReferenceRow).values(reference))
            if not channel_id.startswith("D"):
                await channels.change(session, directory.team.id, channel_id, invited_by="U0SOMEBODY")


@asynccontextmanager
async def permissions(team: Team) -> AsyncIterator[Permissions]:
    """Those that ask this team's Slack, and know nothing yet."""
    async with Network().session(30.0) as session:
        client = slack_client(session, team.sandbox.slack_api_url, team.sandbox.bot_token)
        home = frozenset({team.slack.directory.team.id})
        yield Permissions(team.bot.store, Members(Client(client), home=home))


async def test_the_matrix(database_url: str) -> None:
    async with a_team(database_url) as team, permissions(team) as asked:
        await populate(team)
        for place, acts in MATRIX.items():
            for act, row in acts.items():
                told = [await _refusal(asked, team, who, act, place) for who in PEOPLE]
                assert tuple(told) == row, (place, act)
        assert team.findings() == []


async def _refusal(asked: Permissions, team: Team, who: str, act: Act, place: str) -> str | None:
    actor = Actor(team.slack.directory.team.id, team.slack.directory.person(WHO[who]).id)
    if act is Act.SET:
        return await asked.refusal(actor, act, channel=PLACES[place])
    return await asked.refusal(actor, act, mascot=place)


async def test_who_gets_the_record_of_settings(database_url: str) -> None:
    async with a_team(database_url) as team, permissions(team) as asked:
        await populate(team)
        place = team.slack.directory.team.id, PLACES["private channel"]
        await set_channel(team.bot.store, *place, ChannelSettings(mode=Mode.ASK))
        members, messenger = asked.members, Messenger(asked.members.client)
        privacy = Privacy(team.bot.store, team.bot.queue, members, asked, messenger)
        for (what, row), channel in zip(EXPORTS.items(), (place[1], "D0ANABOT005"), strict=True):
            for who, expected in zip(PEOPLE, row, strict=True):
                actor = Actor(place[0], team.slack.directory.person(WHO[who]).id)
                sent = team.slack.calls["files.completeUploadExternal"]
                told = (await privacy.export(actor, channel)).text
                assert (told == expected) is (expected is not None), (what, who, told)
                assert (team.slack.calls["files.completeUploadExternal"] > sent) is (expected is None)


class Registered:
    """Stands in for Bolt's app: remembers what listeners are registered for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, kind: str) -> Any:
        def remember(what: object) -> Any:
            if kind in ("event", "action", "view", "command", "shortcut", "options"):
                name = what.pattern if isinstance(what, re.Pattern) else str(what)
                self.names.add(f"{kind} {name.replace(chr(92), '').replace('.w+', '.*') or '*'}")
            return lambda *_given, **_more: None

        return remember


def test_every_listener_is_among_those_that_ask() -> None:
    app = Registered()
    register(cast(AsyncApp, app), cast(Services, None))
    assert app.names == set(LISTENERS)


async def test_every_kind_of_job_is_among_those_that_ask(database_url: str) -> None:
    async with a_team(database_url) as team:
        assert set(team.bot.queue.handlers) == set(JOBS)


def test_the_page_says_what_the_tables_say() -> None:
    assert PAGE.read_text() == page(), "python -m tests.channels.permissions.matrix --write"


@pytest.mark.parametrize("act", Act)
def test_every_act_is_in_the_matrix(act: Act) -> None:
    assert all(act in acts for acts in MATRIX.values())
