"""The Home tab: what belongs to a person, first as stored, then with Masko's answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.cards.service import Cards
from bot.channels import queries as channels
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, CannotTell, Denied
from bot.db import Store, mascots, posts
from bot.db.engine import insert
from bot.db.tables import GreetedRow
from bot.errors import BotError
from bot.home.status import ASKING, SILENT, StatusReport
from bot.home.view import OWN, AtHome, Looking, home, mascot_modal
from bot.intake.catch import HELLO
from bot.jobs import Handler, Job, LocalLocks, Queue, retry_later
from bot.jobs.runner import say_once
from bot.mascots.search import NAMELESS, Listing, MascotSearch
from bot.mascots.service import MascotGone
from bot.review.lists import MOST_AT_HOME, Awaiting, Waiting
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)
T = TypeVar("T")

GREET = "home.greet"
_MORE = (
    "In channels, I do the same wherever I'm invited. "
    "/masko help lists all that you can ask me; my Home tab shows your mascots."
)
GREETING = Message.of(HELLO, (_MORE,))


@dataclass
class Home:
    """Show people their Home; `ask_for` is the timeout of Masko's answers in seconds."""

    store: Store
    queue: Queue
    messenger: Messenger
    library: MascotSearch
    status: StatusReport
    waiting: Waiting
    cards: Cards
    ask_for: float

    def __post_init__(self) -> None:
        self._turns = LocalLocks()
        self._asking = asyncio.Lock()
        self.queue.handle(GREET, Handler(self._greet))

    async def greet(self, actor: Actor, channel: str) -> None:
        """Put the job that tells a person once, in their direct messages, what the bot does."""
        row = {"team": actor.team, "user": actor.user, "greeted_at": datetime.now(UTC)}
        lock = f"greet:{actor.team}:{actor.user}"
        async with self.store.write() as session:
            new = insert(session, GreetedRow).values(row).on_conflict_do_nothing().returning(GreetedRow.user)
            if await session.scalar(new) is not None:
                await self.queue.put(session, GREET, lock=lock, payload={"channel": channel})

    async def _greet(self, job: Job) -> None:
        try:
            await say_once(self.messenger, job, job.payload["channel"], None, GREETING)
        except SlackError as error:
            retry_later(job, error)
            log.warning("somebody was not greeted: %s", error)

    async def show(self, actor: Actor, looking: Looking = OWN, *, notice: str | None = None) -> None:
        """Show a person their Home as stored, then with Masko's answers, which takes its time."""
        try:
            async with self._turns.of(f"{actor.team}:{actor.user}"):  # what is shown later is read later
                page = await self._page(actor, looking, self.status.cached, notice)
                version = await self.messenger.publish_home(actor.user, home(page))
            if version and (page.health == ASKING or looking.words):
                page = await self._page(actor, looking, await self._ask_masko(actor, looking), notice)
                # Any other version than the one that was shown before the question is newer.
                await self.messenger.publish_home(actor.user, home(page), instead_of=version)
        except SlackError as error:
            log.warning("the Home of %s was not shown: %s", actor.user, error)

    async def _ask_masko(self, actor: Actor, looking: Looking) -> str:
        """Read mascots that were made or renamed in Masko; say whether all is well there."""
        health = SILENT
        try:
            async with asyncio.timeout(self.ask_for), self._asking:
                health = await self.status.health()
                if looking.words:
                    await self.library.page(actor, looking.words, looking.start)
                else:
                    await self.library.sync(actor.team)
        except (BotError, TimeoutError) as error:
            log.info("mascots are shown as they are remembered: %s", error)
        return health

    async def show_mascot(self, trigger_id: str, actor: Actor, mascot_id: str) -> None:
        """Open a mascot as stored, then show it as Masko has it.  Raises Denied, CannotTell, SlackError."""
        await self.library.permissions.require(actor, Act.SEE, mascot=mascot_id)
        mascot, card = await self.library.mascots.known(mascot_id), await self.cards.of_mascot(mascot_id)
        if mascot is None or mascot.gone_at is not None or card is None:
            raise Denied(NOT_KNOWN)
        view_id = await self.messenger.open_modal(trigger_id, mascot_modal(card))
        try:
            async with asyncio.timeout(self.ask_for):
                await self.library.mascots.refresh(mascot_id)
            newest = mascot_modal(await self.cards.of_mascot(mascot_id) or card)
        except MascotGone as gone:
            newest = mascot_modal(gone.words)
        except (BotError, TimeoutError) as error:
            log.info("a mascot is shown as it is remembered: %s", error)
            return
        await self.messenger.update_modal(view_id, newest)

    async def _page(self, actor: Actor, looking: Looking, health: str, notice: str | None) -> AtHome:
        words, start = looking
        library = self.library
        finding = library.known_page(actor, words, start) if words else library.page_of(actor, start)
        found = await _seen(actor, finding, Listing(words, (), 0, 0))
        waiting = self.waiting.find(actor, MOST_AT_HOME)
        to_review, asked = await _seen(actor, waiting, (Awaiting(), Awaiting()))
        async with self.store.read() as session:
            theirs = await channels.of_person(session, actor.team, actor.user)
            failures = await posts.failed(session, actor.team, None, actor.user)
        settings = {channel: channels.settings_from(row) for channel, row in theirs}
        chosen = {each.mascot_id for each in settings.values() if each.mascot_id}
        visible = await _seen(actor, library.permissions.visible(actor, chosen), set())
        async with self.store.read() as session:
            rows = [await mascots.mascot(session, mascot_id) for mascot_id in visible]
        names = {row.id: row.name or NAMELESS for row in rows if row and row.gone_at is None}
        return AtHome(found, health, to_review, asked, settings, names, failures, notice)


async def _seen(actor: Actor, finding: Awaitable[T], nothing: T) -> T:
    """Return what a person sees; `nothing` if Slack does not say what that is."""
    try:
        return await finding
    except CannotTell as error:
        log.info("%s does not see all of their Home: %s", actor.user, error)
        return nothing
