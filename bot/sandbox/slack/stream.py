"""Changes as Server-Sent Events (html.spec.whatwg.org: server-sent events)."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from aiohttp import ClientConnectionResetError, web

from bot.sandbox.slack.changes import Changes

KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment keeps the connection open."""


async def stream_changes(request: web.Request, changes: Changes) -> web.StreamResponse:
    """Send every change from now on, until the page leaves or the sandbox stops."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=headers)
    with changes.watch() as queue, suppress(ClientConnectionResetError):  # the page left
        await response.prepare(request)
        await response.write(b": connected\n\n")
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE):
                    change = await queue.get()
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if change is None:
                return response
            await response.write(f"data: {json.dumps(change)}\n\n".encode())
    return response
