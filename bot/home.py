"""The Home tab: what is a person's own, at once as it is written down here, then with what Masko says.

To look starts no work, so nothing is put in the queue for it; whoever was stopped on the way is asked again
by the next opening.  Of several looks of one person the newest wins.  Within this process each knows whether
it still is the newest; across processes what was asked of Masko replaces the very version that was shown
before the question, or nothing (docs.slack.dev: views.publish, `hash`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from slack_sdk.models.views import View
from sqlalchemy.ext.asyncio import AsyncSession

from bot.at_home import AtHome, Check, Looking, OwnChannel, Recent
from bot.cards import Cards
from bot.channels import settings_from
from bot.desk import in_list
from bot.errors import BotError
from bot.intake.replies import HELLO
from bot.intake.together import all_of
from bot.library import NAMELESS, PAGE, Library
from bot.mascots import MascotGone, Mascots
from bot.messages import Card, Failure, Line, Listing, Retry
from bot.outcomes import report
from bot.slack.workspace import SlackError, Workspace
from bot.standing import Standing
from bot.store import Store, channels, mascots, people, posts
from bot.store.people import Taken
from bot.store.tables import ChannelRow
from bot.wording import listed
from bot.work import Again, Job, Queue, Worker, pause_after

log = logging.getLogger(__name__)

GREET = "home.greet"

MOST_FAILURES = 5
MOST_RECENT = 5
FRESH_FOR = 60.0  # seconds for which Masko's answers count
TROUBLE_FOR = 5.0  # seconds for which they do where something is wrong: it may be mended by now

ASKING = Check(None, "Asking Masko whether all is well there…")
SILENT = Check(False, "Masko does not answer right now. What you see here is what I remember.")

GREETING = Line(
    HELLO,
    (
        "In channels I do the same wherever I am invited. "
        "/masko help lists all that you can ask me; my Home tab shows your mascots.",
    ),
)


class DrawHome(Protocol):
    """Makes the view of a Home; with `pictures=False`, without any image."""

    def __call__(self, page: AtHome, *, pictures: bool = True) -> View: ...


@dataclass(frozen=True, eq=False)
class _Look:
    """Somebody looks at their Home, once.  Arguments as for `Home.show`."""

    team: str
    user: str
    looking: Looking
    notice: str | None


@dataclass(frozen=True)
class _Shown:
    """What stands in a Home tab, and Slack's word for that version."""

    page: AtHome
    version: str


class Home:
    """Shows people their Home.

    Args:
        store: knows what is theirs.
        queue: keeps greetings.
        workspace: the bot's voice in Slack.
        library: finds mascots.
        mascots: reads single ones.
        cards: shows them.
        standing: tells how the program is.
        draw: from `bot.views`.
        ask_for: seconds for Masko's answers; then Home says that there was none.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        workspace: Workspace,
        library: Library,
        mascots: Mascots,
        cards: Cards,
        standing: Standing,
        draw: DrawHome,
        ask_for: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._queue = queue
        self._locks = queue.locks
        self._workspace = workspace
        self._library = library
        self._mascots = mascots
        self._cards = cards
        self._standing = standing
        self._draw = draw
        self._ask_for = ask_for
        self._clock = clock
        self._newest: dict[tuple[str, str], _Look] = {}
        self._asking = asyncio.Lock()
        self._answers: tuple[Check, ...] = ()
        self._fresh_until = float("-inf")

    @property
    def workers(self) -> dict[str, Worker]:
        """The kinds of job that this service runs."""
        return {GREET: Worker(self._greet)}

    async def greet(self, team: str, user: str, channel: str) -> None:
        """Write down that somebody is to be told what the bot does, once for all time.

        Args:
            channel: their conversation with the bot.
        """
        payload = {"channel": channel}

        async def put(session: AsyncSession) -> None:
            if await people.greet(session, team, user):
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
        self._newest[team, user] = look
        try:
            if shown := await self._publish(look):
                await self._ask(look)
                await self._publish(look, instead_of=shown)
        except SlackError as error:
            log.warning("the Home of %s was not shown: %s", user, error)
        finally:
            if self._newest.get((team, user)) is look:
                del self._newest[team, user]

    async def card(self, team: str, mascot_id: str) -> Card | None:
        """A mascot's card from what is known here; None where it is not, or not any more."""
        mascot = await self._mascots.known(mascot_id)
        if mascot is None or mascot.gone_at is not None or mascot.team != team:
            return None
        return await self._cards.of_mascot(mascot_id)

    async def newest_card(self, mascot_id: str) -> Card | Line:
        """A mascot's card after Masko was asked, or as it is known where Masko does not answer; or that it
        was deleted there."""
        try:
            async with asyncio.timeout(self._ask_for):
                await self._mascots.refresh(mascot_id)
        except MascotGone as gone:
            return Line(gone.words_alone)
        except (BotError, TimeoutError) as error:
            log.info("a mascot is shown as it is remembered: %s", error)
        card = await self._cards.of_mascot(mascot_id)
        assert card is not None, "only mascots that were written down are looked at"
        return card

    # -- the Home ---------------------------------------------------------------------------

    async def _publish(self, look: _Look, *, instead_of: _Shown | None = None) -> _Shown | None:
        """Show what is known now.

        Args:
            instead_of: what this look has shown before.

        Returns:
            None where something newer is shown.
        """
        async with self._locks.of(f"home:{look.team}:{look.user}"):
            if self._newest.get((look.team, look.user)) is not look:
                return None
            page = await self._page(look)
            if instead_of is not None and page == instead_of.page:
                return instead_of
            replaces = instead_of.version if instead_of else None
            draw = partial(self._draw, page)
            version = await self._workspace.publish_home(look.user, draw, instead_of=replaces)
        return _Shown(page, version) if version is not None else None

    async def _page(self, look: _Look) -> AtHome:
        found = await self._found(look)
        answers = self._answers if self._is_fresh else (ASKING,)
        checks = (*await self._standing.known(), *answers)
        async with self._store.read() as session:
            failed = await posts.failed(session, look.team, None, look.user, most=MOST_FAILURES)
            return AtHome(
                looking=Looking(look.looking.words, found.start),
                mascots=found,
                failures=tuple(
                    Failure(post.channel, names, why, Retry(post.id)) for post, names, why in failed
                ),
                failed=await people.count_failed(session, look.team, look.user),
                recent=tuple(
                    Recent(taken.post.channel, tuple(image.name for image in taken.images), became(taken))
                    for taken in await people.recent(session, look.team, look.user, most=MOST_RECENT)
                ),
                channels=await _channels(session, look),
                checks=checks,
                notice=look.notice,
            )

    async def _found(self, look: _Look) -> Listing:
        words, start = look.looking.words, look.looking.start
        if words:
            page = await self._library.known_page(look.team, words, start)
        else:
            page = await self._library.page_of(look.team, look.user, start)
        return Listing(words, tuple(map(in_list, page.mascots)), page.start, page.total, PAGE)

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
                await self._library.page(look.team, look.looking.words, look.looking.start)
            else:
                await self._library.freshen(look.team)
        except BotError as error:
            log.info("mascots are shown as they are remembered: %s", error)

    # -- greeting ---------------------------------------------------------------------------

    async def _greet(self, job: Job) -> None:
        channel, request = job.payload["channel"], f"job:{job.id}"
        try:
            if job.begun_before and await self._workspace.find_announcement(channel, request):
                return
            await self._workspace.announce(channel, GREETING, request=request)
        except SlackError as error:
            if error.worth_retrying and not job.out_of_patience:
                raise Again(pause_after(error, job.attempt)) from error
            log.warning("somebody was not greeted: %s", error)


async def _channels(session: AsyncSession, look: _Look) -> tuple[OwnChannel, ...]:
    theirs = await channels.of_person(session, look.team, look.user)
    return tuple([await _channel(session, channel, row) for channel, row in theirs])


async def _channel(session: AsyncSession, channel: str, row: ChannelRow | None) -> OwnChannel:
    mascot = await mascots.mascot(session, row.mascot_id) if row and row.mascot_id else None
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
