"""Presses tell their thread: each listener finds it in the payload's `container`, whoever left it out there.

Slack has sent `container.thread_ts` in all recorded presses of messages in threads, but no page of its
documentation promises it, and other servers tell it in the message alone.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """See to it before any listener hears of a press."""

    async def tell_thread(req: AsyncBoltRequest, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        container = req.body.get("container") or {}
        if container.get("channel_id") and container.get("message_ts") and not container.get("thread_ts"):
            root = await _root(services, req)
            if root is not None:
                _complete(req, container | {"thread_ts": root})
        return await next()

    app.middleware(tell_thread)


async def _root(services: Services, req: AsyncBoltRequest) -> str | None:
    """By the message, else by what is written down of it; None for a message that starts its own thread."""
    container, message = req.body["container"], req.body.get("message") or {}
    if told := message.get("thread_ts"):
        return str(told)
    where = (req.context.team_id or "", container["channel_id"], container["message_ts"])
    return await services.mascots.root_of(*where)


def _complete(req: AsyncBoltRequest, container: dict[str, Any]) -> None:
    """For lazy listeners Bolt reads what came over HTTP once more."""
    req.body["container"] = container
    if req.mode == "http":
        req.raw_body = urlencode({"payload": json.dumps(req.body)})
