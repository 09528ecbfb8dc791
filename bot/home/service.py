"""The Home tab: what is a person's own, at once as it is written down here, then with what Masko says.

To look starts no work, so the first is done without the queue.  Masko is asked by a job, which replaces the
very version that was shown before the question, or nothing (docs.slack.dev: views.publish, `hash`): whatever
was shown since, by whichever process, is newer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import Cards
from bot.cards.view import Card
from bot.channels import queries as channels
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.channels.queries import settings_from
from bot.db import Store, mascots, posts
from bot.db.tables import ChannelRow
from bot.errors import BotError
from bot.home import queries as belongings
from bot.home import view as home_view
from bot.home.at_home import AtHome, Check, Failure, Failures, Looking, OwnChannel, Recent
from bot.home.queries import Taken
from bot.home.status import Standing
from bot.intake.catch import HELLO
from bot.jobs import Handler, Job, LocalLocks, Queue, retry_later
from bot.jobs.together import all_of
from bot.mascots.outcomes import report
from bot.mascots.search import NAMELESS, Listing, MascotSearch, page_start
from bot.mascots.service import MascotGone, Mascots
from bot.review.waiting import Waiting
from bot.review.waiting_view import Awaiting
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.text import listed

log = logging.getLogger(__name__)

COMPLETE = "home.complete"
CLOSEUP = "home.closeup"
GREET = "home.greet"

MOST_FAILURES = 5  # on a page
MOST_RECENT = 5
FRESH_FOR = 60.0  # seconds for which Masko's answers count
TRIES = 5  # to show what nobody may be looking at any more
TROUBLE_FOR = 5.0  # seconds for which they do where something is wrong: it may be mended by now

ASKING = Check(None, "Asking Masko whether all is well there…")
SILENT = Check(False, "Masko does not answer right now. What you see here is what I remember.")

GREETING = Message.of(
    HELLO,
    (
        "In channels I do the same wherever I am invited. "
        "/masko help lists all that you can ask me; my Home tab shows your mascots.",
    ),
)


@dataclass(frozen=True)
class _Look:
    """Somebody looks at their Home, once.  Arguments as for `Home.show`."""

    team: str
    user: str
    looking: Looking
    notice: str | None

    @property
    def actor(self) -> Actor:
        """Who looks."""
        return Actor(self.team, self.user)

    def as_payload(self, version: str) -> dict[str, Any]:
        """For the job that completes what was shown as this version."""
        return {**asdict(self), "version": version}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> _Look:
        return cls(payload["team"], payload["user"], Looking(**payload["looking"]), payload["notice"])


class Home:
    """Shows people their Home.

    Args:
        store: knows what is theirs.
        queue: keeps greetings.
        messenger: posts in Slack.
        library: finds mascots.
        mascots: reads single ones.
        cards: shows them.
        standing: tells how the program is.
        waiting: tells which reviews wait for whom.
        permissions: says who sees which mascots.
        ask_for: seconds for Masko's answers; then Home says that there was none.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        library: MascotSearch,
        mascots: Mascots,
        cards: Cards,
        standing: Standing,
        waiting: Waiting,
        permissions: Permissions,
        ask_for: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._library = library
        self._mascots = mascots
        self._cards = cards
        self._standing = standing
        self._waiting = waiting
        self._permissions = permissions
        self._ask_for = ask_for
        self._clock = clock
        self._turns = LocalLocks()
        self._asking = asyncio.Lock()
        self._answers: tuple[Check, ...] = ()
        self._fresh_until = float("-inf")

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            COMPLETE: Handler(self._complete),
            CLOSEUP: Handler(self._look_close),
            GREET: Handler(self._greet),
        }

    async def greet(self, team: str, user: str, channel: str) -> None:
        """Write down that somebody is to be told what the bot does, once for all time.

        Args:
            channel: their conversation with the bot.
        """
        payload = {"channel": channel}

        async def put(session: AsyncSession) -> None:
            if await belongings.greet(session, team, user):
                await self._queue.put(session, GREET, lock=f"greet:{team}:{user}", payload=payload)

        await self._store.write_at_once(put, urgent=True)

    async def show(
        self, team: str, user: str, looking: Looking | None = None, *, notice: str | None = None
    ) -> None:
        """Show somebody their Home: at once as it is known here, and again once Masko has answered.

        Args:
            looking: at what; at the first page of their own mascots where not given.
            notice: a sentence about what they just did.
        """
        look = _Look(team, user, looking or Looking(), notice)
        try:
            async with self._turns.of(f"{team}:{user}"):  # what is shown later is read later
                page = await self._page(look)
                version = await self._messenger.publish_home(user, home_view.home(page))
        except SlackError as error:
            log.warning("the Home of %s was not shown: %s", user, error)
            return
        if version and (ASKING in page.checks or look.looking.words):
            await self._put(COMPLETE, f"home:{version}", look.as_payload(version))

    async def card(self, actor: Actor, mascot_id: str) -> Card | None:
        """A mascot's card from what is known here; None where it is not, or not any more, or not for them.

        Raises:
            CannotTell: Slack did not say what they see.
        """
        if await self._permissions.refusal(actor, Act.SEE, mascot=mascot_id) is not None:
            return None
        mascot = await self._mascots.known(mascot_id)
        if mascot is None or mascot.gone_at is not None:
            return None
        return await self._cards.of_mascot(mascot_id)

    async def look_close(self, view_id: str, actor: Actor, mascot_id: str) -> None:
        """Have Masko asked about the mascot that a modal shows, and the modal show what it says."""
        payload = {"view": view_id, "actor": asdict(actor), "mascot": mascot_id}
        await self._put(CLOSEUP, f"closeup:{view_id}", payload)

    async def _put(self, kind: str, lock: str, payload: Mapping[str, Any]) -> None:
        await self._store.write_at_once(
            lambda session: self._queue.put(session, kind, lock=lock, payload=payload), urgent=True
        )

    # -- the Home ---------------------------------------------------------------------------

    async def _complete(self, job: Job) -> None:
        look, version = _Look.from_payload(job.payload), job.payload["version"]
        await self._ask(look)
        page = await self._page(look, besides=1)
        try:
            await self._messenger.publish_home(look.user, home_view.home(page), instead_of=version)
        except SlackError as error:
            _try_again(job, error)

    async def _page(self, look: _Look, *, besides: int = 0) -> AtHome:
        """What is known now; `besides` so many jobs that are none of anybody's work."""
        found = await self._found(look)
        to_review, asked = await self._awaiting(look)
        answers = self._answers if self._is_fresh else (ASKING,)
        checks = (*await self._standing.known(besides=besides), *answers)
        async with self._store.read() as session:
            theirs = await channels.of_person(session, look.team, look.user)
        visible = await self._visible(look, {row.mascot_id for _, row in theirs if row and row.mascot_id})
        async with self._store.read() as session:
            failures = await _failures(session, look)
            return AtHome(
                looking=Looking(look.looking.words, found.start, failures.start),
                mascots=found,
                to_review=to_review,
                asked=asked,
                failures=failures,
                recent=tuple(
                    Recent(taken.post.channel, tuple(image.name for image in taken.images), became(taken))
                    for taken in await belongings.recent(session, look.team, look.user, most=MOST_RECENT)
                ),
                channels=tuple([await _channel(session, *each, visible) for each in theirs]),
                checks=checks,
                notice=look.notice,
            )

    async def _found(self, look: _Look) -> Listing:
        words, start = look.looking.words, look.looking.start
        try:
            if words:
                page = await self._library.known_page(look.actor, words, start)
            else:
                page = await self._library.page_of(look.actor, start)
        except CannotTell as error:
            log.info("%s sees no mascots at home: %s", look.user, error)
            page = Listing(words, (), 0, 0)
        return page

    async def _visible(self, look: _Look, ids: Set[str]) -> Set[str]:
        try:
            return await self._permissions.visible(look.actor, ids)
        except CannotTell as error:
            log.info("%s sees no mascots at home: %s", look.user, error)
            return set()

    async def _awaiting(self, look: _Look) -> tuple[Awaiting, Awaiting]:
        try:
            return await self._waiting.at_home(look.actor)
        except CannotTell as error:
            log.info("%s sees no reviews at home: %s", look.user, error)
            return Awaiting(), Awaiting()

    # -- asking Masko -----------------------------------------------------------------------

    @property
    def _is_fresh(self) -> bool:
        return self._clock() < self._fresh_until

    async def _ask(self, look: _Look) -> None:
        """Have Masko's answers at hand, for everybody; what was asked a moment ago is not asked again."""
        try:
            async with asyncio.timeout(self._ask_for), self._asking:
                await all_of(self._check(), self._look_up(look))
        except TimeoutError:
            self._take((SILENT,))

    async def _check(self) -> None:
        if not self._is_fresh:
            self._take(await self._standing.asked())

    def _take(self, answers: tuple[Check, ...]) -> None:
        self._answers = answers
        well = all(check.good for check in answers)
        self._fresh_until = self._clock() + (FRESH_FOR if well else TROUBLE_FOR)

    async def _look_up(self, look: _Look) -> None:
        """Mascots are made and renamed in Masko too; what keeps it from telling is among the checks."""
        try:
            if look.looking.words:
                await self._library.page(look.actor, look.looking.words, look.looking.start)
            else:
                await self._library.sync(look.team)
        except BotError as error:
            log.info("mascots are shown as they are remembered: %s", error)

    # -- close-ups --------------------------------------------------------------------------

    async def _look_close(self, job: Job) -> None:
        actor, mascot_id = Actor(**job.payload["actor"]), job.payload["mascot"]
        try:
            if await self._permissions.refusal(actor, Act.SEE, mascot=mascot_id) is not None:
                return
        except CannotTell as error:
            log.info("a mascot is shown as it is remembered: %s", error)
            return
        shown = await self._newest(job.payload["mascot"])
        if shown is None:
            return
        try:
            await self._messenger.update_modal(job.payload["view"], home_view.closeup(shown))
        except SlackError as error:
            _try_again(job, error)

    async def _newest(self, mascot_id: str) -> Card | str | None:
        """What there is to show after Masko was asked; None where it told nothing."""
        try:
            async with asyncio.timeout(self._ask_for):
                await self._mascots.refresh(mascot_id)
        except MascotGone as gone:
            return gone.words_alone
        except (BotError, TimeoutError) as error:
            log.info("a mascot is shown as it is remembered: %s", error)
            return None
        return await self._cards.of_mascot(mascot_id)

    # -- greeting ---------------------------------------------------------------------------

    async def _greet(self, job: Job) -> None:
        channel, request = job.payload["channel"], f"job:{job.id}"
        try:
            if job.begun_before and await self._messenger.find_post(channel, request):
                return
            await self._messenger.post(channel, GREETING, request=request)
        except SlackError as error:
            retry_later(job, error)
            log.warning("somebody was not greeted: %s", error)


def _try_again(job: Job, error: SlackError) -> None:
    """Soon, where that may help; whoever looks at it no more opens it anew."""
    if job.attempt < TRIES:
        retry_later(job, error)
    log.warning("something was not shown: %s", error)


async def _failures(session: AsyncSession, look: _Look) -> Failures:
    total = await belongings.count_failed(session, look.team, look.user)
    start = page_start(look.looking.failures_start, total, MOST_FAILURES)
    failed = await posts.failed(session, look.team, None, look.user, start=start, most=MOST_FAILURES)
    shown = tuple(Failure(post.channel, names, why, post.id) for post, names, why in failed)
    return Failures(shown, start, total, MOST_FAILURES)


async def _channel(
    session: AsyncSession, channel: str, row: ChannelRow | None, visible: Set[str]
) -> OwnChannel:
    chosen = row.mascot_id if row else None
    mascot = await mascots.mascot(session, chosen) if chosen and chosen in visible else None
    name = (mascot.name or NAMELESS) if mascot and mascot.gone_at is None else None
    return OwnChannel(channel, settings_from(row), name)


def became(taken: Taken) -> str:
    """What became of a post's images, in a sentence or two."""
    undecided = [image for image in taken.images if image.state in posts.OPEN]
    if undecided and taken.post.held_back:
        return "I wait for your answer."
    if undecided:
        return next((image.detail for image in undecided if image.detail), None) or "Being taken in…"
    said = report(taken.images)
    into = listed(name or "a new mascot" for name in taken.mascots) or "a mascot"
    sentences = [f"Added to {into}."] if said.added else []
    return " ".join([*sentences, *said.problems]) or "Nothing was done with it."
