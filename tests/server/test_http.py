from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer
from slack_sdk.signature import SignatureVerifier

from bot.server.http import MAX_BYTES, slack_application
from bot.telemetry.metrics import Metrics
from tests.server.fake import an_app, within

SECRET = "secret"
EVENT = json.dumps({"type": "event_callback", "event": {"type": "message"}})


class Slack:
    """Sends requests as Slack does, or nearly.

    Attributes:
        heard: what reached the listener.
    """

    def __init__(self, http: TestClient[Any, Any], metrics: Metrics, heard: list[dict[str, Any]]) -> None:
        self._http = http
        self._metrics = metrics
        self.heard = heard

    async def send(
        self,
        body: str | bytes = EVENT,
        *,
        secret: str = SECRET,
        signed: str | None = None,
        ago: float = 0.0,
        content_type: str = "application/json",
        **headers: str,
    ) -> int:
        """The status of the answer."""
        timestamp = str(int(time.time() - ago))
        signature = SignatureVerifier(secret).generate_signature(
            timestamp=timestamp, body=body if signed is None else signed
        )
        sent = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature or "",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        async with self._http.post("/slack/events", data=body, headers=sent) as answer:
            return answer.status

    async def begin(self, body: AsyncIterator[bytes], headers: dict[str, str]) -> int:
        """The status of what is answered while the body is still on its way."""
        async with self._http.post("/slack/events", data=body, headers=headers) as answer:
            return answer.status

    async def counted(self, sample: str) -> bool:
        return f"masko_slack_{sample}" in (await self._metrics.exposition()).decode()


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    heard: list[dict[str, Any]] = []

    async def listener(body: dict[str, Any]) -> None:
        heard.append(body)
        if body["event"].get("text") == "fail":
            raise OSError("disk full")

    metrics = Metrics()
    application = slack_application(an_app("http://127.0.0.1:9/", listener), SECRET, metrics)
    async with TestClient(TestServer(application)) as http:
        yield Slack(http, metrics, heard)


async def test_a_signed_event_is_heard_and_counted(slack: Slack) -> None:
    assert await slack.send() == 200
    assert [body["event"]["type"] for body in slack.heard] == ["message"]
    assert await slack.counted('events_received_total{kind="message"} 1.0')
    assert await slack.counted('acknowledgement_seconds_count{kind="message",outcome="ok"} 1.0')


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another"},
        {"ago": 301.0},
        {"ago": -301.0},
        {"X_Slack_Signature": ""},
        {"X_Slack_Signature": "v0=ü"},
        {"X_Slack_Request_Timestamp": "yesterday"},
        {"X_Slack_Request_Timestamp": "٣"},
        {"X_Slack_Request_Timestamp": "9" * 400},
        {"signed": EVENT, "body": EVENT + " "},
        {"signed": EVENT, "body": "{no json"},
        {"body": b"\xff\xfe", "signed": EVENT},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=" + "٣" * 64},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
async def test_what_slack_did_not_sign_just_now_is_not_looked_into(
    slack: Slack, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await slack.send(**wrong) == 401
    assert slack.heard == []
    assert not await slack.counted("events_received_total{")
    assert await slack.counted('acknowledgement_seconds_count{kind="unsigned",outcome="refused"} 1.0')
    assert caplog.text == ""


@pytest.mark.parametrize(
    "body",
    [
        "{no json",
        "[]",
        "null",
        '"text"',
        "[" * 200_000,
        '{"event": ' * 5_000 + "1" + "}" * 5_000,
    ],
    ids=lambda body: body[:12],
)
async def test_a_signed_body_that_makes_no_sense_is_a_bad_request(
    slack: Slack, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    form = urlencode({"payload": body})
    assert await slack.send(body) == 400
    assert await slack.send(form, content_type="application/x-www-form-urlencoded") == 400
    assert slack.heard == []
    assert caplog.text == ""


async def test_more_than_slack_sends_is_not_read_to_its_end(slack: Slack) -> None:
    stamp = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=" + "0" * 64}

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 65_536 + 1):
            yield b" " * 65_536
        await asyncio.Event().wait()

    async with within(10):
        assert await slack.begin(endless(), stamp) == 413
    assert slack.heard == []
    assert await slack.counted('acknowledgement_seconds_count{kind="unsigned",outcome="refused"} 1.0')


async def test_what_failed_is_not_acknowledged_so_that_it_comes_again(slack: Slack) -> None:
    body = json.dumps({"type": "event_callback", "event": {"type": "message", "text": "fail"}})
    assert await slack.send(body) == 500
    assert await slack.counted('acknowledgement_seconds_count{kind="message",outcome="failed"} 1.0')


async def test_interactions_come_as_forms(slack: Slack) -> None:
    form = urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "x"}]})})
    assert await slack.send(form, content_type="application/x-www-form-urlencoded") == 404
    assert await slack.counted('acknowledgement_seconds_count{kind="block_actions",outcome="nobody"} 1.0')
