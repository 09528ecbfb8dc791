"""Hearing from Slack: Socket Mode, or signed HTTP requests; until told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.app import Bot, running
from bot.settings import Settings

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        BotError: the program cannot start.
    """
    stop = told_to_stop()
    async with running(settings) as bot, listening(bot):
        await stop.wait()
        log.info("stopping: no new work is taken, running work is finished or handed back")


@asynccontextmanager
async def listening(bot: Bot) -> AsyncIterator[None]:
    """The bot hears from Slack: over HTTP when a port is set, else over Socket Mode."""
    way = _http(bot, bot.settings.port) if bot.settings.port else _socket_mode(bot)
    async with way:
        yield


@asynccontextmanager
async def _socket_mode(bot: Bot) -> AsyncIterator[None]:
    assert bot.settings.slack_app_token is not None
    handler = AsyncSocketModeHandler(bot.app, bot.settings.slack_app_token.get_secret_value())
    await handler.connect_async()  # type: ignore[no-untyped-call]
    log.info("connected to Slack over Socket Mode")
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _http(bot: Bot, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(web_application(bot.app), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    log.info("listening for Slack on port %d at %s", port, EVENTS_PATH)
    try:
        yield
    finally:
        await runner.cleanup()


def web_application(app: AsyncApp) -> web.Application:
    """Slack's requests at `/slack/events` (their signatures are checked by Bolt), and `/healthz`."""
    application = app.server(path=EVENTS_PATH).web_app

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    application.router.add_get("/healthz", alive)
    return application


def told_to_stop() -> asyncio.Event:
    """Set by SIGINT and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
