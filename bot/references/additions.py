"""Images that come by a form or a button: further references of a thread's mascot, or another mascot."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permissions import Denied
from bot.db import Store, posts
from bot.db.tables import ImageState, IntakeRow
from bot.errors import BotError
from bot.intake.catch import ANOTHER, Wish, pass_on
from bot.intake.reply import Answers
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.mascots.service import Mascots
from bot.references.removals import Spot
from bot.references.requests import Requests
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.place import Place
from bot.slack.post_images import ImageSource, PostImage

log = logging.getLogger(__name__)

ADD = "reference.add"


class Additions:
    """Takes such images in.

    Args:
        store: where posts and images are.
        queue: runs what Slack must not be kept waiting for.
        messenger: posts in Slack.
        requests: announces images and takes them in.
        answers: says what became of the post that they were in.
        mascots: knows the mascot that they go to.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        requests: Requests,
        answers: Answers,
        mascots: Mascots,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._requests = requests
        self._answers = answers
        self._mascots = mascots

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            ADD: Handler(self._add, gave_up=self._could_not_add),
            ANOTHER: Handler(self._start_another, gave_up=self._could_not_start),
        }

    async def ask(self, spot: Spot, mascot_id: str, images: Sequence[PostImage]) -> None:
        """Write down that these images are to be added to a mascot, below its card."""
        payload = {"spot": asdict(spot), "mascot": mascot_id, "images": [asdict(each) for each in images]}

        async def put(session: AsyncSession) -> None:
            await self._queue.put(session, ADD, lock=f"asked:{spot.team}:{spot.user}", payload=payload)

        await self._store.write_at_once(put, urgent=True)

    async def ask_another(self, spot: Spot, post_id: int) -> bool:
        """Write down that the images of a post for which there was no room are to start another mascot.

        Returns:
            False where there is none in this conversation, perhaps because this was asked before.
        """

        async def put(session: AsyncSession) -> bool:
            post = await posts.get(session, post_id)
            if post is None or (post.team, post.channel) != (spot.team, spot.channel):
                return False
            return await pass_on(session, self._queue, post, spot.user)

        return await self._store.write_at_once(put, urgent=True)

    async def _add(self, job: Job) -> None:
        spot = Spot(**job.payload["spot"])
        into = await self._mascots.known(job.payload["mascot"])
        if into is None or into.gone_at is not None:
            await self._whisper(spot, "This mascot is not known here any more. Nothing was added.")
            return
        wish = Wish(mascot_id=into.id, asked=True)
        images = [_image(each) for each in job.payload["images"]]
        place = Place(spot.team, spot.channel, spot.user)
        try:
            await self._requests.take_in_below(job, place, spot.thread_ts, images, wish, into)
        except BotError as error:
            retry_later(job, error)
            denied = isinstance(error, Denied)
            await self._whisper(spot, error.words if denied else f"Nothing was added. {error.words}")

    async def _could_not_add(self, job: Job) -> None:
        words = "Something went wrong on our side, so nothing was added. Please try it again."
        await self._whisper(Spot(**job.payload["spot"]), words)

    async def _start_another(self, job: Job) -> None:
        post, _, _ = await self._answers.load(job.payload["post"])
        async with self._store.read() as session:
            rows = await posts.images(session, job.payload["images"])
        images = [_of_row(row) for row in rows]
        wish = Wish(new=True, name=post.wants_name, asked=True)
        place = Place(post.team, post.channel, job.payload["user"])
        try:
            await self._requests.take_in(job, place, images, wish)
        except BotError as error:
            retry_later(job, error)
            await self._leave_out_again(job)
            if isinstance(error, Denied):
                await self._whisper(Spot(post.team, post.channel, post.thread_ts, place.user), error.words)
            return
        try:
            await self._answers.show(post)
        except BotError as error:
            retry_later(job, error)
            log.info("the reply to post %s could not be changed: %s", post.ts, error)

    async def _could_not_start(self, job: Job) -> None:
        await self._leave_out_again(job)

    async def _leave_out_again(self, job: Job) -> None:
        """It was not announced: the images are where they were, with their buttons."""
        async with self._store.write() as session:
            for image_id in job.payload["images"]:
                await posts.change_image(session, image_id, state=ImageState.LEFT_OUT, detail=None)
        post, _, _ = await self._answers.load(job.payload["post"])
        try:
            await self._answers.show(post)
        except SlackError as error:
            log.info("the reply to post %s could not be changed: %s", post.ts, error)

    async def _whisper(self, spot: Spot, words: str) -> None:
        try:
            await self._messenger.post_ephemeral(spot.channel, spot.thread_ts, spot.user, Message.of(words))
        except SlackError as error:
            log.info("%s could not be told: %s", spot.user, error)


def _image(told: Mapping[str, Any]) -> PostImage:
    return PostImage(**{**told, "source": ImageSource(told["source"])})


def _of_row(row: IntakeRow) -> PostImage:
    return PostImage(
        key=row.image_key,
        file_id=row.file_id,
        name=row.name,
        source=ImageSource(row.source),
        url=row.url,
        mimetype="",
        size=None,
        alt=row.alt,
        usable_in_blocks=row.showable,
    )
