"""Slack's signed requests, at `/slack/events`.

Anybody can send a request here.  Until its signature is checked nothing in it is unpacked, decoded or parsed,
and no more than `MOST_BYTES` of it is read, so that what Slack did not sign costs next to nothing.
"""

from __future__ import annotations

import logging
import re
import time

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.server.deliveries import kind_of, outcome_of, read_body
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
MOST_BYTES = 1024 * 1024
"""Of one request: 40,000 characters, the longest message, are 320 kB in a form where all are escaped."""

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)  # hundreds of digits cannot be compared with a clock
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_LINGER = 0.5  # seconds for which the rest of a request is read that was answered before its end
_FRESH = 300.0  # seconds (docs.slack.dev: Verifying requests from Slack)


def slack_application(app: AsyncApp, signing_secret: str, metrics: Metrics) -> web.Application:
    """Events, commands and interactions, all at `/slack/events`.

    What is not signed by Slack, or longer than five minutes ago, is answered with 401 before anything looks
    into it (docs.slack.dev: Verifying requests from Slack).

    Args:
        app: answers them.
        signing_secret: of the app in Slack.
        metrics: told of every delivery.
    """
    signatures = SignatureVerifier(signing_secret)

    async def delivered(request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            body = await _signed_body(request, signatures)
        except web.HTTPException:
            metrics.acknowledged("unsigned", outcome_of(401), time.perf_counter() - began)
            raise
        if read_body(body, request.content_type) is None:
            raise web.HTTPBadRequest
        asked = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        kind = kind_of(asked.body)
        metrics.event_received(kind)
        answer = await app.async_dispatch(asked)
        metrics.acknowledged(kind, outcome_of(answer.status), time.perf_counter() - began)
        return await to_aiohttp_response(answer)

    as_it_comes = {"auto_decompress": False, "lingering_time": _LINGER}
    application = web.Application(client_max_size=MOST_BYTES, handler_args=as_it_comes)
    application.router.add_post(EVENTS_PATH, delivered)
    return application


async def _signed_body(request: web.Request, signatures: SignatureVerifier) -> str:
    """The body, once it is known to be Slack's.

    Raises:
        HTTPUnauthorized: it is not.
        HTTPRequestEntityTooLarge: it is longer than any of Slack's.
    """
    if not _may_be_slacks(request):
        raise web.HTTPUnauthorized
    try:
        body = await request.read()
    except (ConnectionError, web.RequestPayloadError):  # whoever sent it is gone, or sends what is no HTTP
        raise web.HTTPUnauthorized from None
    timestamp, signature = (request.headers[f"X-Slack-{name}"] for name in ("Request-Timestamp", "Signature"))
    try:
        if signatures.is_valid(body, timestamp, signature):
            return body.decode()
    except UnicodeDecodeError:  # Slack writes UTF-8
        pass
    raise web.HTTPUnauthorized


def _may_be_slacks(request: web.Request) -> bool:
    """By the headers alone: signed, just now, and neither packed nor in another encoding than Slack's."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    return bool(
        _SECONDS.fullmatch(timestamp)
        and abs(time.time() - int(timestamp)) <= _FRESH
        and _SIGNATURE.fullmatch(signature)
        and "Content-Encoding" not in request.headers
        and (request.charset or "utf-8").lower() == "utf-8"
    )
