"""Remove references, in Masko too; each removal is a job and safe to repeat."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.db import Store, mascots, posts
from bot.db.tables import ImageState, IntakeRow, MascotRow, PostRow, ReferenceRow
from bot.errors import BotError, Refusal
from bot.intake.catch import OFFER_REMOVAL, offer_removal, retry_left_out
from bot.intake.reply import Answers
from bot.jobs import Handler, Job, Queue, retry_later
from bot.jobs.runner import (
    Actions,
    carry_post,
    refresh_cards,
    replace_message,
    retire_card,
    say_once,
    say_outcome,
)
from bot.mascots.outcomes import removed
from bot.mascots.service import Mascots, remember
from bot.masko import MAX_REFERENCES, Mascot, MaskoClient, MaskoNotFound
from bot.review.record import load
from bot.slack.blocks import Message, Offer, Person, Picture, offer_button, references
from bot.slack.events import Deletion
from bot.slack.messenger import Messenger
from bot.slack.request import Request
from bot.telemetry.logging import step
from bot.text import listed, short_name

log = logging.getLogger(__name__)

REMOVE = "reference.remove"
UNLINK = "thread.unlink"

LeftOut = tuple[str | None, list[tuple[int, str]]]


@dataclass
class Removals:
    """Removes references."""

    store: Store
    queue: Queue
    actions: Actions
    masko: MaskoClient
    messenger: Messenger
    mascots: Mascots
    answers: Answers
    permissions: Permissions

    def __post_init__(self) -> None:
        self.actions.add(REMOVE, self._remove, failed="It wasn't removed.")
        self.actions.add(UNLINK, self._unlink, failed="This thread wasn't unlinked.")

    async def choices(self, mascot_id: str, team: str) -> list[tuple[str, Picture]]:
        """Return each reference of a team's mascot as Masko's id of it and its picture, in Masko's order."""
        async with self.store.read() as session:
            record = await load(session, mascot_id)
        parts = record.edition.parts if record and record.known_to(team) else ()
        return [(part.asset_id, part.picture) for part in parts]

    async def left_out(self, post_id: int, team: str, channel: str) -> LeftOut:
        """Return the mascot that had no room for images of a post, and those images as (id, name)."""
        async with self.store.read() as session:
            return await _left_out(session, post_id, team, channel)

    async def remove(self, request: Request, mascot_id: str, asset: str) -> bool:
        """Put a job that removes a reference."""
        return await self.store.write_at_once(lambda session: self._put(session, request, mascot_id, [asset]))

    async def replace(
        self, request: Request, mascot_id: str, asset: str, post_id: int, image_id: int
    ) -> bool:
        """Put a job that removes a reference to make room for an image of a post that was left out."""
        async with self.store.write() as session:
            wants, images = await _left_out(session, post_id, request.team, request.channel)
            if wants != mascot_id or image_id not in dict(images):
                return False
            how = {"room_for": [post_id, image_id], "instead": dict(images)[image_id]}
            return await self._put(session, request, mascot_id, [asset], **how)

    async def added_by(self, request: Request, post_id: int) -> list[ReferenceRow]:
        """Return what a post in the request's channel added and is there still."""
        async with self.store.read() as session:
            here = await post_in(session, post_id, request.team, request.channel)
            return await mascots.of_post(session, post_id) if here else []

    async def these(self, reference_ids: Collection[int]) -> list[ReferenceRow]:
        """Return those of these references that still exist."""
        async with self.store.read() as session:
            return await mascots.these(session, reference_ids)

    async def remove_all(self, actor: Actor, mascot_id: str, reference_ids: Collection[int]) -> bool:
        """Put a job that removes those of these references that the mascot has; the thread that added the
        first hears of it."""
        async with self.store.write() as session:
            found = await mascots.these(session, reference_ids)
            rows = [row for row in found if row.mascot_id == mascot_id]
            images = await posts.images(session, [row.intake_id or 0 for row in rows[:1]])
            post = await posts.get(session, images[0].post_id) if images else None
            if post is None:
                return False
            request = Request(actor.team, post.channel, actor.user, post.thread_ts)
            return await self._put(session, request, mascot_id, [row.asset_id for row in rows])

    async def keep(self, actor: Actor, ts: str) -> None:
        """Note that a question whether references are to go was answered: they stay."""
        await self.store.write_at_once(lambda session: mascots.drop_question(session, actor.team, ts))

    async def put_back(self, request: Request, mascot_id: str, assets: Collection[str]) -> str:
        """Put jobs that add what was removed again, as Masko still has it; return the names.

        Raises Denied, CannotTell, and Refusal where they do not fit any more.
        """
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.ADD, mascot=mascot_id)
        async with self.store.read() as session:
            found = await posts.removed(session, request.team, assets)
            mascot = await mascots.mascot(session, mascot_id)
        if mascot and len(mascot.reference_ids) + len(found) > MAX_REFERENCES:
            raise Refusal(f"{mascot.name or 'The mascot'} is full. Remove a reference first.")
        for post in {image.post_id: post for image, post in found}.values():
            await self.permissions.require(actor, Act.SEE, channel=post.channel)
        async with self.store.write() as session:
            for image, post in found:
                await _reopen(session, self.queue, mascot_id, post, IntakeRow.id == image.id)
        return listed(short_name(image.name) for image, _ in found)

    async def link(self, request: Request, mascot_id: str, post_id: int, ts: str) -> bool:
        """Bind a thread again to the mascot that it was unlinked from; the message `ts` becomes its card.

        Raises Denied, CannotTell.
        """
        await self.permissions.require(Actor(request.team, request.user), Act.ADD, channel=request.channel)
        where = (request.team, request.channel, request.thread_ts or "")
        async with self.store.write() as session:
            thread, post = await mascots.known_thread(session, *where), await posts.get(session, post_id)
            mascot = await mascots.mascot(session, mascot_id)
            if thread is None or thread.mascot_id or post is None or mascot is None or mascot.gone_at:
                return False
            if (post.team, post.channel, post.thread_ts, post.wants_mascot) != (*where, mascot_id):
                return False
            card = {"card_ts": ts, "card_post_id": post_id}
            await mascots.change_thread(session, thread.id, mascot_id=mascot_id, **card)
            await _reopen(session, self.queue, mascot_id, post, IntakeRow.post_id == post_id)
            await refresh_cards(session, self.queue, mascot_id)
            return True

    async def unlink(self, request: Request) -> None:
        """Put a job that unbinds a thread from its mascot."""
        lock = f"thread:{request.team}:{request.channel}:{request.thread_ts}"
        await self.actions.submit(UNLINK, request, lock=lock)

    async def _put(
        self, session: AsyncSession, request: Request, mascot_id: str, assets: list[str], **how: Any
    ) -> bool:
        """Put a job that removes references; False where none of them is the team's any more."""
        mascot = await mascots.mascot(session, mascot_id)
        if mascot is None or mascot.team != request.team or not set(assets) & set(mascot.reference_ids):
            return False
        known = await mascots.references(session, mascot_id)
        rows = [row for row in known if row.asset_id in assets]
        own = len(rows) == len(assets) and {row.added_by for row in rows} == {request.user}
        others = {row.question_ts for row in known if row not in rows}
        questions = await mascots.questions(
            session, [row.id for row in rows if row.question_ts not in others]
        )
        here = [ts for *place, ts in questions if place == [request.channel, request.thread_ts]]
        key, lock = f"remove:{mascot_id}:{','.join(sorted(assets))}", f"change:{mascot_id}"
        about = {"mascot": mascot_id, "assets": assets, "own": own, **how}
        about |= {"message_ts": here[0] if here else None, "questions": questions}
        await self.actions.put(session, REMOVE, request, lock=lock, key=key, **about)
        return True

    async def _remove(self, job: Job, request: Request) -> Message | None:
        mascot_id, assets = job.payload["mascot"], job.payload["assets"]
        room_for = job.payload.get("room_for")  # a post and an image of it
        actor = Actor(request.team, request.user)
        await self.permissions.require(actor, Act.CHANGE, mascot=mascot_id, own=job.payload["own"])
        names = await self._take_away(mascot_id, assets)
        if room_for:
            async with self.store.write() as session:
                await retry_left_out(session, self.queue, *room_for)
        await self._tell(job, request, names)
        return None

    async def _take_away(self, mascot_id: str, assets: Sequence[str]) -> list[str]:
        """Remove references; return their names.  Raises MascotGone, and MaskoError if some remain."""
        async with self.mascots.alone_with(mascot_id):
            for asset in assets:
                try:
                    mascot = await self.masko.remove_reference(mascot_id, asset)
                except MaskoNotFound as error:
                    raise await self.mascots.gone(mascot_id) from error
                await self._record_removal(mascot, asset)
        async with self.store.read() as session:
            return [short_name(name) for name in await mascots.removed_names(session, assets)]

    async def _record_removal(self, mascot: Mascot, asset: str) -> None:
        async with self.store.write() as session:
            await remember_references(session, mascot, without=asset)
            row = await mascots.with_asset(session, mascot.id, asset)
            if row is not None:
                await mascots.forget(session, row, removed(row.name))
            await refresh_cards(session, self.queue, mascot.id)
        step(log, "removed", mascot=mascot.id, asset=asset)

    async def _tell(self, job: Job, request: Request, names: Sequence[str]) -> None:
        """Say it in the replies that said that they were added, in the cards, and in a line of its own."""
        async with self.store.read() as session:
            told = await mascots.posts_with_assets(session, job.payload["assets"])
            mascot = await mascots.mascot(session, job.payload["mascot"])
        for post in told:
            await self.answers.show(post)
        assert mascot is not None, "only mascots that were written down are changed"
        which, where = listed(names) or "a reference", f"{mascot.name or 'the mascot'}, in Masko too"
        if instead := job.payload.get("instead"):
            said = f" replaced {which} with {short_name(instead)} in {where}"
        else:
            said = f" removed {which} from {where} · {references(len(mascot.reference_ids))}"
        back = offer_button(Offer.PUT_BACK, f"{mascot.id} {','.join(job.payload['assets'])}")
        line = Message.of((Person(request.user), said), buttons=[back] if names else ())
        for channel, _, ts in job.payload["questions"]:
            if ts != job.payload["message_ts"]:
                await replace_message(self.messenger, channel, ts, Message.of((Person(request.user), said)))
        await say_outcome(self.messenger, job, request, line)

    async def _unlink(self, _: Job, request: Request) -> Message | None:
        async with self.store.read() as session:
            where = (request.team, request.channel, request.thread_ts or "")
            thread = await mascots.known_thread(session, *where)
            if thread is None or thread.mascot_id is None:
                return None  # done before
            root = await posts.get(session, thread.card_post_id) if thread.card_post_id else None
            mine = await mascots.of_post(session, root.id) if root else []
            from_here = {asset for asset, _ in await mascots.added_in(session, thread)}
        actor = Actor(request.team, request.user)
        own = root is not None and {root.user, *(row.added_by for row in mine)} == {actor.user}
        await self.permissions.require(actor, Act.CHANGE, mascot=thread.mascot_id, own=own)
        mine = [row for row in mine if row.mascot_id == thread.mascot_id]
        mascot = await self.mascots.refresh(thread.mascot_id)
        known = await self.mascots.known(thread.mascot_id)
        name = (known.name if known else None) or "The mascot"
        said = f" unlinked this thread from {name}, which stays in Masko."
        if mine and set(mascot.reference_asset_ids or ()) - from_here:  # it has others too
            await self._take_away(thread.mascot_id, [row.asset_id for row in mine])
            names = listed(short_name(row.name) for row in mine)
            were = "were" if len(mine) > 1 else "was"
            said = f" unlinked this thread from {name}. {names} {were} removed from it, in Masko too."
        again = [offer_button(Offer.LINK, f"{thread.mascot_id} {root.id}")] if root else []
        words = Message.of(
            (Person(request.user), said, " The next image posted here starts a new mascot."), buttons=again
        )
        async with self.store.write() as session:
            if root is not None:
                stuck = (*posts.OPEN, ImageState.FAILED, ImageState.LEFT_OUT)  # the rest is not tried again
                values = {"state": ImageState.REFUSED, "detail": None}
                await posts.change_images(session, root.id, stuck, **values)
                await posts.change(session, root.id, wants_mascot=thread.mascot_id)
            await retire_card(session, self.queue, thread, words)
        return None


@dataclass
class Deletions:
    """Handles deletions in Slack: drops unprocessed images, and asks whether to remove the references too."""

    store: Store
    queue: Queue
    messenger: Messenger

    def __post_init__(self) -> None:
        self.queue.handle(OFFER_REMOVAL, Handler(self._offer))

    async def notice(self, deletion: Deletion) -> None:
        """Store that something was deleted; the thread is asked once, however often Slack tells it."""
        team = deletion.team
        async with self.store.write() as session:
            if deletion.file_id:
                for mascot_id in await mascots.hide_file(session, team, deletion.file_id):
                    await refresh_cards(session, self.queue, mascot_id)
                images = posts.of_file(team, deletion.file_id)
            else:
                images = posts.of_message(team, deletion.channel, deletion.ts)
            rows = await mascots.unasked(session, images)
            for post in await posts.note_source_gone(session, images, datetime.now(UTC)):
                await carry_post(session, self.queue, post, post.id)
            await offer_removal(session, self.queue, team, rows)

    async def _offer(self, job: Job) -> None:
        async with self.store.read() as session:
            rows = await mascots.these(session, job.payload["references"])
            images = await posts.images(session, [row.intake_id for row in rows if row.intake_id])
            post = await posts.get(session, images[0].post_id) if images else None
            mascot = await mascots.mascot(session, rows[0].mascot_id) if rows else None
        if post is None or mascot is None or mascot.gone_at is not None:
            return
        ids = ",".join(str(row.id) for row in rows)
        names, name = listed(short_name(row.name) for row in rows), mascot.name or "this mascot"
        what = f"was deleted in Slack, and is still a reference of {name}. Remove it there too?"
        if len(rows) > 1:
            what = f"were deleted in Slack, and are still references of {name}. Remove them there too?"
        buttons = (offer_button(Offer.REMOVE, ids), offer_button(Offer.KEEP, ids))
        try:
            line = Message.of(f"{names} {what}", buttons=buttons)
            _, ts = await say_once(self.messenger, job, post.channel, post.thread_ts, line)
            async with self.store.write() as session:
                await mascots.note_question(session, rows, ts)
        except BotError as error:
            retry_later(job, error)
            log.warning("nobody was asked about a deleted source: %s", error)


async def remember_references(
    session: AsyncSession, mascot: Mascot, *, added: str | None = None, without: str | None = None
) -> MascotRow:
    """Store a mascot as Masko returned it, and a change to its references that the answer may not tell."""
    await remember(session, mascot)
    known = await mascots.mascot(session, mascot.id)
    assert known is not None, "only mascots that were written down are changed"
    ids = [each for each in known.reference_ids if each != without]
    if added is not None and added not in ids:
        ids.append(added)
    await mascots.change_mascot(session, mascot.id, reference_ids=ids)
    return known


async def _reopen(
    session: AsyncSession, queue: Queue, mascot_id: str, post: PostRow, images: ColumnElement[bool]
) -> None:
    """Have removed images of a post added to a mascot again."""
    if await posts.reopen(session, images):
        await posts.change(session, post.id, wants_mascot=mascot_id)
        await carry_post(session, queue, post, post.id, again=True)


async def post_in(session: AsyncSession, post_id: int, team: str, channel: str) -> PostRow | None:
    """Return a post if it is in this channel: an id in a button proves nothing."""
    post = await posts.get(session, post_id)
    return post if post and (post.team, post.channel) == (team, channel) else None


async def _left_out(session: AsyncSession, post_id: int, team: str, channel: str) -> LeftOut:
    post = await post_in(session, post_id, team, channel)
    if post is None:
        return None, []
    images = await posts.images_of(session, post_id)
    thread = await mascots.known_thread(session, post.team, post.channel, post.thread_ts)
    mascot_id = post.wants_mascot or (thread.mascot_id if thread else None)
    return mascot_id, [(each.id, each.name) for each in images if each.state is ImageState.LEFT_OUT]
