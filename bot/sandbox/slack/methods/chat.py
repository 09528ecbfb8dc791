"""chat.*: posting, editing, deleting (docs.slack.dev: chat.postMessage and its neighbours)."""

from __future__ import annotations

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.content import (
    CONTENT,
    CONTENT_ERRORS,
    CUT_AT,
    LOOKS,
    MOST_TEXT_IN_BLOCKS,
    content_of,
    from_bot,
    refuse_archived,
    refuse_empty,
    refuse_uninvited,
    target_of,
    text_length,
    thread_of,
)
from bot.sandbox.slack.methods.declared import CHANNEL, Call, Json, Method
from bot.sandbox.slack.sharing import permalink

MOST_IN_UPDATE = 4_000
"""chat.update refuses longer text with msg_too_long (docs.slack.dev: chat.update)."""


async def post_message(call: Call) -> Json:
    """chat.postMessage"""
    channel = target_of(call)
    if not call.in_channel(channel):
        refuse_uninvited(call)
    content = content_of(call)
    refuse_empty(content)
    if text_length(content.get("blocks", [])) > MOST_TEXT_IN_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    content["text"] = content.get("text", "")[:CUT_AT]
    message = from_bot(call, channel, content)
    message.thread_ts = thread_of(call, channel)
    message.broadcast = bool(call.get("reply_broadcast")) and message.is_reply
    return {"channel": channel.id, "ts": message.ts, "message": call.workspace.post(message)}


async def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral"""
    channel = call.channel()
    refuse_archived(channel)
    if not call.in_channel(channel):
        raise SlackError("not_in_channel")
    if call.args["user"] not in call.workspace.directory.active(channel.members):
        raise SlackError("user_not_in_channel")
    content = content_of(call)
    refuse_empty(content)
    if len(content.get("text", "")) > CUT_AT:
        raise SlackError("msg_too_long")
    message = from_bot(call, channel, content)
    message.thread_ts = call.get("thread_ts")
    message.ephemeral_to = call.args["user"]
    call.workspace.whisper(message)
    return {"message_ts": message.ts}


def _own_message(call: Call, *, not_mine: str) -> Message:
    channel = call.channel()
    message = call.workspace.messages.get(channel.id, call.args["ts"])
    if message is None or message.ephemeral_to is not None or message.tombstone:
        raise SlackError("message_not_found")
    if message.user != call.workspace.directory.app.bot_user_id:
        raise SlackError(not_mine)
    return message


async def update(call: Call) -> Json:
    """chat.update: what is not given stays; an empty array of blocks takes them away."""
    message = _own_message(call, not_mine="cant_update_message")
    content = content_of(call)
    if len(content.get("text", "")) > MOST_IN_UPDATE:
        raise SlackError("msg_too_long")
    if call.get("file_ids") is not None:
        content["files"] = _own_files(call)
    if not content:
        raise SlackError("no_text")
    refuse_empty(
        {"text": message.text, "blocks": message.blocks, "attachments": message.attachments} | content
    )
    shown = call.workspace.change(message, **content)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}


def _own_files(call: Call) -> list[str]:
    files = call.workspace.files
    for file_id in call.args["file_ids"]:
        file = files.get(file_id)
        if file is None or not file.complete:
            raise SlackError("file_deleted" if files.was_deleted(file_id) else "file_not_found")
        if file.owner.id != call.workspace.directory.app.bot_user_id:
            raise SlackError("file_not_found")
    return list(call.args["file_ids"])


async def delete(call: Call) -> Json:
    """chat.delete"""
    message = _own_message(call, not_mine="cant_delete_message")
    call.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


async def get_permalink(call: Call) -> Json:
    """chat.getPermalink"""
    channel = call.channel()
    message = call.workspace.messages.get(channel.id, call.args["message_ts"])
    if message is None or message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call.workspace.origin, message)}


_TS = Argument("ts", "timestamp", required=True, malformed="message_not_found")
_WRITE = ("chat:write",)

METHODS = (
    Method(
        "chat.postMessage",
        post_message,
        tier=5,
        arguments=(
            CHANNEL,
            *CONTENT,
            *LOOKS,
            Argument("thread_ts", "timestamp", malformed="thread_not_found"),
            Argument("reply_broadcast", "boolean"),
            Argument("unfurl_links", "boolean"),
            Argument("unfurl_media", "boolean"),
            Argument("mrkdwn", "boolean"),
        ),
        scopes=_WRITE,
        errors=CONTENT_ERRORS
        | {
            "is_archived",
            "not_in_channel",
            "msg_blocks_too_long",
            "thread_not_found",
            "messages_tab_disabled",
            "invalid_metadata_format",
        },
        gaps="username, icons, parse and link_names have no effect; web pages are not unfurled",
    ),
    Method(
        "chat.postEphemeral",
        post_ephemeral,
        tier=4,
        arguments=(
            CHANNEL,
            Argument("user", required=True),
            *CONTENT,
            *LOOKS,
            Argument("thread_ts", "timestamp"),
        ),
        scopes=_WRITE,
        errors=CONTENT_ERRORS
        | {"is_archived", "not_in_channel", "user_not_in_channel", "msg_too_long", "invalid_metadata_format"},
        gaps="username, icons, parse and link_names have no effect",
    ),
    Method(
        "chat.update",
        update,
        tier=3,
        arguments=(
            CHANNEL,
            _TS,
            *CONTENT,
            Argument("as_user", "boolean"),
            Argument("reply_broadcast", "boolean"),
            Argument("file_ids", "ids"),
            Argument("unfurled_attachments"),
        ),
        scopes=_WRITE,
        errors=CONTENT_ERRORS
        | {
            "cant_update_message",
            "file_deleted",
            "file_not_found",
            "invalid_metadata_format",
            "message_not_found",
            "msg_too_long",
        },
        gaps="reply_broadcast, parse and link_names have no effect",
    ),
    Method(
        "chat.delete",
        delete,
        tier=3,
        arguments=(CHANNEL, _TS, Argument("as_user", "boolean")),
        scopes=_WRITE,
        errors=frozenset({"channel_not_found", "message_not_found", "cant_delete_message"}),
    ),
    Method(
        "chat.getPermalink",
        get_permalink,
        tier=5,
        arguments=(
            CHANNEL,
            Argument("message_ts", "timestamp", required=True, malformed="message_not_found"),
        ),
        errors=frozenset({"channel_not_found", "message_not_found"}),
        json=False,
    ),
)
