from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.sandbox import Sandbox
from tests.cli.commands import alive, environment, ready, start


async def test_over_http_only_signed_requests_count(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    port, health = unused_tcp_port_factory(), unused_tcp_port_factory()
    environ = environment(
        sandbox, tmp_path, PORT=str(port), HEALTH_PORT=str(health), SLACK_SIGNING_SECRET="signing"
    )
    process = await start(tmp_path, environ, "run")
    origin = f"http://127.0.0.1:{port}"
    body = json.dumps({"type": "url_verification", "challenge": "c4all3nge", "token": "x"})
    now = str(int(time.time()))
    signature = SignatureVerifier("signing").generate_signature(timestamp=now, body=body) or ""
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": now}
    async with aiohttp.ClientSession(origin) as http:
        await alive(http)
        signed = {**headers, "X-Slack-Signature": signature}
        async with http.post("/slack/events", data=body, headers=signed) as answer:
            assert (answer.status, "c4all3nge" in await answer.text()) == (200, True)
        forged = {**headers, "X-Slack-Signature": "v0=" + "0" * 64}
        async with http.post("/slack/events", data=body, headers=forged) as answer:
            assert answer.status == 401
        odd = {**signed, "X-Slack-Request-Timestamp": "yesterday"}
        async with http.post("/slack/events", data=body, headers=odd) as answer:
            assert answer.status == 401
        async with http.post("/slack/events", data="{not json", headers=signed) as answer:
            assert answer.status == 401
        for rubbish in (
            b"\x16\x03\x01 no HTTP at all\r\n\r\n",
            b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            _begun(now, b"Content-Length: 99999"),
            _begun(now, b"Transfer-Encoding: chunked") + b"no size\r\n",
        ):
            await _send_and_leave(port, rubbish)
        for path in ("/readyz", "/metrics"):  # they are not for everybody
            async with http.get(path) as answer:
                assert answer.status == 404
    async with aiohttp.ClientSession(f"http://127.0.0.1:{health}") as http:
        report = await ready(http)
        assert report == {"ready": True, "database": "ok", "slack": "ok", "masko": "ok"}
        async with http.get("/metrics") as answer:
            told = await answer.text()
            assert 'acknowledgement_seconds_count{kind="unsigned",outcome="refused"} 4.0' in told
    process.terminate()
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors


def _begun(now: str, how_long: bytes) -> bytes:
    """A request that looks like Slack's as far as it goes."""
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slack-Signature: v0=" + b"0" * 64
    return head + b"\r\nX-Slack-Request-Timestamp: " + now.encode() + b"\r\n" + how_long + b"\r\n\r\n"


async def _send_and_leave(port: int, data: bytes) -> None:
    """Send this and hear what is answered, if anything is, for as long as a body could still come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()
