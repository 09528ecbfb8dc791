"""Socket Mode: one socket that hears, whatever happens to the sockets before it.

docs.slack.dev, Using Socket Mode: `apps.connections.open` gives an address for one socket; Slack greets on
it (`hello`), sends envelopes, says when it is about to end it (`disconnect`), and spreads envelopes over all
open sockets of the app, so that a new one can be opened before the old one is let go.

slack_sdk's own client (3.47) is not used.  Once its `connect` has failed with an address that is used up, it
tries that address for ever; it does not wait for a greeting, so a socket on which nothing will ever come
passes for a good one; it repeats what was refused every ten seconds; and it closes the old socket, with the
acknowledgements that are on their way, before it opens a new one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.server.deliveries import acknowledgement, kind_of, outcome_of, read_body
from bot.server.errors import NotListening
from bot.slack.network import Network, slack_client
from bot.slack.patience import Waits, patiently
from bot.slack.refusals import SlackError, SlackUnreachable
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

OPEN = "apps.connections.open"


@dataclass(frozen=True)
class Pace:
    """How long Socket Mode waits, in seconds.

    Attributes:
        ping: of silence before a ping; a socket that is silent for half as long again is deaf.
        greeting: for a new socket to be there and Slack to greet on it.
        renewal: a socket's age at which it is replaced unasked: one that answers pings and hears nothing
            else looks like a quiet day.
        lasting: a socket that lives shorter counts as a try in vain.
        farewell: how long a replaced socket is kept, for what is still on its way.
        finishing: for events that are being written down when the program stops.
        between: tries.
    """

    ping: float = 10.0
    greeting: float = 15.0
    renewal: float = 3600.0
    lasting: float = 30.0
    farewell: float = 10.0
    finishing: float = 1.0
    between: Waits = field(default_factory=Waits)


@dataclass(eq=False)
class _Socket:
    """One WebSocket.

    Attributes:
        wire: the connection.
        since: the event loop's time of its opening.
        worn_out: set when it has ended or Slack is about to end it.
        hearing: the task that reads it.
    """

    wire: aiohttp.ClientWebSocketResponse
    since: float
    worn_out: asyncio.Event = field(default_factory=asyncio.Event)
    hearing: asyncio.Task[None] = field(init=False)


class SocketMode:
    """Hears from Slack while its `async with` block runs; entering it waits for a Slack that is down.

    Args:
        app: answers what is heard.
        token: app-level, `xapp-…`.
        metrics: told of every delivery.
        network: how Slack is reached; straight when not given.
        pace: how long to wait for what.
    """

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        metrics: Metrics,
        *,
        network: Network | None = None,
        pace: Pace = Pace(),
    ) -> None:
        self._app = app
        self._network = network or Network()
        self._token = token
        self._metrics = metrics
        self._pace = pace
        self._sockets: set[_Socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession
        self._slack: AsyncWebClient
        self._keeper: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        """Raises NotListening when Slack refuses the token."""
        self._http = self._network.session(self._pace.greeting)
        self._slack = slack_client(self._http, self._app.client.base_url)
        try:
            first = await patiently(OPEN, self._open, waits=self._pace.between)
        except BaseException as error:
            await self._http.close()
            if not isinstance(error, SlackError):
                raise
            refusal = f"Slack did not accept SLACK_APP_TOKEN ({error.code})"
            words = f"{refusal}: make one with connections:write, and turn Socket Mode on."
            raise NotListening(words) from error
        self._keeper = asyncio.create_task(self._keep(first), name="socket mode")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hear nothing more, let what was heard be answered, and go."""
        self._keeper.cancel()
        for socket in self._sockets:
            socket.hearing.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._pace.finishing)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._keeper, *self._tasks, return_exceptions=True)
        await asyncio.gather(*(socket.wire.close() for socket in self._sockets), return_exceptions=True)
        await self._http.close()

    def state(self) -> str:
        """`ok` while a socket is open, else a few words."""
        return "ok" if any(not socket.wire.closed for socket in self._sockets) else "no socket is open"

    # -- sockets ------------------------------------------------------------------------------

    async def _keep(self, socket: _Socket) -> None:
        """Replace the socket whenever it is worn out; the old one goes when the new one is there."""
        loop = asyncio.get_running_loop()
        in_vain = 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.renewal):
                    await socket.worn_out.wait()
            in_vain = 0 if loop.time() - socket.since > self._pace.lasting else in_vain + 1
            if in_vain > 1:
                await asyncio.sleep(self._pace.between.after(in_vain - 1))
            old, socket = socket, await self._open_again()
            log.info("connected to Slack over a new socket")
            self._begin(self._let_go(old))

    async def _open_again(self) -> _Socket:
        """A new socket, however long it takes: even a refusal may be mended in Slack meanwhile."""
        while True:
            try:
                return await patiently(OPEN, self._open, waits=self._pace.between)
            except SlackError as error:
                log.error("Slack opens no socket any more (%s); masko-slack doctor says more", error.code)
            await asyncio.sleep(self._pace.between.longest)

    async def _open(self) -> _Socket:
        """Open one socket and wait for Slack's greeting."""
        address = (await self._slack.apps_connections_open(app_token=self._token)).get("url")
        if not isinstance(address, str):
            raise SlackUnreachable(OPEN)
        wire = await self._http.ws_connect(
            address,
            heartbeat=self._pace.ping,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )
        socket = _Socket(wire, asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(self._pace.greeting):
                greeting = await wire.receive()
        except BaseException:
            await wire.close()
            raise
        if greeting.type is not aiohttp.WSMsgType.TEXT:
            raise SlackUnreachable(OPEN)  # closed at once
        self._take(socket, greeting.data)
        socket.hearing = asyncio.create_task(self._hear(socket), name="socket")
        self._sockets.add(socket)
        return socket

    async def _let_go(self, socket: _Socket) -> None:
        """Slack ends a socket that it said it would end; what comes on it until then is heard."""
        await asyncio.wait({socket.hearing}, timeout=self._pace.farewell)
        await self._close(socket)

    async def _close(self, socket: _Socket) -> None:
        self._sockets.discard(socket)
        socket.hearing.cancel()
        await asyncio.gather(socket.hearing, return_exceptions=True)
        await socket.wire.close()

    # -- envelopes ----------------------------------------------------------------------------

    async def _hear(self, socket: _Socket) -> None:
        try:
            async for frame in socket.wire:  # aiohttp ends it when a ping stays unanswered
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(socket, frame.data)
            log.info("the socket has ended: %s", socket.wire.exception() or socket.wire.close_code)
        finally:
            socket.worn_out.set()

    def _take(self, socket: _Socket, text: str) -> None:
        said = read_body(text)
        if said is None:
            log.warning("Slack sent something over the socket that is no JSON object")
        elif said.get("type") == "disconnect":
            log.info("Slack is about to end the socket: %s", said.get("reason"))
            socket.worn_out.set()
        elif (request := SocketModeRequest.from_dict(said)) is not None:
            self._begin(self._answer(socket, request))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, socket: _Socket, request: SocketModeRequest) -> None:
        began, kind, outcome = time.perf_counter(), kind_of(request.payload), "failed"
        self._metrics.event_received(kind)
        try:
            response = await run_async_bolt_app(self._app, request)
            outcome = outcome_of(response.status)
            if response.status == 200:
                outcome = await self._send(socket, acknowledgement(request.envelope_id, response))
        except Exception:
            log.exception("an envelope (%s) could not be answered", kind)
        self._metrics.acknowledged(kind, outcome, time.perf_counter() - began)

    async def _send(self, socket: _Socket, answer: Mapping[str, Any]) -> str:
        """Over its own socket, else over one that is open, as slack_sdk does; `ok`, or `lost`."""
        for way in (socket, *(self._sockets - {socket})):
            if not way.wire.closed:
                with suppress(ConnectionError):
                    await way.wire.send_json(answer)
                    return "ok"
        log.info("an acknowledgement could not be sent; Slack delivers that once more")
        return "lost"
