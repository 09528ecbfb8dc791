"""A listener failed: Slack must not hear that all is well."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from handlers.services import Services

log = logging.getLogger(__name__)


def register(app: AsyncApp, _services: Services) -> None:
    """Answer a failed listener with 500: events come again, and buttons show Slack's warning sign."""

    async def failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
        kind = body.get("event", {}).get("type") or body.get("type") or body.get("command")
        if isinstance(error, OperationalError | InterfaceError):
            # A database that is away is told in a line: there is one for each event until it is back.
            log.error("the listener for %s could not write: %s", kind, " ".join(str(error.orig).split()))
        else:
            log.error("the listener for %s failed", kind, exc_info=error)
        return BoltResponse(status=500, body="")

    app.error(failed)
