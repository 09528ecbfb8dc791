"""Build the features of a running program, from the lowest layer up; the only place that wires them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

import httpx
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.timing import Timing
from bot.cards.service import Cards
from bot.channels.permissions import Permissions
from bot.channels.service import Channels
from bot.commands import dispatch, grammar
from bot.commands.dispatch import Dispatcher, Table
from bot.commands.mentions import EarlierImages, InThreads, ShowInThreads
from bot.db import Store
from bot.home.service import Home, MascotModals
from bot.home.status import StatusReport
from bot.images import MAX_BYTES
from bot.intake.catch import Intake
from bot.intake.process import Processor
from bot.intake.reply import Answers
from bot.intake.upload import Uploader
from bot.jobs import Handler, Queue, permit
from bot.jobs.runner import Actions
from bot.mascots.create import ExactlyOnce, ProjectChoice
from bot.mascots.edit import Descriptions
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.masko import MaskoClient
from bot.privacy import Privacy
from bot.references.add import Additions, Moves
from bot.references.add_forms import AddForms
from bot.references.remove import Deletions, Removals
from bot.review.lists import Waiting, for_list
from bot.review.notify import Notices
from bot.review.requests import Guests, Invitations
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


class HandlesJobs(Protocol):
    """A feature with handlers of jobs, by kind."""

    @property
    def handlers(self) -> Mapping[str, Handler]: ...


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
    """Build every feature, and let the queue run their jobs; return what the listeners call."""
    store, queue, timing = shared.store, shared.queue, shared.timing
    base = _base(shared)
    messenger, permissions = base.messenger, base.permissions
    reviews, invitations, notices = _reviews(shared, base)
    waiting = Waiting(store, messenger, permissions)
    channels = Channels(store, queue, messenger, permissions)
    privacy = Privacy(store, queue, base.members, permissions, messenger)
    status = StatusReport(store, shared.queue, shared.masko, base.projects)
    additions = _additions(shared, base)
    asked = Asked(additions, channels, invitations, privacy, reviews, status, waiting)
    commands = _commands(shared, base, asked)
    references = _references(shared, base, additions)
    home = Home(store, queue, messenger, base.search, status, waiting, permissions, timing.ask)
    mascot_modals = MascotModals(store, queue, messenger, base.mascots, base.cards, permissions, timing.ask)
    processor = _processor(shared, base)
    with_jobs: tuple[HandlesJobs, ...] = (
        processor,
        base.cards,
        channels,
        base.descriptions,
        home,
        mascot_modals,
    )
    with_jobs += (
        references.add_forms,
        references.deletions,
        reviews,
        notices,
        base.actions,
    )
    for feature in with_jobs:
        for kind, handler in feature.handlers.items():
            queue.handle(kind, handler)
    return Services(
        intake=base.intake,
        mascots=base.mascots,
        descriptions=base.descriptions,
        messenger=messenger,
        channels=channels,
        library=base.search,
        commands=commands,
        home=home,
        privacy=privacy,
        mascot_modals=mascot_modals,
        permissions=permissions,
        additions=additions,
        reviews=reviews,
        invitations=invitations,
        **references._asdict(),
    )


def _base(shared: Shared) -> Base:
    store, queue, masko, timing = shared.store, shared.queue, shared.masko, shared.timing
    observe = shared.health.metrics.slack_called
    client = Client(shared.web, check_lease=permit, observe=observe, rates=timing.rates)
    messenger, members = Messenger(client), Members(client, home=shared.home)
    permissions = Permissions(store, members)
    once = ExactlyOnce(store, masko, settling=timing.masko.settling, creating=timing.masko.create_read)
    mascots = Mascots(store, queue, masko, once)
    projects = ProjectChoice(masko, shared.settings.masko_project_id)
    cards = Cards(store, queue, messenger, permissions)
    actions = Actions(store, queue, messenger, members)
    return Base(
        messenger=messenger,
        members=members,
        permissions=permissions,
        actions=actions,
        once=once,
        mascots=mascots,
        projects=projects,
        search=MascotSearch(store, masko, projects, mascots, permissions, for_list),
        descriptions=Descriptions(store, queue, actions, masko, mascots, permissions),
        cards=cards,
        intake=Intake(store, queue),
        answers=Answers(store, messenger, mascots, cards, permissions),
    )


def _reviews(shared: Shared, base: Base) -> tuple[Reviews, Invitations, Notices]:
    store, queue, messenger, permissions = shared.store, shared.queue, base.messenger, base.permissions
    notices = Notices(store, queue, messenger, base.members, permissions, shared.timing.now)
    reviews = Reviews(
        store=store,
        queue=queue,
        actions=base.actions,
        messenger=messenger,
        mascots=base.mascots,
        permissions=permissions,
    )
    invitations = Invitations(
        store=store,
        queue=queue,
        actions=base.actions,
        messenger=messenger,
        mascots=base.mascots,
        guests=Guests(permissions, notices, shared.bot_user_id),
        share=base.cards.share,
        notices=notices,
    )
    return reviews, invitations, notices


def _processor(shared: Shared, base: Base) -> Processor:
    uploader = Uploader(
        store=shared.store,
        messenger=base.messenger,
        files=SlackFiles(
            shared.http,
            api_url=shared.settings.slack_api_url,
            max_bytes=MAX_BYTES,
            total_seconds=shared.timing.download,
        ),
        masko=shared.masko,
        bot_token=shared.token,
        quarantine=shared.queue.quarantine,
        gave_up=partial(shared.health.metrics.gave_up_after_crashes, "file"),
    )
    return Processor(
        store=shared.store,
        queue=shared.queue,
        uploader=uploader,
        mascots=base.mascots,
        answers=base.answers,
        projects=base.projects,
        permissions=base.permissions,
        decided=shared.health.metrics.image_ended,
    )


class References(NamedTuple):
    """The features about references, by the names that listeners call them."""

    add_forms: AddForms
    removals: Removals
    moves: Moves
    deletions: Deletions


def _additions(shared: Shared, base: Base) -> Additions:
    return Additions(
        store=shared.store,
        messenger=base.messenger,
        members=base.members,
        intake=base.intake,
        permissions=base.permissions,
        own_origin=shared.settings.slack_api_url,
    )


def _references(shared: Shared, base: Base, additions: Additions) -> References:
    add_forms = AddForms(
        store=shared.store,
        queue=shared.queue,
        actions=base.actions,
        additions=additions,
        answers=base.answers,
        mascots=base.mascots,
        library=base.search,
    )
    removals = Removals(
        store=shared.store,
        queue=shared.queue,
        actions=base.actions,
        masko=shared.masko,
        messenger=base.messenger,
        mascots=base.mascots,
        answers=base.answers,
        permissions=base.permissions,
    )
    moves = Moves(
        store=shared.store,
        queue=shared.queue,
        actions=base.actions,
        masko=shared.masko,
        once=base.once,
        mascots=base.mascots,
        answers=base.answers,
        permissions=base.permissions,
    )
    return References(add_forms, removals, moves, Deletions(shared.store, shared.queue, base.messenger))


class Asked(NamedTuple):
    """The features that commands call, beside the base."""

    additions: Additions
    channels: Channels
    invitations: Invitations
    privacy: Privacy
    reviews: Reviews
    status: StatusReport
    waiting: Waiting


def _commands(shared: Shared, base: Base, asked: Asked) -> Dispatcher:
    search, mascots, cards, answers = base.search, base.mascots, base.cards, base.answers
    own_origin = shared.settings.slack_api_url
    earlier = EarlierImages(shared.store, base.messenger, answers, mascots, shared.bot_user_id, own_origin)
    threads = InThreads(
        base.intake, answers, earlier, search, base.descriptions, asked.invitations, asked.reviews
    )
    shown = ShowInThreads(base.messenger, answers, earlier, search, mascots, cards)
    from_links = partial(dispatch.from_links, asked.additions)
    private = partial(dispatch.private, asked.privacy)
    commands: Table = {
        grammar.ListMascots: partial(dispatch.list_mascots, search),
        grammar.Show: partial(dispatch.show, mascots, cards),
        grammar.Share: partial(dispatch.share, cards),
        grammar.Use: partial(dispatch.use, asked.channels),
        grammar.New: from_links,
        grammar.Add: from_links,
        grammar.Rename: partial(dispatch.rename, base.descriptions),
        grammar.Review: partial(dispatch.review, asked.waiting, asked.invitations, mascots, cards),
        grammar.Status: partial(dispatch.status, asked.status),
        grammar.ForgetMe: private,
        grammar.NoticeMe: private,
        grammar.Export: private,
    }
    mentions: Table = {
        grammar.Help: threads.help,
        grammar.Show: shown.show,
        grammar.New: threads.new,
        grammar.Add: threads.add,
        grammar.Call: threads.call,
        grammar.Review: threads.review,
        grammar.Refused: threads.refuse,
        grammar.Talk: threads.talk,
    }
    return Dispatcher(shared.store, base.actions, search, answers, commands, mentions)
