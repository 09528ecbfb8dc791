"""Build a bot of what all bots of the program share, and what is one workspace's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

import aiohttp
import httpx
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.lazy_listener.async_internals import to_runnable_function
from slack_bolt.lazy_listener.asyncio_runner import AsyncioLazyListenerRunner
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.features import Shared, build
from bot.app.timing import USUAL, Timing
from bot.db import Store
from bot.home.connection import Connecting
from bot.jobs import Queue, permit
from bot.masko import MaskoClient
from bot.masko.rate_limit import RateLimiter, parse_limits
from bot.server.deliveries import DeduplicatingApp
from bot.server.process import Health
from bot.settings import Settings, SettingsError
from bot.slack.client import slack_client
from bot.slack.post_images import is_public
from handlers import register

NOT_THIS_WORKSPACE = "I work for another workspace, so nothing was done here."


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


@dataclass(frozen=True)
class Process:
    """What all bots of the program share."""

    settings: Settings
    store: Store
    queue: Queue
    health: Health
    session: aiohttp.ClientSession
    http: httpx.AsyncClient
    lazy: LazyListeners
    timing: Timing
    limiters: dict[str, RateLimiter] = field(default_factory=dict, repr=False)  # by Masko key

    def limiter(self, settings: Settings) -> RateLimiter:
        """Return the rate limiter that all bots with this Masko key share."""
        key = settings.masko_api_key.get_secret_value() if settings.masko_api_key else ""
        if key not in self.limiters:
            self.limiters[key] = masko_limiter(settings, self.store)
        return self.limiters[key]

    def bot(
        self,
        settings: Settings,
        identity: AuthorizeResult,
        *,
        store: Store | None = None,
        observe: Callable[[str, str, float], None] | None = None,
        connecting: Connecting | None = None,
    ) -> Shared:
        """Build a bot; its handlers of jobs are registered with the queue.

        Args:
            settings: with the Slack token and the Masko key of the bot's workspace.
            identity: who the bot is.
            store: limited to its workspace, where there are several.
            observe: told of calls of Masko.
            connecting: how the workspace may be connected to Masko by its admins.
        """
        assert settings.slack_bot_token is not None
        client = slack_client(
            self.session, settings.slack_api_url, settings.slack_bot_token.get_secret_value()
        )
        observe = observe or self.health.metrics.masko_called
        masko = masko_client(settings, self.http, self.limiter(settings), self.timing, observe)
        store = store or self.store
        app = _bolt(settings, store, self.timing, identity)
        app.listener_runner.lazy_listener_runner = self.lazy
        what = (settings, app, store, self.queue, self.health, masko)
        shared = Shared(*what, self.http, client, self.timing, identity, connecting)
        register(app, build(shared))
        return shared


def masko_limiter(settings: Settings, store: Store | None = None) -> RateLimiter:
    """Return the rate limiter of the key: shared through a store, or this process's alone."""
    try:
        limits = parse_limits(settings.masko_limits)
    except ValueError as error:
        raise SettingsError("MASKO_LIMITS", str(error)) from None
    key = settings.masko_api_key or SecretStr("")
    return RateLimiter(limits, store=store, key=key.get_secret_value())


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

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult | None:
        """Return who the bot is; None, so that Bolt runs no listener, for what another workspace sends."""
        if store.team:
            context["team_id"] = store.team  # Slack leaves it out where an organisation has the app
        foreign = None not in (context.team_id, identity.team_id) and context.team_id != identity.team_id
        return None if foreign else identity

    secret = settings.slack_signing_secret
    return DeduplicatingApp(
        store,
        name="masko-slack",  # or Bolt looks for the file that called it, among all modules
        # Nothing is sent with it: Bolt copies requests, client and all, for what runs after the ack.
        client=AsyncWebClient(base_url=settings.slack_api_url, timeout=timing.slack, retry_handlers=[]),
        authorize=authorize,
        user_facing_authorize_error_message=NOT_THIS_WORKSPACE,
        signing_secret=secret.get_secret_value() if secret else "",
        process_before_response=True,
    )
