"""Hearing from Slack: Socket Mode, or signed HTTP requests; until told to stop."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.app import Bot, running
from bot.errors import BotError
from bot.settings import Settings
from bot.slack.workspace import SlackError, slack_code

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"


class NotListening(BotError):
    """Slack cannot be heard: the app-level token is refused, or the port is taken."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self._words = words

    @property
    def words(self) -> str:
        return self._words


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM, which end it at any time, also while it starts.

    Raises:
        BotError: the program cannot start.
    """
    told = asyncio.create_task(told_to_stop().wait())
    working = asyncio.create_task(_work(settings))
    await asyncio.wait({told, working}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        told.cancel()
        await working
        return
    log.info("stopping: no new work is taken, running work is finished or handed back")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _work(settings: Settings) -> None:
    async with running(settings) as bot, listening(bot):
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
    way = _http(bot, bot.settings.port) if bot.settings.port else _socket_mode(bot)
    async with way:
        yield


@asynccontextmanager
async def _socket_mode(bot: Bot) -> AsyncIterator[None]:
    assert bot.settings.slack_app_token is not None
    token = bot.settings.slack_app_token.get_secret_value()
    await _check_app_token(bot.app, token)
    handler = AsyncSocketModeHandler(bot.app, token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    log.info("connected to Slack over Socket Mode")
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def _check_app_token(app: AsyncApp, token: str) -> None:
    """Ask once: slack_sdk's client would ask for ever, whatever Slack answers.

    Trouble that may pass is left to it.
    """
    try:
        await app.client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        if SlackError("apps.connections.open", slack_code(error.response)).worth_retrying:
            return
        refusal = f"Slack did not accept SLACK_APP_TOKEN ({slack_code(error.response)})"
        raise NotListening(f"{refusal}: make one with connections:write, and turn Socket Mode on.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NotListening("Slack could not be reached. Check the network and SLACK_API_URL.") from error


@asynccontextmanager
async def _http(bot: Bot, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(web_application(bot.app), access_log=None)
    await runner.setup()
    try:
        await _bind(runner, port)
        log.info("listening for Slack on port %d at %s", port, EVENTS_PATH)
        yield
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as error:
        raise NotListening(f"PORT: nothing can listen on {port} ({error.strerror or error}).") from error


def web_application(app: AsyncApp) -> web.Application:
    """Slack's requests at `/slack/events` (their signatures are checked by Bolt), and `/healthz`."""
    application = app.server(path=EVENTS_PATH).web_app
    application.middlewares.append(_only_sensible_requests)

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    application.router.add_get("/healthz", alive)
    return application


@web.middleware
async def _only_sensible_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What no Slack sends is refused here: Bolt would answer it with 500 and a traceback in the log."""
    if request.path == EVENTS_PATH:
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdecimal():
            raise web.HTTPUnauthorized
        if request.content_type == "application/json" and not _is_json(await request.text()):
            raise web.HTTPBadRequest
    return await handler(request)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def told_to_stop() -> asyncio.Event:
    """Set by SIGINT and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
