"""An HTTP proxy on this machine, behind which every name leads to this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import RawTestServer

_OF_THE_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "upgrade"}


@dataclass
class Proxy:
    """What is known of a proxy.

    Attributes:
        url: of the proxy itself.
        asked: every request, as `POST http://slack:80/api/auth.test` or `CONNECT slack.com:443`.
        authorized: the `Proxy-Authorization` of each.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    authorized: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def a_proxy() -> AsyncIterator[Proxy]:
    """A proxy that forwards plain requests, and takes note of tunnels and sockets without opening any."""
    proxy = Proxy()

    async def forward(request: web.BaseRequest) -> web.StreamResponse:
        proxy.asked.append(f"{request.method} {request.raw_path}")
        proxy.authorized.append(request.headers.get("Proxy-Authorization"))
        if request.method == "CONNECT" or "Upgrade" in request.headers:
            return web.Response(status=502)
        there = request.url.with_host("127.0.0.1")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_THE_HOP}
        body = await request.read()
        async with http.request(request.method, there, data=body, headers=headers) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    async with aiohttp.ClientSession() as http, RawTestServer(forward) as server:
        proxy.url = str(server.make_url("")).rstrip("/")
        yield proxy
