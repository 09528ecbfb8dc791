"""Whose images are not taken: nothing of theirs is uploaded, and they alone are told, once a post."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.channels.permission_rules import FROM_OUTSIDE, Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, posts
from bot.db.tables import IntakeRow, PostRow, ThreadRow
from bot.intake.answers import Answers
from bot.mascots.service import Mascots
from bot.telemetry.logging import step

log = logging.getLogger(__name__)


class Door:
    """Turns people away.

    Args:
        store: where their posts are.
        answers: tells them.
        mascots: tell where images go.
        permissions: says who may add images.
    """

    def __init__(self, store: Store, answers: Answers, mascots: Mascots, permissions: Permissions) -> None:
        self._store = store
        self._answers = answers
        self._mascots = mascots
        self._permissions = permissions

    async def turn_away(self, post: PostRow, refused: Sequence[IntakeRow]) -> None:
        """Take nothing from somebody of another organisation."""
        if not refused:
            return
        async with self._store.write() as session:
            await posts.refuse_open_images(session, post.id, FROM_OUTSIDE)
        await self._answers.say_in_private(post, FROM_OUTSIDE)

    async def refuses(self, post: PostRow, thread: ThreadRow, pending: Sequence[IntakeRow]) -> bool:
        """Whether the poster may not add images in the channel, or to the mascot that they go to; then
        nothing is left to do for the post.

        Args:
            post: theirs.
            thread: it is in.
            pending: its images that are not decided yet.

        Raises:
            CannotTell: Slack could not be asked.
        """
        words = await self._refusal(post, thread) if pending else None
        if words is None:
            return False
        async with self._store.write() as session:  # without a reason: nothing is said about it in public
            await posts.refuse_open_images(session, post.id, None)
            await posts.change(session, post.id, held_back=False)
        step(log, "not admitted")
        await self._answers.say_in_private(post, words)
        return True

    async def _refusal(self, post: PostRow, thread: ThreadRow) -> str | None:
        """By the rules of the channel, and by those of the mascot's own where it is at home elsewhere.

        Who posts something is in the channel, and whoever is from outside was turned away before.
        """
        actor = Actor(post.team, post.user)
        self._permissions.witness(post.user, post.channel)
        words = await self._permissions.refusal(actor, Act.ADD, channel=post.channel, inside=True)
        into = await self._mascots.destination(post, thread)
        if words is not None or into is None:
            return words
        shows = None if post.wants_mascot else post.channel  # the thread, or what the channel is set to
        return await self._permissions.refusal(actor, Act.ADD, mascot=into.id, channel=shows, inside=True)
