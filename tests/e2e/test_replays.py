"""What a person does is acted on once, however often it is delivered; what failed may be asked for again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, text, update

from bot.cards.view import EDIT
from bot.commands.dispatch import REQUESTED
from bot.commands.view import SHARE
from bot.db.tables import InteractionRow
from bot.references.add_forms import ASKED as ADDING
from bot.server.deliveries import key_of
from bot.server.http import EVENTS_PATH
from tests.e2e.team import Team, a_team_over_http, picture
from tests.e2e.test_shortcuts import make, opened, send
from tests.jobs.rows import table_on

pytestmark = pytest.mark.slow

SIGNED = timedelta(minutes=5)  # for as long Slack's signature counts

Request = tuple[bytes, dict[str, str]]


@dataclass
class Eavesdropper:
    """Passes Slack's requests on to the bot, and keeps them."""

    url: str
    http: aiohttp.ClientSession
    heard: list[Request] = field(default_factory=list)

    @property
    def commands(self) -> list[Request]:
        return [request for request in self.heard if kind_of(request) == "/masko"]

    async def pass_on(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        self.heard.append((await request.read(), headers))
        return await self.send(self.heard[-1])

    async def send(self, request: Request) -> web.Response:
        """Send a request as it was sent; what the bot answers."""
        body, headers = request
        async with self.http.post(self.url, data=body, headers=headers) as answer:
            return web.Response(
                status=answer.status, text=await answer.text(), content_type=answer.content_type
            )


@asynccontextmanager
async def overheard(database_url: str) -> AsyncIterator[tuple[Team, Eavesdropper]]:
    """A team whose bot hears over HTTP, and somebody who listens in."""
    async with a_team_over_http(database_url) as team, aiohttp.ClientSession() as http:
        assert team.slack.workspace.http is not None
        eavesdropper = Eavesdropper(team.slack.workspace.http.url, http)
        await team.slack.workspace.http.stop()
        application = web.Application()
        application.router.add_post(EVENTS_PATH, eavesdropper.pass_on)
        async with TestServer(application) as server:
            team.slack.use_request_url(str(server.make_url(EVENTS_PATH)), faster=100.0)
            yield team, eavesdropper


CHANGES = {
    *("chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete", "views.open", "response_url"),
    *("upload", "collections.create", "collections.update", "references.add", "references.remove"),
}


def changes(team: Team) -> dict[str, int]:
    """How often each thing was done in Slack and in Masko."""
    done = team.slack.effects + team.masko.effects
    return {name: done[name] for name in CHANGES}


def fox(team: Team) -> str:
    return f"{team.sandbox.page_url}_control/sample/fox.png"


def kind_of(request: Request) -> str:
    """Of a request: a type, or the command."""
    text = request[0].decode()
    form = {name: values[0] for name, values in parse_qs(text).items()}
    body = json.loads(form.get("payload", text)) if "command" not in form else form
    return str(body.get("command") or body["type"])


async def settled(team: Team) -> None:
    for _ in range(2):
        await team.bot.queue.drained(ADDING, REQUESTED)
        await team.all_done()


async def typed(team: Team, text: str) -> None:
    assert (await team.slack.command("ana", "mascots", "/masko", text)).acknowledged
    await settled(team)


async def a_busy_day(team: Team) -> None:
    """A post, commands, presses, shortcuts and their forms."""
    post = await team.post([picture()])
    await typed(team, f"new {fox(team)} name Rex")
    await typed(team, f"add {fox(team)} to Rex")
    await team.press(team.card(post), EDIT)
    await team.fill_in("Felix the First")
    await typed(team, "show Rex")
    mine = team.slack.channel_messages("mascots", viewer="ana")
    await team.press(next(each for each in mine if SHARE in json.dumps(each)), SHARE)
    await settled(team)
    view = await opened(team)
    await make(team, view, links=fox(team), name="Max")
    message = await team.slack.post(user="ben", channel="mascots", text=f"look {fox(team)}")
    await settled(team)
    view = await opened(team, message, channel="mascots")
    await send(team, view)
    await settled(team)


async def test_nothing_that_was_overheard_has_an_effect_twice(database_url: str) -> None:
    async with overheard(database_url) as (team, eavesdropper):
        await a_busy_day(team)
        kinds = set(map(kind_of, eavesdropper.heard))
        interactions = {"/masko", "block_actions", "view_submission", "message_action", "shortcut"}
        assert kinds >= {"event_callback", *interactions}
        before = changes(team)
        assert all(before[name] for name in ("views.open", "collections.create"))
        for request in list(eavesdropper.heard):
            assert (await eavesdropper.send(request)).status == 200
        await settled(team)
        assert changes(team) == before


async def test_many_copies_that_come_at_once_are_one(database_url: str) -> None:
    async with overheard(database_url) as (team, eavesdropper):

        async def ten_times(request: web.Request) -> web.Response:
            copy = await request.read(), dict(request.headers)
            eavesdropper.heard.extend([copy] * 10)
            return (await asyncio.gather(*map(eavesdropper.send, [copy] * 10)))[0]

        application = web.Application()
        application.router.add_post(EVENTS_PATH, ten_times)
        assert team.slack.workspace.http is not None
        await team.slack.workspace.http.stop()
        async with TestServer(application) as server:
            team.slack.use_request_url(str(server.make_url(EVENTS_PATH)))
            await typed(team, f"new {fox(team)} name Rex")
        assert len(eavesdropper.commands) == 10
        assert len(team.mascots()) == 1
        assert len(team.slack.channel_messages("mascots")) == 1


async def test_what_failed_may_be_asked_for_again(database_url: str) -> None:
    async with overheard(database_url) as (team, eavesdropper):
        table = table_on(database_url)
        async with team.bot.store.write() as session:
            await session.execute(text(f"ALTER TABLE {table} RENAME TO jobs_away"))
        assert not (await team.slack.command("ana", "mascots", "/masko", f"new {fox(team)}")).acknowledged
        async with team.bot.store.write() as session:
            await session.execute(text(f"ALTER TABLE jobs_away RENAME TO {table}"))
        request = eavesdropper.commands[0]
        for _ in range(2):
            assert (await eavesdropper.send(request)).status == 200
            await settled(team)
            assert len(team.mascots()) == 1


async def test_what_a_machine_died_over_may_be_asked_for_again(database_url: str) -> None:
    async with overheard(database_url) as (team, eavesdropper):
        await typed(team, f"new {fox(team)}")
        request = eavesdropper.commands[0]
        async with team.bot.store.write() as session:
            (row,) = (await session.scalars(select(InteractionRow))).all()
            assert row.until > datetime.now(UTC) + 2 * SIGNED  # it cannot be replayed any more then
            past = datetime.now(UTC) - timedelta(seconds=1)
            await session.execute(update(InteractionRow).values(until=past))
        assert (await eavesdropper.send(request)).status == 200
        await settled(team)
        assert len(team.mascots()) == 2


async def test_an_envelope_that_comes_twice_is_one(team: Team) -> None:
    await typed(team, f"new {fox(team)}")
    before = changes(team)
    for delivery in list(team.slack.deliveries):
        assert (await team.slack.deliver_again(delivery, retry_attempt=0)).acknowledged
    await settled(team)
    assert changes(team) == before


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"trigger_id": "1.2.3", "type": "block_actions"}, True),
        ({"trigger_id": "1.2.3", "command": "/masko"}, True),
        ({"type": "event_callback", "event": {"type": "message"}}, False),
        ({"type": "block_suggestion", "value": "fel"}, False),  # the same words may be typed again
        ({"type": "url_verification"}, False),
        ({}, False),
    ],
)
def test_what_is_told_apart(body: dict[str, Any], told: bool) -> None:
    assert (key_of(body) is not None) is told
    assert key_of(body) != key_of({**body, "trigger_id": "4.5.6"})
    assert key_of(dict(reversed(body.items()))) == key_of(body)
