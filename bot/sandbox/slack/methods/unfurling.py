"""chat.unfurl (docs.slack.dev: chat.unfurl; unfurling links in messages)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack import sharing
from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import Call, Json, Method, refuse_problems
from bot.sandbox.slack.normal import normal_blocks

_SOURCES = ("conversations_history", "composer")


async def unfurl(call: Call) -> Json:
    """chat.unfurl: shows what the app makes of links below the message that holds them."""
    message = _message(call)
    unfurls: Mapping[str, Any] = call.get("unfurls") or {}
    if not unfurls:
        raise SlackError("missing_unfurls")
    linked = sharing.urls(message.text)
    made = [_attachment(call, linked, n, *each) for n, each in enumerate(unfurls.items(), 1)]
    kept = [each for each in message.attachments if each.get("app_unfurl_url") not in unfurls]
    call.workspace.unfurl(message, [*kept, *made], message.quotes)
    return {}


def _message(call: Call) -> Message:
    channel_id, ts = _place(call)
    channel = call.workspace.directory.channels.get(channel_id)
    if channel is None or not call.in_channel(channel):
        raise SlackError("cannot_find_channel")
    message = call.workspace.messages.get(channel_id, ts)
    if message is None or message.ephemeral_to is not None:
        raise SlackError("cannot_find_message")
    return message


def _place(call: Call) -> tuple[str, str]:
    """Channel and timestamp, given as such or as the `unfurl_id` of a `link_shared` event."""
    if (unfurl_id := call.get("unfurl_id")) is not None:
        if call.get("source") is None:
            raise SlackError("missing_source")
        if call.args["source"] not in _SOURCES:
            raise SlackError("invalid_source")
        channel, dash, ts = unfurl_id.partition("-")
        if not dash:
            raise SlackError("invalid_unfurl_id")
        return channel, ts
    if call.get("channel") is None:
        raise SlackError("missing_channel" if call.get("source") is None else "missing_unfurl_id")
    if call.get("ts") is None:
        raise SlackError("missing_ts")
    return call.args["channel"], call.args["ts"]


def _attachment(call: Call, linked: list[str], number: int, url: str, unfurled: Any) -> Json:
    if url not in linked:
        raise SlackError("cannot_unfurl_message")
    if not sharing.within_domains(url, call.workspace.directory.app.unfurl_domains):
        raise SlackError("cannot_unfurl_url")
    if not isinstance(unfurled, dict):
        raise SlackError("cannot_parse_attachment")
    blocks = unfurled.get("blocks", [])
    at = f"/unfurls/{url.replace('~', '~0').replace('/', '~1')}/blocks"
    problems = check_blocks(blocks, call.workspace.surroundings("message"), at)
    refuse_problems(problems, "cannot_parse_attachment")
    shown = {"blocks": normal_blocks(blocks, call.workspace.ids)} if blocks else {}
    app = call.workspace.directory.app
    about = {"id": number, "from_url": url, "original_url": url, "app_unfurl_url": url}
    return {**unfurled, **shown, **about, "is_app_unfurl": True, "app_id": app.id, "bot_id": app.bot_id}


METHODS = (
    Method(
        "chat.unfurl",
        unfurl,
        tier=3,
        arguments=(
            Argument("channel"),
            Argument("ts", "timestamp", malformed="cannot_find_message"),
            Argument("unfurls", "object", malformed="invalid_unfurls_format"),
            Argument("unfurl_id"),
            Argument("source"),
            Argument("user_auth_message"),
            Argument("user_auth_required", "boolean"),
            Argument("user_auth_url"),
            Argument("user_auth_blocks", "array"),
        ),
        scopes=("links:write",),
        errors=frozenset(
            {
                "cannot_find_channel",
                "cannot_find_message",
                "cannot_parse_attachment",
                "cannot_unfurl_message",
                "cannot_unfurl_url",
                "invalid_source",
                "invalid_unfurl_id",
                "invalid_unfurls_format",
                "missing_channel",
                "missing_source",
                "missing_ts",
                "missing_unfurl_id",
                "missing_unfurls",
            }
        ),
        gaps="prompts to sign in (user_auth_*) are accepted and not shown; previews in the composer",
    ),
)
