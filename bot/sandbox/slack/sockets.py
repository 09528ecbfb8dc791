"""One Socket Mode connection, with the ways in which it can go bad."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

MOST_UNANSWERED = 2  # pings


class Socket:
    """The server's end of a WebSocket.

    Attributes:
        number: from 1, in the order of opening.
        deaf: nothing gets through any more, in either direction, pings and pongs included; the connection
            itself stays, as when a network in between has forgotten it. (That the bot hangs up is still
            noticed, so that no test has to wait for it.)
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.deaf = False
        self._socket = web.WebSocketResponse(autoping=False)
        self._request: web.Request | None = None
        self._unanswered = 0

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._socket.closed

    @property
    def response(self) -> web.StreamResponse:
        """What the server's handler returns."""
        return self._socket

    async def open(self, request: web.Request) -> None:
        """Accept the connection."""
        self._request = request
        await self._socket.prepare(request)

    async def send(self, message: dict[str, Any]) -> None:
        """Send JSON; into the void when deaf.

        Raises:
            ConnectionError: the connection is lost.
        """
        if not self.deaf:
            await self._socket.send_json(message)

    async def receive(self) -> str | None:
        """The next text that the bot sends; None when the connection has ended."""
        async for message in self._socket:
            if self.deaf:
                continue
            self._unanswered = 0
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                return str(message.data)
        return None

    async def ping(self, interval: float) -> None:
        """Ping every `interval` seconds until the connection ends, or the bot has said nothing for long."""
        with suppress(ConnectionError):
            while not self.closed and self._unanswered <= MOST_UNANSWERED:
                await asyncio.sleep(interval)
                if not self.deaf:
                    self._unanswered += 1
                    await self._socket.ping()
        self.cut()

    async def close(self) -> None:
        """End the connection as WebSockets do; a deaf one just ends."""
        if self.deaf:
            self.cut()
        else:
            await self._socket.close()

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()
