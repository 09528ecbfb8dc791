"""Socket Mode: one open socket, replaced whenever it ends.

docs.slack.dev, Using Socket Mode: `apps.connections.open` returns an address for one socket; Slack greets on
it (`hello`), sends envelopes, and says when it is about to end it (`disconnect`).  A new socket can be opened
before the old one is closed.

This replaces slack_sdk's aiohttp client (3.47) because of four defects; it can go when they are mended:
- when `connect` has failed with an address that is used up, it tries the same address for ever;
- it does not wait for `hello`, so a socket on which nothing ever comes counts as connected;
- it repeats `apps.connections.open` every ten seconds, also after a refusal or a Retry-After;
- it closes the old socket, with acknowledgements on their way, before it opens the new one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Self

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.server import NotListening
from bot.server.deliveries import kind_of, outcome_of, read_body
from bot.slack.client import Backoff, slack_client, until_reachable
from bot.slack.errors import SlackError, SlackUnreachable
from bot.slack.network import Network
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

OPEN = "apps.connections.open"


@dataclass(frozen=True)
class SocketTimeouts:
    """Timeouts in seconds."""

    ping: float = 10.0  # silence before a ping; a socket that is silent for half as long again has ended
    greeting: float = 15.0  # from a request to open a socket until `hello`
    renewal: float = 3600.0  # age at which a socket is replaced: a dead one looks like a quiet day
    stable: float = 30.0  # a socket that lives shorter counts as a failed try
    drain: float = 10.0  # how long a replaced socket is read further
    finishing: float = 1.0  # for deliveries that are being handled when the program stops
    between: Backoff = field(default_factory=Backoff)  # between tries


@dataclass(eq=False)
class _Socket:
    """One WebSocket; `ended` is set when it has ended, or Slack is about to end it."""

    connection: aiohttp.ClientWebSocketResponse
    since: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    reader: asyncio.Task[None] = field(init=False)


@dataclass(eq=False)
class SocketMode:
    """Receives from Slack while its `async with` block runs; entering it waits for a Slack that is down."""

    app: AsyncApp
    token: str = field(repr=False)
    metrics: Metrics
    _: KW_ONLY
    network: Network = field(default_factory=Network)
    timeouts: SocketTimeouts = field(default_factory=SocketTimeouts)

    def __post_init__(self) -> None:
        self._sockets: set[_Socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Raises NotListening when Slack refuses the token."""
        self._http = self.network.session(self.timeouts.greeting)
        self._slack = slack_client(self._http, self.app.client.base_url)
        try:
            first = await until_reachable(OPEN, self._open, backoff=self.timeouts.between)
        except BaseException as error:
            await self._http.close()
            if not isinstance(error, SlackError):
                raise
            refusal = f"Slack didn't accept SLACK_APP_TOKEN ({error.code})"
            words = f"{refusal}: make one with connections:write, and turn Socket Mode on."
            raise NotListening(words) from error
        self._keeper = asyncio.create_task(self._keep_open(first), name="socket mode")
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Read nothing more, finish what was received, and close."""
        self._keeper.cancel()
        for socket in self._sockets:
            socket.reader.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.timeouts.finishing)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._keeper, *self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.connection.close() for each in self._sockets), return_exceptions=True)
        await self._http.close()

    async def state(self) -> str:
        """Return `ok` while a socket is open, else a few words."""
        return "no socket is open" if all(each.connection.closed for each in self._sockets) else "ok"

    async def _keep_open(self, socket: _Socket) -> None:
        """Replace the socket whenever it has ended, and close it when the new one is open."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.timeouts.renewal):
                    await socket.ended.wait()
            failures = 0 if loop.time() - socket.since > self.timeouts.stable else failures + 1
            if failures > 1:
                await asyncio.sleep(self.timeouts.between.after(failures - 1))
            old, socket = socket, await self._reopen()
            log.info("connected to Slack over a new socket")
            self._start(self._drain(old))

    async def _reopen(self) -> _Socket:
        """Open a socket, however long it takes: even a refusal may be mended in Slack meanwhile."""
        while True:
            try:
                return await until_reachable(OPEN, self._open, backoff=self.timeouts.between)
            except SlackError as error:
                log.error("Slack opens no socket any more (%s); masko-slack doctor says more", error.code)
            await asyncio.sleep(self.timeouts.between.longest)

    async def _open(self) -> _Socket:
        """Open one socket and wait for Slack's greeting."""
        address = (await self._slack.apps_connections_open(app_token=self.token))["url"]
        closing = aiohttp.ClientWSTimeout(ws_close=1.0)
        connection = await self._http.ws_connect(address, heartbeat=self.timeouts.ping, timeout=closing)
        socket = _Socket(connection, asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(self.timeouts.greeting):
                greeting = await connection.receive()
        except BaseException:
            await connection.close()
            raise
        if greeting.type is not aiohttp.WSMsgType.TEXT:
            raise SlackUnreachable(OPEN)  # closed at once
        self._receive(socket, greeting.data)
        socket.reader = asyncio.create_task(self._read(socket), name="socket")
        self._sockets.add(socket)
        return socket

    async def _drain(self, socket: _Socket) -> None:
        """Read what still comes on a replaced socket, then close it."""
        await asyncio.wait({socket.reader}, timeout=self.timeouts.drain)
        self._sockets.discard(socket)
        socket.reader.cancel()
        await asyncio.gather(socket.reader, return_exceptions=True)
        await socket.connection.close()

    async def _read(self, socket: _Socket) -> None:
        try:
            async for frame in socket.connection:  # aiohttp ends it when a ping stays unanswered
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._receive(socket, frame.data)
            reason = socket.connection.exception() or socket.connection.close_code
            log.info("the socket has ended: %s", reason)
        finally:
            socket.ended.set()

    def _receive(self, socket: _Socket, text: str) -> None:
        message = read_body(text)
        if message is None:
            log.warning("Slack sent something over the socket that is no JSON object")
        elif message.get("type") == "disconnect":
            log.info("Slack is about to end the socket: %s", message.get("reason"))
            socket.ended.set()
        elif (request := SocketModeRequest.from_dict(message)) is not None:
            self._start(self._answer(socket, request))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, socket: _Socket, request: SocketModeRequest) -> None:
        began, kind, outcome = time.perf_counter(), kind_of(request.payload), "failed"
        self.metrics.event_received(kind)
        try:
            response = await run_async_bolt_app(self.app, request)
            outcome = outcome_of(response.status)
            if response.status == 200:
                outcome = await self._send(socket, acknowledgement(request.envelope_id, response))
        except Exception:
            log.exception("an envelope (%s) could not be answered", kind)
        self.metrics.acknowledged(kind, outcome, time.perf_counter() - began)

    async def _send(self, socket: _Socket, answer: Mapping[str, Any]) -> str:
        """Send over the envelope's socket, or another open one; return `ok` or `lost`."""
        for each in (socket, *(self._sockets - {socket})):
            if not each.connection.closed:
                with suppress(ConnectionError):
                    await each.connection.send_json(answer)
                    return "ok"
        log.info("an acknowledgement could not be sent; Slack delivers that once more")
        return "lost"


def acknowledgement(envelope_id: str, response: BoltResponse) -> dict[str, Any]:
    """Return the message that answers an envelope (docs.slack.dev: Using Socket Mode)."""
    if not response.body:
        return {"envelope_id": envelope_id}
    is_json = response.first_headers().get("content-type", "").startswith("application/json")
    payload = json.loads(response.body) if is_json else {"text": response.body}
    return {"envelope_id": envelope_id, "payload": payload}
