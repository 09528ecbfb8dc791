"""chat.*: posting, editing, deleting (docs.slack.dev: chat.postMessage and its neighbours)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.directory import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import CHANNEL, Call, Json, Method, refuse_problems
from bot.sandbox.slack.normal import normal_blocks
from bot.sandbox.slack.sharing import permalink

CUT_AT = 40_000
"""chat.postMessage cuts longer text (docs.slack.dev: chat.postMessage)."""
MOST_IN_UPDATE = 4_000
"""chat.update refuses longer text with msg_too_long (docs.slack.dev: chat.update)."""
MOST_ATTACHMENTS = 100
MOST_TEXT_IN_BLOCKS = 12_000
"""Characters of all text in the blocks of a post together; undocumented, reported in bolt-js issue 2509."""

_CONTENT = (
    Argument("text"),
    Argument("blocks", "array", malformed="invalid_blocks_format"),
    Argument("attachments", "array"),
    Argument("markdown_text"),
    Argument("metadata", "object", malformed="invalid_metadata_format"),
    Argument("link_names", "boolean"),
    Argument("parse"),
)
_LOOKS = (Argument("username"), Argument("icon_emoji"), Argument("icon_url"), Argument("as_user", "boolean"))
_CONTENT_ERRORS = frozenset(
    {
        "channel_not_found",
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "no_text",
        "too_many_attachments",
    }
)


def _content(call: Call) -> Json:
    """The checked content of a message call: text, blocks, attachments, metadata, as far as given."""
    if call.get("markdown_text") is not None and (call.get("text") or call.get("blocks")):
        raise SlackError("markdown_text_conflict")
    content: Json = {}
    if (text := call.get("text") or call.get("markdown_text")) is not None:
        content["text"] = text
    if (blocks := call.get("blocks")) is not None:
        refuse_problems(check_blocks(blocks, call.workspace.surroundings("message")), "invalid_blocks")
        content["blocks"] = normal_blocks(blocks, call.workspace.ids)
    if (attachments := call.get("attachments")) is not None:
        content["attachments"] = _attachments(call, attachments)
    if (metadata := call.get("metadata")) is not None:
        content["metadata"] = _metadata(metadata)
    return content


def _attachments(call: Call, attachments: list[Any]) -> list[Any]:
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    around = call.workspace.surroundings("message")
    for index, attachment in enumerate(attachments):
        at = f"/attachments/{index}/blocks"
        problems = (
            check_blocks(attachment.get("blocks", []), around, at) if isinstance(attachment, dict) else []
        )
        refuse_problems(problems, "invalid_blocks")
    return attachments


def _metadata(metadata: Json) -> Json:
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return metadata


def _refuse_empty(content: Json) -> None:
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")


def _thread_ts(call: Call, channel: Channel) -> str | None:
    """The root of the thread to answer in; a reply's own timestamp leads to its root."""
    if (thread_ts := call.get("thread_ts")) is None:
        return None
    found = call.workspace.messages.get(channel.id, thread_ts)
    if found is None or found.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    return found.thread_ts or found.ts


def _target(call: Call) -> Channel:
    """The conversation to post to; a person's id stands for the DM with them."""
    directory = call.workspace.directory
    if call.args["channel"] in directory.people and (dm := directory.direct_message(call.args["channel"])):
        return dm
    channel = call.channel()
    if channel.kind == "im" and not directory.app.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def _from_bot(call: Call, channel: Channel, content: Json) -> Message:
    bot = call.workspace.directory.bot
    said: Json = {"text": "", **content}
    return Message(channel=channel.id, ts=call.workspace.times.next(), user=bot.id, team=bot.team_id, **said)


def _text_length(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_text_length, value))
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(map(_text_length, value.values()))


def _refuse_uninvited(call: Call) -> None:
    """A public channel that the bot is not in takes its words with chat:write.public only."""
    if "chat:write.public" not in call.workspace.directory.app.scopes:
        raise SlackError("not_in_channel")


async def post_message(call: Call) -> Json:
    """chat.postMessage"""
    channel = _target(call)
    if not call.in_channel(channel):
        _refuse_uninvited(call)
    content = _content(call)
    _refuse_empty(content)
    if _text_length(content.get("blocks", [])) > MOST_TEXT_IN_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    content["text"] = content.get("text", "")[:CUT_AT]
    message = _from_bot(call, channel, content)
    message.thread_ts = _thread_ts(call, channel)
    message.broadcast = bool(call.get("reply_broadcast")) and message.is_reply
    return {"channel": channel.id, "ts": message.ts, "message": call.workspace.post(message)}


async def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral"""
    channel = call.channel()
    if not call.in_channel(channel):
        raise SlackError("not_in_channel")
    if call.args["user"] not in channel.members:
        raise SlackError("user_not_in_channel")
    content = _content(call)
    _refuse_empty(content)
    if len(content.get("text", "")) > CUT_AT:
        raise SlackError("msg_too_long")
    message = _from_bot(call, channel, content)
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
    content = _content(call)
    if len(content.get("text", "")) > MOST_IN_UPDATE:
        raise SlackError("msg_too_long")
    if not content:
        raise SlackError("no_text")
    _refuse_empty(
        {"text": message.text, "blocks": message.blocks, "attachments": message.attachments} | content
    )
    shown = call.workspace.change(message, **content)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}


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
            *_CONTENT,
            *_LOOKS,
            Argument("thread_ts", "timestamp", malformed="thread_not_found"),
            Argument("reply_broadcast", "boolean"),
            Argument("unfurl_links", "boolean"),
            Argument("unfurl_media", "boolean"),
            Argument("mrkdwn", "boolean"),
        ),
        scopes=_WRITE,
        errors=_CONTENT_ERRORS
        | {
            "not_in_channel",
            "msg_blocks_too_long",
            "thread_not_found",
            "messages_tab_disabled",
            "invalid_metadata_format",
        },
    ),
    Method(
        "chat.postEphemeral",
        post_ephemeral,
        tier=4,
        arguments=(
            CHANNEL,
            Argument("user", required=True),
            *_CONTENT,
            *_LOOKS,
            Argument("thread_ts", "timestamp"),
        ),
        scopes=_WRITE,
        errors=_CONTENT_ERRORS
        | {"not_in_channel", "user_not_in_channel", "msg_too_long", "invalid_metadata_format"},
    ),
    Method(
        "chat.update",
        update,
        tier=3,
        arguments=(
            CHANNEL,
            _TS,
            *_CONTENT,
            Argument("as_user", "boolean"),
            Argument("reply_broadcast", "boolean"),
            Argument("file_ids"),
            Argument("unfurled_attachments"),
        ),
        scopes=_WRITE,
        errors=_CONTENT_ERRORS
        | {"message_not_found", "cant_update_message", "msg_too_long", "invalid_metadata_format"},
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
