"""Whose images are not taken: nothing of theirs is uploaded, and they alone are told, once a post."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.admission import Admission
from bot.channel_settings import ChannelSettings
from bot.intake.answers import Answers
from bot.intake.replies import FROM_OUTSIDE
from bot.logs import step
from bot.store import Store, posts
from bot.store.tables import IntakeRow, PostRow

log = logging.getLogger(__name__)


class Door:
    """Turns people away.

    Args:
        store: where their posts are.
        answers: tells them.
        admission: says who may add images.
    """

    def __init__(self, store: Store, answers: Answers, admission: Admission) -> None:
        self._store = store
        self._answers = answers
        self._admission = admission

    async def turn_away(self, post: PostRow, refused: Sequence[IntakeRow]) -> None:
        """Take nothing from somebody of another organisation."""
        if not refused:
            return
        async with self._store.write() as session:
            await posts.refuse_open_images(session, post.id, FROM_OUTSIDE)
        await self._answers.say_in_private(post, FROM_OUTSIDE)

    async def refuses(self, post: PostRow, pending: Sequence[IntakeRow], settings: ChannelSettings) -> bool:
        """Whether the poster may not add images in the channel; then nothing is left to do for the post.

        Args:
            post: theirs.
            pending: its images that are not decided yet.
            settings: of the channel.

        Raises:
            CannotTell: Slack could not be asked.
        """
        words = await self._admission.refusal(post.user, settings) if pending else None
        if words is None:
            return False
        async with self._store.write() as session:  # without a reason: nothing is said about it in public
            await posts.refuse_open_images(session, post.id, None)
            await posts.change(session, post.id, held_back=False)
        step(log, "not admitted")
        await self._answers.say_in_private(post, words)
        return True
