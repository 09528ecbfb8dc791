"""Socket Mode: tickets, sockets, envelopes, acknowledgements and re-sends.

docs.slack.dev: Using Socket Mode. Any one of an app's sockets gets an envelope, whichever process holds it;
that they take turns is a Choice. An event comes again with a new `envelope_id`, `retry_attempt` and
`retry_reason`. Slack's documentation names the retries for HTTP only; that Socket Mode re-sends right after
the timeout is a Choice.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from aiohttp import web

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.deliveries import Attempt, Deliverer, Delivery, title
from bot.sandbox.slack.directory import App
from bot.sandbox.slack.sockets import Socket

DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]

MOST_CONNECTIONS = 10


class SocketMode(Deliverer):
    """The server side of an app's Socket Mode connections.

    Attributes:
        ping_interval: seconds between WebSocket pings of the server.
    """

    name = "Socket Mode"

    def __init__(self, app: App, inspector: Inspector, on_change: Callable[[], None]) -> None:
        super().__init__(inspector, on_change, pauses=(0.0,))
        self.ping_interval = 10.0
        self._app = app
        self._tickets: set[str] = set()
        self._sockets: list[Socket] = []
        self._opened = 0
        self._turn = 0
        self._arrived = asyncio.Event()
        self._open: dict[str, Attempt] = {}

    @property
    def connected(self) -> bool:
        """Whether the bot has a socket open."""
        return bool(self._sockets)

    @property
    def sockets(self) -> list[int]:
        """The numbers of the open sockets, oldest first."""
        return [socket.number for socket in self._sockets]

    def ticket(self) -> str:
        """A ticket that opens one socket, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one socket until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self._found("a socket ticket is good for one use")
            raise web.HTTPForbidden(text="unknown or used ticket")
        self._tickets.discard(ticket)
        if len(self._sockets) >= MOST_CONNECTIONS:
            raise web.HTTPTooManyRequests(text="too_many_websockets")
        self._opened += 1
        socket = Socket(self._opened)
        await socket.open(request)
        self._sockets.append(socket)
        pinging = asyncio.create_task(socket.ping(self.ping_interval))
        try:
            await socket.send(self._hello())
            self._connection_changed("connected")
            while (text := await socket.receive()) is not None:
                self._acknowledge(text)
        finally:
            pinging.cancel()
            self._drop(socket)
        return socket.response

    async def disconnect(
        self, reason: DisconnectReason = "refresh_requested", number: int | None = None
    ) -> None:
        """Tell every socket, or one, to reconnect, then close it; `warning` only tells."""
        for socket in self._chosen(number):
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            self._inspector.add("envelope", "disconnect", request=message)
            await socket.send(message)
            if reason != "warning":
                self._drop(socket)
                await socket.close()

    def cut(self, number: int | None = None) -> None:
        """End every socket, or one, without a word, as when a machine or a network falls over."""
        for socket in self._chosen(number):
            self._drop(socket)
            socket.cut()

    def deafen(self, number: int | None = None) -> None:
        """Let nothing through every open socket, or one, any more; it stays open, and gets its share."""
        for socket in self._chosen(number):
            self._inspector.add("envelope", f"socket {socket.number} deaf")
            socket.deaf = True

    async def stop(self) -> None:
        """Close every socket and give up every delivery."""
        await super().stop()
        for socket in list(self._sockets):
            await socket.close()

    def _chosen(self, number: int | None) -> list[Socket]:
        return [socket for socket in self._sockets if number in (None, socket.number)]

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {
                "host": "sandbox",
                "started": time.strftime("%Y-%m-%d %H:%M:%S.000", time.gmtime()),
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._app.id},
        }

    def _connection_changed(self, word: str) -> None:
        self._inspector.add("envelope", f"socket {word}", response={"sockets": len(self._sockets)})
        if self._sockets:
            self._arrived.set()
        else:
            self._arrived.clear()
        self._on_change()

    def _drop(self, socket: Socket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
            self._connection_changed("closed")

    async def _attempt(self, delivery: Delivery, *, number: int, reason: str) -> str:
        attempt = self._begin(delivery, number)
        envelope: dict[str, Any] = {
            "envelope_id": attempt.envelope_id,
            "payload": delivery.payload,
            "type": delivery.type,
            "accepts_response_payload": delivery.type != "events_api",
        }
        if delivery.type == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        self._open[attempt.envelope_id] = attempt
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(self.ack_timeout):
                await self._send(delivery, envelope, attempt)
            async with asyncio.timeout(self.ack_timeout):
                await attempt.acked.wait()
            return ""
        attempt.closed = True
        self._on_change()
        return "timeout"

    async def _send(self, delivery: Delivery, envelope: dict[str, Any], attempt: Attempt) -> None:
        socket = await self._next()
        attempt.sent_at, attempt.socket = time.monotonic(), socket.number
        shown = title(delivery.type, delivery.payload, attempt.number)
        self._inspector.add("envelope", shown, request=envelope)
        await socket.send(envelope)

    async def _next(self) -> Socket:
        """The socket whose turn it is, once there is one."""
        while True:
            await self._arrived.wait()
            socket = self._sockets[self._turn % len(self._sockets)]
            if not socket.closed:
                self._turn += 1
                return socket
            self._drop(socket)

    def _acknowledge(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            self._found(f"sent over the socket, but no JSON: {text[:80]!r}")
            return
        named = ack.get("envelope_id") if isinstance(ack, dict) else None
        attempt = self._open.get(named) if isinstance(named, str) else None
        if attempt is None:
            self._found("an acknowledgement names no envelope that was sent")
            return
        if attempt.acked.is_set():
            self._found("an envelope was acknowledged twice")
            return
        self._settle(attempt, ack)

    def _settle(self, attempt: Attempt, ack: dict[str, Any]) -> None:
        waited = round((time.monotonic() - attempt.sent_at) * 1000, 2)
        attempt.acked.set()
        finding = None
        if attempt.closed:
            attempt.late_ms = waited
            finding = f"acknowledged after {waited / 1000:.1f} s; Slack waits {self.ack_timeout:g} s"
        else:
            attempt.ack_ms, attempt.response = waited, ack.get("payload")
        self._inspector.add("ack", "ack", ok=finding is None, ms=waited, response=ack, finding=finding)
        self._on_change()
