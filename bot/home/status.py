"""How the program is, for people who ask in Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from slack_sdk.models.blocks import Block, DividerBlock, MarkdownTextObject, SectionBlock

from bot.db import Store, posts
from bot.errors import BotError
from bot.home.at_home import Check, Failure
from bot.jobs.backlog import backlogs
from bot.mascots.projects import ProjectChoice
from bot.masko import MaskoClient
from bot.slack.blocks import Message, message, retry_button
from bot.slack.text import escape, one_line, plain, shorten_markup
from bot.telemetry.metrics import Backlog
from bot.text import about, listed

MOST_FAILURES = 5
NO_LIMIT = 1_000_000  # requests at once: more than any limit allows
FREE = "Everything I do is free of them."
NO_SUCH_PROJECT = (
    "The Masko key does not see the project that MASKO_PROJECT_ID names. "
    "masko-slack doctor lists those that it sees."
)


class Standing:
    """Tells how the program is.

    Args:
        store: knows the queue and what failed.
        masko: knows the rate limit, and is asked for credits.
        projects: says where new mascots go.
    """

    def __init__(self, store: Store, masko: MaskoClient, projects: ProjectChoice) -> None:
        self._store = store
        self._masko = masko
        self._projects = projects

    async def told(self, team: str, channel: str, user: str) -> Message:
        """How it is, and what failed of this person's posts and in this channel."""
        async with self._store.read() as session:
            failed = await posts.failed(session, team, channel, user, most=MOST_FAILURES)
        known, credits = await self.known(besides=1), await self._credits()
        lines = (*(check.words for check in known), credits.words)
        return status(lines, [Failure(row.channel, names, words, row.id) for row, names, words in failed])

    async def known(self, *, besides: int = 0) -> tuple[Check, ...]:
        """What is known without asking Masko.

        Args:
            besides: jobs that do not count as work, such as the one that asks.
        """
        async with self._store.read() as session:
            waiting = await backlogs(session, datetime.now(UTC))
        room = await self._masko.room()
        return (
            Check(True, "I hear you: Slack is connected."),
            Check(True, queue_words(waiting, besides)),
            Check(room > 0, room_words(room)),
        )

    async def asked(self) -> tuple[Check, ...]:
        """What only Masko can tell: whether it takes the key, and which project new mascots go to."""
        key, project = await asyncio.gather(self._credits(), self._project())
        return (key,) if project.words == key.words else (key, project)

    async def _credits(self) -> Check:
        try:
            balance = (await self._masko.credits()).balance
        except BotError as error:
            return Check(False, error.words)
        return Check(True, f"Masko takes the key. Credits for generations: {balance:g}. {FREE}")

    async def _project(self) -> Check:
        try:
            chosen = await self._projects.id()
            names = {project.id: project.name for project in await self._masko.projects()}
        except BotError as error:
            return Check(False, error.words)
        if chosen not in names:
            return Check(False, NO_SUCH_PROJECT)
        return Check(True, f"New mascots go to the Masko project {names[chosen] or chosen}.")


def room_words(room: int) -> str:
    """How many requests may go to Masko: any number where neither the settings nor Masko name a limit."""
    if room >= NO_LIMIT:
        return "Masko: requests may go out right now; no limit is set."
    return f"Masko: {'1 request' if room == 1 else f'{room} requests'} may go out right now."


def queue_words(waiting: list[Backlog], besides: int = 0) -> str:
    """How much work there is, `besides` so many jobs that do not count."""
    jobs = sum(each.waiting for each in waiting)
    oldest = max((each.oldest for each in waiting if each.waiting), default=0.0)
    if jobs <= besides:
        return "Nothing waits."
    work = (
        "1 piece of work waits or runs"
        if jobs - besides == 1
        else f"{jobs - besides} pieces of work wait or run"
    )
    return f"{work}, the oldest for {about(oldest)}."


def status(lines: Sequence[str], failures: Sequence[Failure]) -> Message:
    """How the program is, and what may be tried again."""
    text = "\n".join(lines)
    blocks: list[Block] = [SectionBlock(text=plain(text), block_id="status")]
    for failure in failures:
        blocks += [DividerBlock(), _failure(failure)]
    return message(escape(text), blocks)


def _failure(failure: Failure) -> Block:
    names = escape(listed(map(one_line, failure.names)))
    words = f"{names} in <#{failure.channel}>: {escape(failure.reason)}"
    return SectionBlock(
        text=MarkdownTextObject(text=shorten_markup(words, 2900)), accessory=retry_button(failure.post_id)
    )
