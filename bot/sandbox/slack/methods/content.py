"""What a message of the bot may hold: text, blocks, attachments, metadata, and where it goes."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.directory import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import Call, Json, refuse_problems
from bot.sandbox.slack.normal import normal_blocks

CUT_AT = 40_000
"""chat.postMessage cuts longer text (docs.slack.dev: chat.postMessage)."""
MOST_ATTACHMENTS = 100
MOST_TEXT_IN_BLOCKS = 12_000
"""Characters of all text in the blocks of a post together; undocumented, reported in bolt-js issue 2509."""

CONTENT = (
    Argument("text"),
    Argument("blocks", "array", malformed="invalid_blocks_format"),
    Argument("attachments", "array"),
    Argument("markdown_text"),
    Argument("metadata", "object", malformed="invalid_metadata_format"),
    Argument("link_names", "boolean"),
    Argument("parse"),
)
LOOKS = (Argument("username"), Argument("icon_emoji"), Argument("icon_url"), Argument("as_user", "boolean"))
CONTENT_ERRORS = frozenset(
    {
        "channel_not_found",
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "no_text",
        "too_many_attachments",
    }
)


def content_of(call: Call) -> Json:
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


def _attachments(call: Call, attachments: list[Any]) -> list[Json]:
    """The attachments, their blocks checked; what is no object is dropped (a Choice)."""
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    around = call.workspace.surroundings("message")
    for index, attachment in enumerate(attachments):
        at = f"/attachments/{index}/blocks"
        problems = (
            check_blocks(attachment.get("blocks", []), around, at) if isinstance(attachment, dict) else []
        )
        refuse_problems(problems, "invalid_blocks")
    return [attachment for attachment in attachments if isinstance(attachment, dict)]


def _metadata(metadata: Json) -> Json:
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return metadata


def refuse_empty(content: Json) -> None:
    """Raise no_text for a message that would show nothing."""
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")


def thread_of(call: Call, channel: Channel) -> str | None:
    """The root of the thread to answer in; a reply's own timestamp leads to its root.

    None too where the root is deleted and no reply keeps its place: users report that Slack posts such a
    reply into the channel itself, with `ok`.
    """
    if (thread_ts := call.get("thread_ts")) is None or call.workspace.messages.was_removed(
        channel.id, thread_ts
    ):
        return None
    found = call.workspace.messages.get(channel.id, thread_ts)
    if found is None or found.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    return found.thread_ts or found.ts


def target_of(call: Call) -> Channel:
    """The conversation to post to; a person's id stands for the DM with them, opened if need be."""
    directory, named = call.workspace.directory, call.args["channel"]
    if named in directory.people and named != directory.app.bot_user_id:
        channel = call.workspace.open_dm([named, directory.app.bot_user_id])
    else:
        channel = call.channel()
    if channel.kind == "im" and not directory.app.messages_tab:
        raise SlackError("messages_tab_disabled")
    refuse_archived(channel)
    return channel


def refuse_archived(channel: Channel) -> None:
    """Nothing is said in an archived channel any more."""
    if channel.is_archived:
        raise SlackError("is_archived")


def from_bot(call: Call, channel: Channel, content: Json) -> Message:
    """The message that the bot is about to post."""
    bot = call.workspace.directory.bot
    said: Json = {"text": "", **content}
    return Message(channel=channel.id, ts=call.workspace.times.next(), user=bot.id, team=bot.team_id, **said)


def text_length(value: Any) -> int:
    """Characters of all text objects within blocks."""
    if isinstance(value, list):
        return sum(map(text_length, value))
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(map(text_length, value.values()))


def refuse_uninvited(call: Call) -> None:
    """A public channel that the bot is not in takes its words with chat:write.public only."""
    if "chat:write.public" not in call.workspace.directory.app.scopes:
        raise SlackError("not_in_channel")
