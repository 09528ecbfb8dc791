"""Pictures that somebody asked for rather than posted: the bot announces them, and takes them in below that.

The announcement is the post that the images belong to, so everything that holds for a person's post holds
here too: the card in its thread, replies with more images, Retry.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.admission import Admission
from bot.cards import Cards
from bot.channels import settings_of
from bot.errors import BotError
from bot.intake import Intake
from bot.messages import Announcement, Line, Message, Working
from bot.saying import say_once
from bot.slack.links import is_picture, is_public, name_of
from bot.slack.members import Members
from bot.slack.post import Post
from bot.slack.post_images import PostImage, from_link
from bot.slack.workspace import SlackError, Workspace
from bot.store import Store, mascots
from bot.store.tables import MascotRow
from bot.wishes import Wish
from bot.wording import listed
from bot.work import Job

log = logging.getLogger(__name__)

MOST_LINKS = 6

HERE = Line("It goes on in the thread of my message here.")
IN_THREAD = Line("It goes on in the thread of that message.")
NOT_IN_THREAD = Line(
    "I am not in the channel of that message, or the message is gone, so it goes on in our direct messages."
)
IN_DIRECT_MESSAGES = Line(
    "I am not in this channel, so it goes on in our direct messages. /invite me to have it here."
)


@dataclass(frozen=True)
class Place:
    """Where somebody asked, and who.

    Attributes:
        user: whose images they are then.
        thread_ts: the thread that they are wanted in; None: they start one.
    """

    team: str
    channel: str
    user: str
    thread_ts: str | None = None


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


class Requests:
    """Takes in pictures that are asked for.

    Args:
        store: where threads are.
        workspace: the bot's voice in Slack.
        members: opens direct messages.
        intake: takes them in.
        admission: says who may add images.
        cards: what a mascot's card says.
        own_origin: links to it are followed although its host may not be public: the Web API's address.
    """

    def __init__(
        self,
        *,
        store: Store,
        workspace: Workspace,
        members: Members,
        intake: Intake,
        admission: Admission,
        cards: Cards,
        own_origin: str,
    ) -> None:
        self._store = store
        self._cards = cards
        self._workspace = workspace
        self._members = members
        self._intake = intake
        self._admission = admission
        self._own_origin = own_origin

    async def from_links(
        self,
        job: Job,
        place: Place,
        links: Sequence[str],
        *,
        name: str | None = None,
        into: MascotRow | None = None,
    ) -> Line:
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

        Somebody who may not add images there is told so, and nothing else happens.

        Raises:
            SlackError: nothing could be said.
            CannotTell: Slack could not be asked whether the person may add images.
        """
        if (refusal := await self._refusal(place)) is not None:
            await self._workspace.whisper(place.channel, thread_ts, place.user, Line(refusal))
            return
        said = Announcement(place.user, tuple(image.name for image in images), into.name or "the mascot")
        ts = await say_once(self._workspace, job, place.channel, thread_ts, said)
        await self._intake.catch(_post(place, place.channel, ts, thread_ts, images), wish, reply_ts=ts)

    async def _refusal(self, place: Place) -> str | None:
        """Why a person may not add images in a channel; None where they may."""
        async with self._store.read() as session:
            settings = await settings_of(session, place.team, place.channel)
        return await self._admission.refusal(place.user, settings)

    async def take_in(
        self, job: Job, place: Place, images: Sequence[PostImage], wish: Wish, into: MascotRow | None = None
    ) -> Line:
        """Announce images where they were asked for, and take them in below that.

        In a thread, what is announced is the placeholder that becomes the answer.

        Returns:
            Where it goes on; or why not, where the person may not add images there.

        Raises:
            SlackError: nothing could be announced.
            CannotTell: Slack could not be asked whether the person may add images.
        """
        if (refusal := await self._refusal(place)) is not None:
            return Line(refusal)
        names = tuple(image.name for image in images)
        if place.thread_ts is not None:
            working = Working(names, (into.name or "the mascot") if into else None)
            ts = await self._in_thread(job, place.channel, place.thread_ts, working)
            if ts is not None:
                post = _post(place, place.channel, ts, place.thread_ts, images)
                await self._intake.catch(post, wish, reply_ts=ts)
                return IN_THREAD
        said = Announcement(place.user, names, into.name if into else None, wish.name)
        channel, ts = await self._announce(job, place, said)
        await self._intake.catch(_post(place, channel, ts, None, images), wish)
        if place.thread_ts is not None:
            return NOT_IN_THREAD
        return HERE if channel == place.channel else IN_DIRECT_MESSAGES

    async def share(self, job: Job, place: Place, mascot_id: str) -> Line:
        """Put a mascot's card into a channel; replies in its thread are references of that mascot.

        Raises:
            SlackError: the channel is closed to the bot, or Slack was not reached.
        """
        card = await self._cards.of_mascot(mascot_id)
        if card is None:
            return Line("This mascot is not known here any more. It may have been deleted in Masko.")
        nobody_named = replace(card, review=None)  # a new message would call those who have voted
        channel, ts = await self._said(job, place.channel, nobody_named)

        async def bind(session: AsyncSession) -> None:
            thread = await mascots.thread(session, place.team, channel, ts)
            await mascots.change_thread(session, thread.id, mascot_id=mascot_id, card_ts=ts)
            await self._cards.show_all_of(session, mascot_id)

        await self._store.write_at_once(bind)
        return Line("Shared. Replies to it with pictures become references.")

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
                found = await self._workspace.find_reply(channel, thread_ts, answers=request, since=thread_ts)
                if found is not None:
                    return found
            return (await self._workspace.say(channel, thread_ts, said, answers=request)).ts
        except SlackError as error:
            if not error.place_is_gone:
                raise
            return None

    async def _said(self, job: Job, channel: str, said: Message) -> tuple[str, str]:
        request = f"job:{job.id}"
        if job.begun_before and (found := await self._workspace.find_announcement(channel, request)):
            return channel, found
        return await self._workspace.announce(channel, said, request=request)


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
