"""Answers that the bot sends to response_urls (docs.slack.dev: handling user interaction)."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.injection import inject
from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.faults import RESPONSE_URL
from bot.sandbox.slack.platform import Platform
from bot.sandbox.slack.workspace import Workspace


class ResponseServer:
    """`POST` to a response_url: replace, delete, answer in the channel, or privately (the default)."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one answer."""
        platform = self._platform
        workspace = platform.workspace_of_team(request.match_info["team"]) or platform.first
        workspace.calls[RESPONSE_URL] += 1
        fault = workspace.faults.take(RESPONSE_URL)
        if fault is not None and fault.unheard:
            workspace.inspector.add("web_api", RESPONSE_URL, ok=False, response={"fault": fault.name})
        return await inject(fault, request, partial(self._take, request, workspace))

    async def _take(self, request: web.Request, workspace: Workspace) -> web.StreamResponse:
        answers = Answers(workspace)
        source = workspace.response_urls.use(request.match_info["key"])
        answer: Any = await _json(request) if source else None
        refusal = "used_url" if source is None else answers.refusal(answer)
        workspace.inspector.add(
            "web_api",
            RESPONSE_URL,
            ok=refusal is None,
            request=answer,
            response={"findings": [problem.as_json() for problem in answers.problems(answer)]},
            finding=refusal,
            about=[f"respond:{request.match_info['key']}"],
        )
        if refusal or source is None:
            return web.json_response({"ok": False, "error": refusal}, status=404)
        answers.apply(source, answer)
        workspace.effects[RESPONSE_URL] += 1
        return web.Response(text="ok")


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        return None
