"""Add images by a form, a button, a shortcut or a command; the bot's announcement is their post."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store, mascots, posts
from bot.db import mascots as held
from bot.db.tables import MascotRow, ReferenceRow
from bot.errors import BotError
from bot.intake.catch import Intake, Wish
from bot.intake.reply import Answers
from bot.intake.view import announcement, working
from bot.jobs import Job, Queue
from bot.jobs.runner import Actions, announce_once, refresh_cards, say_once
from bot.mascots.create import ExactlyOnce
from bot.mascots.outcomes import moved
from bot.mascots.service import MascotGone, Mascots
from bot.masko import MAX_REFERENCES, MaskoClient, MaskoNotFound
from bot.references.remove import remember_references
from bot.slack.blocks import Message, references
from bot.slack.errors import SlackError
from bot.slack.events import Post
from bot.slack.messenger import Messenger
from bot.slack.post_images import (
    ImageSource,
    PostImage,
    from_file_info,
    from_link,
    is_picture,
    is_public,
    name_of,
)
from bot.slack.request import Request
from bot.slack.users import Members
from bot.telemetry.logging import step
from bot.text import listed, short_name

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
    """A link that Masko could not, or must not, fetch."""

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
    """A file in a form that somebody else uploaded."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is somebody else's, or no image")
        self.name = name

    @property
    def words(self) -> str:
        return f"{self.name}: only images that you uploaded yourself can be added. Upload it in the form."


class Additions:
    """Announces images and catches the announcement; links to the Web API (`own_origin`) may be private."""

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

    def unfit(self, links: Sequence[str]) -> list[str]:
        """Return those links that are not the public address of a picture."""
        return [link for link in links if not (is_public(link, self._own_origin) and is_picture(link))]

    async def from_links(
        self,
        job: Job,
        request: Request,
        links: Sequence[str],
        *,
        name: str | None = None,
        into: MascotRow | None = None,
    ) -> Message:
        """Add linked pictures to a mascot, or make one called `name`; as `take_in`.  Raises NotAPicture."""
        if unfit := self.unfit(links):
            raise NotAPicture(unfit)
        wish = Wish(new=into is None, mascot_id=into.id if into else None, name=name, asked=True)
        return await self.take_in(job, request, [from_link(link) for link in links[:MOST_LINKS]], wish, into)

    async def take_in(
        self,
        job: Job,
        request: Request,
        images: Sequence[PostImage],
        wish: Wish,
        into: MascotRow | None = None,
    ) -> Message:
        """Announce images where they were asked for, else in direct messages, and catch them there.

        In a thread, the announcement becomes the answer.  Returns where it was posted.  Raises SlackError,
        Denied, CannotTell, and NotTheirs for somebody else's file.
        """
        images = await self._permitted(request, images, into)
        names = [image.name for image in images]
        channel, thread_ts = request.channel, request.thread_ts
        if thread_ts is not None:
            placeholder = working(names, (into.name or "the mascot") if into else None)
            try:
                ts = await say_once(self._messenger, job, channel, thread_ts, placeholder)
            except SlackError as error:
                if not error.place_is_gone:
                    raise
            else:
                await self._intake.catch(_post(request, ts, images), wish, reply_ts=ts)
                return IN_THREAD
        said = announcement(request.user, names, into.name if into else None, wish.name)
        channel, ts = await self._announce(job, request, said)
        await self._intake.catch(_post(replace(request, channel=channel, thread_ts=None), ts, images), wish)
        if thread_ts is not None:
            return NOT_IN_THREAD
        return HERE if channel == request.channel else IN_DIRECT_MESSAGES

    async def _announce(self, job: Job, request: Request, said: Message) -> tuple[str, str]:
        if request.thread_ts is None:
            try:
                return await announce_once(self._messenger, job, request.channel, said)
            except SlackError as error:
                if not error.place_is_gone:
                    raise
        direct = await self._members.conversation_with(request.user)
        return await announce_once(self._messenger, job, direct, said)

    async def take_in_below(
        self, job: Job, request: Request, images: Sequence[PostImage], into: MascotRow
    ) -> None:
        """Announce images in a mascot's thread.  Raises as `take_in`, and Denied in another thread."""
        thread_ts = request.thread_ts or ""
        async with self._store.read() as session:
            thread = await mascots.known_thread(session, request.team, request.channel, thread_ts)
        if thread is None or thread.mascot_id != into.id:
            raise Denied(NOT_KNOWN)
        images = await self._permitted(request, images, into)
        said = announcement(request.user, [image.name for image in images], into.name or "the mascot")
        ts = await say_once(self._messenger, job, request.channel, thread_ts, said)
        wish = Wish(mascot_id=into.id, asked=True)
        await self._intake.catch(_post(request, ts, images), wish, reply_ts=ts)

    async def visible_place(self, request: Request) -> Request:
        """Move a request to direct messages unless they see its place.  Raises CannotTell, SlackError."""
        actor = Actor(request.team, request.user)
        if (
            request.channel
            and await self._permissions.refusal(actor, Act.SEE, channel=request.channel) is None
        ):
            return request
        channel = await self._members.conversation_with(request.user)
        self._permissions.witness(request.user, channel)
        return replace(request, channel=channel, thread_ts=None)

    async def _permitted(
        self, request: Request, images: Sequence[PostImage], into: MascotRow | None
    ) -> list[PostImage]:
        """Return the images; files that a form names as Slack tells of them, and only the person's own."""
        about = {"mascot": into.id} if into else {"channel": request.channel}
        await self._permissions.require(Actor(request.team, request.user), Act.ADD, **about)
        return [await self._uploaded(request, image) for image in images]

    async def _uploaded(self, request: Request, image: PostImage) -> PostImage:
        if image.source is not ImageSource.UPLOAD:
            return image
        try:
            file = await self._messenger.file_info(image.key)
        except SlackError as error:
            if error.worth_retrying:
                raise
            raise NotTheirs(image.name) from error
        found = from_file_info(file) if file.get("user") == request.user else None
        if found is None:
            raise NotTheirs(image.name)
        return found


def _post(request: Request, ts: str, images: Sequence[PostImage]) -> Post:
    return Post(
        team=request.team,
        channel=request.channel,
        channel_type="im" if request.channel.startswith("D") else "",
        ts=ts,
        thread_ts=request.thread_ts,
        user=request.user,
        user_team=None,
        text="",
        images=tuple(images),
        other_files=(),
        mentions_bot=False,
        from_outside=False,
        among_strangers=False,
    )


log = logging.getLogger(__name__)

MOVE = "reference.move"


class NoRoom(BotError):
    """The mascot that a reference was to go to is full."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is full")
        self.name = name

    @property
    def words(self) -> str:
        return f"{self.name} has {MAX_REFERENCES} references already, which is the most that a mascot takes."


class Moves:
    """Moves references from mascot to mascot."""

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        actions: Actions,
        masko: MaskoClient,
        once: ExactlyOnce,
        mascots: Mascots,
        answers: Answers,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._actions = actions
        self._masko = masko
        self._once = once
        self._mascots = mascots
        self._answers = answers
        self._permissions = permissions
        actions.add(MOVE, self._move, failed="It was not moved.")

    async def move(self, request: Request, mascot_id: str, asset: str, to: str) -> bool:
        """Put a job that moves a reference to another mascot; False if not added by this program, or gone."""

        async def put(session: AsyncSession) -> bool:
            row = await held.with_asset(session, mascot_id, asset)
            if row is None or row.intake_id is None:
                return False
            about = {"mascot": mascot_id, "asset": asset, "to": to}
            key = f"move:{mascot_id}:{asset}:{to}"
            await self._actions.put(session, MOVE, request, lock=f"change:{mascot_id}", key=key, **about)
            return True

        return await self._store.write_at_once(put, urgent=True)

    async def _move(self, job: Job, request: Request) -> Message | None:
        here, there, asset = job.payload["mascot"], job.payload["to"], job.payload["asset"]
        actor = Actor(request.team, request.user)
        try:
            await self._permissions.require(actor, Act.CHANGE, mascot=here)
            await self._permissions.require(actor, Act.ADD, mascot=there)
            async with AsyncExitStack() as stack:
                for mascot_id in sorted({here, there}):  # in one order, against deadlocks
                    await stack.enter_async_context(self._mascots.alone_with(mascot_id))
                await self._move_asset(here, there, asset, again=job.begun_before)
        except MascotGone as gone:
            return Message.of(f"Nothing was moved. {gone.words_alone}")
        await self._tell(job, request, here, there, asset)
        return None

    async def _move_asset(self, here: str, there: str, asset: str, *, again: bool) -> None:
        """Add first, then remove: stopped in between, it is in both mascots rather than in none."""
        async with self._store.read() as session:
            row = await held.with_asset(session, here, asset)
            target = await mascots.mascot(session, there)
        if row is None or target is None or here == there:
            return  # moved or removed before
        if row.intake_id is not None and not again:
            async with self._store.write() as session:  # `asked_at` is about the mascot that it is in
                await posts.change_image(session, row.intake_id, asked_at=None)
        await self._add(row, target)
        try:
            left = await self._masko.remove_reference(here, asset)
        except MaskoNotFound as error:
            raise await self._mascots.gone(here) from error
        async with self._store.write() as session:
            await remember_references(session, left, without=asset)
            await held.move(session, row, there, moved(row.name, target.name or "another mascot"))
            for mascot_id in (here, there):
                await refresh_cards(session, self._queue, mascot_id)
        step(log, "moved", mascot=there, asset=asset)

    async def _add(self, row: ReferenceRow, target: MascotRow) -> None:
        try:
            now = await self._masko.mascot(target.id)
            ids = now.reference_asset_ids
            if ids is None or row.asset_id not in ids:
                if len(ids or target.reference_ids) >= MAX_REFERENCES:
                    raise NoRoom(target.name or "That mascot")
                async with self._store.read() as session:
                    (image,) = await posts.images(session, [row.intake_id or 0])
                now = await self._once.add(target.id, image)
        except MaskoNotFound as error:
            raise await self._mascots.gone(target.id) from error
        async with self._store.write() as session:
            await remember_references(session, now, added=row.asset_id)

    async def _tell(self, job: Job, request: Request, here: str, there: str, asset: str) -> None:
        async with self._store.read() as session:
            told = await held.posts_with_assets(session, [asset])
            source, target = await mascots.mascot(session, here), await mascots.mascot(session, there)
            row = await held.with_asset(session, there, asset)
        if row is None or source is None or target is None:
            return
        for post in told:
            await self._answers.show(post)
        words = f"{short_name(row.name)} was moved to {target.name or 'another mascot'}, also in Masko"
        line = Message.of(f"{words} · {references(len(source.reference_ids))} here")
        await self._actions.say(job, request, line)
