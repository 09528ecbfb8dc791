"""Jobs that follow from a change: one feature puts them in its transaction, another one runs them.

Whoever changes something that a card shows puts `cards.refresh`, and need not know the cards.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import mascots, posts
from bot.db.tables import PostRow, ThreadRow
from bot.jobs.queue import Queue

CARRY = "intake.carry"
REFRESH = "cards.refresh"
RETIRE = "cards.retire"
RULED = "review.ruled"
NO_CARD: Final = {"card_ts": None, "card_post_id": None}


async def refresh_card(
    session: AsyncSession, queue: Queue, thread: ThreadRow, *, delay: float = 0.0, refused: int = 0
) -> None:
    """Have the card of a thread shown again, once the caller's transaction is committed and after `delay`
    seconds.

    `refused`: how often Slack has refused the card's pictures before.
    """
    name = f"card:{thread.id}"
    payload = {"thread": thread.id, "refused": refused}
    await queue.put(session, REFRESH, lock=name, key=name, payload=payload, delay=delay)


async def refresh_cards(session: AsyncSession, queue: Queue, mascot_id: str) -> None:
    """Have every card of a mascot shown again, once the caller's transaction is committed."""
    for thread in await mascots.open_threads_of(session, mascot_id):
        await refresh_card(session, queue, thread)


async def retire_card(session: AsyncSession, queue: Queue, thread: ThreadRow, words: str) -> None:
    """Unbind a thread from its mascot, and have words put in the place of its card."""
    card_ts = thread.card_ts
    await mascots.change_thread(session, thread.id, **NO_CARD, mascot_id=None)
    if card_ts is not None:
        payload = {"thread": thread.id, "ts": card_ts, "words": words}
        await queue.put(session, RETIRE, lock=f"card:{thread.id}", payload=payload)


async def carry_post(session: AsyncSession, queue: Queue, post: PostRow, post_id: int, **how: bool) -> None:
    """Have a post carried on, once the caller's transaction is committed.

    `again`: somebody pressed Retry; `in_passing`: its links were only mentioned.
    """
    lock = f"thread:{post.team}:{post.channel}:{post.thread_ts}"
    payload = {"post": post_id, **how}
    await queue.put(session, CARRY, lock=lock, payload=payload, key=posts.job_key(post_id))
