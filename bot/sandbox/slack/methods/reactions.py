"""reactions.add and reactions.remove. Any well-formed emoji name passes (the sandbox keeps no emoji list)."""

from __future__ import annotations

import re

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import Call, Json, Method

_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def _reacted_to(call: Call) -> tuple[Message, str, list[str]]:
    """The message, the emoji's name and who used it so far."""
    name = call.args["name"].strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    channel = call.channel()
    message = call.workspace.messages.get(channel.id, call.args["timestamp"])
    if message is None or message.ephemeral_to is not None or not call.in_channel(channel):
        raise SlackError("message_not_found")
    return message, name, message.reactions.get(name, [])


async def add(call: Call) -> Json:
    """reactions.add"""
    message, name, users = _reacted_to(call)
    bot = call.workspace.directory.app.bot_user_id
    if bot in users:
        raise SlackError("already_reacted")
    call.workspace.react(message, name, bot, on=True)
    return {}


async def remove(call: Call) -> Json:
    """reactions.remove"""
    message, name, users = _reacted_to(call)
    bot = call.workspace.directory.app.bot_user_id
    if bot not in users:
        raise SlackError("no_reaction")
    call.workspace.react(message, name, bot, on=False)
    return {}


_ARGUMENTS = (
    Argument("name", required=True, missing="invalid_name"),
    Argument("channel", required=True, missing="no_item_specified"),
    Argument("timestamp", "timestamp", required=True, missing="no_item_specified", malformed="bad_timestamp"),
)
_ERRORS = frozenset(
    {"invalid_name", "channel_not_found", "message_not_found", "no_item_specified", "bad_timestamp"}
)
_SCOPES = ("reactions:write",)

METHODS = (
    Method(
        "reactions.add",
        add,
        3,
        _ARGUMENTS,
        _SCOPES,
        errors=_ERRORS | {"already_reacted"},
        gaps="any well-formed name is an emoji; no limit of reactions",
    ),
    Method(
        "reactions.remove",
        remove,
        2,
        (*_ARGUMENTS, Argument("file"), Argument("file_comment")),
        _SCOPES,
        errors=_ERRORS | {"no_reaction"},
    ),
)
