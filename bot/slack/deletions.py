"""What was deleted, according to an event.  Pure.

- `message_deleted` names the message in `deleted_ts` (docs.slack.dev: message_deleted event).
- The root of a thread with replies is not deleted but becomes a tombstone: `message_changed`, whose message
  has the subtype `tombstone` (42wim/matterbridge #600, slack-edge/slack-edge #10).
- `file_deleted` tells the file's id alone (docs.slack.dev: file_deleted event).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.shapes import mapping, text_of


@dataclass(frozen=True)
class DeletedMessage:
    """A message that is no more, in a channel."""

    team: str
    channel: str
    ts: str


@dataclass(frozen=True)
class DeletedFile:
    """A file that is no more, wherever it was shown."""

    team: str
    file_id: str


Deletion = DeletedMessage | DeletedFile


def read_deletion(body: Mapping[str, Any], *, team: str) -> Deletion | None:
    """Read the body of an `event_callback`; None for what deletes nothing.

    Args:
        body: the whole body as Slack sent it, `event` inside.
        team: the workspace that the bot is installed in.
    """
    event = mapping(mapping(body).get("event"))
    if event.get("type") == "file_deleted":
        file_id = text_of(event, "file_id")
        return DeletedFile(team, file_id) if file_id else None
    channel, ts = text_of(event, "channel"), _deleted_ts(event)
    return DeletedMessage(team, channel, ts) if channel and ts else None


def _deleted_ts(event: Mapping[str, Any]) -> str:
    if event.get("subtype") == "message_deleted":
        return text_of(event, "deleted_ts")
    message = mapping(event.get("message"))
    if event.get("subtype") == "message_changed" and message.get("subtype") == "tombstone":
        return text_of(message, "ts")
    return ""
