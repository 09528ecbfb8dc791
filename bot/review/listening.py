"""What people say in a mascot's thread, as far as its review is concerned.

Words to the bot, and words to somebody who asked for changes, are kept with the review.  Of what a reviewer
says otherwise only the place is kept: people talk, and it is theirs.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots
from bot.db.tables import PostRow
from bot.db.values import Did
from bot.review.act import MOST_WORDS, Act
from bot.review.record import Record, load
from bot.review.service import Reviews
from bot.review.state import Entry
from bot.slack.events import Post
from bot.slack.typed import as_typed
from bot.text import visible

_MENTIONED = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


class Listening:
    """Hears what is said in threads.

    Args:
        store: where threads and records are.
        reviews: writes down what concerns a review.
    """

    def __init__(self, store: Store, reviews: Reviews) -> None:
        self._store = store
        self._reviews = reviews

    async def hear(self, post: Post) -> None:
        """Write down a reply without images that does not mention the bot, where it concerns a review."""
        async with self._store.read() as session:
            record = await self._record(session, post)
        if record is None:
            return
        request = _answered(record, post)
        if request is not None:
            words = visible(as_typed(_MENTIONED.sub(" ", post.text))).strip()[:MOST_WORDS]
            act = _act(post, record.mascot.id, Did.COMMENTED, quietly=True)
            await self._reviews.ask(replace(act, words=words, answers=request.id))
        elif post.user in record.review.reviewers:
            await self._reviews.ask(_act(post, record.mascot.id, Did.REPLIED, quietly=True))

    async def comment(self, post: PostRow, mascot_id: str, words: str) -> None:
        """Write down what somebody said to the bot in a mascot's thread; they are told that it is kept."""
        act = _act(post, mascot_id, Did.COMMENTED, quietly=False)
        await self._reviews.ask(replace(act, words=words[:MOST_WORDS]))

    async def _record(self, session: AsyncSession, post: Post) -> Record | None:
        thread = await mascots.known_thread(session, post.team, post.channel, post.root_ts)
        if thread is None or thread.mascot_id is None:
            return None
        record = await load(session, thread.mascot_id)
        return record if record is not None and record.entries else None


def _answered(record: Record, post: Post) -> Entry | None:
    """The newest request for changes whose author a reply mentions."""
    mentioned = set(_MENTIONED.findall(post.text))
    requests = [*record.review.former, *record.review.requests]
    return next((each for each in reversed(requests) if each.user in mentioned), None)


def _act(post: Post | PostRow, mascot_id: str, did: Did, *, quietly: bool) -> Act:
    return Act(
        did=did,
        key=f"post:{post.channel}:{post.ts}:{did}",
        at=float(post.ts),
        team=post.team,
        channel=post.channel,
        thread_ts=post.root_ts if isinstance(post, Post) else post.thread_ts,
        user=post.user,
        mascot_id=mascot_id,
        ts=post.ts,
        said=True,
        quietly=quietly,
    )
