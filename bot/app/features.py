"""Build the features of a running program, from the lowest layer up; the only place that wires them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import httpx
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.timing import Timing
from bot.cards.contact_sheet import ContactSheets
from bot.cards.service import Cards
from bot.channels.permissions import Permissions
from bot.channels.service import Channels
from bot.commands.asked import Features
from bot.commands.dispatch import Dispatcher
from bot.commands.mentions import Mentions
from bot.db import Store
from bot.home.service import Home
from bot.home.status import StatusReport
from bot.images import MAX_BYTES
from bot.intake.catch import Intake
from bot.intake.process import Processor
from bot.intake.reply import Answers
from bot.intake.upload import Uploader
from bot.jobs import Queue, permit
from bot.jobs.runner import Actions
from bot.mascots.create import ExactlyOnce, ProjectChoice
from bot.mascots.edit import Descriptions
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.masko import MaskoClient
from bot.masko.requests import Purpose
from bot.privacy import Privacy
from bot.references.add import Additions, Moves
from bot.references.add_forms import AddForms
from bot.references.remove import Deletions, Removals
from bot.review.lists import Waiting, for_list
from bot.review.notify import Notices
from bot.review.requests import Invitations
from bot.review.votes import Reviews
from bot.server.process import Health
from bot.settings import Settings
from bot.slack.client import Client
from bot.slack.files import SlackFiles
from bot.slack.messenger import Messenger
from bot.slack.users import Members
from handlers import Services


@dataclass(frozen=True)
class Shared:
    """What features are built from; `home` holds ids of the workspace and its Enterprise organisation."""

    settings: Settings
    token: SecretStr
    http: httpx.AsyncClient
    web: AsyncWebClient
    masko: MaskoClient
    store: Store
    queue: Queue
    health: Health
    timing: Timing
    bot_user_id: str | None
    home: frozenset[str]


class Base(NamedTuple):
    """What most features are built on."""

    messenger: Messenger
    members: Members
    permissions: Permissions
    actions: Actions
    once: ExactlyOnce
    mascots: Mascots
    projects: ProjectChoice
    search: MascotSearch
    descriptions: Descriptions
    cards: Cards
    intake: Intake
    answers: Answers


def build(shared: Shared) -> Services:
    """Build every feature, which lets the queue run its jobs; return what the listeners call."""
    store, queue, masko, ask = shared.store, shared.queue, shared.masko, shared.timing.ask
    base = _base(shared)
    messenger, members, permissions, actions, once, mascots, projects, search, *_ = base
    notices = Notices(store, queue, messenger, members, permissions, shared.timing.now)
    reviews = Reviews(store, queue, actions, messenger, mascots, permissions)
    share, bot = base.cards.share, shared.bot_user_id
    invitations = Invitations(store, actions, messenger, mascots, permissions, notices, share, bot)
    waiting = Waiting(store, messenger, permissions)
    channels = Channels(store, queue, messenger, permissions)
    privacy = Privacy(store, queue, members, permissions, messenger)
    status = StatusReport(store, queue, masko, projects)
    additions = Additions(store, messenger, members, base.intake, permissions, shared.settings.slack_api_url)
    features = Features(
        mascots,
        search,
        base.descriptions,
        base.cards,
        base.intake,
        base.answers,
        additions,
        channels,
        invitations,
        privacy,
        reviews,
        status,
        waiting,
    )
    mentions = Mentions(features, store, messenger, bot)
    _let_process(shared, base)
    return Services(
        intake=base.intake,
        cards=base.cards,
        mascots=mascots,
        descriptions=base.descriptions,
        messenger=messenger,
        channels=channels,
        library=search,
        commands=Dispatcher(store, actions, features, mentions),
        home=Home(store, queue, messenger, search, status, waiting, base.cards, ask),
        add_forms=AddForms(store, queue, actions, additions, base.answers, mascots, search),
        permissions=permissions,
        privacy=privacy,
        removals=Removals(store, queue, actions, masko, messenger, mascots, base.answers, permissions),
        moves=Moves(store, queue, actions, masko, once, mascots, base.answers, permissions),
        additions=additions,
        deletions=Deletions(store, queue, messenger),
        reviews=reviews,
        invitations=invitations,
    )


def _base(shared: Shared) -> Base:
    store, queue, masko, timing = shared.store, shared.queue, shared.masko, shared.timing
    observe = shared.health.metrics.slack_called
    client = Client(shared.web, check_lease=permit, observe=observe)
    messenger, members = Messenger(client), Members(client, home=shared.home)
    permissions = Permissions(store, members)
    actions = Actions(store, queue, messenger, members)
    settling = timing.masko.settling
    once = ExactlyOnce(store, masko, creating=settling(Purpose.CREATE), adding=settling(Purpose.PLAIN))
    mascots = Mascots(store, queue, masko, once)
    projects = ProjectChoice(masko, shared.settings.masko_project_id)
    search = MascotSearch(store, masko, projects, mascots, permissions, for_list)
    descriptions = Descriptions(store, queue, actions, masko, mascots, permissions)
    cards = Cards(store, queue, messenger, permissions)
    answers = Answers(store, messenger, mascots, cards, permissions)
    intake = Intake(store, queue)
    return Base(
        messenger,
        members,
        permissions,
        actions,
        once,
        mascots,
        projects,
        search,
        descriptions,
        cards,
        intake,
        answers,
    )


def _let_process(shared: Shared, base: Base) -> None:
    store, queue, metrics = shared.store, shared.queue, shared.health.metrics
    api_url, seconds = shared.settings.slack_api_url, shared.timing.download
    files = SlackFiles(shared.http, api_url=api_url, max_bytes=MAX_BYTES, total_seconds=seconds)
    gave_up = metrics.gave_up_after_crashes
    uploader = Uploader(
        store, base.messenger, files, shared.masko, shared.token, queue.quarantine, gave_up=gave_up
    )
    ContactSheets(store, queue, base.messenger, files, shared.token)
    mascots, answers, projects = base.mascots, base.answers, base.projects
    Processor(store, queue, uploader, mascots, answers, projects, base.permissions, metrics.image_ended)
