"""Inject a fault into a request: answers in its way, or ends the connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.sandbox.faults import (
    Cut,
    Drip,
    Fault,
    Given,
    Late,
    Own,
    Silence,
)

_LOOK_AGAIN = 0.02  # seconds
_NO_LINGERING = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN (socket(7), SO_LINGER)


async def inject(
    fault: Fault | None, request: web.Request, serve: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer a request as its fault has it.

    Args:
        fault: what happens to it, if anything; `Own` refusals are the service's to make, within `serve`.
        request: what came in; its connection may be ended.
        serve: does what was asked and makes the usual answer.
    """
    if fault is None:
        return await serve()
    match fault.reply:
        case Own():
            return await serve()
        case Late(seconds):
            await asyncio.sleep(seconds)
            return await serve()
        case Given() as given:
            return web.Response(
                status=given.status, text=given.text, content_type=given.content_type, headers=given.headers
            )
    answer = await serve() if fault.effect else web.Response()
    match fault.reply:
        case Cut(share=0.0, rude=rude):
            _hang_up(request, rude=rude)
        case Cut(share=share):
            return await _cut_short(request, answer, share)
        case Drip(seconds):
            return await _dripping(request, answer, seconds)
        case Silence():
            await _until_the_caller_leaves(request)
    return answer


def _hang_up(request: web.Request, *, rude: bool) -> None:
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if rude and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    request.transport.abort()


async def _cut_short(request: web.Request, answer: web.StreamResponse, share: float) -> web.StreamResponse:
    body = _body(answer)
    partial = await _begun(request, answer, len(body))
    await partial.write(body[: int(len(body) * share)])
    if request.transport is not None:
        request.transport.close()  # what was written still goes out
    return partial


async def _dripping(request: web.Request, answer: web.StreamResponse, seconds: float) -> web.StreamResponse:
    body = _body(answer)
    slow = await _begun(request, answer, len(body))
    with suppress(ConnectionError):  # the caller had enough
        for n in range(len(body)):
            await slow.write(body[n : n + 1])
            await asyncio.sleep(seconds)
    return slow


async def _begun(request: web.Request, answer: web.StreamResponse, length: int) -> web.StreamResponse:
    """The answer's status and headers, sent; the body is to follow."""
    begun = web.StreamResponse(status=answer.status, headers=answer.headers)
    begun.content_length = length
    await begun.prepare(request)
    return begun


def _body(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else b""
    return body if isinstance(body, bytes) else b""


async def _until_the_caller_leaves(request: web.Request) -> None:
    with suppress(ConnectionError):
        async for _ in request.content.iter_any():  # else what it still sends would hide that it left
            pass
    while _connected(request):  # noqa: ASYNC110 - aiohttp has nothing to await for it
        await asyncio.sleep(_LOOK_AGAIN)


def _connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
