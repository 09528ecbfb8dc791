"""Around every listener: who is in which conversation, the thread of a press, and replies to errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.cards.view import notice
from bot.channels.permissions import Actor, CannotTell, Denied
from bot.slack.blocks import Message
from handlers.opening import tell
from handlers.reading import Body, Unreadable, witnessed
from handlers.services import Services

log = logging.getLogger(__name__)

Next = Callable[[], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
    """Register both middlewares and the error handler."""

    async def witness(body: Body, next: Next) -> BoltResponse:
        """Note that a person who acts in a conversation, by Slack's word, sees it."""
        if (seen := witnessed(body)) is not None:
            services.permissions.witness(*seen)
        return await next()

    async def complete(req: AsyncBoltRequest, next: Next) -> BoltResponse:
        """Add the thread of a press to the `container`: Slack sends but does not document it."""
        container = req.body.get("container") or {}
        if container.get("channel_id") and container.get("message_ts") and not container.get("thread_ts"):
            root = (req.body.get("message") or {}).get("thread_ts") or await services.mascots.root_of(
                req.context.team_id or "", container["channel_id"], container["message_ts"]
            )
            if root is not None:
                req.body["container"] = container | {"thread_ts": str(root)}
                if req.mode == "http":  # for lazy listeners Bolt reads that once more
                    req.raw_body = urlencode({"payload": json.dumps(req.body)})
        return await next()

    async def failed(error: Exception, body: Body, context: AsyncBoltContext) -> BoltResponse:
        """Tell people what was denied or unreadable; other errors get a 500: Slack repeats events."""
        kind = body.get("event", {}).get("type") or body.get("type") or body.get("command")
        if isinstance(error, Denied | CannotTell | Unreadable):
            log.info("%s was refused: %s", kind, error)
            return await _told(services, body, context.team_id or "", error.words)
        if isinstance(error, OperationalError | InterfaceError):
            # A database that is away is told in a line: there is one for each event until it is back.
            log.error("the listener for %s could not write: %s", kind, " ".join(str(error.orig).split()))
        else:
            log.error("the listener for %s failed", kind, exc_info=error)
        return BoltResponse(status=500, body="")

    app.use(witness)
    app.middleware(complete)
    app.error(failed)


async def _told(services: Services, body: dict[str, Any], team: str, words: str) -> BoltResponse:
    if body.get("type") == "view_submission":
        shown = {"response_action": "update", "view": notice(words).to_dict()}
        return BoltResponse(status=200, body=json.dumps(shown), headers={"content-type": "application/json"})
    if (body.get("view") or {}).get("type") == "home":
        await services.home.show(Actor(team, body["user"]["id"]), notice=words)
    else:
        await tell(services, body, Message.of(words))
    return BoltResponse(status=200, body="")
