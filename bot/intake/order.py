"""Whose turn it is when Masko's budget is too small for all posts at once.

The channels take turns, image by image, and within a channel whoever posted first goes first: two hundred
images in one channel do not make a single image in another wait for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.db import Store, posts
from bot.db.posts import WaitingPost
from bot.db.tables import PostRow
from bot.errors import BotError
from bot.mascots.once import Unsettled
from bot.masko import MaskoClient, MaskoRateLimited
from bot.slack.workspace import SlackRateLimited

CALLS_AN_IMAGE = 2  # its upload, and making it a reference
OVERLAP = 8  # calls for which posts are let in early: whoever waits at the budget itself uses a place at once
LOOK_AGAIN = 20.0  # seconds; the queue may get shorter, or Masko may close for longer
SOON = 5.0  # seconds; not worth a word
MUCH = timedelta(seconds=20)
TURNS = (MaskoRateLimited, SlackRateLimited, Unsettled)  # nothing is wrong; it only takes its time


class Order:
    """Lets posts in as Masko's budget allows.

    Args:
        store: knows which posts wait.
        masko: knows the budget.
    """

    def __init__(self, store: Store, masko: MaskoClient) -> None:
        self._store = store
        self._masko = masko

    async def check(self, post: PostRow) -> None:
        """Nothing is fetched for a post before it is its turn.

        Raises:
            MaskoRateLimited: saying when its turn is expected.
            MaskoHeldBack: Masko is in trouble.
        """
        self._masko.check_budget()
        async with self._store.read() as session:
            waiting = await posts.waiting(session)
        calls = CALLS_AN_IMAGE * images_before(waiting, post.id)
        if calls < OVERLAP:
            return
        if calls < OVERLAP + await self._masko.room():
            return
        seconds = await self._masko.wait_for(calls - OVERLAP + 1)
        if seconds > 0:
            raise MaskoRateLimited("not its turn yet", own_budget=True, retry_after=max(1.0, seconds))


def images_before(waiting: Sequence[WaitingPost], post_id: int) -> int:
    """How many images go before the first one of a post, when channels take turns image by image.

    Args:
        waiting: all posts that wait, those that are being carried included.
        post_id: one of them; a post that does not wait has nobody before it.
    """
    mine = next((post for post in waiting if post.id == post_id), None)
    if mine is None:
        return 0
    before = sum(post.images for post in waiting if post.channel == mine.channel and post.id < post_id)
    others: Counter[str] = Counter()
    for post in waiting:
        if post.channel != mine.channel:
            others[post.channel] += post.images
    return before + sum(min(images, before) for images in others.values())


def come_again(seconds: float) -> float:
    """When to look again whether it is a post's turn, which is expected in so many seconds."""
    return min(seconds, max(LOOK_AGAIN, seconds / 4))


def is_news(promised: datetime | None, expected: datetime, now: datetime) -> bool:
    """Whether people should be told that a post goes on at another time than they were told before.

    Args:
        promised: what they were told; None for nothing.
        expected: when it will go on, as far as is known now.
        now: the time.
    """
    left = expected - now
    if promised is None:
        return left > timedelta(seconds=SOON)
    return abs(expected - promised) > max(MUCH, left / 4)


def may_wait(error: BotError, *, last_try: bool) -> bool:
    """Whether a post waits for its next try; for its turn it waits as long as it takes."""
    return isinstance(error, TURNS) or (error.worth_retrying and not last_try)
