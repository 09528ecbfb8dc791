"""chat.scheduleMessage and chat.deleteScheduledMessage (docs.slack.dev: the pages of both)."""

from __future__ import annotations

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods.content import (
    CONTENT,
    CONTENT_ERRORS,
    CUT_AT,
    content_of,
    refuse_empty,
    thread_of,
)
from bot.sandbox.slack.methods.declared import CHANNEL, Call, Json, Method
from bot.sandbox.slack.schedule import FURTHEST, Scheduled


async def schedule_message(call: Call) -> Json:
    """chat.scheduleMessage"""
    channel = call.channel()
    if not call.in_channel(channel):
        raise SlackError("not_in_channel")
    content = content_of(call)
    refuse_empty(content)
    if len(content.get("text", "")) > CUT_AT:
        raise SlackError("msg_too_long")
    post_at: int = call.args["post_at"]
    _refuse_time(call, channel.id, post_at)
    thread_ts = thread_of(call, channel)
    place = {
        "thread_ts": thread_ts,
        "broadcast": bool(call.get("reply_broadcast")) and thread_ts is not None,
    }
    scheduled = Scheduled(call.workspace.ids.new("Q"), channel.id, post_at, {"text": "", **content, **place})
    call.workspace.schedule.add(scheduled)
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": post_at,
        "message": {
            "text": "",
            **content,
            "bot_id": call.workspace.directory.app.bot_id,
            "type": "delayed_message",
            "subtype": "bot_message",
        },
    }


def _refuse_time(call: Call, channel: str, post_at: int) -> None:
    schedule = call.workspace.schedule
    seconds = schedule.seconds_until(post_at)
    if seconds <= 0:
        raise SlackError("time_in_past")
    if seconds > FURTHEST:
        raise SlackError("time_too_far")
    if schedule.crowded(channel, post_at):
        raise SlackError("restricted_too_many")


async def delete_scheduled_message(call: Call) -> Json:
    """chat.deleteScheduledMessage"""
    channel = call.channel()
    if not call.workspace.schedule.take_back(call.args["scheduled_message_id"], channel.id):
        raise SlackError("invalid_scheduled_message_id")
    return {}


METHODS = (
    Method(
        "chat.scheduleMessage",
        schedule_message,
        tier=3,
        arguments=(
            CHANNEL,
            Argument("post_at", "integer", required=True, malformed="invalid_time"),
            *CONTENT,
            Argument("as_user", "boolean"),
            Argument("thread_ts", "timestamp"),
            Argument("reply_broadcast", "boolean"),
            Argument("unfurl_links", "boolean"),
            Argument("unfurl_media", "boolean"),
        ),
        scopes=("chat:write",),
        errors=CONTENT_ERRORS
        | {
            "invalid_metadata_format",
            "invalid_time",
            "msg_too_long",
            "not_in_channel",
            "restricted_too_many",
            "thread_not_found",
            "time_in_past",
            "time_too_far",
        },
        gaps="there is no list of what waits",
    ),
    Method(
        "chat.deleteScheduledMessage",
        delete_scheduled_message,
        tier=3,
        arguments=(
            CHANNEL,
            Argument("scheduled_message_id", required=True),
            Argument("as_user", "boolean"),
        ),
        scopes=("chat:write",),
        errors=frozenset({"channel_not_found", "invalid_scheduled_message_id"}),
    ),
)
