"""The process from start to end: receive from Slack, serve health, stop on a signal."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.async_app import AsyncApp
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Store
from bot.jobs import Queue
from bot.masko import MaskoClient, MaskoError
from bot.server import NotListening
from bot.server.http import EVENTS_PATH, Receiver, slack_application
from bot.server.socket_mode import SocketMode
from bot.settings import Settings
from bot.slack.network import Network
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

STOP_WITHIN = 10.0  # seconds
_ANSWER_WITHIN = 1.0  # seconds of them, for HTTP requests in flight


@dataclass(frozen=True)
class Program:
    """A running program that does not yet receive from Slack; `routes`: what it serves for people."""

    settings: Settings
    app: AsyncApp | Receiver
    store: Store
    queue: Queue
    health: Health
    routes: Sequence[web.RouteDef] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Bot(Program):
    """The bot of one workspace."""

    app: AsyncApp
    masko: MaskoClient


Running = Callable[..., AbstractAsyncContextManager[Program]]
"""Starts the bot, as `bot.app.running`, which this layer cannot import."""


async def serve(settings: Settings, running: Running) -> None:
    """Run until SIGINT or SIGTERM, also during the start; a second one ends the process at once.

    It ends within ten seconds, whatever hangs.  Raises BotError where the program cannot start.
    """
    stopping = asyncio.create_task(stop_signal().wait())
    working = asyncio.create_task(_work(settings, running))
    await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stopping.cancel()
        await working
        return
    log.info("stopping: no new work is taken, running work is finished or handed back")
    timer = threading.Timer(STOP_WITHIN, os._exit, args=(0,))  # the event loop or a thread may hang
    timer.daemon = True
    timer.start()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _work(settings: Settings, running: Running) -> None:
    health = Health()
    async with AsyncExitStack() as stack:
        if settings.health_port:  # first, since the start takes as long as Slack is down
            application = add_health(web.Application(), health)
            await stack.enter_async_context(_served(application, settings.health_port, "HEALTH_PORT"))
        program = await stack.enter_async_context(running(settings, health=health))
        await stack.enter_async_context(listening(program))
        gc.collect()
        gc.freeze()  # what was imported stays: each full collection would go through it and stop the loop
        await program.queue.ended()


@asynccontextmanager
async def listening(program: Program) -> AsyncIterator[None]:
    """Receive from Slack: over HTTP when a port is set, else over Socket Mode.  Raises NotListening."""
    settings, health = program.settings, program.health
    async with AsyncExitStack() as stack:
        if settings.port:
            assert settings.slack_signing_secret is not None
            secret = settings.slack_signing_secret.get_secret_value()
            application = slack_application(program.app, secret, health.metrics)
            application.add_routes(program.routes)
            application.router.add_get("/healthz", alive)  # readiness and metrics are not for strangers
            await stack.enter_async_context(_served(application, settings.port, "PORT"))
            log.info("listening for Slack on port %d at %s", settings.port, EVENTS_PATH)
            health.checks["slack"] = say
        else:
            assert settings.slack_app_token is not None
            assert isinstance(program.app, AsyncApp)
            token, network = settings.slack_app_token.get_secret_value(), Network.of(settings)
            receiving = SocketMode(program.app, token, health.metrics, network=network)
            socket = await stack.enter_async_context(receiving)
            log.info("connected to Slack over Socket Mode")
            health.checks["slack"] = socket.state
        yield


@asynccontextmanager
async def _served(application: web.Application, port: int, variable: str) -> AsyncIterator[None]:
    """Serve on `port` of all addresses; at the end, finish the requests in flight."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_ANSWER_WITHIN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            words = f"{variable}: nothing can listen on {port} ({error.strerror or error})."
            raise NotListening(words) from error
        yield
    finally:
        await runner.cleanup()


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set; the next signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def received() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in signals:
        loop.add_signal_handler(number, received)
    return stop


OK = "ok"
PARTS = ("database", "slack", "masko")

_TIMEOUT = 3.0  # seconds for the checks of one answer
_RETRY = 60.0  # seconds until Masko is asked again
_COUNTS = 600.0  # seconds for which the outcome of a call counts


class Health:
    """The state of each part of the program.

    `checks`: for each of `PARTS`, what returns `ok` or a few words for people; a part without is not ready.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.masko_key = MaskoKey(self.metrics)
        self.checks: dict[str, Callable[[], Awaitable[str]]] = {}

    async def report(self) -> dict[str, str | bool]:
        """Return `ready`, and the state of each part."""
        states = await asyncio.gather(*map(self._state, PARTS))
        return {"ready": all(state == OK for state in states), **dict(zip(PARTS, states, strict=True))}

    async def _state(self, part: str) -> str:
        if part not in self.checks:
            return "not there"
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await self.checks[part]()
        except Exception as error:
            log.warning("%s is not ready: %s: %s", part, type(error).__name__, error)
            return "does not answer"


@dataclass
class MaskoKey:
    """Whether Masko accepts the key, by the outcomes of all calls."""

    metrics: Metrics
    now: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._ask_at = float("-inf")
        self._state = "the key has not been tried yet"

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """Note that a call ended; arguments as of `Metrics.masko_called`."""
        self.metrics.masko_called(call, outcome, seconds)
        if outcome in (OK, "401"):  # any other outcome says nothing about the key
            self._state = OK if outcome == OK else "refuses the key"
            self._ask_at = self.now() + _COUNTS

    async def state(self, masko: MaskoClient) -> str:
        """Return `ok` once a call has succeeded, until Masko refuses the key; ask where no call has told."""
        if self.now() >= self._ask_at:
            self._ask_at = self.now() + _RETRY
            with suppress(MaskoError, SQLAlchemyError, TimeoutError):  # the rate limiter uses the database
                async with asyncio.timeout(_TIMEOUT / 2):
                    await masko.credits()
        return self._state


async def say(state: str = OK) -> str:
    """The check of a part whose state is known: `ok` where it cannot fail."""
    return state


async def database_state(store: Store) -> str:
    """Return `ok` if the database answers a query; raise what it raises."""
    async with store.read() as session:
        await session.execute(select(1))
    return OK


async def alive(_request: web.Request) -> web.Response:
    """Say only that the process answers."""
    return web.json_response({"ok": True})


def add_health(application: web.Application, health: Health) -> web.Application:
    """Serve `/healthz`, `/readyz` and `/metrics`."""

    async def ready(_request: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def metrics(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=await health.metrics.exposition(), headers=headers)

    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", ready)
    application.router.add_get("/metrics", metrics)
    return application
