"""Slack's signed requests, at `/slack/events`.

Before its signature is checked, no more than `MAX_BYTES` of a request are read, and nothing of it is parsed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.server.deliveries import kind_of, outcome_of, read_body
from bot.telemetry.metrics import Metrics

EVENTS_PATH = "/slack/events"
MAX_BYTES = 1024 * 1024
"""Of one request: 40,000 characters, the longest message, are 320 kB in a form that escapes them all."""


class Receiver(Protocol):
    """What deliveries are for: Bolt's app, or those of many workspaces."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Answer a delivery."""


def slack_application(app: Receiver, signing_secret: str, metrics: Metrics) -> web.Application:
    """Return an application for events, commands and interactions; the unsigned and old get a 401."""
    signatures = SignatureVerifier(signing_secret)

    async def deliver(request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            body = await _signed_body(request, signatures)
        except web.HTTPException:
            metrics.acknowledged("unsigned", outcome_of(401), time.perf_counter() - began)
            raise
        if read_body(body, request.content_type) is None:
            raise web.HTTPBadRequest
        bolt = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        kind = kind_of(bolt.body)
        metrics.event_received(kind)
        response = await app.async_dispatch(bolt)
        metrics.acknowledged(kind, outcome_of(response.status), time.perf_counter() - began)
        return await to_aiohttp_response(response)

    application = web.Application(client_max_size=MAX_BYTES, handler_args={"auto_decompress": False})
    application.router.add_post(EVENTS_PATH, deliver)
    return application


async def _signed_body(request: web.Request, signatures: SignatureVerifier) -> str:
    """Return the body of a request that Slack signed.  Raises HTTPUnauthorized, HTTPRequestEntityTooLarge."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    # It has ended, or what it gives is no time, no signature or no text.
    with suppress(ConnectionError, web.RequestPayloadError, ValueError, TypeError, OverflowError):
        body = await request.read()
        if signatures.is_valid(body, timestamp, signature):
            return body.decode()
    raise web.HTTPUnauthorized
