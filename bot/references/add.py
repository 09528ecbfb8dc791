"""Add images by a form, a button, a shortcut or a command; the bot's announcement is their post."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db.tables import MascotRow, ReferenceRow
from bot.errors import Refusal
from bot.intake.catch import Destination, Intake
from bot.intake.reply import Answers
from bot.intake.view import announcement, working
from bot.jobs import Job, Queue
from bot.jobs.runner import Actions, refresh_cards, say_once, say_outcome
from bot.mascots.create import ExactlyOnce
from bot.mascots.outcomes import moved
from bot.mascots.service import Mascots
from bot.masko import MAX_REFERENCES, MaskoClient, MaskoNotFound
from bot.references.remove import remember_references
from bot.slack.blocks import Message, Offer, Person, offer_button
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

HERE = Message.of("I'll continue in the thread of my message here.")
IN_THE_THREAD = Message.of("I'll continue in the thread of that message.")
IN_DIRECT_MESSAGES = Message.of(
    "I can't post there: I'm not in the channel, or the message is gone. "
    "I'll continue in our direct messages; /invite me to have it in the channel."
)


def no_pictures(links: Sequence[str]) -> str:
    """Return the sentence about links that Masko could not, or must not, fetch."""
    return (
        f"{listed(map(name_of, links))}: not the public address of an image. "
        "A link that works begins with https:// and ends with .png, .jpg, .webp or .gif."
    )


@dataclass
class Additions:
    """Announces images and catches the announcement; links to the Web API (`own_origin`) may be private."""

    store: Store
    messenger: Messenger
    members: Members
    intake: Intake
    permissions: Permissions
    own_origin: str

    def unfit(self, links: Sequence[str]) -> list[str]:
        """Return those links that are not the public address of an image."""
        return [link for link in links if not (is_public(link, self.own_origin) and is_picture(link))]

    async def from_links(
        self,
        job: Job,
        request: Request,
        links: Sequence[str],
        *,
        name: str | None = None,
        into: MascotRow | None = None,
    ) -> Message:
        """Add linked pictures to a mascot, or make one called `name`; as `take_in`."""
        if unfit := self.unfit(links):
            raise Refusal(no_pictures(unfit))
        destination = Destination(
            new=into is None, mascot_id=into.id if into else None, name=name, asked=True
        )
        images = [from_link(link) for link in links[:MAX_REFERENCES]]
        return await self.take_in(job, request, images, destination, into)

    async def take_in(
        self,
        job: Job,
        request: Request,
        images: Sequence[PostImage],
        destination: Destination,
        into: MascotRow | None = None,
    ) -> Message:
        """Announce images where they were asked for, else in direct messages, and catch them there.

        In a thread, the announcement becomes the answer.  Returns where it was posted.  Raises SlackError,
        Denied, CannotTell, Refusal.
        """
        about = {"mascot": into.id} if into else {"channel": request.channel}
        await self.permissions.require(Actor(request.team, request.user), Act.ADD, **about)
        images = [await self._uploaded(request, image) for image in images]
        names, mascot = [image.name for image in images], into.name if into else None
        said = announcement(request.user, names, mascot, destination.name)
        in_thread = request.thread_ts is not None
        placeholder = working(names, (mascot or "the mascot") if into else None)
        try:
            first = placeholder if in_thread else said
            _, ts = await say_once(self.messenger, job, request.channel, request.thread_ts, first)
        except SlackError as error:
            if not error.place_is_gone:
                raise
            direct = await self.members.conversation_with(request.user)
            _, ts = await say_once(self.messenger, job, direct, None, said)
            await self.intake.catch(
                _post(replace(request, channel=direct, thread_ts=None), ts, images), destination
            )
            return IN_DIRECT_MESSAGES
        await self.intake.catch(_post(request, ts, images), destination, reply_ts=ts if in_thread else None)
        return IN_THE_THREAD if in_thread else HERE

    async def visible_place(self, request: Request) -> Request:
        """Move a request to direct messages unless they see its place.  Raises CannotTell, SlackError."""
        actor = Actor(request.team, request.user)
        if (
            request.channel
            and await self.permissions.refusal(actor, Act.SEE, channel=request.channel) is None
        ):
            return request
        channel = await self.members.conversation_with(request.user)
        self.permissions.witness(request.user, channel)
        return replace(request, channel=channel, thread_ts=None)

    async def _uploaded(self, request: Request, image: PostImage) -> PostImage:
        if image.source is not ImageSource.UPLOAD:
            return image
        found = None
        try:
            file = await self.messenger.file_info(image.key)
            if file.get("user") == request.user:
                found = from_file_info(file)
        except SlackError as error:
            if error.worth_retrying:
                raise
        if found is None:
            why = "only images that you uploaded yourself can be added. Upload it in the form."
            raise Refusal(f"{image.name}: {why}")
        return found


def _post(request: Request, ts: str, images: Sequence[PostImage]) -> Post:
    is_direct = request.channel.startswith("D")
    where = request.team, request.channel, ts, request.user, request.thread_ts
    return Post(*where, images=tuple(images), is_direct=is_direct)


log = logging.getLogger(__name__)

MOVE = "reference.move"


@dataclass
class Moves:
    """Moves references from mascot to mascot."""

    store: Store
    queue: Queue
    actions: Actions
    masko: MaskoClient
    once: ExactlyOnce
    mascots: Mascots
    answers: Answers
    permissions: Permissions

    def __post_init__(self) -> None:
        self.actions.add(MOVE, self._move, failed="It wasn't moved.")

    async def move(
        self, request: Request, mascot_id: str, asset: str, to: str, *, message_ts: str | None = None
    ) -> bool:
        """Put a job that moves a reference to another mascot; its outcome replaces a message.

        Return False where the reference was not added by this program, or is gone.
        """
        async with self.store.write() as session:
            row = await mascots.with_asset(session, mascot_id, asset)
            if row is None or row.intake_id is None:
                return False
            key, lock = f"move:{mascot_id}:{asset}:{to}", f"change:{mascot_id}"
            about = {"mascot": mascot_id, "asset": asset, "to": to, "message_ts": message_ts}
            await self.actions.put(session, MOVE, request, lock=lock, key=key, **about)
            return True

    async def _move(self, job: Job, request: Request) -> Message | None:
        here, there, asset = job.payload["mascot"], job.payload["to"], job.payload["asset"]
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.CHANGE, mascot=here)
        await self.permissions.require(actor, Act.ADD, mascot=there)
        async with AsyncExitStack() as stack:
            for mascot_id in sorted({here, there}):  # in one order, against deadlocks
                await stack.enter_async_context(self.mascots.alone_with(mascot_id))
            await self._move_asset(here, there, asset, again=job.begun)
        await self._tell(job, request, here, there, asset)
        return None

    async def _move_asset(self, here: str, there: str, asset: str, *, again: bool) -> None:
        """Add first, then remove: stopped in between, it is in both mascots rather than in none."""
        async with self.store.read() as session:
            row = await mascots.with_asset(session, here, asset)
            target = await mascots.mascot(session, there)
        if row is None or target is None or here == there:
            return  # moved or removed before
        if row.intake_id is not None and not again:
            async with self.store.write() as session:  # `asked_at` is about the mascot that it is in
                await posts.change_image(session, row.intake_id, asked_at=None)
        await self._add(row, target)
        try:
            left = await self.masko.remove_reference(here, asset)
        except MaskoNotFound as error:
            raise await self.mascots.gone(here) from error
        async with self.store.write() as session:
            await remember_references(session, left, without=asset)
            await mascots.move(session, row, there, moved(row.name, target.name or "another mascot"))
            await refresh_cards(session, self.queue, here)
            await refresh_cards(session, self.queue, there)
        step(log, "moved", mascot=there, asset=asset)

    async def _add(self, row: ReferenceRow, target: MascotRow) -> None:
        try:
            now = await self.masko.mascot(target.id)
            ids = now.reference_asset_ids
            if ids is None or row.asset_id not in ids:
                if len(ids or target.reference_ids) >= MAX_REFERENCES:
                    most = f"{MAX_REFERENCES} references already, which is the most that a mascot takes"
                    raise Refusal(f"{target.name or 'That mascot'} has {most}.")
                async with self.store.read() as session:
                    (image,) = await posts.images(session, [row.intake_id or 0])
                now = await self.once.add(target.id, image)
        except MaskoNotFound as error:
            raise await self.mascots.gone(target.id) from error
        async with self.store.write() as session:
            await remember_references(session, now, added=row.asset_id)

    async def _tell(self, job: Job, request: Request, here: str, there: str, asset: str) -> None:
        async with self.store.read() as session:
            told = await mascots.posts_with_assets(session, [asset])
            target = await mascots.mascot(session, there)
            row = await mascots.with_asset(session, there, asset)
        if row is None or target is None:
            return
        for post in told:
            await self.answers.show(post)
        where = f"{target.name or 'another mascot'}, in Masko too"
        line = Message.of(
            (Person(request.user), f" moved {short_name(row.name)} to {where}"),
            buttons=[offer_button(Offer.MOVE_BACK, f"{there} {here} {asset}")],
        )
        await say_outcome(self.actions.messenger, job, request, line)
