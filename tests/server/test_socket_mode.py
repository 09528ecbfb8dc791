from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.server import NotListening
from bot.server.socket_mode import SocketMode, SocketTimeouts
from bot.slack.client import Backoff
from bot.telemetry.metrics import Metrics
from tests.server.fake import (
    Manners,
    SlackOfSockets,
    an_app,
    cut,
    deaf,
    eventually,
    full,
    refusal,
    silent,
    within,
)

QUICK = SocketTimeouts(
    ping=0.1,
    greeting=0.5,
    drain=0.3,
    finishing=1.0,
    between=Backoff(first=0.01, longest=0.05, jitter=lambda: 0),
)


async def nothing(_body: dict[str, Any]) -> None:
    return None


@asynccontextmanager
async def listening(
    slack: SlackOfSockets, listener: Any = nothing, timeouts: SocketTimeouts = QUICK
) -> AsyncIterator[tuple[SocketMode, Metrics]]:
    metrics = Metrics()
    app = an_app(slack.api_url, listener)
    async with within(), SocketMode(app, "xapp-sandbox", metrics, timeouts=timeouts) as socket_mode:
        yield socket_mode, metrics


async def counted(metrics: Metrics, sample: str) -> bool:
    return sample in (await metrics.exposition()).decode()


async def test_what_is_heard_is_acknowledged_and_counted() -> None:
    async with SlackOfSockets() as slack, listening(slack) as (socket_mode, metrics):
        await slack.send()
        assert await slack.acknowledged() == {"envelope_id": "E1"}
        assert await socket_mode.state() == "ok"
        assert await counted(metrics, 'masko_slack_events_received_total{kind="message"} 1.0')
        said = 'masko_slack_acknowledgement_seconds_count{kind="message",outcome="ok"} 1.0'
        assert await counted(metrics, said)


@pytest.mark.parametrize(("kind", "outcome"), [("message", "failed"), ("pin_added", "nobody")])
async def test_what_is_not_written_down_is_not_acknowledged(kind: str, outcome: str) -> None:
    async def fails(_body: dict[str, Any]) -> None:
        raise OSError("disk full")

    async with SlackOfSockets() as slack, listening(slack, fails) as (_, metrics):
        await slack.send(kind)
        said = f'acknowledgement_seconds_count{{kind="{kind}",outcome="{outcome}"}} 1.0'
        async with within(5):
            while not await counted(metrics, said):
                await slack.send("app_mention", "E2")
                await slack.acknowledged("E2")
        assert "E1" not in {ack["envelope_id"] for ack in slack.acks}


@pytest.mark.parametrize("manners", [deaf, cut, full], ids=lambda manners: manners.__name__)
async def test_a_socket_that_does_not_hear_is_replaced(manners: Manners) -> None:
    async with SlackOfSockets(manners) as slack, listening(slack) as (socket_mode, _):
        await slack.good_socket(1)
        await slack.send()
        assert await slack.acknowledged()
        assert slack.opened == 2
        assert await socket_mode.state() == "ok"


async def test_a_socket_without_a_greeting_is_no_socket() -> None:
    async with SlackOfSockets(silent) as slack, listening(slack) as (socket_mode, _):
        assert slack.opened == 2
        await slack.send()
        assert await slack.acknowledged()
        assert await socket_mode.state() == "ok"


async def test_a_quiet_socket_that_answers_pings_is_kept() -> None:
    async with SlackOfSockets() as slack, listening(slack):
        await asyncio.sleep(5 * QUICK.ping)
        await slack.send()
        assert await slack.acknowledged()
        assert slack.opened == 1


async def test_a_socket_is_replaced_when_it_is_old() -> None:
    timeouts = SocketTimeouts(ping=1.0, renewal=0.2, stable=0.1, drain=0.1, between=QUICK.between)
    async with SlackOfSockets() as slack, listening(slack, timeouts=timeouts):
        await slack.good_socket(2)
        await slack.send()
        assert await slack.acknowledged()


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_the_old_socket_is_heard_until_the_new_one_is_there(reason: str) -> None:
    async with SlackOfSockets() as slack, listening(slack):
        await slack.sockets[0].send_json({"type": "disconnect", "reason": reason})
        await slack.send(envelope="E1", over=0)
        await slack.good_socket(2)
        await slack.send(envelope="E2", over=0)
        await slack.send(envelope="E3", over=1)
        for envelope in ("E1", "E2", "E3"):
            assert await slack.acknowledged(envelope)
        await eventually(lambda: slack.sockets[0].closed)
        assert not slack.sockets[1].closed


async def test_what_was_heard_on_a_lost_socket_is_acknowledged_over_the_next() -> None:
    heard, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_body: dict[str, Any]) -> None:
        heard.set()
        await go_on.wait()

    async with SlackOfSockets() as slack, listening(slack, slow) as (socket_mode, _):
        await slack.send()
        await heard.wait()
        await slack.sockets[0].close()
        await slack.good_socket(2)
        while await socket_mode.state() != "ok":  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
        go_on.set()
        assert await slack.acknowledged()


async def test_socket_mode_turned_off_and_on_again(caplog: pytest.LogCaptureFixture) -> None:
    async with SlackOfSockets() as slack, listening(slack) as (socket_mode, _):
        slack.answers.extend([refusal("not_allowed_token_type")] * 3)
        await slack.sockets[0].send_json({"type": "disconnect", "reason": "link_disabled"})
        await slack.sockets[0].close()
        await eventually(lambda: slack.opened == 3)
        assert await socket_mode.state() == "no socket is open"
        await slack.good_socket(2)
        await slack.send()
        assert await slack.acknowledged()
    assert "Slack opens no socket any more (not_allowed_token_type)" in caplog.text


async def test_a_slack_that_is_down_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    async with SlackOfSockets() as slack:
        slack.answers.extend(
            [
                lambda: web.Response(status=502, text="<html>bad gateway", content_type="text/html"),
                lambda: web.json_response({"ok": False, "error": "internal_error"}, status=500),
                lambda: web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "0"}
                ),
                lambda: web.json_response({"ok": True}),
            ]
        )
        async with listening(slack):
            await slack.send()
            assert await slack.acknowledged()
    assert slack.opened == 5
    assert "Slack cannot be reached (apps.connections.open: http_502); trying again" in caplog.text


async def test_a_refused_token_is_not_tried_again() -> None:
    async with SlackOfSockets() as slack:
        slack.answers.append(refusal("invalid_auth"))
        with pytest.raises(NotListening) as caught:
            async with listening(slack):
                pytest.fail("it listens")
        assert "Slack didn't accept SLACK_APP_TOKEN (invalid_auth)" in caught.value.words
        assert slack.opened == 1


async def test_sockets_that_end_at_once_are_not_asked_for_without_end() -> None:
    timeouts = SocketTimeouts(
        ping=1.0, greeting=1.0, between=Backoff(first=30.0, longest=60.0, jitter=lambda: 0)
    )
    async with SlackOfSockets(*[cut] * 50) as slack, listening(slack, timeouts=timeouts):
        await eventually(lambda: slack.opened == 2)
        await asyncio.sleep(0.2)
        assert slack.opened == 2


async def test_a_stop_lets_be_answered_what_was_heard_and_hears_nothing_more() -> None:
    heard, go_on = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    async def slow(body: dict[str, Any]) -> None:
        seen.append(body["event"]["type"])
        heard.set()
        await go_on.wait()

    async with SlackOfSockets() as slack:
        async with listening(slack, slow):
            await slack.send(envelope="E1")
            await heard.wait()
            asyncio.get_running_loop().call_later(0.1, go_on.set)
        assert await slack.acknowledged("E1")
        assert seen == ["message"]


async def test_a_stop_does_not_wait_for_long() -> None:
    heard = asyncio.Event()

    async def hangs(_body: dict[str, Any]) -> None:
        heard.set()
        await asyncio.Event().wait()

    timeouts = SocketTimeouts(ping=0.5, finishing=0.1)
    async with SlackOfSockets(deaf) as slack:
        async with listening(slack, hangs, timeouts):
            await slack.send()
            await heard.wait()
            loop = asyncio.get_running_loop()
            began = loop.time()
        assert loop.time() - began < 3
        assert slack.acks == []


async def test_what_makes_no_sense_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with SlackOfSockets() as slack, listening(slack):
        for odd in (
            "no json",
            "[1]",
            "[" * 100_000,
            '{"type": "news"}',
            '{"envelope_id": "E0", "type": "events_api"}',
        ):
            await slack.sockets[0].send_str(odd)
        await slack.send()
        assert await slack.acknowledged()
        assert slack.opened == 1
    assert "no JSON object" in caplog.text
