"""Pictures that somebody asked for rather than posted: the bot announces them, and takes them in below that.

The announcement is the post that the images belong to, so everything that holds for a person's post holds
here too: the card in its thread, replies with more images, Retry.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots
from bot.db.tables import MascotRow
from bot.errors import BotError
from bot.intake.catch import Intake, Wish
from bot.intake.view import announcement, working
from bot.jobs import Job
from bot.jobs.runner import say_once
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.events import Post
from bot.slack.links import is_picture, is_public, name_of
from bot.slack.messenger import Messenger
from bot.slack.place import Place
from bot.slack.post_images import ImageSource, PostImage, from_file_info, from_link
from bot.slack.users import Members
from bot.text import listed

log = logging.getLogger(__name__)

MOST_LINKS = 6

HERE = Message.of("It goes on in the thread of my message here.")
IN_THREAD = Message.of("It goes on in the thread of that message.")
NOT_IN_THREAD = Message.of(
    "I am not in the channel of that message, or the message is gone, so it goes on in our direct messages."
)
IN_DIRECT_MESSAGES = Message.of(
    "I am not in this channel, so it goes on in our direct messages. /invite me to have it here."
)


class NotAPicture(BotError):
    """A link that Masko could not, or must not, be sent to."""

    def __init__(self, links: Sequence[str]) -> None:
        super().__init__(f"{len(links)} links are no public pictures")
        self.links = tuple(links)

    @property
    def words(self) -> str:
        return (
            f"{listed(map(name_of, self.links))}: not the public address of a picture. "
            "A link that works begins with https:// and ends with .png, .jpg, .webp or .gif."
        )


class NotTheirs(BotError):
    """A file that somebody put into a form and that is not theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is somebody else's, or no image")
        self.name = name

    @property
    def words(self) -> str:
        return f"{self.name}: only images that you uploaded yourself can be added. Upload it in the form."


class Requests:
    """Takes in pictures that are asked for.

    Args:
        store: where threads are.
        messenger: posts in Slack.
        members: opens direct messages.
        intake: takes them in.
        permissions: says who may add images, and share a mascot.
        own_origin: links to it are followed although its host may not be public: the Web API's address.
    """

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        members: Members,
        intake: Intake,
        permissions: Permissions,
        own_origin: str,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._members = members
        self._intake = intake
        self._permissions = permissions
        self._own_origin = own_origin

    async def from_links(
        self,
        job: Job,
        place: Place,
        links: Sequence[str],
        *,
        name: str | None = None,
        into: MascotRow | None = None,
    ) -> Message:
        """Pictures on the web, for a new mascot or as references of one.

        Args:
            job: that asks; run again, it announces nothing twice.
            place: where they were asked for.
            links: their addresses.
            name: of the new mascot.
            into: the mascot that they are added to.

        Raises:
            NotAPicture: some link is none that may be followed.
            SlackError: nothing could be announced.
        """
        if unfit := self.unfit(links):
            raise NotAPicture(unfit)
        wish = Wish(new=into is None, mascot_id=into.id if into else None, name=name, asked=True)
        images = [from_link(link) for link in links[:MOST_LINKS]]
        return await self.take_in(job, place, images, wish, into)

    def unfit(self, links: Sequence[str]) -> list[str]:
        """Those links that are not the public address of a picture."""
        return [link for link in links if not (is_public(link, self._own_origin) and is_picture(link))]

    async def take_in_below(
        self,
        job: Job,
        place: Place,
        thread_ts: str,
        images: Sequence[PostImage],
        wish: Wish,
        into: MascotRow,
    ) -> None:
        """Say in a mascot's thread who wants to add images, and put what becomes of them in its place.

        Raises:
            SlackError: nothing could be said.
            Denied, CannotTell: the person may not add images, as far as is known, or it is not its thread.
        """
        async with self._store.read() as session:
            thread = await mascots.known_thread(session, place.team, place.channel, thread_ts)
        if thread is None or thread.mascot_id != into.id:
            raise Denied(NOT_KNOWN)
        await self._require(place, into)
        images = await self._checked(place, images)
        said = announcement(place.user, tuple(image.name for image in images), into.name or "the mascot")
        ts = await say_once(self._messenger, job, place.channel, thread_ts, said)
        await self._intake.catch(_post(place, place.channel, ts, thread_ts, images), wish, reply_ts=ts)

    async def directly(self, place: Place) -> Place:
        """The same in somebody's direct messages with the bot.

        Raises:
            SlackError: they could not be opened.
        """
        channel = await self._members.conversation_with(place.user)
        self._permissions.witness(place.user, channel)
        return Place(place.team, channel, place.user)

    async def sees(self, place: Place) -> bool:
        """Whether somebody sees the conversation that they named.

        Raises:
            CannotTell: Slack could not be asked.
        """
        actor = Actor(place.team, place.user)
        return await self._permissions.refusal(actor, Act.SEE, channel=place.channel) is None

    async def _require(self, place: Place, into: MascotRow | None) -> None:
        """Raise unless a person may add images to a mascot, or make a new one in a conversation."""
        about = {"mascot": into.id} if into else {"channel": place.channel}
        await self._permissions.require(Actor(place.team, place.user), Act.ADD, **about)

    async def _checked(self, place: Place, images: Sequence[PostImage]) -> list[PostImage]:
        """Images as Slack itself tells of them, where a form named files: only those of whoever sent it.

        Raises:
            NotTheirs: a file is somebody else's, or no image.
        """
        return [await self._uploaded(place, image) for image in images]

    async def _uploaded(self, place: Place, image: PostImage) -> PostImage:
        if image.source is not ImageSource.UPLOAD:
            return image
        try:
            file = await self._messenger.file_info(image.key)
        except SlackError as error:
            if error.worth_retrying:
                raise
            raise NotTheirs(image.name) from error
        found = from_file_info(file) if file.get("user") == place.user else None
        if found is None:
            raise NotTheirs(image.name)
        return found

    async def take_in(
        self, job: Job, place: Place, images: Sequence[PostImage], wish: Wish, into: MascotRow | None = None
    ) -> Message:
        """Announce images where they were asked for, and take them in below that.

        In a thread, what is announced is the placeholder that becomes the answer.

        Returns:
            Where it goes on.

        Raises:
            SlackError: nothing could be announced.
            Denied, CannotTell: the person may not add images, as far as is known.
        """
        await self._require(place, into)
        images = await self._checked(place, images)
        names = tuple(image.name for image in images)
        if place.thread_ts is not None:
            placeholder = working(names, (into.name or "the mascot") if into else None)
            ts = await self._in_thread(job, place.channel, place.thread_ts, placeholder)
            if ts is not None:
                post = _post(place, place.channel, ts, place.thread_ts, images)
                await self._intake.catch(post, wish, reply_ts=ts)
                return IN_THREAD
        said = announcement(place.user, names, into.name if into else None, wish.name)
        channel, ts = await self._announce(job, place, said)
        await self._intake.catch(_post(place, channel, ts, None, images), wish)
        if place.thread_ts is not None:
            return NOT_IN_THREAD
        return HERE if channel == place.channel else IN_DIRECT_MESSAGES

    async def _announce(self, job: Job, place: Place, said: Message) -> tuple[str, str]:
        """In the channel, or in the conversation with whoever asked where the bot is not in the channel."""
        if place.thread_ts is None:
            try:
                return await self._said(job, place.channel, said)
            except SlackError as error:
                if not error.place_is_gone:
                    raise
        return await self._said(job, await self._members.conversation_with(place.user), said)

    async def _in_thread(self, job: Job, channel: str, thread_ts: str, said: Message) -> str | None:
        """Say it in a thread; None where the bot cannot: it is not there, or the thread is not."""
        request = f"job:{job.id}"
        try:
            if job.begun_before:
                found = await self._messenger.find_reply(channel, thread_ts, answers=request, since=thread_ts)
                if found is not None:
                    return found
            return (await self._messenger.reply(channel, thread_ts, said, answers=request)).ts
        except SlackError as error:
            if not error.place_is_gone:
                raise
            return None

    async def _said(self, job: Job, channel: str, said: Message) -> tuple[str, str]:
        request = f"job:{job.id}"
        if job.begun_before and (found := await self._messenger.find_post(channel, request)):
            return channel, found
        return await self._messenger.post(channel, said, request=request)


def _post(place: Place, channel: str, ts: str, thread_ts: str | None, images: Sequence[PostImage]) -> Post:
    return Post(
        team=place.team,
        channel=channel,
        channel_type="im" if channel.startswith("D") else "",
        ts=ts,
        thread_ts=thread_ts,
        user=place.user,
        user_team=None,
        text="",
        images=tuple(images),
        other_files=(),
        mentions_bot=False,
        from_outside=False,
        among_strangers=False,
    )
