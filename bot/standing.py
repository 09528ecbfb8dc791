"""How the program is, for people who ask in Slack."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.errors import BotError
from bot.masko import MaskoClient
from bot.messages import Failure, Retry, Status
from bot.store import Store, posts
from bot.store.backlog import Backlog, backlogs
from bot.wording import about

MOST_FAILURES = 5


class Standing:
    """Tells how the program is.

    Args:
        store: knows the queue and what failed.
        masko: knows the budget, and is asked for credits.
    """

    def __init__(self, store: Store, masko: MaskoClient) -> None:
        self._store = store
        self._masko = masko

    async def told(self, team: str, channel: str, user: str) -> Status:
        """How it is, and what failed of this person's posts and in this channel."""
        now = datetime.now(UTC)
        async with self._store.read() as session:
            waiting = await backlogs(session, now)
            failed = await posts.failed(session, team, channel, user, most=MOST_FAILURES)
        lines = (
            "I hear you: Slack is connected.",
            queue_words(waiting),
            await self._budget(),
            await self._credits(),
        )
        return Status(
            lines, tuple(Failure(row.channel, names, words, Retry(row.id)) for row, names, words in failed)
        )

    async def _budget(self) -> str:
        return f"Masko: {await self._masko.room()} requests may go out right now."

    async def _credits(self) -> str:
        try:
            balance = (await self._masko.credits()).balance
        except BotError as error:
            return error.words
        return f"Credits for generations: {balance:g}. Everything I do is free of them."


def queue_words(waiting: list[Backlog]) -> str:
    """How much work there is."""
    jobs = sum(each.waiting for each in waiting)
    oldest = max((each.oldest for each in waiting if each.waiting), default=0.0)
    if jobs <= 1:  # this very question is one
        return "Nothing waits."
    return f"{jobs - 1} pieces of work wait or run, the oldest for {about(oldest)}."
