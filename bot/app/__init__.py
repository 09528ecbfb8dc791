"""The composition root: settings in, a running bot out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

import httpx
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.lazy_listener.async_internals import to_runnable_function
from slack_bolt.lazy_listener.asyncio_runner import AsyncioLazyListenerRunner
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.features import Shared, build
from bot.app.timing import USUAL, Timing
from bot.db import DatabaseAway, Store, open_store
from bot.errors import Refusal
from bot.images.temporary import remove_leftovers
from bot.jobs import permit, queue_on
from bot.masko import MaskoClient
from bot.masko.rate_limit import RateLimiter, parse_limits
from bot.server.deliveries import DeduplicatingApp
from bot.server.process import Bot, Health, database_state, say
from bot.settings import MissingSettings, Settings, SettingsError, needed
from bot.slack.client import Backoff, slack_client, until_reachable
from bot.slack.errors import SlackError
from bot.slack.network import Network
from bot.slack.post_images import is_public
from handlers import register

log = logging.getLogger(__name__)


class LazyListeners(AsyncioLazyListenerRunner):
    """Run lazy listeners, which may ask Masko for seconds, and end them before queue and database."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, function: Callable[..., Awaitable[None]], request: AsyncBoltRequest) -> None:
        task = asyncio.create_task(to_runnable_function(function, self.logger, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def running(
    settings: Settings, *, health: Health | None = None, timing: Timing = USUAL
) -> AsyncIterator[Bot]:
    """Run the bot without its connection to Slack; wait for Slack and the database; keep `health` up to date.

    Raises SettingsError, Refusal (Slack does not know the bot token), DatabaseInUse or DatabaseUnusable.
    """
    if missing := needed(settings):
        raise MissingSettings(missing)
    masko_limiter(settings)  # before anything is contacted: `MASKO_LIMITS` may be unreadable
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token
    health = health or Health()
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(remove_leftovers)
        network = Network.of(settings)
        session = await stack.enter_async_context(network.session(timing.slack))
        http = await stack.enter_async_context(network.http())
        client = slack_client(session, settings.slack_api_url, token.get_secret_value())
        identity = await _identity(client, timing)
        store = await _store(settings.database_url, health, timing)
        stack.push_async_callback(store.close)
        limiter = masko_limiter(settings, store)
        masko = masko_client(settings, http, limiter, timing, health.masko_key.masko_called)
        queue = queue_on(store, faster=timing.faster, metrics=health.metrics)
        stack.push_async_callback(queue.stop)
        lazy = LazyListeners(log)
        stack.push_async_callback(lazy.stop)
        app = _bolt(settings, store, timing, identity)
        app.listener_runner.lazy_listener_runner = lazy
        bot = Shared(settings, app, store, queue, masko, health, token, http, client, timing, identity)
        register(app, build(bot))
        await queue.start()
        health.metrics.before_scrape = partial(_count, bot)
        if limiter.limits:
            health.metrics.show_budget()
        health.checks["database"] = partial(database_state, store)
        health.checks["masko"] = partial(health.masko_key.state, masko)
        stack.callback(health.checks.clear)
        yield bot


async def _count(bot: Bot) -> None:
    bot.health.metrics.set_backlogs(await bot.queue.backlog())
    if bot.masko.limiter.limits:
        bot.health.metrics.budget.set(await bot.masko.room())


async def _store(url: str, health: Health, timing: Timing) -> Store:
    """Open the database as soon as it can be reached.  Raises DatabaseInUse, DatabaseUnusable."""
    tries = 0
    while True:
        try:
            return await open_store(url)
        except DatabaseAway as away:
            tries += 1
            wait = Backoff().after(tries)
            log.warning("waiting for the database, trying again in %.0f s: %s", wait, away)
        health.checks["database"] = partial(say, "cannot be reached; it is tried again")
        await asyncio.sleep(wait / timing.faster)


def masko_limiter(settings: Settings, store: Store | None = None) -> RateLimiter:
    """Return the rate limiter of the key: shared through a store, or this process's alone."""
    assert settings.masko_api_key is not None
    try:
        limits = parse_limits(settings.masko_limits)
    except ValueError as error:
        raise SettingsError("MASKO_LIMITS", str(error)) from None
    return RateLimiter(limits, store=store, key=settings.masko_api_key.get_secret_value())


def masko_client(
    settings: Settings,
    http: httpx.AsyncClient,
    limiter: RateLimiter,
    timing: Timing = USUAL,
    observe: Callable[[str, str, float], None] = lambda _kind, _outcome, _seconds: None,
) -> MaskoClient:
    """The Masko API as the settings describe it; `settings.masko_api_key` must be set."""
    assert settings.masko_api_key is not None
    return MaskoClient(
        api_key=settings.masko_api_key,
        base_url=settings.masko_api_url,
        http=http,
        limiter=limiter,
        timeouts=replace(timing.masko, faster=timing.faster),
        permit=permit,
        observe=observe,
        may_fetch=partial(is_public, own_origin=settings.slack_api_url),
    )


def _bolt(settings: Settings, store: Store, timing: Timing, identity: AuthorizeResult) -> AsyncApp:
    """Bolt, acknowledging only when a listener has returned, and asking nobody who it is meanwhile."""

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
        return identity

    secret = settings.slack_signing_secret
    return DeduplicatingApp(
        store,
        name="masko-slack",  # or Bolt looks for the file that called it, among all modules
        # Nothing is sent with it: Bolt copies requests, client and all, for what runs after the ack.
        client=AsyncWebClient(base_url=settings.slack_api_url, timeout=timing.slack, retry_handlers=[]),
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret else "",
        process_before_response=True,
    )


async def _identity(client: AsyncWebClient, timing: Timing) -> AuthorizeResult:
    """Who the bot is (docs.slack.dev: auth.test), asked once: no event must wait for it or be lost to it."""
    try:
        answer = await until_reachable(
            "auth.test", client.auth_test, sleep=lambda seconds: asyncio.sleep(seconds / timing.faster)
        )
    except SlackError as error:
        refusal = f"Slack didn't accept SLACK_BOT_TOKEN ({error.code})"
        raise Refusal(f"{refusal}. masko-slack doctor says more.") from error
    return AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=answer)
