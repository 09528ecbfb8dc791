"""What the bot asks of Slack and Masko, step by step: slowed down as on a network, and watched.

Three moments of a request are told apart, for whoever stops the bot at one: *before* it took effect (and it
never will), *under way* (it takes effect although nobody waits for the answer any more), *after* it took
effect (and the answer reaches nobody).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Step(StrEnum):
    """A step of the main job that can be seen from outside."""

    DOWNLOAD = "download"
    UPLOAD = "upload"
    CREATE = "create"
    REFERENCE = "reference"
    REPLY = "reply"
    CARD = "card"
    LOOK = "look"  # reads a mascot, or looks for one
    SEARCH = "search"  # looks for its own reply in the thread


class Moment(StrEnum):
    """Where in a request."""

    BEFORE = "before"
    UNDER_WAY = "under way"
    AFTER = "after"


_STEPS = (
    ("GET", re.compile(r"/files-pri/.*"), Step.DOWNLOAD),
    ("POST", re.compile(r"/v1/upload"), Step.UPLOAD),
    ("POST", re.compile(r"/v1/collections"), Step.CREATE),
    ("POST", re.compile(r"/v1/collections/[^/]+/references"), Step.REFERENCE),
    ("GET", re.compile(r"/v1/.*"), Step.LOOK),
    ("POST", re.compile(r"/api/chat\.postMessage"), Step.REPLY),
    ("POST", re.compile(r"/api/chat\.update"), Step.CARD),
    ("GET", re.compile(r"/api/conversations\.replies"), Step.SEARCH),
    ("POST", re.compile(r"/api/conversations\.replies"), Step.SEARCH),
)


_CHANGES = (Step.CREATE, Step.REFERENCE, Step.REPLY)


def step_of(method: str, path: str) -> Step | None:
    """Which step a request is; None for what is none."""
    found = (step for verb, pattern, step in _STEPS if verb == method and pattern.fullmatch(path))
    return next(found, None)


@dataclass(frozen=True)
class Asked:
    """A request of the bot.

    Attributes:
        step: what it does.
        about: the last part of its path: of a download the file's name.
        port: where it comes from, which tells whose it is.
        said: a few words on its content.
    """

    step: Step
    about: str
    port: int
    said: str


Strike = Callable[[Asked, Moment], bool]
"""Told of each request at each moment; True when it has just killed the sender."""


class Watch:
    """Middleware around both services.

    Attributes:
        strikes: may stop the sender; nobody does at first.
        tell: is given each request when it has taken effect.

    Args:
        random: draws the latencies.
        latency: seconds, the shortest and the longest.
        late: seconds after the sender's death until a creation, reference or reply under way takes effect.
    """

    def __init__(
        self,
        random: Random,
        *,
        latency: tuple[float, float] = (0.02, 0.15),
        late: float = 0.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.strikes: Sequence[Strike] = ()
        self.tell: Callable[[Asked], object] = lambda _asked: None
        self._random = random
        self._latency = latency
        self._late = late
        self._sleep = sleep

    @property
    def middleware(self) -> Middleware:
        """What aiohttp calls for each request."""

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._pass(request, handler)

        return around

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        step = step_of(request.method, request.path)
        if step is None:
            return await handler(request)
        port = _port_of(request)
        pause = self._random.uniform(*self._latency) / 2
        await self._sleep(pause)
        try:
            said = await _whole(request)
            asked = Asked(step, request.path.rsplit("/", 1)[-1], port, said)
            if self._strike(asked, Moment.BEFORE):
                return _nothing(request)
            answer = await self._do(asked, request, handler)
        except ConnectionError:
            return _nothing(request)
        self.tell(asked)
        self._strike(asked, Moment.AFTER)
        await self._sleep(pause)
        return answer

    def _strike(self, asked: Asked, moment: Moment) -> bool:
        """Tell all of them."""
        return any([strike(asked, moment) for strike in self.strikes])

    async def _do(self, asked: Asked, request: web.Request, handler: Handler) -> web.StreamResponse:
        if asked.step in _CHANGES:
            if self._strike(asked, Moment.UNDER_WAY):
                await self._sleep(self._late)
            return await handler(request)
        doing = asyncio.ensure_future(handler(request))
        await asyncio.sleep(0)  # a form is read now: aiohttp forgets it when the sender is gone
        self._strike(asked, Moment.UNDER_WAY)
        return await doing


def _port_of(request: web.Request) -> int:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


async def _whole(request: web.Request) -> str:
    """Wait until the whole body was received; a form is left to be read as it streams in.

    Returns:
        The body's facts in a few words, as far as it is JSON.
    """
    if request.content_type != "application/json":
        await request.content.wait_eof()
        return ""
    body = await request.json()
    told = ("channel", "ts", "thread_ts", "asset_id", "reference_asset_ids", "text")
    return " ".join(str(body[name])[:100] for name in told if name in body).replace("\n", " ")


def _nothing(request: web.Request) -> web.Response:
    """No answer: the connection is gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
