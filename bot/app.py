"""Wires everything, once: settings in, a running program out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import httpx
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.cards import Cards
from bot.descriptions import Descriptions
from bot.errors import BotError
from bot.images import MAX_BYTES
from bot.intake import Answers, Arrivals, Intake
from bot.mascots import Mascots
from bot.masko import Budget, MaskoClient, parse_limits
from bot.projects import ProjectChoice
from bot.settings import Settings, SettingsError, needed
from bot.slack.files import SlackFiles
from bot.slack.workspace import Workspace, slack_code
from bot.store import Store
from bot.views import render
from bot.work import LocalQueue
from handlers import Services, register

log = logging.getLogger(__name__)


class NoIdentity(BotError):
    """`auth.test` did not tell who the bot is; `code` is Slack's error, None where it was not reached."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code or "no answer from Slack")
        self.code = code

    @property
    def words(self) -> str:
        if self.code is None:
            return "Slack could not be reached. Check the network and SLACK_API_URL."
        return f"Slack did not accept SLACK_BOT_TOKEN ({self.code}). masko-slack doctor says more."


@dataclass(frozen=True)
class Bot:
    """A program that is ready to hear of what happens in Slack."""

    settings: Settings
    app: AsyncApp
    store: Store
    queue: LocalQueue
    masko: MaskoClient


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Bot]:
    """The whole program but its way of hearing from Slack; work left over is taken up at once.

    Raises:
        SettingsError: something that is needed is not set.
        NoIdentity: Slack does not know the bot token, or was not reached.
        StoreError: the database cannot be used.
    """
    if missing := needed(settings):
        raise missing[0]
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
        httpx.AsyncClient(follow_redirects=False) as http,
    ):
        client = AsyncWebClient(
            token.get_secret_value(), base_url=settings.slack_api_url, session=session, retry_handlers=[]
        )
        identity = await _identity(client)
        store = await Store.open(settings.database_url)
        queue = LocalQueue(store)
        try:
            bot = _assemble(settings, token, client, identity, http, store, queue)
            queue.start()
            yield bot
        finally:
            await queue.stop()
            await store.close()


def _assemble(
    settings: Settings,
    token: SecretStr,
    client: AsyncWebClient,
    identity: AuthorizeResult,
    http: httpx.AsyncClient,
    store: Store,
    queue: LocalQueue,
) -> Bot:
    masko = masko_client(settings, http)
    workspace = Workspace(_patient(client), render)
    cards = Cards(store, queue, workspace)
    mascots = Mascots(store, queue, masko, cards)
    files = SlackFiles(http, api_url=settings.slack_api_url, max_bytes=MAX_BYTES)
    arrivals = Arrivals(store, workspace, files, masko, token)
    projects = ProjectChoice(masko, settings.masko_project_id)
    intake = Intake(
        store=store,
        queue=queue,
        arrivals=arrivals,
        mascots=mascots,
        answers=Answers(store, workspace, mascots, cards),
        projects=projects,
    )
    descriptions = Descriptions(store, queue, masko, workspace, mascots, cards)
    for service in (intake, cards, descriptions):
        for kind, worker in service.workers.items():
            queue.hire(kind, worker)
    app = _bolt(settings, client, identity)
    register(app, Services(intake, mascots, descriptions))
    return Bot(settings, app, store, queue, masko)


def masko_client(settings: Settings, http: httpx.AsyncClient) -> MaskoClient:
    """The Masko API as the settings describe it; `settings.masko_api_key` must be set.

    Raises:
        SettingsError: `MASKO_LIMITS` cannot be read.
    """
    assert settings.masko_api_key is not None
    try:
        limits = parse_limits(settings.masko_limits)
    except ValueError as error:
        raise SettingsError("MASKO_LIMITS", str(error)) from None
    return MaskoClient(
        api_key=settings.masko_api_key, base_url=settings.masko_api_url, http=http, budget=Budget(limits)
    )


def _bolt(settings: Settings, client: AsyncWebClient, identity: AuthorizeResult) -> AsyncApp:
    """Bolt, acknowledging only when a listener has returned, and asking nobody who it is meanwhile."""

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
        return identity

    secret = settings.slack_signing_secret
    return AsyncApp(
        # Without the shared session: Bolt copies requests, client and all, for what runs after the ack.
        client=AsyncWebClient(base_url=client.base_url, retry_handlers=[]),
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret else "",
        process_before_response=True,
    )


async def _identity(client: AsyncWebClient) -> AuthorizeResult:
    """Who the bot is (docs.slack.dev: auth.test), asked once: no event must wait for it or be lost to it."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise NoIdentity(slack_code(error.response)) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NoIdentity(None) from error
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=answer.get("team_id"),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
        bot_token=client.token,
    )


def _patient(client: AsyncWebClient) -> AsyncWebClient:
    """The client for queued work: it waits out rate limits, which a listener has no time for."""
    return AsyncWebClient(
        client.token,
        base_url=client.base_url,
        session=client.session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)],
    )
