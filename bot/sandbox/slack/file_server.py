"""Private file URLs, thumbnails and upload URLs (docs.slack.dev: Working with files)."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from bot.sandbox.injection import inject
from bot.sandbox.slack.faults import DOWNLOAD, UPLOAD
from bot.sandbox.slack.files import StoredFile
from bot.sandbox.slack.tokens import Tokens, bearer, looks_real
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.tracing.handles import fingerprint

_NAMED = re.compile(r"[A-Z0-9]+-(?P<id>F[A-Z0-9]+)(-\d+)?")

SIGN_IN_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to your workspace</h1><form action="/signin"></form></body></html>
"""


class FileServer:
    """Hands out files to the bot as real Slack does.

    Whoever lacks the token, the scope or the membership gets **200 and a sign-in page**, not an error
    (reported in bolt-js issue 2585 and slack-go issue 1284).
    """

    def __init__(self, workspace: Workspace, tokens: Tokens) -> None:
        self._workspace = workspace
        self._tokens = tokens

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes, or the sign-in page."""
        return await self._inject(request, DOWNLOAD, self._download)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes for an upload URL, as a raw body or as one form field."""
        return await self._inject(request, UPLOAD, self._upload)

    async def _inject(
        self,
        request: web.Request,
        operation: str,
        serve: Callable[[web.Request, float], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        began = time.monotonic()
        self._workspace.calls[operation] += 1
        fault = self._workspace.faults.take(operation)
        if fault is not None and fault.unheard:
            title, facts = f"{request.method} {request.path}", {"fault": fault.name}
            self._workspace.inspector.add("file", title, ok=False, response=facts)
        return await inject(fault, request, partial(serve, request, began))

    async def _download(self, request: web.Request, began: float) -> web.StreamResponse:
        named = _NAMED.fullmatch(request.match_info["key"])
        file = self._workspace.files.get(named["id"]) if named else None
        if refusal := self._refusal(request, file):
            self._record(request, began, ok=False, finding=refusal)
            return web.Response(text=SIGN_IN_PAGE, content_type="text/html")
        if file is None:
            self._record(request, began, ok=False)
            raise web.HTTPNotFound(text="not found")
        if file.name in self._workspace.files.unavailable:
            self._record(request, began, ok=False)
            raise web.HTTPServiceUnavailable(text="try again later")
        self._record(request, began, ok=True, content=file.content)
        self._workspace.effects[DOWNLOAD] += 1
        kind = file.mimetype or file.type.mimetype
        headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, headers=headers)

    async def _upload(self, request: web.Request, began: float) -> web.StreamResponse:
        file = self._workspace.files.get(request.match_info["file_id"])
        if file is None or file.complete:
            raise web.HTTPNotFound(text="unknown upload URL")
        content = await _uploaded(request)
        self._workspace.files.fill(file.id, content)
        self._workspace.effects[UPLOAD] += 1
        ms = round((time.monotonic() - began) * 1000, 2)
        facts = {"size": len(content)}
        self._workspace.inspector.add(
            "file", f"upload {file.name}", ms=ms, response=facts, about=[f"file:{file.id}"]
        )
        return web.Response(text=f"OK - {len(content)}")

    def _refusal(self, request: web.Request, file: StoredFile | None) -> str | None:
        """Why the sign-in page is shown, if it is."""
        token = bearer(request.headers.get("Authorization", ""))
        if token is not None and looks_real(token):
            return "A REAL TOKEN was sent to the sandbox: take it out of the settings"
        if token is None or self._tokens.kind(token) != "bot":
            return "a file was asked for without the bot token: Slack shows its sign-in page"
        if self._workspace.files.sign_in_page or "files:read" not in self._workspace.directory.app.scopes:
            return "a file was asked for without the scope files:read: Slack shows its sign-in page"
        if file is not None and not self._workspace.files.visible_to_bot(file):
            return "a file was asked for that the bot cannot see: Slack shows its sign-in page"
        return None

    def _record(
        self,
        request: web.Request,
        began: float,
        *,
        ok: bool,
        content: bytes = b"",
        finding: str | None = None,
    ) -> None:
        facts = {"size": len(content), **({"fingerprint": fingerprint(content)} if content else {})}
        title, ms = f"GET {request.path}", round((time.monotonic() - began) * 1000, 2)
        self._workspace.inspector.add("file", title, ok=ok, ms=ms, response=facts, finding=finding)


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
