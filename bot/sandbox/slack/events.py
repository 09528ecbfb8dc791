"""Events API payloads, as pure functions (docs.slack.dev: Events API, reference/events)."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from bot.sandbox.slack.directory import App, Channel, Team
from bot.sandbox.slack.ids import Ids

VERIFICATION_TOKEN = "sandbox-verification-token"
_SUBSCRIPTIONS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


def posted(message: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """The `message` event of a new message. Recorded file shares name no `team`, so neither do these."""
    event = message | {
        "channel": channel.id,
        "event_ts": message["ts"],
        "channel_type": channel.channel_type,
    }
    if channel.is_ext_shared:
        # In a channel with another organisation every message tells whose its poster is.
        event |= {"user_team": message["team"], "source_team": message["team"]}
    if "files" in event:
        event["upload"] = True
        event.pop("team")
    for late in ("reply_count", "reply_users", "reply_users_count", "latest_reply"):
        event.pop(late, None)
    return event


def changed(message: dict[str, Any], previous: dict[str, Any], channel: Channel, ts: str) -> dict[str, Any]:
    """The hidden `message_changed` event of an edit."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message,
        "previous_message": previous,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def deleted(previous: dict[str, Any], channel: Channel, ts: str) -> dict[str, Any]:
    """The hidden `message_deleted` event."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": previous,
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": previous["ts"],
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def mention(message_event: dict[str, Any], app: App) -> dict[str, Any] | None:
    """The `app_mention` event beside a message that names the bot; never in a DM with it."""
    if message_event["channel_type"] == "im" or f"<@{app.bot_user_id}>" not in message_event["text"]:
        return None
    kept = (
        "user",
        "ts",
        "client_msg_id",
        "text",
        "team",
        "blocks",
        "files",
        "thread_ts",
        "channel",
        "event_ts",
    )
    return {"type": "app_mention"} | {key: message_event[key] for key in kept if key in message_event}


def subscribed(event: dict[str, Any], app: App, channel: Channel) -> bool:
    """Whether Slack sends this event: subscribed in the manifest, its scope granted, the bot a member."""
    if app.bot_user_id not in channel.members:
        return False
    if event["type"] == "message":
        scope = f"{channel.scope_family}:history"
        return _SUBSCRIPTIONS[channel.channel_type] in app.events and scope in app.scopes
    if event["type"] == "app_mention":
        return "app_mention" in app.events and "app_mentions:read" in app.scopes
    return event["type"] in app.events


def wrapped(
    event: dict[str, Any], *, app: App, team: Team, ids: Ids, shared: bool, event_id: str | None = None
) -> dict[str, Any]:
    """The `event_callback` payload around an event."""
    authorization = {
        "enterprise_id": None,
        "team_id": team.id,
        "user_id": app.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    about = {"et": event["type"], "tid": team.id, "aid": app.id, "cid": str(event.get("channel", ""))}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id or ids.new("Ev"),
        "event_time": int(time.time()),
        "authorizations": [authorization],
        "is_ext_shared_channel": shared,
        "event_context": "4-" + base64.urlsafe_b64encode(json.dumps(about).encode()).decode().rstrip("="),
    }
