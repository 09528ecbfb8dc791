"""The status of the bot, for people who ask in Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from slack_sdk.models.blocks import Block, DividerBlock, MarkdownTextObject

from bot.channels.permissions import Actor
from bot.db import Store, posts
from bot.errors import BotError
from bot.jobs import Queue
from bot.jobs.runner import all_of
from bot.mascots.create import ProjectChoice
from bot.masko import MaskoClient
from bot.settings import SettingsError
from bot.slack.blocks import Message, message, retry_button, section
from bot.slack.text import escape, one_line, shorten_markup
from bot.telemetry.metrics import Backlog
from bot.text import about, listed

MOST_FAILURES = 5
NO_LIMIT = 1_000_000  # requests at once: more than any limit allows
FRESH_FOR = 60.0  # seconds for which Masko's word that all is well counts
ALL_WELL = "✓ All is well: connected to Slack and Masko."
ASKING = "… Asking Masko whether all is well there"
SILENT = "✗ Masko isn't answering right now. This is what I remember."


@dataclass
class StatusReport:
    """Check queue, rate limit, key and project; `clock` is monotonic."""

    store: Store
    queue: Queue
    masko: MaskoClient
    projects: ProjectChoice
    clock: Callable[[], float] = time.monotonic
    _well_until: float = field(default=float("-inf"), init=False)

    async def told(self, actor: Actor, channel: str) -> Message:
        async with self.store.read() as session:
            failed = await posts.failed(session, actor.team, channel, actor.user)
        work = queue_words(await self.queue.backlog(self.store.team))
        room = room_words(await self.masko.room())
        masko = await asyncio.gather(_words(self._credits()), _words(self._project()))
        lines = ("Slack is connected.", work, room, *dict.fromkeys(masko))
        return status(lines, failed[:MOST_FAILURES])

    @property
    def cached(self) -> str:
        """Return what `health` found where all was well a moment ago, else that Masko is being asked."""
        return ALL_WELL if self.clock() < self._well_until else ASKING

    async def health(self) -> str:
        """Say in a line whether Masko accepts the key and has the project of new mascots."""
        if self.cached == ASKING:
            try:
                await all_of(self._credits(), self._project())
            except BotError as error:
                return f"✗ {error.words}"
            self._well_until = self.clock() + FRESH_FOR
        return ALL_WELL

    async def _credits(self) -> str:
        free = "Creating and extending mascots uses no credits."
        return f"Connected to Masko. {free} Credits left: {await self.masko.credits():g}."

    async def _project(self) -> str:
        chosen = await self.projects.id()
        names = {project.id: project.name for project in await self.masko.projects()}
        if chosen not in names:
            reason = "the Masko key does not see this project; masko-slack doctor lists those that it sees."
            raise SettingsError("MASKO_PROJECT_ID", reason)
        return f"New mascots go to the Masko project {names[chosen] or chosen}."


async def _words(answer: Awaitable[str]) -> str:
    try:
        return await answer
    except BotError as error:
        return error.words


def room_words(room: int) -> str:
    if room >= NO_LIMIT:
        return "Masko: requests may go out right now; no limit is set."
    return f"Masko: {'1 request' if room == 1 else f'{room} requests'} may go out right now."


def queue_words(waiting: Sequence[Backlog]) -> str:
    """Say how much work there is besides the job that asks."""
    jobs = sum(each.waiting for each in waiting) - 1
    if jobs <= 0:
        return "Nothing is waiting."
    work = "1 piece of work waits or runs" if jobs == 1 else f"{jobs} pieces of work wait or run"
    return f"{work}, the oldest for {about(max(each.oldest for each in waiting if each.waiting))}."


def status(lines: Sequence[str], failures: Sequence[posts.Failure]) -> Message:
    """Return the status, and the failures, each with a Retry button."""
    text = "\n".join(lines)
    blocks: list[Block] = [section(text, "status")]
    for channel, names, reason, post_id in failures:
        words = f"{escape(listed(map(one_line, names)))} in <#{channel}>: {escape(reason)}"
        shown = MarkdownTextObject(text=shorten_markup(words, 2900))
        blocks += [DividerBlock(), section(shown, accessory=retry_button(post_id))]
    return message(escape(text), blocks)
