"""What Slack delivers: parsed, named for metrics, and each interaction handled once.

Slack delivers each `trigger_id` once (docs.slack.dev: Handling user interaction); a second delivery is a
replay, of a recording or by a proxy.  Events have no trigger: Slack repeats them until they are acknowledged,
and their listeners are idempotent by the message.
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
from slack_bolt.request.internals import parse_body
from slack_bolt.response import BoltResponse
from sqlalchemy import delete, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store
from bot.db.engine import insert
from bot.db.tables import InteractionRow
from bot.telemetry.tracing import span

log = logging.getLogger(__name__)

_RUNNING = timedelta(seconds=10)  # Slack waits for three; later its process has died, and it may be repeated
_HANDLED = timedelta(minutes=15)  # five for Slack's signature, and as much for each of two clocks
_KEY = "interaction"


def read_body(text: str, content_type: str = "application/json") -> dict[str, Any] | None:
    """Parse JSON, or a form (with JSON in `payload`); None if it is no object, or nested without end."""
    try:
        body = parse_body(text, content_type)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def kind_of(body: Mapping[str, Any]) -> str:
    """Return the type of an event or interaction, or the slash command; for Slack's own bodies only."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, Mapping) else body.get("command") or body.get("type")
    return str(kind or "unknown")


def outcome_of(status: int) -> str:
    """Return an HTTP status as a label: `ok`, `refused` (not Slack), `nobody` (listens) or `failed`."""
    return "ok" if status < 300 else {401: "refused", 404: "nobody"}.get(status, "failed")


class DeduplicatingApp(AsyncApp):
    """Bolt's app, which answers the replay of an interaction with 200 and runs no listener.

    What failed (status 500, or the process died) may be sent again.
    """

    def __init__(self, store: Store, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._store = store

        async def deduplicate(
            body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]
        ) -> BoltResponse | None:
            key = key_of(body)
            if key is not None and not await store.write_at_once(lambda s: _begin(s, key)):
                log.info("%s was delivered once more; nothing was done", kind_of(body))
                return BoltResponse(status=200)
            context[_KEY] = key
            await next_()
            return None

        self.middleware(deduplicate)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Answer a request, and remember an interaction that was handled."""
        with span(f"delivery {kind_of(req.body)}"):
            response = await super().async_dispatch(req)
        if (key := req.context.get(_KEY)) is not None:
            try:
                await self._store.write_at_once(lambda s: _end(s, key, handled=response.status < 500))
            except (InterfaceError, OperationalError) as error:
                log.warning("an interaction is remembered for seconds only: %s", str(error.orig))
        return response


def key_of(body: Mapping[str, Any]) -> str | None:
    """Return what identifies an interaction; None for other bodies."""
    if "trigger_id" not in body:
        return None
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


async def _begin(session: AsyncSession, key: str) -> bool:
    """Store an interaction, and delete old ones; return False if it is stored already."""
    now = datetime.now(UTC)
    await session.execute(delete(InteractionRow).where(InteractionRow.until < now))
    row = insert(session, InteractionRow).values(key=key, until=now + _RUNNING).on_conflict_do_nothing()
    return await session.scalar(row.returning(InteractionRow.key)) is not None


async def _end(session: AsyncSession, key: str, *, handled: bool) -> None:
    this = InteractionRow.key == key
    keep = update(InteractionRow).where(this).values(until=datetime.now(UTC) + _HANDLED)
    await session.execute(keep if handled else delete(InteractionRow).where(this))
