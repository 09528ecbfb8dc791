"""What Slack delivers and how it is answered: names for metrics, Socket Mode's acknowledgement.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_bolt.request.internals import parse_body
from slack_bolt.response import BoltResponse

DEEPEST = 64
"""Levels of a body: Slack's have some twenty; what is much deeper ends a parser or a copy of it."""


def read_body(text: str, content_type: str = "application/json") -> dict[str, Any] | None:
    """A delivery's body as values; None where it is no object, or nested deeper than `DEEPEST`.

    Args:
        text: JSON, or a form with the fields of a command or with JSON in `payload`.
        content_type: without its parameters.
    """
    try:
        body = parse_body(text, content_type)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and not _is_deep(body) else None


def _is_deep(body: Mapping[str, Any]) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for values in inner for each in values if isinstance(each, dict | list)]
    return bool(level)


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
