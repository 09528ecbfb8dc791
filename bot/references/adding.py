"""Images that somebody picks in a form: of a message, by its shortcut; or new ones, from files and links.

What a message's form is about is written down when it opens, because the message may be older than the bot,
or where the bot cannot look it up.  What is sent is a job, so it is acknowledged when it is written down.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor, Denied
from bot.db import Store, mascots, offers
from bot.errors import BotError
from bot.images import WHAT_WORKS
from bot.intake.catch import Wish
from bot.jobs import Handler, Job, Queue, retry_later
from bot.mascots.search import NAMELESS, MascotSearch, Option
from bot.mascots.service import Mascots
from bot.masko import MAX_REFERENCES
from bot.references.requests import HERE, IN_DIRECT_MESSAGES, NotAPicture, Requests
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.events import Post
from bot.slack.messenger import Messenger
from bot.slack.place import Place
from bot.slack.post_images import ImageSource, PostImage, from_form, from_link, name_of_file
from bot.slack.users import Members
from bot.text import listed, short_name

log = logging.getLogger(__name__)

ASKED = "adding.asked"
LOOK = "adding.look"
OFFER_LASTS = timedelta(days=1)
MOST_IMAGES = 30  # of a message that are offered; Slack takes ten files a message, links come on top
GONE = Message.of(NOT_KNOWN)
NOT_OFFERED = "That message has no such image, so nothing was added."


@dataclass(frozen=True)
class Offered:
    """What a form about a message may show.

    Attributes:
        id: by which `Adding.take` finds the images again.
        names: of the images.
        into: the mascot that they would go to by themselves; None: a new one.
    """

    id: int
    names: tuple[str, ...]
    into: Option | None


@dataclass(frozen=True)
class Chosen:
    """Files and links that somebody put into a form, as images; and what is wrong with them, for people.

    Attributes:
        files, links: what to say beside the field; None where all is well.
    """

    images: tuple[PostImage, ...]
    files: str | None = None
    links: str | None = None


class Adding:
    """Takes in what people pick.

    Args:
        store: where offers are written down.
        queue: runs what was sent.
        messenger: posts in Slack.
        members: opens direct messages.
        mascots: knows them.
        library: is brought up to date while a form is open.
        requests: takes pictures in.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        members: Members,
        mascots: Mascots,
        library: MascotSearch,
        requests: Requests,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._members = members
        self._mascots = mascots
        self._library = library
        self._requests = requests

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {ASKED: Handler(self._take_in, gave_up=self._gave_up), LOOK: Handler(self._look, bulk=True)}

    # -- forms --------------------------------------------------------------------------------

    async def offer(self, message: Post, response_url: str) -> Offered:
        """Write down the images of a message, for a form that asks what is to become of them.

        Args:
            message: with its images; its user is who asked.
            response_url: of the shortcut; good for five answers in thirty minutes.
        """
        images = message.images[:MOST_IMAGES]
        row = {
            "team": message.team,
            "channel": message.channel,
            "thread_ts": message.root_ts,
            "user": message.user,
            "images": [asdict(image) for image in images],
            "response_url": response_url,
        }

        async def write(session: AsyncSession) -> tuple[int, str | None]:
            since = datetime.now(UTC) - OFFER_LASTS
            offer_id = await offers.add(session, row, since=since)
            await self._put_look(session, message.team)
            where = (message.team, message.channel, message.root_ts)
            thread = await mascots.known_thread(session, *where)
            mascot_id = thread.mascot_id if thread else None
            return offer_id, mascot_id or await mascots.channel_mascot(session, *where[:2])

        offer_id, mascot_id = await self._store.write_at_once(write, urgent=True)
        into = await self._option(Actor(message.team, message.user), mascot_id)
        return Offered(offer_id, tuple(image.name for image in images), into)

    async def take(self, offer_id: int, actor: Actor, picked: Sequence[int], wish: Wish) -> bool:
        """Write down what somebody wants done with the images of a message.

        Args:
            offer_id: of the form.
            actor: who sent it.
            picked: the images, counted from 0.
            wish: what is to be done with them.

        Returns:
            False where the form was sent before, or is older than a day.

        Raises:
            Denied: an image is not among those of the message.
        """

        async def write(session: AsyncSession) -> bool:
            offer = await offers.take(session, offer_id, actor.team, actor.user)
            if offer is None:
                return False
            if any(at >= len(offer.images) for at in picked):
                raise Denied(NOT_OFFERED)
            images = [image for at, image in enumerate(offer.images) if at in picked]
            place = Place(offer.team, offer.channel, actor.user, offer.thread_ts)
            await self._put(session, place, images, wish, offer.response_url)
            return True

        return await self._store.write_at_once(write, urgent=True)

    def chosen(self, files: Sequence[Mapping[str, Any]], links: str) -> Chosen:
        """What somebody put into the form for a new mascot.

        Args:
            files: as Slack describes them.
            links: as typed.
        """
        uploaded = [(file, from_form(file)) for file in files]
        addresses = list(dict.fromkeys(part for part in re.split(r"[\s,<>]+", links) if part))
        images = (*(image for _, image in uploaded if image), *map(from_link, addresses))
        wrong_files = [name_of_file(file, fallback="file") for file, image in uploaded if image is None]
        return Chosen(
            images, files=_wrong_files(wrong_files, len(images)), links=self._wrong_links(addresses)
        )

    async def make(
        self, actor: Actor, channel: str | None, images: Sequence[PostImage], name: str | None
    ) -> None:
        """Write down that somebody wants a new mascot.

        Args:
            actor: who.
            channel: where it is to be; None: in direct messages.
            images: of it.
            name: that it is given; None: Masko detects one.
        """
        wish = Wish(new=True, name=name, asked=True)
        rows = [asdict(image) for image in images]
        place = Place(actor.team, channel or "", actor.user)
        await self._store.write_at_once(lambda session: self._put(session, place, rows, wish), urgent=True)

    def _wrong_links(self, links: Sequence[str]) -> str | None:
        unfit = self._requests.unfit(links)
        return NotAPicture(unfit).words if unfit else None

    async def _option(self, actor: Actor, mascot_id: str | None) -> Option | None:
        """A mascot to choose; None where there is none that they see."""
        if mascot_id is None or mascot_id not in await self._library.names(actor):
            return None
        row = await self._mascots.known(mascot_id)
        return Option(row.name or NAMELESS, row.id) if row is not None and row.gone_at is None else None

    async def _put(
        self,
        session: AsyncSession,
        place: Place,
        images: Sequence[Mapping[str, Any]],
        wish: Wish,
        response_url: str | None = None,
    ) -> None:
        payload = {
            "place": asdict(place),
            "images": list(images),
            "wish": asdict(wish),
            "response_url": response_url,
        }
        await self._queue.put(session, ASKED, lock=f"asked:{place.team}:{place.user}", payload=payload)

    async def _put_look(self, session: AsyncSession, team: str) -> None:
        key = f"look:{team}"
        await self._queue.put(session, LOOK, lock=key, payload={"team": team}, key=key)

    # -- the work -----------------------------------------------------------------------------

    async def _look(self, job: Job) -> None:
        try:
            await self._library.sync(job.payload["team"])
        except BotError as error:
            log.info("what is known of mascots has to do: %s", error)

    async def _take_in(self, job: Job) -> None:
        try:
            answer = await self._answer_to(job)
        except BotError as error:
            retry_later(job, error)
            answer = Message.of(error.words)
        if answer != HERE:  # there, everybody sees it
            await self._tell(job, answer)

    async def _answer_to(self, job: Job) -> Message:
        place, wish = Place(**job.payload["place"]), Wish(**job.payload["wish"])
        hidden = bool(place.channel) and not await self._requests.sees(place)
        if hidden or not place.channel:
            place = await self._requests.directly(place)
        into = await self._mascots.known(wish.mascot_id) if wish.mascot_id else None
        if wish.mascot_id and (into is None or into.gone_at is not None):
            return GONE
        images = [_image(image) for image in job.payload["images"]]
        answer = await self._requests.take_in(job, place, images, wish, into)
        return IN_DIRECT_MESSAGES if hidden else answer

    async def _tell(self, job: Job, answer: Message) -> None:
        """By the response_url where there is one and it is good; else in direct messages."""
        response_url, user = job.payload["response_url"], job.payload["place"]["user"]
        try:
            if response_url and await self._responded(response_url, answer):
                return
            direct = await self._members.conversation_with(user)
            request = f"answer:{job.id}"
            if not (job.begun_before and await self._messenger.find_post(direct, request)):
                await self._messenger.post(direct, answer, request=request)
        except SlackError as error:
            log.warning("%s could not be answered: %s", user, error)

    async def _responded(self, response_url: str, answer: Message) -> bool:
        try:
            await self._messenger.respond(response_url, answer)
        except SlackError as error:
            log.info("answered in direct messages: %s", error)
            return False
        return True

    async def _gave_up(self, job: Job) -> None:
        await self._tell(job, Message.of("Something went wrong on our side; it was noted in the log."))


def _image(row: Mapping[str, Any]) -> PostImage:
    return PostImage(**{**row, "source": ImageSource(row["source"])})


def _wrong_files(wrong: Sequence[str], images: int) -> str | None:
    if wrong:
        return f"{listed(map(short_name, wrong))}: not an image that I can use. {WHAT_WORKS}"
    if images == 0:
        return "Choose a picture here, or give a link to one below."
    if images > MAX_REFERENCES:
        return f"These are {images} pictures; a mascot has up to {MAX_REFERENCES} references."
    return None
