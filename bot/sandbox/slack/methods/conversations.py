"""conversations.*: what a channel is, who is in it, what was said (docs.slack.dev: Conversations API)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.directory import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import CHANNEL, Call, Json, Method

MOST_MESSAGES = 999
DEFAULT_PAGE = 100
MOST_IN_GROUP_MESSAGE = 8


def channel_object(call: Call, channel: Channel) -> Json:
    """The conversation object (docs.slack.dev: conversation object)."""
    team = call.workspace.directory.team
    common = {
        "id": channel.id,
        "created": 1_700_000_000,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": team.id,
    }
    if channel.kind == "im":
        return common | {"user": channel.user, "is_open": True, "priority": 0}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "private",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_general": False,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "is_member": call.in_channel(channel),
        "unlinked": 0,
        "creator": channel.members[0],
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


async def info(call: Call) -> Json:
    """conversations.info"""
    channel = call.channel()
    call.require_scope(f"{channel.scope_family}:read")
    counted = (
        {"num_members": len(call.workspace.directory.active(channel.members))}
        if call.get("include_num_members")
        else {}
    )
    return {"channel": channel_object(call, channel) | counted}


async def members(call: Call) -> Json:
    """conversations.members"""
    channel = call.channel()
    call.require_scope(f"{channel.scope_family}:read")
    page, cursor = _page(call, call.workspace.directory.active(channel.members))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


async def history(call: Call) -> Json:
    """conversations.history: newest first."""
    channel = call.channel()
    call.require_scope(f"{channel.scope_family}:history")
    if not call.in_channel(channel):
        raise SlackError("not_in_channel")
    found = [m for m in reversed(call.workspace.messages.channel(channel.id)) if _within(call, m)]
    return _messages(call, found)


async def replies(call: Call) -> Json:
    """conversations.replies: the root and its replies, oldest first."""
    channel = call.channel()
    call.require_scope(f"{channel.scope_family}:history")
    if not call.in_channel(channel):
        raise SlackError("channel_not_found")
    asked = call.workspace.messages.get(channel.id, call.args["ts"])
    if asked is None or asked.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    root = asked.thread_ts or asked.ts
    thread = call.workspace.messages.thread(channel.id, root)
    return _messages(call, [m for m in thread if m.ts == root or _within(call, m)])


def _within(call: Call, message: Message) -> bool:
    oldest, latest = call.get("oldest") or "0", call.get("latest") or "inf"
    if call.get("inclusive") and message.ts in (oldest, latest):
        return True
    return float(oldest) < float(message.ts) < float(latest)


def _messages(call: Call, found: Sequence[Message]) -> Json:
    page, cursor = _page(call, [call.workspace.messages.as_json(message) for message in found])
    answer: Json = {"messages": page, "has_more": bool(cursor), "pin_count": 0}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _page(call: Call, found: list[Json] | list[str]) -> tuple[list[Json] | list[str], str]:
    """One page of a list and the cursor of the next, or an empty string."""
    limit = min(max(call.get("limit") or DEFAULT_PAGE, 1), MOST_MESSAGES)
    start = _start(call.get("cursor"))
    after = start + limit
    cursor = base64.b64encode(f"next:{after}".encode()).decode() if after < len(found) else ""
    return found[start:after], cursor


def _start(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        word, number = base64.b64decode(cursor, validate=True).decode().split(":")
        return int(number) if word == "next" else -1
    except ValueError:
        raise SlackError("invalid_cursor") from None


async def open_conversation(call: Call) -> Json:
    """conversations.open: the DM with one person, the group DM with several, or a known DM."""
    if call.get("channel"):
        channel = call.channel()
        if channel.kind not in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
    users = [name.strip() for name in (call.get("users") or "").split(",") if name.strip()]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > MOST_IN_GROUP_MESSAGE:
        raise SlackError("too_many_users")
    if any(user not in call.workspace.directory.people for user in users):
        raise SlackError("user_not_found")
    if any(call.workspace.directory.people[user].deactivated for user in users):
        raise SlackError("user_disabled")
    call.require_scope("im:write" if len(users) == 1 else "mpim:write")
    members = [*users, call.workspace.directory.app.bot_user_id]
    known = call.workspace.directory.conversation_of(members)
    if known is None and call.get("prevent_creation"):
        raise SlackError("channel_not_found")
    channel = known or call.workspace.open_dm(members)
    found = {"no_op": True, "already_open": True} if known else {}
    shown = channel_object(call, channel) if call.get("return_im") else {"id": channel.id}
    return found | {"channel": shown}


async def join(call: Call) -> Json:
    """conversations.join"""
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if call.in_channel(channel):
        warning = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": channel_object(call, channel)} | warning
    call.workspace.join(call.workspace.directory.app.bot_user_id, channel)
    return {"channel": channel_object(call, channel)}


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_PAGES = (Argument("cursor", malformed="invalid_cursor"), Argument("limit", "integer"))
_WINDOW = (
    Argument("oldest", "moment", malformed="invalid_ts_oldest"),
    Argument("latest", "moment", malformed="invalid_ts_latest"),
    Argument("inclusive", "boolean"),
    Argument("include_all_metadata", "boolean"),
)
_PAGE_ERRORS = frozenset({"channel_not_found", "invalid_cursor"})
_WINDOW_ERRORS = _PAGE_ERRORS | {"invalid_ts_oldest", "invalid_ts_latest"}

METHODS = (
    Method(
        "conversations.info",
        info,
        tier=3,
        arguments=(
            CHANNEL,
            Argument("include_locale", "boolean"),
            Argument("include_num_members", "boolean"),
        ),
        scopes=_READ,
        errors=frozenset({"channel_not_found"}),
        json=False,
        gaps="last_read, unread counts, locale",
    ),
    Method(
        "conversations.members",
        members,
        tier=4,
        arguments=(CHANNEL, *_PAGES),
        scopes=_READ,
        errors=_PAGE_ERRORS,
        json=False,
    ),
    Method(
        "conversations.history",
        history,
        tier=3,
        arguments=(CHANNEL, *_PAGES, *_WINDOW),
        scopes=_HISTORY,
        errors=_WINDOW_ERRORS | {"not_in_channel"},
        gaps="the special limit for apps outside the Marketplace; include_all_metadata has no effect",
    ),
    Method(
        "conversations.replies",
        replies,
        tier=3,
        arguments=(
            Argument("channel", required=True, missing="channel_not_found"),
            Argument(
                "ts", "timestamp", required=True, missing="thread_not_found", malformed="thread_not_found"
            ),
            *_PAGES,
            *_WINDOW,
        ),
        scopes=_HISTORY,
        errors=_WINDOW_ERRORS | {"thread_not_found"},
        json=False,
        gaps="the special limit for apps outside the Marketplace; include_all_metadata has no effect",
    ),
    Method(
        "conversations.open",
        open_conversation,
        tier=3,
        arguments=(
            Argument("channel"),
            Argument("users"),
            Argument("return_im", "boolean"),
            Argument("prevent_creation", "boolean"),
        ),
        scopes=("im:write", "mpim:write", "groups:write", "channels:manage"),
        errors=frozenset(
            {
                "channel_not_found",
                "method_not_supported_for_channel_type",
                "too_many_users",
                "user_disabled",
                "user_not_found",
                "users_list_not_supplied",
            }
        ),
    ),
    Method(
        "conversations.join",
        join,
        tier=3,
        arguments=(CHANNEL,),
        scopes=("channels:join",),
        errors=frozenset({"channel_not_found", "method_not_supported_for_channel_type"}),
    ),
)
