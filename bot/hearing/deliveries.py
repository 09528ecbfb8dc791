"""What Slack delivers and how it is answered: names for metrics, Socket Mode's acknowledgement.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_bolt.response import BoltResponse


def kind_of(body: Mapping[str, Any]) -> str:
    """What was delivered: an event's type, an interaction's, or the slash command.

    Args:
        body: of a delivery that is known to be Slack's, so that there are only so many kinds.
    """
    event = body.get("event")
    kind = event.get("type") if isinstance(event, Mapping) else body.get("command") or body.get("type")
    return str(kind or "unknown")


def outcome_of(status: int) -> str:
    """What an answer with this HTTP status means: `ok`, `refused` (not Slack), `nobody` listens, `failed`."""
    if status < 300:
        return "ok"
    return {401: "refused", 404: "nobody"}.get(status, "failed")


def acknowledgement(envelope_id: str, response: BoltResponse) -> dict[str, Any]:
    """What goes back over the socket for a listener's answer (docs.slack.dev: Using Socket Mode)."""
    if not response.body:
        return {"envelope_id": envelope_id}
    is_json = response.first_headers().get("content-type", "").startswith("application/json")
    payload = json.loads(response.body) if is_json else {"text": response.body}
    return {"envelope_id": envelope_id, "payload": payload}
