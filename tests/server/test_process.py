"""The end of hearing over HTTP: what is in flight is answered, and nothing new is taken."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.app import running
from bot.server.process import listening
from tests.e2e.team import a_sandbox, settings_for
from tests.server.fake import within


def signed(kind: str, secret: str) -> dict[str, Any]:
    """An event as a request of Slack's, as arguments of aiohttp."""
    body = json.dumps({"type": "event_callback", "team_id": "T0SANDBOX01", "event": {"type": kind}})
    now = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body) or ""
    headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    return {"data": body, "headers": {"Content-Type": "application/json", **headers}}


async def test_a_request_in_flight_is_answered_before_the_end(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/slack/events"
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take_time() -> None:
        begun.set()
        await go_on.wait()

    async def status(http: aiohttp.ClientSession, secret: str) -> int:
        async with http.post(url, **signed("pin_added", secret)) as answer:
            return answer.status

    async with a_sandbox() as sandbox, aiohttp.ClientSession() as http, within(30):
        settings = settings_for(sandbox, f"sqlite:///{tmp_path}/masko.db").model_copy(
            update={"port": unused_tcp_port}
        )
        async with running(settings) as bot:
            bot.app.event("pin_added")(take_time)
            async with listening(bot):
                in_flight = asyncio.create_task(status(http, sandbox.signing_secret))
                await begun.wait()
                asyncio.get_running_loop().call_later(0.2, go_on.set)
            assert await in_flight == 200
            with pytest.raises(aiohttp.ClientConnectionError):
                await status(http, sandbox.signing_secret)
