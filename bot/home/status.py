"""The status of the bot, for people who ask in Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from slack_sdk.models.blocks import Block, DividerBlock, MarkdownTextObject, SectionBlock

from bot.channels.permissions import Actor
from bot.db import Store, posts
from bot.errors import BotError
from bot.jobs import Queue
from bot.mascots.create import ProjectChoice
from bot.masko import MaskoClient
from bot.slack.blocks import Message, message, retry_button
from bot.slack.text import escape, one_line, plain, shorten_markup
from bot.telemetry.metrics import Backlog
from bot.text import about, listed

MOST_FAILURES = 5
NO_LIMIT = 1_000_000  # requests at once: more than any limit allows
FRESH_FOR = 60.0  # seconds for which Masko's answers count
TROUBLE_FOR = 5.0  # the same where something is wrong: it may be mended by now
NO_SUCH_PROJECT = (
    "The Masko key does not see the project that MASKO_PROJECT_ID names. "
    "masko-slack doctor lists those that it sees."
)


class Check(NamedTuple):
    """A condition for the bot to work; `good` is None while unknown."""

    good: bool | None
    words: str


class Failure(NamedTuple):
    """A post with failed images: its channel, their names, and why."""

    channel: str
    names: tuple[str, ...]
    reason: str
    post_id: int


ASKING = Check(None, "Asking Masko whether all is well there…")
SILENT = Check(False, "Masko does not answer right now. What you see here is what I remember.")


@dataclass
class StatusReport:
    """Check queue, rate limit, key and project; Masko's answers are cached (`clock` is monotonic)."""

    store: Store
    queue: Queue
    masko: MaskoClient
    projects: ProjectChoice
    clock: Callable[[], float] = time.monotonic
    _answers: tuple[Check, ...] = field(default=(), init=False)
    _fresh_until: float = field(default=float("-inf"), init=False)

    async def told(self, actor: Actor, channel: str) -> Message:
        """Return the status, and the failures of a person and a channel."""
        async with self.store.read() as session:
            failed = await posts.failed(session, actor.team, channel, actor.user, most=MOST_FAILURES)
        checks = (*await self.known(besides=1), await self._credits())
        failures = [Failure(row.channel, names, words, row.id) for row, names, words in failed]
        return status([check.words for check in checks], failures)

    async def known(self, *, besides: int = 0) -> tuple[Check, ...]:
        """Return the checks that do not ask Masko; `besides` is how many jobs do not count as work."""
        waiting = await self.queue.backlog()
        room = await self.masko.room()
        return (
            Check(True, "I hear you: Slack is connected."),
            Check(True, queue_words(waiting, besides)),
            Check(room > 0, room_words(room)),
        )

    @property
    def cached(self) -> tuple[Check, ...]:
        """Masko's cached answers, while they are fresh."""
        return self._answers if self.clock() < self._fresh_until else (ASKING,)

    async def check_masko(self) -> None:
        """Ask Masko whether it accepts the key, and for the project of new mascots, unless cached."""
        if self.cached == (ASKING,):
            key, project = await asyncio.gather(self._credits(), self._project())
            self._keep((key,) if project.words == key.words else (key, project))

    def no_answer(self) -> None:
        """Record that Masko did not answer in time."""
        self._keep((SILENT,))

    def _keep(self, answers: tuple[Check, ...]) -> None:
        self._answers = answers
        good = all(check.good for check in answers)
        self._fresh_until = self.clock() + (FRESH_FOR if good else TROUBLE_FOR)

    async def _credits(self) -> Check:
        try:
            balance = await self.masko.credits()
        except BotError as error:
            return Check(False, error.words)
        free = "Creating and extending mascots uses no credits."
        return Check(True, f"Connected to Masko. {free} Credits left: {balance:g}.")

    async def _project(self) -> Check:
        try:
            chosen = await self.projects.id()
            names = {project.id: project.name for project in await self.masko.projects()}
        except BotError as error:
            return Check(False, error.words)
        if chosen not in names:
            return Check(False, NO_SUCH_PROJECT)
        return Check(True, f"New mascots go to the Masko project {names[chosen] or chosen}.")


def room_words(room: int) -> str:
    """Say how many requests may go to Masko now."""
    if room >= NO_LIMIT:
        return "Masko: requests may go out right now; no limit is set."
    return f"Masko: {'1 request' if room == 1 else f'{room} requests'} may go out right now."


def queue_words(waiting: list[Backlog], besides: int = 0) -> str:
    """Say how much work there is, without `besides` jobs that do not count."""
    jobs = sum(each.waiting for each in waiting)
    oldest = max((each.oldest for each in waiting if each.waiting), default=0.0)
    if jobs <= besides:
        return "Nothing waits."
    more = f"{jobs - besides} pieces of work wait or run"
    work = "1 piece of work waits or runs" if jobs - besides == 1 else more
    return f"{work}, the oldest for {about(oldest)}."


def status(lines: Sequence[str], failures: Sequence[Failure]) -> Message:
    """Return the status, and the failures, each with a Retry button."""
    text = "\n".join(lines)
    blocks: list[Block] = [SectionBlock(text=plain(text), block_id="status")]
    for channel, names, reason, post_id in failures:
        words = f"{escape(listed(map(one_line, names)))} in <#{channel}>: {escape(reason)}"
        shown = MarkdownTextObject(text=shorten_markup(words, 2900))
        blocks += [DividerBlock(), SectionBlock(text=shown, accessory=retry_button(post_id))]
    return message(escape(text), blocks)
