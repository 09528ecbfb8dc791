"""Socket Mode: tickets, sockets, envelopes, acknowledgements and re-sends.

docs.slack.dev: Using Socket Mode. An event that is not acknowledged within 3 seconds is sent again, up to
three times, with the same `event_id`, a new `envelope_id`, `retry_attempt` and `retry_reason`. Slack's
documentation names the retries for HTTP only; that Socket Mode re-sends right after the timeout is a
Choice. Interactions are sent once: the person sees an error instead.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Literal

from aiohttp import WSMsgType, web

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.directory import App

EnvelopeType = Literal["events_api", "interactive", "slash_commands"]
DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]

MOST_CONNECTIONS = 10


@dataclass
class Attempt:
    """One envelope on the wire. `ack_ms` is None while, or if never, acknowledged in time."""

    envelope_id: str
    number: int
    sent_at: float
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    ack_ms: float | None = None
    late_ms: float | None = None
    response: Any = None
    closed: bool = False


@dataclass
class Delivery:
    """One payload on its way to the bot, with every attempt made."""

    type: EnvelopeType
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether an attempt was acknowledged in time."""
        return any(attempt.ack_ms is not None for attempt in self.attempts)

    @property
    def ack_ms(self) -> float | None:
        """Milliseconds from sending to the acknowledgement that counted."""
        return next((a.ack_ms for a in self.attempts if a.ack_ms is not None), None)

    @property
    def response(self) -> Any:
        """The payload of the acknowledgement that counted."""
        return next((a.response for a in self.attempts if a.ack_ms is not None), None)


class SocketMode:
    """The server side of an app's Socket Mode connections.

    Attributes:
        ack_timeout: seconds within which an envelope must be acknowledged.
        retries: how often an event is sent again.
        ping_interval: seconds between WebSocket pings of the server.
    """

    def __init__(self, app: App, inspector: Inspector, on_change: Callable[[], None]) -> None:
        self.ack_timeout = 3.0
        self.retries = 3
        self.ping_interval = 10.0
        self.deliveries: list[Delivery] = []
        self._app = app
        self._inspector = inspector
        self._on_change = on_change
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._turn = cycle(range(MOST_CONNECTIONS))
        self._arrived = asyncio.Event()
        self._open: dict[str, Attempt] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether the bot has a socket open."""
        return bool(self._sockets)

    def ticket(self) -> str:
        """A ticket that opens one socket, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one socket until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self._inspector.add(
                "finding", "Socket Mode", ok=False, finding="a socket ticket is good for one use"
            )
            raise web.HTTPForbidden(text="unknown or used ticket")
        self._tickets.discard(ticket)
        if len(self._sockets) >= MOST_CONNECTIONS:
            raise web.HTTPTooManyRequests(text="too_many_websockets")
        socket = web.WebSocketResponse(heartbeat=self.ping_interval)
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json(self._hello())
        self._connection_changed("connected")
        try:
            await self._listen(socket)
        finally:
            self._drop(socket)
        return socket

    def send_event(
        self,
        payload: dict[str, Any],
        *,
        retry_attempt: int = 0,
        retry_reason: str = "",
        resend: bool = True,
    ) -> tuple[Delivery, asyncio.Task[None]]:
        """Start the delivery of an `events_api` payload; the task ends with the ack or the last attempt."""
        delivery = Delivery("events_api", payload)
        self.deliveries.append(delivery)
        last = retry_attempt + self.retries if resend else retry_attempt
        task = asyncio.create_task(self._until_acked(delivery, range(retry_attempt, last + 1), retry_reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery, task

    async def ask(self, type: EnvelopeType, payload: dict[str, Any]) -> Delivery:
        """Send an interaction or command once and wait for its acknowledgement, or the timeout."""
        delivery = Delivery(type, payload)
        self.deliveries.append(delivery)
        await self._attempt(delivery, number=0, reason="")
        return delivery

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Tell every socket to reconnect, then close them; `warning` only tells."""
        for socket in list(self._sockets):
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            self._inspector.add("envelope", "disconnect", request=message)
            await socket.send_json(message)
            if reason != "warning":
                self._drop(socket)
                await socket.close()

    async def stop(self) -> None:
        """Close every socket and give up every delivery."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self._sockets):
            await socket.close()

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

    def _drop(self, socket: web.WebSocketResponse) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
            self._connection_changed("closed")

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    async def _until_acked(self, delivery: Delivery, numbers: range, reason: str) -> None:
        for number in numbers:
            again = reason or ("timeout" if number else "")
            if (await self._attempt(delivery, number=number, reason=again)).ack_ms is not None:
                return
        event = delivery.payload.get("event", {})
        self._found(
            f"{event.get('type', delivery.type)}: not acknowledged after {len(delivery.attempts)} attempts"
        )

    async def _attempt(self, delivery: Delivery, *, number: int, reason: str) -> Attempt:
        attempt = Attempt(str(uuid.uuid4()), number, time.monotonic())
        delivery.attempts.append(attempt)
        envelope: dict[str, Any] = {
            "envelope_id": attempt.envelope_id,
            "payload": delivery.payload,
            "type": delivery.type,
            "accepts_response_payload": delivery.type != "events_api",
        }
        if delivery.type == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        self._open[attempt.envelope_id] = attempt
        try:
            async with asyncio.timeout(self.ack_timeout):
                await self._send(envelope, attempt)
            async with asyncio.timeout(self.ack_timeout):
                await attempt.acked.wait()
        except (TimeoutError, ConnectionError):
            attempt.closed = True
            self._on_change()
        return attempt

    async def _send(self, envelope: dict[str, Any], attempt: Attempt) -> None:
        while True:
            await self._arrived.wait()
            socket = self._sockets[next(self._turn) % len(self._sockets)]
            if not socket.closed:
                break
            self._drop(socket)
        attempt.sent_at = time.monotonic()
        self._inspector.add("envelope", _title(envelope), request=envelope)
        await socket.send_json(envelope)

    def _acknowledge(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            self._found(f"sent over the socket, but no JSON: {text[:80]!r}")
            return
        attempt = self._open.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
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

    def _found(self, words: str) -> None:
        self._inspector.add("finding", "Socket Mode", ok=False, finding=words)
        self._on_change()


def _title(envelope: dict[str, Any]) -> str:
    payload = envelope["payload"]
    inner = payload.get("event", payload)
    words = [inner.get("type", envelope["type"]), inner.get("subtype", "")]
    if envelope.get("retry_attempt"):
        words.append(f"(retry {envelope['retry_attempt']})")
    return " ".join(word for word in words if word)
