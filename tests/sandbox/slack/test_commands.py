"""Slash commands: what the bot gets, where they may be used, and what its answers do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import Delivery, LocalSlack
from bot.sandbox.slack.commands import escaped, failure_words
from tests.sandbox.slack.conftest import section
from tests.sandbox.slack.robot import Robot
from tests.sandbox.slack.shapes import recorded, shape

ANA, MASCOTS, BRAND = "U0ANA000001", "C0MASCOTS01", "C0BRAND0002"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def typed(robot: Robot, slack: LocalSlack, text: str = "", answer: Any = None, **more: str) -> Delivery:
    """Type `/masko`, let the bot acknowledge with `answer`."""
    about = {"user": "ana", "channel": "mascots", "command": "/masko", **more}
    typing = asyncio.create_task(slack.command(text=text, **about))
    await robot.ack(await robot.receive(), answer)
    return await typing


def findings(slack: LocalSlack) -> list[str]:
    return [entry.finding or "" for entry in slack.workspace.inspector.findings()]


async def test_the_payload_is_the_recorded_one(robot: Robot, slack: LocalSlack) -> None:
    delivery = await typed(robot, slack, "help me")
    assert delivery.type == "slash_commands"
    payload = delivery.payload
    assert (payload["command"], payload["text"]) == ("/masko", "help me")
    assert (payload["channel_id"], payload["channel_name"]) == (MASCOTS, "mascots")
    assert (payload["user_id"], payload["user_name"]) == (ANA, "ana")
    assert "/commands/" in payload["response_url"]
    assert shape(payload) == shape(recorded("slash_command.json")["slashCommandWithArgs"])


async def test_the_envelope_takes_an_answer(robot: Robot, slack: LocalSlack) -> None:
    typing = asyncio.create_task(slack.command("ana", "mascots", "masko"))
    envelope = await robot.receive()
    await robot.ack(envelope)
    await typing
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)


async def test_a_dm_and_a_channel_without_the_bot(robot: Robot, slack: LocalSlack) -> None:
    assert (await typed(robot, slack, channel="D0ANABOT005")).payload["channel_name"] == "directmessage"
    assert (await typed(robot, slack, answer={"text": "hi"}, channel=BRAND)).acknowledged
    assert [message["text"] for message in slack.channel_messages(BRAND, "ana")] == ["hi"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [({"text": "words"}, "words"), ("plain words", "plain words"), ({"blocks": [section("b")]}, "")],
    ids=["text", "plain", "blocks"],
)
async def test_an_answer_is_for_the_person_alone(
    robot: Robot, slack: LocalSlack, answer: Any, text: str
) -> None:
    await typed(robot, slack, answer=answer)
    [message] = slack.channel_messages("mascots", "ana")
    assert (message["text"], message["is_ephemeral"]) == (text, True)
    assert slack.channel_messages("mascots", "ben") == []


async def test_an_answer_for_the_channel(robot: Robot, slack: LocalSlack) -> None:
    slack.directory.app.events = frozenset()
    await typed(robot, slack, answer={"response_type": "in_channel", "text": "all"})
    assert [message["text"] for message in slack.channel_messages("mascots", "ben")] == ["all"]


async def test_no_answer_shows_nothing(robot: Robot, slack: LocalSlack) -> None:
    await typed(robot, slack)
    assert slack.channel_messages("mascots", "ana") == []
    assert findings(slack) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "response_type": "loud"}, "invalid_response_type"),
        (["x"], "invalid_payload"),
        ({"text": 5}, "invalid_payload"),
        ({"text": "x", "attachments": ["x"]}, "invalid_attachments"),
        ({"text": "x", "blocks": "x"}, "invalid_blocks"),
    ],
)
async def test_a_wrong_answer_is_held_against_the_bot(
    robot: Robot, slack: LocalSlack, answer: Any, error: str
) -> None:
    await typed(robot, slack, answer=answer)
    assert findings(slack) == [f"the answer to /masko is refused: {error}"]
    assert slack.channel_messages("mascots", "ana") == []


async def test_the_response_url_answers_five_times(
    robot: Robot, slack: LocalSlack, http: ClientSession
) -> None:
    url = (await typed(robot, slack)).payload["response_url"]
    statuses = []
    for n in range(6):
        async with http.post(url, json={"text": str(n)}) as response:
            statuses.append(response.status)
    assert statuses == [200] * 5 + [404]
    assert [message["text"] for message in slack.channel_messages("mascots", "ana")] == list("01234")


async def test_tokens_are_written_only_where_the_manifest_asks(robot: Robot, slack: LocalSlack) -> None:
    text = "@ana of #mascots and @nobody at https://masko.ai?a&b"
    assert (await typed(robot, slack, text)).payload["text"] == text
    sent = (await typed(robot, slack, text, command="/tell")).payload["text"]
    assert sent == f"<@{ANA}|ana> of <#{MASCOTS}|mascots> and @nobody at <https://masko.ai?a&amp;b>"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("@ana, @Ben. (@chris)", "<@U0ANA000001|ana>, <@U0BEN000002|ben>. (<@U0CHRIS0003|chris>)"),
        ("mail ana@ben.org", "mail ana@ben.org"),
        ("#unreleased", "<#C0SECRET004|>"),
        ("#ana", "#ana"),
        ("@designers @alumni", "<!subteam^S0DESIGN001|@designers> @alumni"),
        ("C&A <b> <!channel>", "C&amp;A &lt;b&gt; &lt;!channel&gt;"),
        ("https://a.org/x.png, http://b.org.", "<https://a.org/x.png>, <http://b.org>."),
        ("<https://a.org>", "&lt;<https://a.org>&gt;"),
        ("<@U0ANA000001|x> <@U0NOBODY> &", "<@U0ANA000001|x> &lt;@U0NOBODY&gt; &amp;"),
    ],
)
def test_what_is_typed_as_slack_escapes_it(slack: LocalSlack, text: str, sent: str) -> None:
    assert escaped(text, slack.directory, slack.directory.person("ana")) == sent


def test_a_private_channel_is_none_to_whoever_is_not_in_it(slack: LocalSlack) -> None:
    assert escaped("#unreleased", slack.directory, slack.directory.person("ben")) == "#unreleased"


async def test_only_declared_commands_with_the_scope(slack: LocalSlack) -> None:
    with pytest.raises(LookupError, match="/nothing is not a valid command"):
        await slack.command("ana", "mascots", "/nothing")
    slack.directory.app.scopes.discard("commands")
    with pytest.raises(LookupError):
        await slack.command("ana", "mascots", "/masko")
    slack.directory.app.scopes.add("commands")
    with pytest.raises(PermissionError):
        await slack.command("ben", "unreleased", "/masko")
    with pytest.raises(LookupError, match="not a valid command"):
        await slack.command("noor", "northwind", "/masko")


async def test_its_trigger_opens_a_modal_once(robot: Robot, slack: LocalSlack) -> None:
    trigger = (await typed(robot, slack)).payload["trigger_id"]
    assert slack.workspace.triggers.redeem(trigger) == ANA


async def test_silence_fails_in_slacks_words(robot: Robot, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.05
    delivery = await slack.command("ana", "mascots", "/masko")
    assert not delivery.acknowledged
    assert findings(slack) == ['/masko failed with the error "operation_timeout"']


async def test_nobody_there(slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.05
    delivery = await slack.command("ana", "mascots", "/masko")
    assert failure_words("/masko", delivery) == '/masko failed with the error "dispatch_failed"'


async def test_over_http_it_is_a_signed_form(slack: LocalSlack, sandbox: Sandbox) -> None:
    heard: list[dict[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        assert request.headers["X-Slack-Signature"].startswith("v0=")
        heard.append(dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)))
        return web.Response(text="plain words")

    app = web.Application()
    app.router.add_post("/", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        slack.use_request_url(str(server.make_url("/")))
        delivery = await slack.command("ana", "mascots", "/masko", "a & b")
        await slack.workspace.stop()
    assert heard == [delivery.payload]
    assert heard[0]["text"] == "a & b"
    assert [message["text"] for message in slack.channel_messages("mascots", "ana")] == ["plain words"]


@pytest.mark.parametrize(
    ("status", "code"), [(500, "http_service_error"), (None, "http_client_error")], ids=["500", "nobody"]
)
async def test_failures_over_http(slack: LocalSlack, status: int | None, code: str) -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status or 200)

    app = web.Application()
    app.router.add_post("/", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/")) if status else f"http://127.0.0.1:{unused_port()}/"
        slack.use_request_url(url)
        delivery = await slack.command("ana", "mascots", "/masko")
        await slack.workspace.stop()
    assert json.dumps(code) in failure_words("/masko", delivery)
