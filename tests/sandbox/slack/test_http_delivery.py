"""Signed requests to a request URL, and Slack's retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.http_delivery import HttpDelivery, signature
from tests.sandbox.slack.conftest import actions, button


@dataclass
class Listener:
    """A bot's request URL that answers as told, 200 at the end of the list; and what it heard."""

    answers: list[web.Response | None] = field(default_factory=list)  # None: no answer in time
    heard: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers, await request.read()))
        if not self.answers:
            return web.Response()
        answer = self.answers.pop(0)
        if answer is None:
            await asyncio.Event().wait()
        return answer or web.Response()

    def retries(self) -> list[tuple[str | None, str | None]]:
        return [
            (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"))
            for headers, _ in self.heard
        ]


@pytest.fixture
async def listener(slack: LocalSlack) -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/slack/events", listener.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        slack.use_request_url(str(server.make_url("/slack/events")), faster=1e4)
        yield listener
        await slack.workspace.stop()


def test_the_published_vector() -> None:
    """docs.slack.dev: Verifying requests from Slack."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    told = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode())
    assert told == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_events_come_signed_as_json(listener: Listener, sandbox: Sandbox, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="mascots", text="look")
    delivery = await acknowledged(slack)
    [(headers, body)] = listener.heard
    assert SignatureVerifier(sandbox.signing_secret).is_valid_request(body, dict(headers))
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == delivery.payload
    assert listener.retries() == [(None, None)]


async def test_what_is_not_acknowledged_comes_three_times_more(listener: Listener, slack: LocalSlack) -> None:
    slack.workspace.way.ack_timeout = 0.5
    listener.answers = [web.Response(status=500), None, web.Response(status=404), web.Response()]
    await slack.post(user="ana", channel="mascots", text="look")
    delivery = await acknowledged(slack)
    assert listener.retries() == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_timeout"),
        ("3", "http_error"),
    ]
    assert len({json.loads(body)["event_id"] for _, body in listener.heard}) == 1
    assert [attempt.status for attempt in delivery.attempts] == [500, None, 404, 200]


async def test_after_three_retries_it_is_lost(listener: Listener, slack: LocalSlack) -> None:
    listener.answers = [web.Response(status=500) for _ in range(5)]
    await slack.post(user="ana", channel="mascots", text="look")
    findings = await slack.wait_until(slack.workspace.inspector.findings)
    assert [entry.finding for entry in findings] == ["message: not acknowledged after 4 attempts"]
    assert len(listener.heard) == 4


async def test_no_retry_when_asked_for_none(listener: Listener, slack: LocalSlack) -> None:
    listener.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    delivery = await slack.send_event({"type": "message", "text": "x"}, resend=True)
    assert not delivery.acknowledged
    assert len(listener.heard) == 1


async def test_nobody_there_is_a_failed_connection(slack: LocalSlack) -> None:
    slack.use_request_url(f"http://127.0.0.1:{unused_port()}/slack/events", faster=1e6)
    delivery = await slack.send_event({"type": "message", "text": "x"})
    assert [attempt.status for attempt in delivery.attempts] == [None]
    assert not delivery.acknowledged
    await slack.workspace.stop()


async def test_retries_keep_slacks_schedule(slack: LocalSlack) -> None:
    assert [*slack.use_request_url("http://127.0.0.1:1/").pauses] == [0, 60, 300]
    assert [*slack.use_request_url("http://127.0.0.1:1/", faster=60).pauses] == [0, 1, 5]


async def test_a_press_comes_as_a_form(listener: Listener, slack: LocalSlack, client: Any) -> None:
    posted = await client.chat_postMessage(
        channel="#mascots", text="x", blocks=[actions(button("go", value="7"))]
    )
    delivery = await slack.press("ana", "mascots", posted["ts"], "go")
    headers, body = listener.heard[-1]
    assert delivery.acknowledged
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    [payload] = parse_qs(body.decode())["payload"]
    assert json.loads(payload)["actions"][0]["value"] == "7"


async def test_a_failed_press_is_not_sent_again(listener: Listener, slack: LocalSlack, client: Any) -> None:
    posted = await client.chat_postMessage(channel="#mascots", text="x", blocks=[actions(button("go"))])
    listener.answers = [web.Response(status=500) for _ in range(4)]
    before = len(listener.heard)
    delivery = await slack.press("ana", "mascots", posted["ts"], "go")
    assert not delivery.acknowledged
    assert len([body for _, body in listener.heard[before:] if b"block_actions" in body]) == 1


@pytest.mark.parametrize(
    ("answer", "verified"),
    [
        (lambda challenge: web.Response(text=challenge), True),
        (lambda challenge: web.json_response({"challenge": challenge}), True),
        (lambda _: web.Response(text="hello"), False),
        (lambda challenge: web.Response(text=challenge, status=403), False),
    ],
    ids=["plain", "JSON", "something else", "refused"],
)
async def test_a_url_is_verified_by_its_challenge(
    slack: LocalSlack, answer: Callable[[str], web.Response], verified: bool
) -> None:
    async def handle(request: web.Request) -> web.Response:
        return answer((await request.json())["challenge"])

    app = web.Application()
    app.router.add_post("/", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        http: HttpDelivery = slack.use_request_url(str(server.make_url("/")))
        assert await http.verify() is verified
        await slack.workspace.stop()


async def acknowledged(slack: LocalSlack) -> Any:
    """The first delivery, once it is acknowledged."""
    return await slack.wait_until(
        lambda: next((each for each in slack.deliveries if each.acknowledged), None)
    )
