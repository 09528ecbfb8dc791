"""The sandbox's web page: static files of the package under a strict policy."""

from __future__ import annotations

import mimetypes
import re
from importlib import resources

from aiohttp import web

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PLAIN = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")


class Page:
    """Serves `bot/sandbox/page`."""

    def __init__(self) -> None:
        self._folder = resources.files("bot.sandbox") / "page"

    async def index(self, request: web.Request) -> web.Response:
        """index.html"""
        return self._served("index.html")

    async def static(self, request: web.Request) -> web.Response:
        """A file under /static/."""
        return self._served(request.match_info["name"])

    def _served(self, name: str) -> web.Response:
        file = self._folder / name
        if not _PLAIN.fullmatch(name) or not file.is_file():
            raise web.HTTPNotFound(text="not found")
        kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
        headers = {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        }
        text = kind is not None and (kind.startswith("text/") or kind.endswith("json"))
        return web.Response(
            body=file.read_bytes(),
            content_type=kind or "application/octet-stream",
            charset="utf-8" if text else None,
            headers=headers,
        )
