"""Wires everything, once: settings in, a running program out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adding import Adding
from bot.additions import Additions
from bot.admission import Admission
from bot.cards import Cards
from bot.channels import Channels
from bot.deletions import Deletions
from bot.descriptions import Descriptions
from bot.desk import Desk
from bot.errors import BotError
from bot.health import Health, database_state
from bot.hints import Hints
from bot.home import Home
from bot.images import MAX_BYTES
from bot.intake import Answers, Arrivals, Asking, Door, Intake, Order
from bot.library import Library
from bot.mascots import Mascots
from bot.masko import Budget, MaskoClient, parse_limits
from bot.masko.observing import Observer
from bot.mention_desk import MentionDesk
from bot.metrics import counted
from bot.moves import Moves
from bot.once import Once
from bot.people import People
from bot.projects import ProjectChoice
from bot.reasons import Reasons
from bot.references import References
from bot.removals import Removals
from bot.requests import Requests
from bot.settings import Settings, SettingsError, needed
from bot.slack.files import SlackFiles
from bot.slack.members import Members
from bot.slack.pace import Pace
from bot.slack.patience import patiently
from bot.slack.wire import open_session
from bot.slack.workspace import SlackError, Workspace
from bot.standing import Standing
from bot.store import Store
from bot.store.backlog import backlogs
from bot.store.meter import StoreMeter
from bot.tempo import USUAL, Tempo
from bot.views import home as home_view
from bot.views import render
from bot.welcome import Welcome
from bot.work import Queue, permit, queue_on
from handlers import Services, register

log = logging.getLogger(__name__)


class NoIdentity(BotError):
    """Slack refuses the bot token; `code` is its error (docs.slack.dev: auth.test)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        return f"Slack did not accept SLACK_BOT_TOKEN ({self.code}). masko-slack doctor says more."


@dataclass(frozen=True)
class Bot:
    """A program that is ready to hear of what happens in Slack."""

    settings: Settings
    app: AsyncApp
    store: Store
    queue: Queue
    masko: MaskoClient
    health: Health


@asynccontextmanager
async def running(
    settings: Settings, *, health: Health | None = None, tempo: Tempo = USUAL
) -> AsyncIterator[Bot]:
    """The whole program but its way of hearing from Slack; work left over is taken up at once.

    A Slack that is down is waited for.

    Args:
        settings: what the program was told.
        health: told how it is, for whoever asks.
        tempo: how patient it is.

    Raises:
        SettingsError: something that is needed is not set.
        NoIdentity: Slack does not know the bot token.
        StoreError: the database cannot be used.
    """
    if missing := needed(settings):
        raise missing[0]
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token
    health = health or Health()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(tempo.slack))
        http = await stack.enter_async_context(httpx.AsyncClient(follow_redirects=False))
        client = AsyncWebClient(
            token.get_secret_value(), base_url=settings.slack_api_url, session=session, retry_handlers=[]
        )
        identity = await _identity(client, tempo)
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        budget = masko_budget(settings, store)
        stack.push_async_callback(budget.close)
        masko = masko_client(settings, http, budget, tempo, health.masko_key)
        queue = queue_on(store)
        stack.push_async_callback(queue.stop)
        bot = _assemble(settings, token, client, identity, http, masko, store, queue, health, tempo)
        await queue.start()
        with _watched(bot):
            yield bot


def _assemble(
    settings: Settings,
    token: SecretStr,
    client: AsyncWebClient,
    identity: AuthorizeResult,
    http: httpx.AsyncClient,
    masko: MaskoClient,
    store: Store,
    queue: Queue,
    health: Health,
    tempo: Tempo,
) -> Bot:
    pace = Pace(rates=tempo.rates)
    workspace = Workspace(client, render, permit=permit, observe=health.metrics.slack_called, pace=pace)
    members = Members(client, permit=permit, observe=health.metrics.slack_called, pace=pace)
    admission = Admission(members)
    cards = Cards(store, queue, workspace)
    once = Once(store, masko, settling=tempo.masko.settling, creating=tempo.masko.create_read)
    mascots = Mascots(store, queue, masko, once, cards)
    files = SlackFiles(
        http, api_url=settings.slack_api_url, max_bytes=MAX_BYTES, total_seconds=tempo.download
    )
    arrivals = Arrivals(store, workspace, files, masko, token)
    projects = ProjectChoice(masko, settings.masko_project_id)
    answers = Answers(store, workspace, mascots, cards)
    asking = Asking(store, workspace, arrivals, mascots)
    hints = Hints(store, queue, workspace, cards)
    intake = Intake(
        store=store,
        queue=queue,
        arrivals=arrivals,
        mascots=mascots,
        answers=answers,
        asking=asking,
        door=Door(store, answers, admission),
        projects=projects,
        order=Order(store, masko),
        hints=hints,
        decided=health.metrics.image_ended,
    )
    descriptions = Descriptions(store, queue, masko, workspace, mascots, cards)
    channels, people = Channels(store), People(store)
    library = Library(store, masko, projects, mascots)
    standing = Standing(store, masko, projects)
    requests = Requests(
        store=store,
        workspace=workspace,
        members=members,
        intake=intake,
        admission=admission,
        cards=cards,
        own_origin=settings.slack_api_url,
    )
    desk = Desk(
        store=store,
        queue=queue,
        workspace=workspace,
        library=library,
        mascots=mascots,
        cards=cards,
        channels=channels,
        descriptions=descriptions,
        requests=requests,
        standing=standing,
        people=people,
    )
    home = Home(
        store=store,
        queue=queue,
        workspace=workspace,
        library=library,
        mascots=mascots,
        cards=cards,
        standing=standing,
        draw=home_view.home,
        draw_closeup=home_view.closeup,
        ask_for=tempo.ask,
    )
    adding = Adding(
        store=store,
        queue=queue,
        workspace=workspace,
        members=members,
        mascots=mascots,
        library=library,
        requests=requests,
    )
    welcome = Welcome(store, queue, workspace)
    mentions = MentionDesk(
        store=store,
        queue=queue,
        workspace=workspace,
        intake=intake,
        answers=answers,
        asking=asking,
        library=library,
        mascots=mascots,
        descriptions=descriptions,
        cards=cards,
        bot_user_id=identity.bot_user_id,
        own_origin=settings.slack_api_url,
    )
    removals = Removals(
        store=store,
        queue=queue,
        masko=masko,
        workspace=workspace,
        mascots=mascots,
        cards=cards,
        answers=answers,
        intake=intake,
    )
    moves = Moves(
        store=store,
        queue=queue,
        masko=masko,
        once=once,
        workspace=workspace,
        mascots=mascots,
        cards=cards,
        answers=answers,
    )
    additions = Additions(
        store=store, queue=queue, workspace=workspace, requests=requests, answers=answers, mascots=mascots
    )
    deletions = Deletions(store, queue, workspace, cards)
    for service in (
        intake,
        cards,
        descriptions,
        desk,
        home,
        adding,
        welcome,
        mentions,
        removals,
        moves,
        additions,
        deletions,
        hints,
    ):
        for kind, worker in service.workers.items():
            queue.hire(kind, counted(kind, tempo.paced(worker), health.metrics))
    app = _bolt(settings, client, identity, tempo)
    services = Services(
        intake=intake,
        mascots=mascots,
        descriptions=descriptions,
        workspace=workspace,
        channels=channels,
        library=library,
        desk=desk,
        home=home,
        people=people,
        adding=adding,
        admission=admission,
        welcome=welcome,
        mentions=mentions,
        removals=removals,
        moves=moves,
        additions=additions,
        references=References(store),
        requests=requests,
        deletions=deletions,
        hints=hints,
        reasons=Reasons(store),
    )
    register(app, services)
    return Bot(settings, app, store, queue, masko, health)


@contextmanager
def _watched(bot: Bot) -> Iterator[None]:
    """While the block runs, the bot's health is what its database and its calls to Masko tell."""
    health = bot.health

    async def count() -> None:
        async with bot.store.read() as session:
            health.metrics.stands(await backlogs(session, datetime.now(UTC)))
        if bot.settings.masko_limits.strip().lower() not in {"", "none"}:
            health.metrics.budget_left(await bot.masko.room())

    with (
        health.metrics.asking(count),
        health.watching("database", partial(database_state, bot.store)),
        health.watching("masko", health.masko_key.state),
    ):
        yield


def masko_budget(settings: Settings, store: Store | None = None) -> Budget:
    """What the key may ask of Masko: shared through a store, or this process's alone.

    Raises:
        SettingsError: `MASKO_LIMITS` cannot be read.
    """
    assert settings.masko_api_key is not None
    try:
        limits = parse_limits(settings.masko_limits)
    except ValueError as error:
        raise SettingsError("MASKO_LIMITS", str(error)) from None
    meter = StoreMeter(store, settings.masko_api_key.get_secret_value()) if store else None
    return Budget(limits, meter=meter)


def masko_client(
    settings: Settings,
    http: httpx.AsyncClient,
    budget: Budget,
    tempo: Tempo = USUAL,
    observer: Observer | None = None,
) -> MaskoClient:
    """The Masko API as the settings describe it; `settings.masko_api_key` must be set."""
    assert settings.masko_api_key is not None
    return MaskoClient(
        api_key=settings.masko_api_key,
        base_url=settings.masko_api_url,
        http=http,
        budget=budget,
        sleep=tempo.sleep,
        timeouts=tempo.masko,
        permit=permit,
        observer=observer,
    )


def _bolt(settings: Settings, client: AsyncWebClient, identity: AuthorizeResult, tempo: Tempo) -> AsyncApp:
    """Bolt, acknowledging only when a listener has returned, and asking nobody who it is meanwhile."""

    async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
        return identity

    secret = settings.slack_signing_secret
    return AsyncApp(
        # Without the shared session: Bolt copies requests, client and all, for what runs after the ack.
        client=AsyncWebClient(base_url=client.base_url, timeout=tempo.slack, retry_handlers=[]),
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret else "",
        process_before_response=True,
    )


async def _identity(client: AsyncWebClient, tempo: Tempo) -> AuthorizeResult:
    """Who the bot is (docs.slack.dev: auth.test), asked once: no event must wait for it or be lost to it."""
    try:
        answer = await patiently("auth.test", client.auth_test, sleep=tempo.sleep)
    except SlackError as error:
        raise NoIdentity(error.code) from error
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=answer.get("team_id"),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
        bot_token=client.token,
    )
