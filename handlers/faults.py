"""A listener failed: Slack must not hear that all is well, and the person not that nothing is."""

from __future__ import annotations

import json
import logging
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.cards.view import notice
from bot.channels.permissions import CannotTell, Denied
from bot.slack.blocks import Message
from handlers.opening import tell
from handlers.reading import Unreadable
from handlers.services import Services

log = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Tell people what was denied or could not be read; answer every other failed listener with 500: events
    come again, and buttons show Slack's warning sign."""

    async def failed(error: Exception, body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
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

    app.error(failed)


async def _told(services: Services, body: dict[str, Any], team: str, words: str) -> BoltResponse:
    """In the place of a form that was sent, in Home where that was pressed, else privately."""
    if body.get("type") == "view_submission":
        shown = {"response_action": "update", "view": notice(words).to_dict()}
        return BoltResponse(status=200, body=json.dumps(shown), headers={"content-type": "application/json"})
    if (body.get("view") or {}).get("type") == "home":
        await services.home.show(team, body["user"]["id"], notice=words)
    else:
        await tell(services, body, Message.of(words))
    return BoltResponse(status=200, body="")
