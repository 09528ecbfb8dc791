"""The references of a mascot as people pick one: by what they see and what it is called."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import picture
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState
from bot.slack.blocks import Picture


class References:
    """Lists references.

    Args:
        store: where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, mascot_id: str, team: str) -> list[tuple[str, Picture]]:
        """Each reference of a team's mascot as Masko's id of it and its picture, in Masko's order."""
        async with self._store.read() as session:
            mascot = await mascots.mascot(session, mascot_id)
            known = {row.asset_id: row for row in await mascots.references(session, mascot_id)}
        ids = mascot.reference_ids if mascot and mascot.team == team and mascot.gone_at is None else []
        made_there = Picture("Added in Masko", "A reference that was added in Masko")
        return [(each, picture(known[each]) if each in known else made_there) for each in ids]

    async def left_out(
        self, post_id: int, team: str, channel: str
    ) -> tuple[str | None, list[tuple[int, str]]]:
        """The mascot that had no room for images of a post in a conversation, and those images by id and
        name."""
        async with self._store.read() as session:
            return await left_out(session, post_id, team, channel)


async def left_out(
    session: AsyncSession, post_id: int, team: str, channel: str
) -> tuple[str | None, list[tuple[int, str]]]:
    """`References.left_out`, as part of the caller's transaction."""
    post = await posts.get(session, post_id)
    if post is None or (post.team, post.channel) != (team, channel):
        return None, []
    images = await posts.images_of(session, post_id)
    thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
    mascot_id = post.wants_mascot or (thread.mascot_id if thread else None)
    return mascot_id, [(each.id, each.name) for each in images if each.state is ImageState.LEFT_OUT]
