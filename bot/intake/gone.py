"""What a job does about a post whose channel, message or file is gone or has moved since it was caught."""

from __future__ import annotations

import logging

from bot.db import Store, posts
from bot.db import references as held
from bot.db.tables import PostRow
from bot.intake.rows import offer_removal
from bot.jobs import Queue
from bot.telemetry.logging import step

log = logging.getLogger(__name__)

CHANNEL_GONE = "The channel was archived or deleted, or I was removed from it."


async def end_quietly(store: Store, post: PostRow) -> None:
    """Give up on a post in a channel where nobody reads any more; its poster finds it at Home, with Retry."""
    step(log, "its channel is gone")
    async with store.write() as session:
        await posts.fail_images(session, post.id, CHANNEL_GONE)


async def has_moved(store: Store, post: PostRow) -> bool:
    """Whether the channel of a post has got another id since the post was read."""
    async with store.read() as session:
        return (await posts.now(session, post.id)).channel != post.channel


async def ask_about_gone(store: Store, queue: Queue, post: PostRow) -> None:
    """Have the thread asked about images that became references although their source was deleted."""
    async with store.read() as session:
        if not await held.without_source(session, post.id):
            return
    async with store.write() as session:
        await offer_removal(session, queue, post.team, await held.without_source(session, post.id))
