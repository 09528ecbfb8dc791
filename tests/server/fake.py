"""A small Slack of sockets, as badly behaved as it is told to be, and an app that listens to it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

Manners = Callable[["SlackOfSockets", web.WebSocketResponse], Awaitable[None]]
Listener = Callable[[dict[str, Any]], Awaitable[None]]


async def good(slack: SlackOfSockets, socket: web.WebSocketResponse) -> None:
    """Greet, answer pings, take acknowledgements."""
    await socket.send_json({"type": "hello"})
    slack.good_sockets += 1
    slack.changed.set()
    async for message in socket:
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            slack.acks.append(json.loads(message.data))
            slack.changed.set()


async def deaf(slack: SlackOfSockets, socket: web.WebSocketResponse) -> None:
    """Greet, and never say anything again."""
    await socket.send_json({"type": "hello"})
    await slack.over.wait()


async def silent(slack: SlackOfSockets, socket: web.WebSocketResponse) -> None:
    """Take the socket, answer pings, and never greet."""
    async for message in socket:
        await socket.pong(message.data)


async def cut(_slack: SlackOfSockets, socket: web.WebSocketResponse) -> None:
    """Greet, and cut the connection without a word."""
    await socket.send_json({"type": "hello"})
    assert socket._req is not None
    assert socket._req.transport is not None
    socket._req.transport.abort()


async def full(_slack: SlackOfSockets, socket: web.WebSocketResponse) -> None:
    """Too many sockets are open (docs.slack.dev: Using Socket Mode)."""
    await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})


class SlackOfSockets:
    """Serves `apps.connections.open` and the sockets.

    Attributes:
        answers: to the next calls; afterwards it opens sockets.
        manners: of the next sockets; afterwards they are good.
        sockets: every socket, in order.
        acks: what came back.
        opened: how often a socket was asked for.
        good_sockets: how many of them were greeted and are listened to.
    """

    def __init__(self, *manners: Manners) -> None:
        self.answers: deque[Callable[[], web.Response]] = deque()
        self.manners = deque(manners)
        self.sockets: list[web.WebSocketResponse] = []
        self.acks: list[dict[str, Any]] = []
        self.opened = 0
        self.good_sockets = 0
        self.changed = asyncio.Event()
        self.over = asyncio.Event()
        application = web.Application()
        application.router.add_post("/api/apps.connections.open", self._open)
        application.router.add_get("/link", self._link)
        self._server = TestServer(application)

    @property
    def api_url(self) -> str:
        return str(self._server.make_url("/api/"))

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        for socket in self.sockets:
            if not socket.closed:
                await socket.close()
        await self._server.close()

    async def send(self, event: str = "message", envelope: str = "E1", *, over: int = -1) -> None:
        """Send an event over one of the sockets."""
        payload = {"type": "event_callback", "event": {"type": event}}
        await self.sockets[over].send_json(
            {"type": "events_api", "envelope_id": envelope, "payload": payload, "retry_attempt": 0}
        )

    async def acknowledged(self, envelope: str = "E1") -> dict[str, Any]:
        """The acknowledgement of an envelope, as soon as it is there."""
        await self._until(lambda: any(ack["envelope_id"] == envelope for ack in self.acks))
        return next(ack for ack in self.acks if ack["envelope_id"] == envelope)

    async def good_socket(self, number: int) -> None:
        """Wait for the first good socket, the second …"""
        await self._until(lambda: self.good_sockets >= number)

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self.changed.clear()
            await self.changed.wait()

    async def _open(self, _request: web.Request) -> web.Response:
        self.opened += 1
        if self.answers:
            return self.answers.popleft()()
        address = str(self._server.make_url("/link")).replace("http:", "ws:")
        return web.json_response({"ok": True, "url": address})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        manners = self.manners.popleft() if self.manners else good
        socket = web.WebSocketResponse(autoping=False, timeout=0.1)
        await socket.prepare(request)
        self.sockets.append(socket)
        await manners(self, socket)
        return socket


def refusal(code: str) -> Callable[[], web.Response]:
    """Slack says no."""
    return lambda: web.json_response({"ok": False, "error": code})


def an_app(api_url: str, listener: Listener) -> AsyncApp:
    """A Bolt app as the program makes it, with a listener for messages; mentions it only takes note of."""

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_token="xoxb-sandbox")

    app = AsyncApp(
        client=AsyncWebClient(base_url=api_url, retry_handlers=[]),
        authorize=authorize,
        signing_secret="secret",
        process_before_response=True,
    )

    async def listen(body: dict[str, Any]) -> None:
        await listener(body)

    async def note() -> None:
        return None

    app.event("message")(listen)
    app.event("app_mention")(note)
    return app


@asynccontextmanager
async def within(seconds: float = 10.0) -> AsyncIterator[None]:
    """A bound for what should come at once."""
    async with asyncio.timeout(seconds):
        yield


async def eventually(true: Callable[[], bool]) -> None:
    """Wait for what nobody tells of."""
    while not true():  # noqa: ASYNC110 - of what another task does to an object that has no event
        await asyncio.sleep(0.01)
