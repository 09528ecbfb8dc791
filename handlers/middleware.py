"""Around every listener: who is where, the thread of a press, errors, and what no listener knows."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.cards.view import notice
from bot.channels.permissions import CannotTell
from bot.errors import Refusal
from bot.slack.blocks import Message
from bot.slack.forms import Unreadable
from handlers.payloads import Body, acknowledge, actor_of, open_form, tell, witnessed
from handlers.services import Services

log = logging.getLogger(__name__)

ANYTHING = re.compile("")
OLD_BUTTON = (
    "That button is from an older message and no longer works. "
    "Use the newest card: write @Masko show in its thread to get it."
)
OLD_FORM = "This form is out of date, so nothing was saved. Please open it again from the newest card."
OLD_SHORTCUT = "This shortcut is out of date. Please reload Slack, or use the newest card instead."

Next = Callable[[], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
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

    async def failed(error: Exception, ack: AsyncAck, body: Body) -> BoltResponse:
        """Tell people what was denied or unreadable; other errors get a 500: Slack repeats events."""
        kind = body.get("event", {}).get("type") or body.get("type") or body.get("command")
        if isinstance(error, Refusal | CannotTell | Unreadable):
            log.info("%s was refused: %s", kind, error)
            if body.get("type") == "view_submission":
                return await ack(response_action="update", view=notice(error.words))
            await tell(services, body, Message.of(error.words))
            return BoltResponse(status=200, body="")
        if isinstance(error, OperationalError | InterfaceError):
            # A database that is away is told in a line: there is one for each event until it is back.
            log.error("the listener for %s could not write: %s", kind, " ".join(str(error.orig).split()))
        else:
            log.error("the listener for %s failed", kind, exc_info=error)
        return BoltResponse(status=500, body="")

    app.use(witness)
    app.middleware(complete)
    app.error(failed)


def register_fallback(app: AsyncApp, services: Services) -> None:
    """Register listeners for everything that no other one handles."""

    async def pressed(body: Body, context: AsyncBoltContext) -> None:
        log.warning("nobody listens to %s", body["actions"][0].get("action_id"))
        view = body.get("view")
        if view is None:
            await tell(services, body, Message.of(OLD_BUTTON))
        elif view.get("type") == "home":
            await services.home.show(actor_of(body, context), notice=OLD_BUTTON)
        else:
            await services.messenger.update_modal(view["id"], notice(OLD_FORM))

    async def sent(ack: AsyncAck, body: Body) -> None:
        log.warning("nobody listens to the form %s", body["view"].get("callback_id"))
        await ack(response_action="update", view=notice(OLD_FORM))

    async def used(body: Body) -> None:
        log.warning("nobody listens to the shortcut %s", body.get("callback_id"))
        await open_form(services, body, notice(OLD_SHORTCUT))

    async def searched(ack: AsyncAck) -> None:
        await ack(options=[])

    app.action(ANYTHING)(ack=acknowledge, lazy=[pressed])
    app.shortcut(ANYTHING)(ack=acknowledge, lazy=[used])
    app.options(ANYTHING)(searched)
    app.view(ANYTHING)(sent)
    app.view_closed(ANYTHING)(acknowledge)
