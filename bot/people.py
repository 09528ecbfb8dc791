"""People: what is kept of them, and whether their images are left alone."""

from __future__ import annotations

from bot.messages import Forgetting, Line
from bot.store import Store, people


class People:
    """Reads and changes what concerns one person.

    Args:
        store: where it is written down.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def notice(self, team: str, user: str, noticed: bool) -> Line:
        """Leave somebody's images alone unless they ask, or no longer."""
        await self._store.write_at_once(lambda session: people.ignore(session, team, user, not noticed))
        if noticed:
            return Line("Pictures that you post are taken in again, where the channel says so.")
        return Line(
            "Pictures that you post are left alone from now on.",
            ("Mention me or use /masko where you want one taken in. /masko notice me ends this.",),
        )

    async def kept(self, team: str, user: str) -> Forgetting | Line:
        """What is kept of somebody, with a button that removes it."""
        async with self._store.read() as session:
            kept = await people.kept(session, team, user)
        if not (kept.posts or kept.references or kept.reviewer_in):
            return Line("Nothing is kept about you.")
        return Forgetting(kept.posts, kept.images, kept.references, kept.reviewer_in)

    async def forget(self, team: str, user: str) -> None:
        """Take somebody's name off all that is kept."""
        await self._store.write_at_once(lambda session: people.forget(session, team, user), urgent=True)
