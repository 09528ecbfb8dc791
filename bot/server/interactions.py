"""Acting on each interaction once, however often it is delivered.

Slack makes a `trigger_id` for everything that a person does, a command, a press, a form, a shortcut, and
delivers it once (docs.slack.dev: Handling user interaction).  The same body once more is a replay of what
somebody recorded, which stays signed for five minutes, or of a proxy that was too eager.  Events have no
trigger: Slack repeats those where it heard no answer, and what they ask for is done once by their message.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.db import Store
from bot.server import interaction_rows as interactions
from bot.server.deliveries import kind_of

log = logging.getLogger(__name__)

UNDER_WAY = timedelta(seconds=10)
"""After this nobody acts on it any more: Slack has waited for three seconds, and a machine may have died."""
REMEMBERED = timedelta(minutes=15)
"""Slack's five minutes, and as much again for each of two clocks."""

_TAKEN = "interaction"


class OnceApp(AsyncApp):
    """Bolt's app, which answers a replay with 200 and does nothing.

    What its listener could not do (an answer of 500, a machine that died) may be asked for again.

    Args:
        store: shared by all machines that may hear of an interaction.
        arguments: of Bolt's app.
    """

    def __init__(self, store: Store, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._store = store

        async def once(
            body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]
        ) -> BoltResponse | None:
            key = key_of(body)
            if key is not None and not await self._take(key):
                log.info("%s was delivered once more; nothing was done", kind_of(body))
                return BoltResponse(status=200)
            context[_TAKEN] = key
            await next_()
            return None

        self.middleware(once)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Answer a request, and remember that it was done."""
        response = await super().async_dispatch(req)
        if (key := req.context.get(_TAKEN)) is not None:
            until = datetime.now(UTC) + REMEMBERED if response.status < 500 else None
            try:
                await self._store.write_at_once(lambda session: interactions.settle(session, key, until))
            except (InterfaceError, OperationalError) as error:
                log.warning("an interaction is remembered for seconds only: %s", str(error.orig))
        return response

    async def _take(self, key: str) -> bool:
        now = datetime.now(UTC)
        return await self._store.write_at_once(
            lambda session: interactions.take(session, key, now, now + UNDER_WAY), urgent=True
        )


def key_of(body: Mapping[str, Any]) -> str | None:
    """What tells one interaction from all others; None for what is no interaction."""
    if "trigger_id" not in body:
        return None
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
