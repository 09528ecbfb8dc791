"""Answers that the bot sends to response_urls (docs.slack.dev: handling user interaction)."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.befalling import befall
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.faults import RESPONSE_URL
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.normal import normal_blocks
from bot.sandbox.slack.response_urls import ResponseUrl
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


class ResponseServer:
    """`POST` to a response_url: replace, delete, answer in the channel, or privately (the default)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one answer."""
        self._workspace.calls[RESPONSE_URL] += 1
        fault = self._workspace.faults.take(RESPONSE_URL)
        if fault is not None and fault.unheard:
            self._workspace.inspector.add("web_api", RESPONSE_URL, ok=False, response={"fault": fault.name})
        return await befall(fault, request, partial(self._take, request))

    async def _take(self, request: web.Request) -> web.StreamResponse:
        source = self._workspace.response_urls.use(request.match_info["key"])
        answer = await request.json()
        refusal = self._refusal(source, answer)
        about = [f"respond:{request.match_info['key']}"]
        self._workspace.inspector.add(
            "web_api", RESPONSE_URL, ok=refusal is None, request=answer, finding=refusal, about=about
        )
        if refusal or source is None:
            return web.json_response({"ok": False, "error": refusal}, status=404)
        self._apply(source, answer)
        self._workspace.effects[RESPONSE_URL] += 1
        return web.Response(text="ok")

    def _refusal(self, source: ResponseUrl | None, answer: Json) -> str | None:
        if source is None:
            return "used_url"
        if check_blocks(answer.get("blocks", []), self._workspace.surroundings("message")):
            return "invalid_blocks"
        wanted = ("text", "blocks", "attachments", "delete_original")
        return None if any(answer.get(name) for name in wanted) else "no_text"

    def _apply(self, source: ResponseUrl, answer: Json) -> None:
        original = self._workspace.messages.get(source.channel, source.message_ts or "")
        content = {"text": answer.get("text", "")}
        blocks = normal_blocks(answer.get("blocks", []), self._workspace.ids)
        if original and _yes(answer.get("delete_original")):
            self._workspace.delete(original)
            if not answer.get("text") and not blocks:
                return
        elif original and _yes(answer.get("replace_original")):
            self._workspace.change(original, blocks=blocks, **content)
            return
        self._new(source, answer, blocks)

    def _new(self, source: ResponseUrl, answer: Json, blocks: list[Json]) -> None:
        bot = self._workspace.directory.bot
        message = Message(
            channel=source.channel,
            ts=self._workspace.times.next(),
            user=bot.id,
            team=bot.team_id,
            text=answer.get("text", ""),
            blocks=blocks,
            thread_ts=answer.get("thread_ts") or source.thread_ts,
        )
        if answer.get("response_type") == "in_channel":
            self._workspace.post(message)
        else:
            message.ephemeral_to = source.user
            self._workspace.whisper(message)


def _yes(value: Any) -> bool:
    return value in (True, "true")
