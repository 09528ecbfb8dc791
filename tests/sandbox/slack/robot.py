"""A small hand-made bot on one raw socket, for what no SDK would ever send."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout

from bot.sandbox.sandbox import Sandbox


class Robot:
    """Opens a socket, reads envelopes one by one, acknowledges when told to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session = ClientSession()
        self.socket: ClientWebSocketResponse

    async def __aenter__(self) -> Self:
        timeout = ClientWSTimeout(ws_close=0.2)  # a deaf socket never says goodbye
        self.socket = await self._session.ws_connect(await self.url(), timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.socket.close()
        await self._session.close()

    async def url(self) -> str:
        """A fresh socket URL."""
        headers = {"Authorization": f"Bearer {self._sandbox.app_token}"}
        url = f"{self._sandbox.slack_api_url}apps.connections.open"
        async with self._session.post(url, headers=headers) as response:
            return str((await response.json())["url"])

    async def receive(self) -> dict[str, Any]:
        """The next message of the server."""
        message: dict[str, Any] = await self.socket.receive_json(timeout=5)
        return message

    async def event(self) -> dict[str, Any]:
        """The next envelope's event, acknowledged."""
        envelope = await self.receive()
        await self.ack(envelope)
        event: dict[str, Any] = envelope["payload"]["event"]
        return event

    async def ack(self, envelope: dict[str, Any], payload: Any = None) -> None:
        """Acknowledge an envelope."""
        answer = {"envelope_id": envelope["envelope_id"]}
        await self.socket.send_json(answer if payload is None else answer | {"payload": payload})
