"""Every service of one running program: made when it is first asked for, and once.

Each property names what its service is built on, so that the whole can be read one service at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import httpx
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.tempo import Tempo
from bot.cards.service import Cards
from bot.channels.permissions import Permissions
from bot.channels.service import Channels
from bot.commands import grammar, replies
from bot.commands.dispatch import Dispatcher, Table
from bot.commands.earlier import EarlierImages
from bot.commands.mentions import InThreads, ShowInThreads
from bot.db import Store
from bot.home.closeup import Closeups
from bot.home.service import Home
from bot.home.status import StatusReport
from bot.images import MAX_BYTES
from bot.intake.catch import Intake
from bot.intake.hints import Hints
from bot.intake.process import Processor
from bot.intake.reply import Answers
from bot.intake.upload import Uploader
from bot.jobs import Handler, Queue, permit
from bot.jobs.runner import Actions
from bot.mascots.descriptions import Descriptions
from bot.mascots.once import Once
from bot.mascots.projects import ProjectChoice
from bot.mascots.reasons import Reasons
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.masko import MaskoClient
from bot.privacy.service import Privacy
from bot.references.add import Additions
from bot.references.add_forms import AddForms
from bot.references.move import Moves
from bot.references.remove import Deletions, Removals
from bot.review.lists import Waiting, for_list
from bot.review.notify import Telling
from bot.review.reminders import Reminders
from bot.review.requests import Guests, Invitations
from bot.review.votes import Reviews
from bot.server.health import Health
from bot.settings import Settings
from bot.slack.client import Client
from bot.slack.files import SlackFiles
from bot.slack.messenger import Messenger
from bot.slack.users import Members


@dataclass(frozen=True)
class Ground:
    """What all services stand on: opened before them, closed after them.

    Attributes:
        token: the bot token.
        tempo: how patient the program is.
    """

    settings: Settings
    token: SecretStr
    http: httpx.AsyncClient
    masko: MaskoClient
    store: Store
    queue: Queue
    health: Health
    tempo: Tempo


class Works(Protocol):
    """A service that runs jobs."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The kinds of job that it runs."""
        ...


class House:
    """The services.

    Args:
        ground: what they stand on.
        client: carries the bot token.
        bot_user_id: the bot's own user id.
        home: ids of the workspace and of its Enterprise organisation.
    """

    def __init__(
        self, ground: Ground, client: AsyncWebClient, bot_user_id: str | None, home: frozenset[str]
    ) -> None:
        self._ground = ground
        self._bot_user_id = bot_user_id
        self._home = home
        self._masko, self._store, self._queue = ground.masko, ground.store, ground.queue
        self._own_origin = ground.settings.slack_api_url
        self._slack = Client(
            client, check_lease=permit, observe=ground.health.metrics.slack_called, rates=ground.tempo.rates
        )

    @property
    def who_work(self) -> tuple[Works, ...]:
        """The services that run jobs."""
        return (
            self.processor,
            self.cards,
            self.channels,
            self.descriptions,
            self.home,
            self.closeups,
            self.add_forms,
            self.deletions,
            self.hints,
            self.reviews,
            self.telling,
            self.actions,
            self.reminders,
            self.actions,
        )

    # -- Slack ----------------------------------------------------------------------------------

    @cached_property
    def messenger(self) -> Messenger:
        return Messenger(self._slack)

    @cached_property
    def actions(self) -> Actions:
        return Actions(self._store, self._queue, self.messenger, self.members)

    @cached_property
    def members(self) -> Members:
        return Members(self._slack, home=self._home)

    @cached_property
    def permissions(self) -> Permissions:
        return Permissions(self._store, self.members)

    # -- mascots --------------------------------------------------------------------------------

    @cached_property
    def cards(self) -> Cards:
        return Cards(self._store, self._queue, self.messenger, self.permissions)

    @cached_property
    def once(self) -> Once:
        patience = self._ground.tempo.masko
        return Once(self._store, self._masko, settling=patience.settling, creating=patience.create_read)

    @cached_property
    def mascots(self) -> Mascots:
        return Mascots(self._store, self._queue, self._masko, self.once)

    @cached_property
    def descriptions(self) -> Descriptions:
        return Descriptions(
            self._store,
            self._queue,
            self._masko,
            self.messenger,
            self.mascots,
            self.permissions,
        )

    @cached_property
    def projects(self) -> ProjectChoice:
        return ProjectChoice(self._masko, self._ground.settings.masko_project_id)

    @cached_property
    def library(self) -> MascotSearch:
        return MascotSearch(self._store, self._masko, self.projects, self.mascots, self.permissions, for_list)

    # -- the main job ---------------------------------------------------------------------------

    @cached_property
    def uploader(self) -> Uploader:
        files = SlackFiles(
            self._ground.http,
            api_url=self._own_origin,
            max_bytes=MAX_BYTES,
            total_seconds=self._ground.tempo.download,
        )
        return Uploader(
            store=self._store,
            messenger=self.messenger,
            files=files,
            masko=self._masko,
            bot_token=self._ground.token,
            quarantine=self._queue.quarantine,
            gave_up=partial(self._ground.health.metrics.gave_up_after_crashes, "file"),
        )

    @cached_property
    def answers(self) -> Answers:
        return Answers(self._store, self.messenger, self.mascots, self.cards, self.permissions)

    @cached_property
    def hints(self) -> Hints:
        return Hints(self._store, self._queue, self.messenger, self.permissions)

    @cached_property
    def intake(self) -> Intake:
        return Intake(self._store, self._queue)

    @cached_property
    def processor(self) -> Processor:
        return Processor(
            store=self._store,
            queue=self._queue,
            uploader=self.uploader,
            mascots=self.mascots,
            answers=self.answers,
            projects=self.projects,
            permissions=self.permissions,
            decided=self._ground.health.metrics.image_ended,
        )

    # -- what people ask ------------------------------------------------------------------------

    @cached_property
    def channels(self) -> Channels:
        return Channels(self._store, self._queue, self.messenger, self.permissions)

    @cached_property
    def privacy(self) -> Privacy:
        uploads = self.messenger
        return Privacy(self._store, self._queue, self.members, self.permissions, uploads)

    @cached_property
    def reasons(self) -> Reasons:
        return Reasons(self._store)

    @cached_property
    def status(self) -> StatusReport:
        return StatusReport(self._store, self._masko, self.projects)

    @cached_property
    def commands(self) -> Dispatcher:
        from_links = partial(replies.from_links, self.additions)
        private = partial(replies.private, self.privacy)
        earlier = EarlierImages(
            self._store, self.messenger, self.answers, self.mascots, self._bot_user_id, self._own_origin
        )
        threads = InThreads(
            self.intake,
            self.answers,
            earlier,
            self.library,
            self.descriptions,
            self.invitations,
            self.reviews,
        )
        cards = ShowInThreads(self.messenger, self.answers, earlier, self.library, self.mascots, self.cards)
        commands: Table = {
            grammar.ListMascots: partial(replies.list_mascots, self.library),
            grammar.Show: partial(replies.show, self.mascots, self.cards),
            grammar.Share: partial(replies.share, self.cards),
            grammar.Use: partial(replies.use, self.channels),
            grammar.New: from_links,
            grammar.Add: from_links,
            grammar.Rename: partial(replies.rename, self.descriptions),
            grammar.Review: partial(replies.review, self.waiting, self.invitations, self.mascots, self.cards),
            grammar.Status: partial(replies.status, self.status),
            grammar.ForgetMe: private,
            grammar.NoticeMe: private,
            grammar.Export: private,
        }
        mentions: Table = {
            grammar.Help: threads.help,
            grammar.Show: cards.show,
            grammar.New: threads.new,
            grammar.Add: threads.add,
            grammar.Call: threads.call,
            grammar.Review: threads.review,
            grammar.Refused: threads.refuse,
            grammar.Talk: threads.talk,
        }
        return Dispatcher(self._store, self.actions, self.library, self.answers, commands, mentions)

    @cached_property
    def add_forms(self) -> AddForms:
        return AddForms(
            store=self._store,
            queue=self._queue,
            actions=self.actions,
            additions=self.additions,
            answers=self.answers,
            mascots=self.mascots,
            library=self.library,
        )

    @cached_property
    def home(self) -> Home:
        return Home(
            self._store,
            self._queue,
            self.messenger,
            self.library,
            self.status,
            self.waiting,
            self.permissions,
            self._ground.tempo.ask,
        )

    @cached_property
    def closeups(self) -> Closeups:
        return Closeups(
            self._store,
            self._queue,
            self.messenger,
            self.mascots,
            self.cards,
            self.permissions,
            self._ground.tempo.ask,
        )

    # -- reviews ----------------------------------------------------------------------------------

    @cached_property
    def telling(self) -> Telling:
        return Telling(self._store, self.messenger)

    @cached_property
    def reviews(self) -> Reviews:
        return Reviews(
            store=self._store,
            queue=self._queue,
            actions=self.actions,
            messenger=self.messenger,
            mascots=self.mascots,
            permissions=self.permissions,
        )

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(
            self._store,
            self._queue,
            self.messenger,
            self.members,
            self.permissions,
            self._ground.tempo.now,
        )

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(
            store=self._store,
            queue=self._queue,
            actions=self.actions,
            messenger=self.messenger,
            mascots=self.mascots,
            guests=Guests(self.permissions, self.reminders, self._bot_user_id),
            share=self.cards.share,
            reminders=self.reminders,
        )

    @cached_property
    def waiting(self) -> Waiting:
        return Waiting(self._store, self.messenger, self.permissions)

    # -- what is done about references ------------------------------------------------------------

    @cached_property
    def removals(self) -> Removals:
        return Removals(
            store=self._store,
            queue=self._queue,
            actions=self.actions,
            masko=self._masko,
            messenger=self.messenger,
            mascots=self.mascots,
            answers=self.answers,
            permissions=self.permissions,
        )

    @cached_property
    def moves(self) -> Moves:
        return Moves(
            store=self._store,
            queue=self._queue,
            actions=self.actions,
            masko=self._masko,
            once=self.once,
            mascots=self.mascots,
            answers=self.answers,
            permissions=self.permissions,
        )

    @cached_property
    def additions(self) -> Additions:
        return Additions(
            store=self._store,
            messenger=self.messenger,
            members=self.members,
            intake=self.intake,
            permissions=self.permissions,
            own_origin=self._own_origin,
        )

    @cached_property
    def deletions(self) -> Deletions:
        return Deletions(self._store, self._queue, self.messenger)
