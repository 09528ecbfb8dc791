"""Events API payloads, as pure functions (docs.slack.dev: Events API, reference/events)."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from bot.sandbox.slack.directory import App, Channel, Team
from bot.sandbox.slack.ids import Ids
from bot.sandbox.slack.messages import Message

VERIFICATION_TOKEN = "sandbox-verification-token"


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
    if event.get("subtype") == "channel_join":
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
    """The `app_mention` event beside a message that names the bot; never in a DM with it, nor for a line
    that Slack itself wrote."""
    if message_event["channel_type"] == "im" or message_event.get("subtype") == "channel_join":
        return None
    if f"<@{app.bot_user_id}>" not in message_event["text"]:
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


def home_opened(user: str, dm: Channel, tab: str, view: dict[str, Any] | None, ts: str) -> dict[str, Any]:
    """The `app_home_opened` event; `view` is what the person saw there last, if there was anything."""
    event = {"type": "app_home_opened", "user": user, "channel": dm.id, "tab": tab, "event_ts": ts}
    return event | ({"view": view} if view else {})


def joined(user: str, inviter: str | None, channel: Channel, team: Team, ts: str) -> dict[str, Any]:
    """The `member_joined_channel` event."""
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": team.id,
        "event_ts": ts,
    }
    return event | ({"inviter": inviter} if inviter else {})


def left(user: str, channel: Channel, team: Team, ts: str) -> dict[str, Any]:
    """The `member_left_channel` event: what those who are still there hear."""
    return joined(user, None, channel, team, ts) | {"type": "member_left_channel"}


def happened_to(channel: Channel, what: str, ts: str, **about: str) -> dict[str, Any]:
    """An event about a channel as a whole, by its kind: `what` is `archive`, `unarchive`, `deleted` or
    `left`, and the event `channel_archive` or `group_archive`, say."""
    kind = "channel" if channel.kind == "channel" else "group"
    return {"type": f"{kind}_{what}", "channel": channel.id, **about, "event_ts": ts}


def id_changed(old: str, new: str, ts: str) -> dict[str, Any]:
    """The `channel_id_changed` event."""
    return {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new, "event_ts": ts}


def reacted(user: str, name: str, message: Message, *, on: bool, ts: str) -> dict[str, Any]:
    """The `reaction_added` or `reaction_removed` event."""
    return {
        "type": "reaction_added" if on else "reaction_removed",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": ts,
    }


def file_deleted(file_id: str, ts: str) -> dict[str, Any]:
    """The `file_deleted` event."""
    return {"type": "file_deleted", "file_id": file_id, "event_ts": ts}


def links_shared(message: Message, urls: list[tuple[str, str]], *, member: bool, ts: str) -> dict[str, Any]:
    """The `link_shared` event; `urls` are pairs of domain and URL."""
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return {
        "type": "link_shared",
        "user": message.user,
        "channel": message.channel,
        "message_ts": message.ts,
        **thread,
        "links": [{"domain": domain, "url": url} for domain, url in urls],
        "source": "conversations_history",
        "unfurl_id": f"{message.channel}-{message.ts}",
        "is_bot_user_member": member,
        "event_ts": ts,
    }


def wrapped(
    event: dict[str, Any], *, app: App, team: Team, ids: Ids, shared: bool, event_id: str | None = None
) -> dict[str, Any]:
    """The `event_callback` payload around an event.

    Where the whole organisation installed the app, `authorizations` names no workspace: only the payload's
    own `team_id` does (github.com/slackapi/bolt-python: tests/scenario_tests/test_events_org_apps.py).
    """
    organisation = team.enterprise.id if team.enterprise else None
    authorization = {
        "enterprise_id": organisation,
        "team_id": None if app.is_enterprise_install else team.id,
        "user_id": app.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": app.is_enterprise_install,
    }
    about = {"et": event["type"], "tid": team.id, "aid": app.id, "cid": str(event.get("channel", ""))}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        **({"enterprise_id": organisation} if organisation else {}),
        "context_team_id": team.id,
        "context_enterprise_id": organisation,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id or ids.new("Ev"),
        "event_time": int(time.time()),
        "authorizations": [authorization],
        "is_ext_shared_channel": shared,
        "event_context": "4-" + base64.urlsafe_b64encode(json.dumps(about).encode()).decode().rstrip("="),
    }


def of_installation(
    event: dict[str, Any], *, app: App, team: Team, ids: Ids, is_enterprise_install: bool
) -> dict[str, Any]:
    """The payload of `app_uninstalled` or `tokens_revoked`: it names no authorization, since there is none.

    What an organisation uninstalls is told of the organisation alone, as other events about its installation
    are (github.com/slackapi/bolt-python: tests/scenario_tests/test_events_org_apps.py).
    """
    return {
        "token": VERIFICATION_TOKEN,
        **({} if is_enterprise_install else {"team_id": team.id}),
        **({"enterprise_id": team.enterprise.id} if team.enterprise else {}),
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": ids.new("Ev"),
        "event_time": int(time.time()),
    }
