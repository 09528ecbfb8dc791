"""The program from its start to its end: hear from Slack, tell how it is, stop when told to."""

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
from bot.server import NotListening, SocketMode, slack_application
from bot.server.health import OK, Health, add_health, add_liveness
from bot.server.http import EVENTS_PATH
from bot.settings import Settings
from bot.slack.network import Network

__all__ = ["NotListening", "listening", "serve", "told_to_stop"]

log = logging.getLogger(__name__)

STOP_WITHIN = 10.0  # seconds
_ANSWER_WITHIN = 1.0  # of them for requests in flight


@dataclass(frozen=True)
class Bot:
    """A program that is ready to hear of what happens in Slack."""

    settings: Settings
    app: AsyncApp
    store: Store
    queue: Queue
    masko: MaskoClient
    health: Health


Running = Callable[..., AbstractAsyncContextManager[Bot]]
"""The program but its way of hearing from Slack, as `bot.app.running`."""


async def serve(settings: Settings, running: Running) -> None:
    """Run until SIGINT or SIGTERM, which end it at any time, also while it starts; a second one at once.

    Args:
        settings: what the program was told.
        running: starts the bot with them, and with the health that it keeps up to date.

    The process ends within ten seconds of the first, whatever hangs: what was not done is in the database.

    Raises:
        BotError: the program cannot start.
    """
    told = asyncio.create_task(told_to_stop().wait())
    working = asyncio.create_task(_work(settings, running))
    await asyncio.wait({told, working}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        told.cancel()
        await working
        return
    log.info("stopping: no new work is taken, running work is finished or handed back")
    _end_at_the_latest(STOP_WITHIN)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _work(settings: Settings, running: Running) -> None:
    health = Health()
    async with AsyncExitStack() as stack:
        if settings.health_port:  # before Slack is asked for anything: that may take as long as Slack is down
            application = add_health(web.Application(), health)
            await stack.enter_async_context(_served(application, settings.health_port, "HEALTH_PORT"))
        bot = await stack.enter_async_context(running(settings, health=health))
        await stack.enter_async_context(listening(bot))
        # What was imported stays: looking through it again at every full collection stops the loop for long.
        gc.collect()
        gc.freeze()
        await bot.queue.ended()


@asynccontextmanager
async def listening(bot: Bot) -> AsyncIterator[None]:
    """The bot hears from Slack: over HTTP when a port is set, else over Socket Mode.

    Raises:
        NotListening: it cannot.
    """
    settings = bot.settings
    async with AsyncExitStack() as stack:
        if settings.health_port:  # only then can anybody ask whether the key works
            await stack.enter_async_context(bot.health.masko_key.asked_about(bot.masko))
        await stack.enter_async_context(_http(bot, settings.port) if settings.port else _socket_mode(bot))
        yield


@asynccontextmanager
async def _socket_mode(bot: Bot) -> AsyncIterator[None]:
    assert bot.settings.slack_app_token is not None
    token, network = bot.settings.slack_app_token.get_secret_value(), Network.of(bot.settings)
    async with SocketMode(bot.app, token, bot.health.metrics, network=network) as socket:
        log.info("connected to Slack over Socket Mode")

        async def state() -> str:
            return socket.state()

        with bot.health.watching("slack", state):
            yield


@asynccontextmanager
async def _http(bot: Bot, port: int) -> AsyncIterator[None]:
    assert bot.settings.slack_signing_secret is not None
    secret = bot.settings.slack_signing_secret.get_secret_value()
    application = slack_application(bot.app, secret, bot.health.metrics)
    add_liveness(application)  # all that is said to strangers
    async with _served(application, port, "PORT"):
        log.info("listening for Slack on port %d at %s", port, EVENTS_PATH)

        async def state() -> str:
            return OK

        with bot.health.watching("slack", state):
            yield


@asynccontextmanager
async def _served(application: web.Application, port: int, variable: str) -> AsyncIterator[None]:
    """Served on `port` of every address; at the end nothing new is taken, and what is in flight answered."""
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


def told_to_stop() -> asyncio.Event:
    """Set by SIGINT and SIGTERM; the next of them ends the process at once, as the system does it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def told() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in signals:
        loop.add_signal_handler(number, told)
    return stop


def _end_at_the_latest(seconds: float) -> None:
    """End the process even if its event loop or a thread hangs."""
    last_resort = threading.Timer(seconds, os._exit, args=(0,))
    last_resort.daemon = True
    last_resort.start()
