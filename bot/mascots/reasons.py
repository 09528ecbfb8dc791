"""Why a post was taken in, for whoever asks."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db.tables import CaughtBy, MascotRow, PostRow, ThreadRow
from bot.slack.blocks import Message

_WHY = {
    CaughtBy.CHANNEL: "This channel is set so that pictures in it are taken in.",
    CaughtBy.MENTION: "The post mentions me, which counts whatever the channel is set to.",
    CaughtBy.DIRECT: "It was posted to me directly.",
    CaughtBy.ASKED: "Somebody asked me to, by a command, a form or a button.",
    CaughtBy.DECIDED: "I asked the poster, who decided so.",
}
_CHANGE = "/masko settings changes what I do with pictures in this channel."


class Reasons:
    """Tells why a post was taken in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def why(self, team: str, channel: str, thread_ts: str) -> Message:
        """By which rules the post that a card answers was taken in, and went where it did."""
        async with self._store.read() as session:
            thread = await mascots.known_thread(session, team, channel, thread_ts)
            post = await posts.get(session, thread.card_post_id) if thread and thread.card_post_id else None
            if thread is None or post is None:
                return Message.of("Somebody shared this card; no post was taken in for it.", (_CHANGE,))
            where = await _where(session, post, thread)
        return Message.of(_WHY[post.caught_by or CaughtBy.CHANNEL], (where, _CHANGE))


async def _where(session: AsyncSession, post: PostRow, thread: ThreadRow) -> str:
    settings = await settings_of(session, thread.team, thread.channel)
    mascot = await mascots.mascot(session, thread.mascot_id) if thread.mascot_id else None
    name = _name(mascot)
    if settings.mascot_id is not None and settings.mascot_id == thread.mascot_id:
        return f"The channel's pictures go to {name}: that is its default mascot. /masko use none ends it."
    if post.ts != thread.thread_ts:
        return f"It was a reply in this thread; whatever else is posted in it goes to {name}."
    return f"A post of its own starts a mascot of its own; replies in its thread go to {name}."


def _name(mascot: MascotRow | None) -> str:
    return (mascot.name if mascot else None) or "that mascot"
