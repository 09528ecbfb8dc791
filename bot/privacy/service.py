"""People: what is kept of them, and whether their images are left alone."""

from __future__ import annotations

from secrets import token_hex

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store
from bot.db.values import stand_in
from bot.jobs import Queue
from bot.jobs.followups import refresh_cards
from bot.privacy import queries as people
from bot.privacy.view import Forgetting, forgetting
from bot.review import queries as reviews
from bot.review import reviewers
from bot.review.record import load
from bot.slack.blocks import Message

NOTHING = Forgetting(0, 0, 0)


class People:
    """Reads and changes what concerns one person.

    Args:
        store: where it is written down.
    """

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    async def notice(self, team: str, user: str, noticed: bool) -> Message:
        """Leave somebody's images alone unless they ask, or no longer."""
        await self._store.write_at_once(lambda session: people.ignore(session, team, user, not noticed))
        if noticed:
            return Message.of("Pictures that you post are taken in again, where the channel says so.")
        return Message.of(
            "Pictures that you post are left alone from now on.",
            ("Mention me or use /masko where you want one taken in. /masko notice me ends this.",),
        )

    async def kept(self, team: str, user: str) -> Message:
        """What is kept of somebody, with a button that removes it."""
        async with self._store.read() as session:
            kept = await people.kept(session, team, user)
            reviewed = await reviewers.kept(session, team, user)
        found = Forgetting(
            posts=kept.posts,
            images=kept.images,
            references=kept.references,
            reviewer_in=kept.reviewer_in,
            votes=reviewed.votes,
            comments=reviewed.comments,
            named_in=reviewed.named_in,
        )
        return Message.of("Nothing is kept about you.") if found == NOTHING else forgetting(found)

    async def forget(self, team: str, user: str) -> None:
        """Take somebody's name off all that is kept; what they decided about mascots stays decided."""

        standing_for = stand_in(user, token_hex(16))

        async def forget(session: AsyncSession) -> None:
            await people.forget(session, team, user, standing_for)
            for mascot_id in await reviewers.forget(session, team, user, standing_for):
                await self._write_standing(session, mascot_id)

        await self._store.write_at_once(forget, urgent=True)

    async def _write_standing(self, session: AsyncSession, mascot_id: str) -> None:
        """Have a review named without them where lists look, and on the mascot's cards."""
        record = await load(session, mascot_id)
        assert record is not None, "mascots are never deleted here"
        await reviews.note_standing(session, record.mascot.team, mascot_id, record.review)
        await refresh_cards(session, self._queue, mascot_id)
