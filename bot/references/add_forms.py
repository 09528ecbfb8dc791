"""The forms and buttons that add images: sent, acknowledged, and run as jobs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Denied
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState, IntakeRow
from bot.errors import BotError
from bot.images import WHAT_WORKS
from bot.intake.catch import ANOTHER, Destination, pass_on
from bot.intake.reply import Answers
from bot.jobs import Handler, Job, Queue
from bot.jobs.runner import Actions
from bot.mascots.outcomes import passed_on
from bot.mascots.search import MascotSearch, Option
from bot.mascots.service import Mascots
from bot.masko import MAX_REFERENCES
from bot.references.add import HERE, IN_DIRECT_MESSAGES, IN_THE_THREAD, Additions, no_pictures
from bot.references.remove import post_in
from bot.references.view import FILES, LINKS, MOST_CHOICES
from bot.slack.blocks import Message
from bot.slack.events import Post
from bot.slack.post_images import ImageSource, PostImage, from_form, from_link, name_of_file
from bot.slack.request import Request
from bot.text import listed, short_name

log = logging.getLogger(__name__)

ASKED, LOOK = "adding.asked", "adding.look"
OFFER_LASTS = timedelta(days=1)


@dataclass
class AddForms:
    """Runs what people send by the forms and buttons that add images."""

    store: Store
    queue: Queue
    actions: Actions
    additions: Additions
    answers: Answers
    mascots: Mascots
    library: MascotSearch

    def __post_init__(self) -> None:
        self.actions.add(ASKED, self._take_in)
        self.actions.add(ANOTHER, self._start_another, failed="No other mascot was started.")
        self.queue.handle(LOOK, Handler(self._look, bulk=True))

    async def add(self, request: Request, mascot_id: str, images: Sequence[PostImage]) -> None:
        """Put a job that adds images to a mascot, below its card."""
        about = _about(request, map(asdict, images), Destination(mascot_id=mascot_id, asked=True))
        await self.actions.submit(ASKED, request, **about)

    async def start_another(self, request: Request, post_id: int) -> bool:
        """Put a job that starts another mascot from images that were left out; False where none is."""
        async with self.store.write() as session:
            post = await post_in(session, post_id, request.team, request.channel)
            return post is not None and await pass_on(session, self.queue, post, request.user)

    async def _start_another(self, job: Job, request: Request) -> None:
        """Announce the images that are left out as a post of their own; until then they stay so."""
        post, _, _ = await self.answers.load(job.payload["post"])
        images = [each for each in await self.answers.images(post) if each.state is ImageState.LEFT_OUT]
        destination = Destination(new=True, name=post.wants_name, asked=True)
        try:
            if images:
                elsewhere = replace(request, thread_ts=None)
                await self.additions.take_in(job, elsewhere, [*map(_of_row, images)], destination)
            async with self.store.write() as session:
                for each in images:
                    told = passed_on(each.name)
                    await posts.change_image(session, each.id, state=ImageState.PASSED_ON, detail=told)
        finally:
            await self.answers.show(post)

    async def offer(self, message: Post, response_url: str) -> tuple[int, tuple[str, ...], Option | None]:
        """Store the images of a message for the form of the shortcut; `message.user` is who used it.

        Returns the id for `take`, the images' names, and their default mascot (None: a new one).
        """
        images = message.images[:MOST_CHOICES]
        team, channel, thread_ts = message.team, message.channel, message.root_ts
        row: dict[str, Any] = {"team": team, "channel": channel, "thread_ts": thread_ts, "user": message.user}
        row |= {"images": [asdict(image) for image in images], "response_url": response_url}

        async def write(session: AsyncSession) -> tuple[int, str | None]:
            offer_id = await mascots.add_offer(session, row, since=datetime.now(UTC) - OFFER_LASTS)
            key = f"look:{team}"
            await self.queue.put(session, LOOK, lock=key, payload={"team": team}, key=key)
            thread = await mascots.known_thread(session, team, channel, thread_ts)
            mascot_id = thread.mascot_id if thread else None
            return offer_id, mascot_id or await mascots.channel_mascot(session, team, channel)

        offer_id, mascot_id = await self.store.write_at_once(write)
        names = await self.library.choices(Actor(team, message.user)) if mascot_id else {}
        into = Option(names[mascot_id], mascot_id) if mascot_id in names else None
        return offer_id, tuple(image.name for image in images), into

    async def take(
        self, offer_id: int, actor: Actor, picked: Sequence[int], destination: Destination
    ) -> bool:
        """Put a job that adds images of a message; `picked` counts them from 0.

        Returns False for a form sent before or older than a day.  Raises Denied for an unknown image.
        """
        async with self.store.write() as session:
            offer = await mascots.take_offer(session, offer_id, actor.team, actor.user)
            if offer is None:
                return False
            if not picked or any(at >= len(offer.images) for at in picked):
                raise Denied("That message has no such image, so nothing was added.")
            images = [image for at, image in enumerate(offer.images) if at in picked]
            request = Request(offer.team, offer.channel, actor.user, offer.thread_ts, offer.response_url)
            about = _about(request, images, destination)
            await self.actions.put(session, ASKED, _in_private(request), **about)
            return True

    def chosen(
        self, files: Sequence[Mapping[str, Any]], links: str
    ) -> tuple[tuple[PostImage, ...], dict[str, str]]:
        """Return the images of a form, and what is wrong with it: field → words."""
        uploaded = [(file, from_form(file)) for file in files]
        addresses = list(dict.fromkeys(part for part in re.split(r"[\s,<>]+", links) if part))
        images = (*(image for _, image in uploaded if image), *map(from_link, addresses))
        errors = {}
        if wrong := [name_of_file(file, fallback="file") for file, image in uploaded if image is None]:
            errors[FILES] = f"{listed(map(short_name, wrong))}: not an image that I can use. {WHAT_WORKS}"
        elif not images:
            errors[FILES] = "Choose a file, or enter the address of an image below."
        elif (count := len(images)) > MAX_REFERENCES:
            errors[FILES] = f"That's {count} images; a mascot has up to {MAX_REFERENCES} references."
        if unfit := self.additions.unfit(addresses):
            errors[LINKS] = no_pictures(unfit)
        return images, errors

    async def make(
        self, actor: Actor, channel: str | None, images: Sequence[PostImage], name: str | None
    ) -> None:
        """Put a job that makes a new mascot in a channel; None: in direct messages."""
        request = Request(actor.team, channel or "", actor.user)
        about = _about(request, map(asdict, images), Destination(new=True, name=name, asked=True))
        await self.actions.submit(ASKED, _in_private(request), **about)

    async def _look(self, job: Job) -> None:
        try:
            await self.library.sync(job.payload["team"])
        except BotError as error:
            log.info("what is known of mascots has to do: %s", error)

    async def _take_in(self, job: Job, request: Request) -> Message | None:
        destination = Destination(**job.payload["destination"])
        request = replace(request, channel=job.payload["channel"], thread_ts=job.payload["thread_ts"])
        place = await self.additions.visible_place(request)
        into = await self.mascots.known(destination.mascot_id) if destination.mascot_id else None
        if destination.mascot_id and (into is None or into.gone_at is not None):
            return Message.of(NOT_KNOWN)
        answer = await self.additions.take_in(job, place, _images(job), destination, into)
        if request.channel and place.channel != request.channel:
            return IN_DIRECT_MESSAGES
        is_seen = answer == HERE or (answer == IN_THE_THREAD and request.response_url is None)
        return None if is_seen else answer


def _about(place: Request, images: Iterable[object], destination: Destination) -> dict[str, Any]:
    """Return the lock and the payload of a job that takes images in at a place."""
    return {
        "lock": f"asked:{place.team}:{place.user}",
        "channel": place.channel,
        "thread_ts": place.thread_ts,
        "images": list(images),
        "destination": asdict(destination),
    }


def _in_private(request: Request) -> Request:
    """Return a request that is answered by its response_url, else in direct messages."""
    return replace(request, channel="", thread_ts=None)


def _images(job: Job) -> list[PostImage]:
    return [PostImage(**{**each, "source": ImageSource(each["source"])}) for each in job.payload["images"]]


def _of_row(row: IntakeRow) -> PostImage:
    source = ImageSource(row.source)
    return PostImage(row.image_key, row.name, source, row.file_id, row.url, row.alt, row.showable)
