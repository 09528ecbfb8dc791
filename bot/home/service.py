"""The Home tab: what belongs to a person, first as stored, then with Masko's answers.

The first needs no queue.  A job asks Masko and replaces only the version that was shown before the question
(docs.slack.dev: views.publish, `hash`): any other version is newer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import Cards
from bot.cards.view import Card
from bot.channels import queries as channels
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, CannotTell, Denied, Permissions
from bot.channels.queries import settings_from
from bot.db import Store, mascots, posts
from bot.db.engine import insert
from bot.db.tables import ChannelRow, GreetedRow, ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow
from bot.errors import BotError
from bot.home import view as home_view
from bot.home.status import ASKING, Failure, StatusReport
from bot.home.view import AtHome, Failures, Looking, OwnChannel, Recent, mascot_modal
from bot.intake.catch import HELLO
from bot.jobs import Handler, Job, LocalLocks, Queue, retry_later
from bot.jobs.runner import all_of, say_once
from bot.mascots.outcomes import report
from bot.mascots.search import NAMELESS, Listing, MascotSearch, page_start
from bot.mascots.service import MascotGone, Mascots
from bot.review.lists import Awaiting, Waiting
from bot.slack.blocks import Message, view_without_images
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.text import listed

log = logging.getLogger(__name__)
T = TypeVar("T")

COMPLETE = "home.complete"
GREET = "home.greet"
MASCOT_MODAL = "home.mascot_modal"

MOST_FAILURES = 5  # on a page

GREETING = Message.of(
    HELLO,
    (
        "In channels I do the same wherever I am invited. "
        "/masko help lists all that you can ask me; my Home tab shows your mascots.",
    ),
)


@dataclass(frozen=True)
class Taken:
    """A post, its images, and the names of the mascots that have them as references."""

    post: PostRow
    images: Sequence[IntakeRow]
    mascots: tuple[str | None, ...]


@dataclass
class Home:
    """Show people their Home; `ask_for` is the timeout of Masko's answers in seconds."""

    store: Store
    queue: Queue
    messenger: Messenger
    library: MascotSearch
    status: StatusReport
    waiting: Waiting
    permissions: Permissions
    ask_for: float

    def __post_init__(self) -> None:
        self._turns = LocalLocks()
        self._asking = asyncio.Lock()
        self.queue.handle(COMPLETE, Handler(self._complete))
        self.queue.handle(GREET, Handler(self._greet))

    async def greet(self, actor: Actor, channel: str) -> None:
        """Put the job that tells a person once, in their direct messages, what the bot does."""

        async def put(session: AsyncSession) -> None:
            if await greet(session, actor.team, actor.user):
                lock = f"greet:{actor.team}:{actor.user}"
                await self.queue.put(session, GREET, lock=lock, payload={"channel": channel})

        await self.store.write_at_once(put, urgent=True)

    async def show(self, actor: Actor, looking: Looking | None = None, *, notice: str | None = None) -> None:
        """Show a person their Home as stored, and put the job that shows it with Masko's answers."""
        looking = looking or Looking()
        try:
            async with self._turns.of(f"{actor.team}:{actor.user}"):  # what is shown later is read later
                page = await self._page(actor, looking, notice)
                version = await self.messenger.publish_home(actor.user, home_view.home(page))
        except SlackError as error:
            log.warning("the Home of %s was not shown: %s", actor.user, error)
            return
        if version and (ASKING in page.checks or looking.words):
            payload = {**asdict(actor), "looking": asdict(looking), "notice": notice, "version": version}
            await self.store.write_at_once(
                lambda session: self.queue.put(session, COMPLETE, lock=f"home:{version}", payload=payload),
                urgent=True,
            )

    async def _complete(self, job: Job) -> None:
        actor = Actor(job.payload["team"], job.payload["user"])
        looking, notice = Looking(**job.payload["looking"]), job.payload["notice"]
        try:
            async with asyncio.timeout(self.ask_for), self._asking:
                await all_of(self.status.check_masko(), self._look_up(actor, looking))
        except TimeoutError:
            self.status.no_answer()
        page = await self._page(actor, looking, notice, besides=1)
        try:
            home, version = home_view.home(page), job.payload["version"]
            await self.messenger.publish_home(actor.user, home, instead_of=version)
        except SlackError as error:
            try_again(job, error)

    async def _look_up(self, actor: Actor, looking: Looking) -> None:
        """Read mascots that were made or renamed in Masko; the status checks report its errors."""
        try:
            if looking.words:
                await self.library.page(actor, looking.words, looking.start)
            else:
                await self.library.sync(actor.team)
        except BotError as error:
            log.info("mascots are shown as they are remembered: %s", error)

    async def _page(self, actor: Actor, looking: Looking, notice: str | None, *, besides: int = 0) -> AtHome:
        """Return what is stored; `besides` is the number of jobs that do not count as work."""
        words, start = looking.words, looking.start
        search = self.library
        finding = search.known_page(actor, words, start) if words else search.page_of(actor, start)
        found = await _seen(actor, finding, Listing(words, (), 0, 0))
        to_review, asked = await _seen(actor, self.waiting.at_home(actor), (Awaiting(), Awaiting()))
        checks = (*await self.status.known(besides=besides), *self.status.cached)
        async with self.store.read() as session:
            theirs = await channels.of_person(session, actor.team, actor.user)
        chosen = {row.mascot_id for _, row in theirs if row and row.mascot_id}
        visible = await _seen(actor, self.permissions.visible(actor, chosen), set())
        async with self.store.read() as session:
            failures = await _failures(session, actor, looking.failures_start)
            newest = await recent(session, actor.team, actor.user, most=5)
            own_channels = tuple([await _channel(session, *each, visible) for each in theirs])
        done = tuple(
            Recent(each.post.channel, tuple(image.name for image in each.images), outcome(each))
            for each in newest
        )
        where = Looking(words, found.start, failures.start)
        return AtHome(where, found, to_review, asked, failures, done, own_channels, checks, notice)

    async def _greet(self, job: Job) -> None:
        try:
            await say_once(self.messenger, job, job.payload["channel"], None, GREETING)
        except SlackError as error:
            retry_later(job, error)
            log.warning("somebody was not greeted: %s", error)


@dataclass
class MascotModals:
    """Open close-ups; `ask_for` is the timeout of Masko's answer in seconds."""

    store: Store
    queue: Queue
    messenger: Messenger
    mascots: Mascots
    cards: Cards
    permissions: Permissions
    ask_for: float

    def __post_init__(self) -> None:
        self.queue.handle(MASCOT_MODAL, Handler(self._complete))

    async def open(self, trigger_id: str, actor: Actor, mascot_id: str) -> None:
        """Open a mascot's close-up, at first without pictures.  Raises Denied, CannotTell, SlackError.

        A modal that Slack refuses for one of its pictures may cost the `trigger_id`.
        """
        await self.permissions.require(actor, Act.SEE, mascot=mascot_id)
        mascot, card = await self.mascots.known(mascot_id), await self.cards.of_mascot(mascot_id)
        if mascot is None or mascot.gone_at is not None or card is None:
            raise Denied(NOT_KNOWN)
        modal = mascot_modal(card)
        view_id = await self.messenger.open_modal(trigger_id, view_without_images(modal))
        await self.messenger.update_modal(view_id, modal)
        payload = {"view": view_id, "actor": asdict(actor), "mascot": mascot_id}
        await self.store.write_at_once(
            lambda session: self.queue.put(
                session, MASCOT_MODAL, lock=f"mascot_modal:{view_id}", payload=payload
            ),
            urgent=True,
        )

    async def _complete(self, job: Job) -> None:
        actor, mascot_id = Actor(**job.payload["actor"]), job.payload["mascot"]
        try:
            if await self.permissions.refusal(actor, Act.SEE, mascot=mascot_id) is not None:
                return
            if shown := await self._newest(mascot_id):
                await self.messenger.update_modal(job.payload["view"], mascot_modal(shown))
        except CannotTell as error:
            log.info("a mascot is shown as it is remembered: %s", error)
        except SlackError as error:
            try_again(job, error)

    async def _newest(self, mascot_id: str) -> Card | str | None:
        try:
            async with asyncio.timeout(self.ask_for):
                await self.mascots.refresh(mascot_id)
        except MascotGone as gone:
            return gone.words_alone
        except (BotError, TimeoutError) as error:
            log.info("a mascot is shown as it is remembered: %s", error)
            return None
        return await self.cards.of_mascot(mascot_id)


async def _seen(actor: Actor, finding: Awaitable[T], nothing: T) -> T:
    """Return what a person sees; `nothing` if Slack does not say what that is."""
    try:
        return await finding
    except CannotTell as error:
        log.info("%s does not see all of their Home: %s", actor.user, error)
        return nothing


def try_again(job: Job, error: SlackError) -> None:
    """Raise Again if another attempt may help; else log, since the person can open it again."""
    if job.attempt < 5:  # nobody may be looking at it any more
        retry_later(job, error)
    log.warning("something was not shown: %s", error)


async def _failures(session: AsyncSession, actor: Actor, start: int) -> Failures:
    total = await count_failed(session, actor.team, actor.user)
    start = page_start(start, total, MOST_FAILURES)
    failed = await posts.failed(session, actor.team, None, actor.user, start=start, most=MOST_FAILURES)
    shown = tuple(Failure(post.channel, names, why, post.id) for post, names, why in failed)
    return Failures(shown, start, total, MOST_FAILURES)


async def _channel(
    session: AsyncSession, channel: str, row: ChannelRow | None, visible: Set[str]
) -> OwnChannel:
    chosen = row.mascot_id if row else None
    mascot = await mascots.mascot(session, chosen) if chosen and chosen in visible else None
    name = (mascot.name or NAMELESS) if mascot and mascot.gone_at is None else None
    return OwnChannel(channel, settings_from(row), name)


def outcome(taken: Taken) -> str:
    """Return the outcome of a post's images in a sentence or two."""
    undecided = [image for image in taken.images if image.state in posts.OPEN]
    if undecided and taken.post.held_back:
        return "I wait for your answer."
    if undecided:
        return next((image.detail for image in undecided if image.detail), None) or "Being taken in…"
    said = report(taken.images)
    into = listed(name or "a new mascot" for name in taken.mascots) or "a mascot"
    sentences = [f"Added to {into}."] if said.added else []
    return " ".join([*sentences, *said.problems]) or "Nothing was done with it."


async def recent(session: AsyncSession, team: str, user: str, *, most: int) -> list[Taken]:
    """Return a person's newest posts with images of which none failed."""
    images = exists().where(IntakeRow.post_id == PostRow.id)
    failed = images.where(IntakeRow.state == ImageState.FAILED)
    found = await session.scalars(
        select(PostRow)
        .where(PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False), images, ~failed)
        .order_by(PostRow.id.desc())
        .limit(most)
    )
    taken = []
    for post in found.all():
        names = (
            select(MascotRow.id, MascotRow.name)
            .join(ReferenceRow, ReferenceRow.mascot_id == MascotRow.id)
            .join(IntakeRow, IntakeRow.id == ReferenceRow.intake_id)
            .where(IntakeRow.post_id == post.id)
            .distinct()
        )
        into = tuple(name for _, name in (await session.execute(names)).all())
        taken.append(Taken(post, await posts.images_of(session, post.id), into))
    return taken


async def count_failed(session: AsyncSession, team: str, user: str) -> int:
    """Count a person's posts with failed images."""
    failed = exists().where(IntakeRow.post_id == PostRow.id, IntakeRow.state == ImageState.FAILED)
    where = (PostRow.team == team, PostRow.user == user, PostRow.from_outside.is_(False), failed)
    return await session.scalar(select(func.count()).select_from(PostRow).where(*where)) or 0


async def greet(session: AsyncSession, team: str, user: str) -> bool:
    """Record that a person is greeted; False if they were before."""
    row = {"team": team, "user": user, "greeted_at": datetime.now(UTC)}
    new = insert(session, GreetedRow).values(row).on_conflict_do_nothing().returning(GreetedRow.user)
    return await session.scalar(new) is not None
