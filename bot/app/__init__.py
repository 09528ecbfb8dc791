"""The composition root: settings in, a running bot out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.bots import LazyListeners, Process, masko_client, masko_limiter
from bot.app.timing import USUAL, Timing
from bot.db import DatabaseAway, Store, open_store
from bot.errors import Refusal
from bot.images.temporary import remove_leftovers
from bot.intake.retention import Retention
from bot.jobs import queue_on
from bot.server.process import Bot, Health, Program, database_state, say
from bot.settings import MissingSettings, Settings, SettingsError, needed
from bot.slack.client import Backoff, slack_client, until_reachable
from bot.slack.errors import SlackError
from bot.slack.network import Network

__all__ = ["masko_client", "masko_limiter", "renew_secrets", "running"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def running(
    settings: Settings, *, health: Health | None = None, timing: Timing = USUAL
) -> AsyncIterator[Any]:
    """Run the program without its connection to Slack; wait for Slack and the database.

    Yields a `Bot`, or where many workspaces install the app a `Program`.  Keeps `health` up to date.
    Raises SettingsError, Refusal (Slack does not know the bot token), DatabaseInUse or DatabaseUnusable.
    """
    if missing := needed(settings):
        raise MissingSettings(missing)
    limiter = masko_limiter(settings)  # before anything is contacted: `MASKO_LIMITS` may be unreadable
    health = health or Health()
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(remove_leftovers)
        network = Network.of(settings)
        session = await stack.enter_async_context(network.session(timing.slack))
        http = await stack.enter_async_context(network.http())
        one = settings.slack_client_id is None
        if one and settings.slack_bot_token is not None:
            token = settings.slack_bot_token.get_secret_value()
            identity = await _identity(slack_client(session, settings.slack_api_url, token), timing)
        store = await _store(settings.database_url, health, timing)
        stack.push_async_callback(store.close)
        queue = queue_on(store, faster=timing.faster, metrics=health.metrics)
        stack.push_async_callback(queue.stop)
        lazy = LazyListeners(log)
        stack.push_async_callback(lazy.stop)
        process = Process(settings, store, queue, health, session, http, lazy, timing)
        program: Program
        if one:
            program = process.bot(settings, identity, observe=health.masko_key.masko_called)
            health.checks["masko"] = partial(health.masko_key.state, program.masko)
            if limiter.limits:
                health.metrics.show_budget()
        else:
            program = await stack.enter_async_context(_serving_all(process))
            health.checks["masko"] = say  # each workspace has a key of its own
        retention = Retention(store, queue, settings.retention_days, timing.now)
        await queue.start()
        await retention.begin()
        health.metrics.before_scrape = partial(_count, program)
        health.checks["database"] = partial(database_state, store)
        stack.callback(health.checks.clear)
        yield program


def _serving_all(process: Process) -> AbstractAsyncContextManager[Program]:
    with _extra():
        from bot.app.workspaces import serving_all
    return serving_all(process)


async def renew_secrets(settings: Settings) -> int:
    """Encrypt the secrets of all workspaces with the first key; see `bot.app.workspaces.renew`."""
    with _extra():
        from bot.app.workspaces import renew
    return await renew(settings)


@contextmanager
def _extra() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise SettingsError("ENCRYPTION_KEYS", "install masko-slack[workspaces] to use them") from error


async def _count(program: Program) -> None:
    metrics = program.health.metrics
    metrics.set_backlogs(await program.queue.backlog())
    if isinstance(program, Bot) and program.masko.limiter.limits:
        metrics.budget.set(await program.masko.room())


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


async def _identity(client: AsyncWebClient, timing: Timing) -> AuthorizeResult:
    """Who the bot is (docs.slack.dev: auth.test), asked once: no event must wait for it or be lost to it."""
    try:
        answer = await until_reachable(
            "auth.test", client.auth_test, sleep=lambda seconds: asyncio.sleep(seconds / timing.faster)
        )
    except SlackError as error:
        refusal = f"Slack didn't accept SLACK_BOT_TOKEN ({error.code})"
        raise Refusal(f"{refusal}. masko-slack doctor says more.") from error
    identity = AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=answer)
    if answer.get("is_enterprise_install"):
        identity.team_id = None  # the token is for every workspace of the organisation
    return identity
