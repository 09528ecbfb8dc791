"""Build the features of a running program, from the lowest layer up; the only place that wires them."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.timing import Timing
from bot.cards.contact_sheet import ContactSheets
from bot.cards.service import Cards
from bot.channels.permissions import Permissions
from bot.channels.service import Channels
from bot.commands.asked import Features
from bot.commands.dispatch import Dispatcher
from bot.commands.mentions import Mentions
from bot.home.connection import Connecting, Connection
from bot.home.service import Home
from bot.home.status import StatusReport
from bot.images import MAX_BYTES
from bot.intake.catch import Intake
from bot.intake.process import Processor
from bot.intake.reply import Answers
from bot.intake.upload import Uploader
from bot.jobs import permit
from bot.jobs.runner import Actions
from bot.mascots.create import ExactlyOnce, ProjectChoice
from bot.mascots.edit import Descriptions
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.masko.requests import Purpose
from bot.privacy import Privacy
from bot.references.add import Additions, Moves
from bot.references.add_forms import AddForms
from bot.references.remove import Deletions, Removals
from bot.review.lists import Waiting, for_list
from bot.review.notify import Notices
from bot.review.requests import Invitations
from bot.review.votes import Reviews
from bot.server.process import Bot
from bot.slack.client import Client
from bot.slack.files import SlackFiles
from bot.slack.messenger import Messenger
from bot.slack.users import Members
from handlers import Services


@dataclass(frozen=True)
class Shared(Bot):
    """What features are built from."""

    http: httpx.AsyncClient
    web: AsyncWebClient
    timing: Timing
    identity: AuthorizeResult
    connecting: Connecting | None


def build(shared: Shared) -> Services:
    """Build every feature, which lets the queue run its jobs; return what the listeners call."""
    store, queue, masko, timing = shared.store, shared.queue, shared.masko, shared.timing
    identity, settings, metrics = shared.identity, shared.settings, shared.health.metrics
    bot, home = identity.bot_user_id, frozenset(filter(None, (identity.team_id, identity.enterprise_id)))
    client = Client(shared.web, check_lease=permit, observe=metrics.slack_called)
    messenger, members = Messenger(client), Members(client, home=home, team=store.team)
    permissions = Permissions(store, members)
    actions = Actions(store, queue, messenger, members)
    settling = timing.masko.settling
    once = ExactlyOnce(store, masko, creating=settling(Purpose.CREATE), adding=settling(Purpose.PLAIN))
    mascots = Mascots(store, queue, masko, once)
    projects = ProjectChoice(masko, settings.masko_project_id)
    library = MascotSearch(store, masko, projects, mascots, permissions, for_list)
    cards, intake = Cards(store, queue, messenger, permissions), Intake(store, queue)
    answers = Answers(store, messenger, mascots, cards, permissions)
    additions = Additions(store, messenger, members, intake, permissions, settings.slack_api_url)
    notices = Notices(store, queue, messenger, members, permissions, timing.now)
    status, waiting = StatusReport(store, queue, masko, projects), Waiting(store, messenger, permissions)
    features = Features(
        intake=intake,
        cards=cards,
        mascots=mascots,
        library=library,
        descriptions=Descriptions(store, queue, actions, masko, mascots, permissions),
        answers=answers,
        additions=additions,
        channels=Channels(store, queue, messenger, permissions),
        reviews=Reviews(store, queue, actions, messenger, mascots, permissions),
        invitations=Invitations(store, actions, messenger, mascots, permissions, notices, cards.share, bot),
        privacy=Privacy(store, queue, members, permissions, messenger),
        status=status,
        waiting=waiting,
    )
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token
    files = SlackFiles(
        shared.http, api_url=settings.slack_api_url, max_bytes=MAX_BYTES, total_seconds=timing.download
    )
    crashed, quarantine = metrics.crashes.inc, queue.quarantine
    quotas = settings.images_per_person, settings.images_per_channel
    uploader = Uploader(store, messenger, files, masko, token, quarantine, quotas, crashed)
    Processor(store, queue, uploader, mascots, answers, projects, permissions, metrics.image_ended)
    ContactSheets(store, queue, messenger, files, token)
    return Services(
        **vars(features),
        messenger=messenger,
        permissions=permissions,
        connection=Connection(store, permissions, shared.connecting),
        commands=Dispatcher(store, actions, features, Mentions(features, store, messenger, bot)),
        home=Home(store, queue, messenger, library, status, waiting, cards, timing.ask),
        add_forms=AddForms(store, queue, actions, additions, answers, mascots, library),
        removals=Removals(store, queue, actions, masko, messenger, mascots, answers, permissions),
        moves=Moves(store, queue, actions, masko, once, mascots, answers, permissions),
        deletions=Deletions(store, queue, messenger),
    )
