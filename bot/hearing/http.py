"""Slack's signed requests, at `/slack/events`."""

from __future__ import annotations

import logging
import re
import time

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.hearing.deliveries import kind_of, outcome_of
from bot.metrics import Metrics

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"

_SECONDS = re.compile(r"[0-9]{1,12}")  # a number of hundreds of digits cannot be compared with a clock


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
        if not await _is_slacks(request, signatures):
            metrics.acknowledged("unsigned", outcome_of(401), time.perf_counter() - began)
            raise web.HTTPUnauthorized
        try:
            asked = await to_bolt_request(request)
        except ValueError as error:
            raise web.HTTPBadRequest from error
        kind = kind_of(asked.body)
        metrics.event_received(kind)
        answer = await app.async_dispatch(asked)
        metrics.acknowledged(kind, outcome_of(answer.status), time.perf_counter() - began)
        return await to_aiohttp_response(answer)

    application = web.Application()
    application.router.add_post(EVENTS_PATH, delivered)
    return application


async def _is_slacks(request: web.Request, signatures: SignatureVerifier) -> bool:
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (_SECONDS.fullmatch(timestamp) and signature.isascii()):
        return False
    try:
        body = await request.text()
    except (UnicodeDecodeError, LookupError):  # Slack writes UTF-8
        return False
    return signatures.is_valid(body, timestamp, signature)
