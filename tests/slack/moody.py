"""A Slack on a bad day: a real server on this machine that answers what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.slack.client import Client, slack_client
from bot.slack.messenger import Messenger
from bot.slack.network import Network


class VirtualClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = "<html><body><h1>Bad gateway</h1></body></html>"


def gives(
    status: int, body: str | bytes = b"", content_type: str = "application/json", **headers: str
) -> Reply:
    """A reply with this body; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body

    async def reply(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=content, headers={"Content-Type": content_type, **named})

    return reply


def ok(**members: Any) -> Reply:
    """Slack did it."""
    return gives(200, json.dumps({"ok": True, **members}))


def refuses(code: str) -> Reply:
    """Slack says no."""
    return gives(200, json.dumps({"ok": False, "error": code}))


def rate_limited(retry_after: str | None = "1") -> Reply:
    """429 as Slack writes it."""
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return gives(429, json.dumps({"ok": False, "error": "ratelimited"}), **headers)


async def hangs_up(request: web.Request) -> web.Response:
    """The connection is gone, after the request was read."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cuts_short(request: web.Request) -> web.StreamResponse:
    """Half of an answer."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"ok": tr')
    assert request.transport is not None
    request.transport.close()
    return response


async def never_answers(_request: web.Request) -> web.Response:
    """Silence."""
    await asyncio.sleep(60)
    return web.Response()


@dataclass
class Moody:
    """Answers with what `replies` holds, first come first; then all is well.

    Attributes:
        heard: methods and their arguments, as they came in.
    """

    messenger: Messenger
    client: Client
    replies: deque[Reply] = field(default_factory=deque)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def will(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.heard]

    @property
    def texts(self) -> list[str]:
        return [arguments["text"] for _, arguments in self.heard]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        given = await request.json() if request.method == "POST" else dict(request.query)
        self.heard.append((request.match_info["method"], given))
        reply = self.replies.popleft() if self.replies else ok(ts="1.2", file={"id": "F1"}, messages=[])
        return await reply(request)


@asynccontextmanager
async def a_moody_slack(
    *,
    clock: VirtualClock | None = None,
    timeout: float = 5.0,  # noqa: ASYNC109 - the session's, not of this block
    **how: Any,
) -> AsyncIterator[Moody]:
    """A server, and a client and a messenger that call it; `how` goes to the client."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await moody.answer(request)

    if clock is not None:
        how |= {"clock": clock, "sleep": clock.sleep}
    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    async with TestServer(app) as server, Network().session(timeout) as session:
        client = Client(slack_client(session, str(server.make_url("/api/")), "xoxb-not-a-token"), **how)
        moody = Moody(Messenger(client), client)
        yield moody
