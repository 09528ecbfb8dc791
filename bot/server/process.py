"""The process from start to end: receive from Slack, serve health, stop on a signal."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.db import Store
from bot.jobs import Queue
from bot.masko import MaskoClient
from bot.server import NotListening
from bot.server.health import Health, add_health, add_liveness, always_ok
from bot.server.http import EVENTS_PATH, slack_application
from bot.server.socket_mode import SocketMode
from bot.settings import Settings
from bot.slack.network import Network

log = logging.getLogger(__name__)

STOP_WITHIN = 10.0  # seconds
_ANSWER_WITHIN = 1.0  # seconds of them, for HTTP requests in flight


@dataclass(frozen=True)
class Bot:
    """A running bot that does not yet receive from Slack."""

    settings: Settings
    app: AsyncApp
    store: Store
    queue: Queue
    masko: MaskoClient
    health: Health


Running = Callable[..., AbstractAsyncContextManager[Bot]]
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
    _exit_after(STOP_WITHIN)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _work(settings: Settings, running: Running) -> None:
    health = Health()
    async with AsyncExitStack() as stack:
        if settings.health_port:  # first, since the start takes as long as Slack is down
            application = add_health(web.Application(), health)
            await stack.enter_async_context(_served(application, settings.health_port, "HEALTH_PORT"))
        bot = await stack.enter_async_context(running(settings, health=health))
        await stack.enter_async_context(listening(bot))
        gc.collect()
        gc.freeze()  # what was imported stays: each full collection would go through it and stop the loop
        await bot.queue.ended()


@asynccontextmanager
async def listening(bot: Bot) -> AsyncIterator[None]:
    """Receive from Slack: over HTTP when a port is set, else over Socket Mode.  Raises NotListening."""
    settings, health = bot.settings, bot.health
    async with AsyncExitStack() as stack:
        if settings.health_port:  # only then can anybody ask whether the key works
            await stack.enter_async_context(health.masko_key.asked_about(bot.masko))
        if settings.port:
            assert settings.slack_signing_secret is not None
            secret = settings.slack_signing_secret.get_secret_value()
            application = slack_application(bot.app, secret, health.metrics)
            add_liveness(application)  # readiness and metrics are not for strangers
            await stack.enter_async_context(_served(application, settings.port, "PORT"))
            log.info("listening for Slack on port %d at %s", settings.port, EVENTS_PATH)
            stack.enter_context(health.watching("slack", always_ok))
        else:
            assert settings.slack_app_token is not None
            token, network = settings.slack_app_token.get_secret_value(), Network.of(settings)
            socket = await stack.enter_async_context(
                SocketMode(bot.app, token, health.metrics, network=network)
            )
            log.info("connected to Slack over Socket Mode")
            stack.enter_context(health.watching("slack", socket.state))
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


def _exit_after(seconds: float) -> None:
    """End the process even if its event loop or a thread hangs."""
    timer = threading.Timer(seconds, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
