"""files.*: looking at files and uploading them in three steps (docs.slack.dev: Working with files)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.directory import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.files import NewFile, StoredFile
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods.declared import Call, Json, Method, refuse_problems
from bot.sandbox.slack.normal import normal_blocks

LONGEST_ALT = 1000


async def info(call: Call) -> Json:
    """files.info"""
    files = call.workspace.files
    file = files.get(call.args["file"])
    if file is None:
        raise SlackError("file_deleted" if files.was_deleted(call.args["file"]) else "file_not_found")
    if not files.visible_to_bot(file):
        raise SlackError("file_not_found")
    return {"file": files.info(file), "comments": [], "response_metadata": {"next_cursor": ""}}


async def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal"""
    if call.args["length"] <= 0:
        raise SlackError("missing_argument")
    if len(call.get("alt_txt") or "") > LONGEST_ALT:
        raise SlackError("alt_txt_too_large")
    new = NewFile(call.args["filename"], b"", call.get("alt_txt"))
    file = call.workspace.files.add(new, call.workspace.directory.bot, complete=False)
    return {"upload_url": f"{call.workspace.origin}/upload/v1/{file.id}", "file_id": file.id}


async def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: shares what was uploaded, as one message a channel."""
    named = [_uploaded(call, entry) for entry in call.args["files"]]
    if not named:
        raise SlackError("invalid_arguments", ["missing required field: files [json-pointer:/files]"])
    targets = [_target(call, key) for key in _channels(call)]
    blocks = call.get("blocks") or []
    refuse_problems(check_blocks(blocks, call.workspace.surroundings("message")), "invalid_blocks")
    for file, title in named:
        call.workspace.files.complete(file, title)
        call.workspace.announce_processing(file)
    for channel in targets:
        call.workspace.post(_share(call, channel, [file for file, _ in named], blocks))
    return {"files": [call.workspace.files.as_json(file) for file, _ in named]}


def _channels(call: Call) -> list[str]:
    several = [key for key in (call.get("channels") or "").split(",") if key]
    return [call.args["channel_id"], *several] if call.get("channel_id") else several


def _target(call: Call, key: str) -> Channel:
    channel = call.workspace.directory.channels.get(key)
    if channel is None:
        raise SlackError("channel_not_found")
    if not call.in_channel(channel):
        raise SlackError("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    return channel


def _uploaded(call: Call, entry: Any) -> tuple[StoredFile, str | None]:
    named, title = (entry.get("id"), entry.get("title")) if isinstance(entry, dict) else (None, None)
    file = call.workspace.files.get(named) if isinstance(named, str) else None
    if file is None or not file.content:
        raise SlackError("file_not_found")
    if file.owner.id != call.workspace.directory.app.bot_user_id:
        raise SlackError("access_denied")
    return file, title if isinstance(title, str) else None


def _share(call: Call, channel: Channel, files: list[StoredFile], blocks: list[Json]) -> Message:
    bot = call.workspace.directory.bot
    return Message(
        channel=channel.id,
        ts=call.workspace.times.next(),
        user=bot.id,
        team=bot.team_id,
        text=call.get("initial_comment") or "",
        blocks=normal_blocks(blocks, call.workspace.ids),
        files=[file.id for file in files],
        thread_ts=call.get("thread_ts"),
    )


METHODS = (
    Method(
        "files.info",
        info,
        tier=4,
        arguments=(
            Argument("file", required=True, missing="file_not_found"),
            Argument("count", "integer"),
            Argument("cursor"),
            Argument("limit", "integer"),
            Argument("page", "integer"),
        ),
        scopes=("files:read",),
        errors=frozenset({"file_not_found", "file_deleted"}),
        json=False,
        gaps="comments and their pages",
    ),
    Method(
        "files.getUploadURLExternal",
        get_upload_url,
        tier=4,
        arguments=(
            Argument("filename", required=True, missing="missing_argument"),
            Argument("length", "integer", required=True, missing="missing_argument"),
            Argument("alt_txt"),
            Argument("snippet_type"),
        ),
        scopes=("files:write",),
        errors=frozenset({"missing_argument", "alt_txt_too_large"}),
        json=False,
    ),
    Method(
        "files.completeUploadExternal",
        complete_upload,
        tier=4,
        arguments=(
            Argument("files", "array", required=True),
            Argument("channel_id"),
            Argument("channels"),
            Argument("thread_ts", "timestamp"),
            Argument("initial_comment"),
            Argument("blocks", "array", malformed="invalid_blocks"),
            Argument("username"),
            Argument("icon_url"),
            Argument("icon_emoji"),
        ),
        scopes=("files:write",),
        errors=frozenset(
            {"file_not_found", "access_denied", "channel_not_found", "not_in_channel", "invalid_blocks"}
        ),
        gaps="username and icons have no effect",
    ),
)
