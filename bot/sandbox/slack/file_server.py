"""Private file URLs, thumbnails and upload URLs (docs.slack.dev: Working with files)."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bot.sandbox.injection import inject
from bot.sandbox.slack.faults import DOWNLOAD, UPLOAD
from bot.sandbox.slack.files import StoredFile
from bot.sandbox.slack.platform import Platform
from bot.sandbox.slack.tokens import bearer, looks_real
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

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes, or the sign-in page."""
        named = _NAMED.fullmatch(request.match_info["key"])
        return await self._inject(request, DOWNLOAD, named["id"] if named else "", self._download)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes for an upload URL, as a raw body or as one form field."""
        return await self._inject(request, UPLOAD, request.match_info["file_id"], self._upload)

    async def _inject(
        self,
        request: web.Request,
        operation: str,
        file_id: str,
        serve: Callable[[_Asked], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        workspace = self._platform.workspace_of_file(file_id) or self._platform.first
        asked = _Asked(request, workspace, workspace.files.get(file_id), time.monotonic())
        workspace.calls[operation] += 1
        fault = workspace.faults.take(operation)
        if fault is not None and fault.unheard:
            title, facts = f"{request.method} {request.path}", {"fault": fault.name}
            workspace.inspector.add("file", title, ok=False, response=facts)
        return await inject(fault, request, partial(serve, asked))

    async def _download(self, asked: _Asked) -> web.StreamResponse:
        file = asked.file
        if refusal := self._refusal(asked):
            asked.record(ok=False, finding=refusal)
            return web.Response(text=SIGN_IN_PAGE, content_type="text/html")
        if file is None:
            asked.record(ok=False)
            raise web.HTTPNotFound(text="not found")
        if file.name in asked.workspace.files.unavailable:
            asked.record(ok=False)
            raise web.HTTPServiceUnavailable(text="try again later")
        asked.record(ok=True, content=file.content)
        asked.workspace.effects[DOWNLOAD] += 1
        kind = file.mimetype or file.type.mimetype
        headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, headers=headers)

    async def _upload(self, asked: _Asked) -> web.StreamResponse:
        workspace, file = asked.workspace, asked.file
        if file is None or file.complete:
            raise web.HTTPNotFound(text="unknown upload URL")
        content = await _uploaded(asked.request)
        workspace.files.fill(file.id, content)
        workspace.effects[UPLOAD] += 1
        workspace.inspector.add(
            "file",
            f"upload {file.name}",
            ms=asked.ms,
            response={"size": len(content)},
            about=[f"file:{file.id}"],
        )
        return web.Response(text=f"OK - {len(content)}")

    def _refusal(self, asked: _Asked) -> str | None:
        """Why the sign-in page is shown, if it is."""
        token, workspace = bearer(asked.request.headers.get("Authorization", "")), asked.workspace
        if token is not None and looks_real(token):
            return "A REAL TOKEN was sent to the sandbox: take it out of the settings"
        access, installations = self._platform.access(token), self._platform.installations
        if access is None:
            return "a file was asked for without the bot token: Slack shows its sign-in page"
        if error := installations.refusal(access):
            return (
                f"a file was asked for with a token that is no good ({error}): Slack shows its sign-in page"
            )
        if workspace not in access.installation.place.workspaces:
            return "a file was asked for with the token of another workspace: Slack shows its sign-in page"
        if workspace.files.sign_in_page or "files:read" not in workspace.directory.app.scopes:
            return "a file was asked for without the scope files:read: Slack shows its sign-in page"
        if asked.file is not None and not workspace.files.visible_to_bot(asked.file):
            return "a file was asked for that the bot cannot see: Slack shows its sign-in page"
        return None


@dataclass(frozen=True)
class _Asked:
    """A request about a file, and the workspace that it is about: the file's, or the first."""

    request: web.Request
    workspace: Workspace
    file: StoredFile | None
    began: float

    @property
    def ms(self) -> float:
        return round((time.monotonic() - self.began) * 1000, 2)

    def record(self, *, ok: bool, content: bytes = b"", finding: str | None = None) -> None:
        facts = {"size": len(content), **({"fingerprint": fingerprint(content)} if content else {})}
        title = f"GET {self.request.path}"
        self.workspace.inspector.add("file", title, ok=ok, ms=self.ms, response=facts, finding=finding)


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
