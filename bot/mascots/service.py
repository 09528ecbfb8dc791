"""Mascots and the threads that belong to them: made once, extended up to six references, changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db.tables import CaughtBy, ImageState, IntakeRow, MascotRow, PostRow, ThreadRow
from bot.errors import Refusal
from bot.jobs import Queue
from bot.jobs.runner import retire_card
from bot.mascots.create import ExactlyOnce, forget_intent
from bot.mascots.outcomes import no_reference
from bot.masko import MAX_REFERENCES, Mascot, MaskoClient, MaskoNotFound
from bot.masko.errors import MaskoBadRequest, MaskoError
from bot.slack.blocks import Message
from bot.telemetry.logging import step

log = logging.getLogger(__name__)

DESCRIBE = "mascot.describe"
DESCRIBE_FOR = timedelta(minutes=2)

_WHY = {
    CaughtBy.CHANNEL: "Images posted in this channel are added automatically.",
    CaughtBy.MENTION: "The post mentions me, which counts whatever the channel is set to.",
    CaughtBy.DIRECT: "It was posted to me directly.",
    CaughtBy.ASKED: "Somebody asked me to, by a command, a form or a button.",
    CaughtBy.DECIDED: "I asked the poster, who decided so.",
}
_CHANGE = "Use /masko settings to change what I do with images in this channel."


class MascotGone(Refusal):
    """A mascot that its thread belonged to was deleted in Masko."""

    def __init__(self, name: str | None) -> None:
        super().__init__(f"{name or 'This mascot'} was deleted in Masko.")


@dataclass
class Mascots:
    """Reads mascots, makes them, extends them up to six references, and binds threads to them."""

    store: Store
    queue: Queue
    masko: MaskoClient
    once: ExactlyOnce

    async def known(self, mascot_id: str) -> MascotRow | None:
        """Return the stored row of a mascot."""
        async with self.store.read() as session:
            return await mascots.mascot(session, mascot_id)

    async def root_of(self, team: str, channel: str, ts: str) -> str | None:
        """The root of the thread that a card or a reply of the bot's is in; None for any other message."""
        async with self.store.read() as session:
            return await mascots.root_of(session, team, channel, ts)

    async def why(self, team: str, channel: str, thread_ts: str) -> tuple[str, ...]:
        """By which rules the post that a card answers was taken in, and went where it did."""
        async with self.store.read() as session:
            thread = await mascots.known_thread(session, team, channel, thread_ts)
            post = await posts.get(session, thread.card_post_id) if thread and thread.card_post_id else None
            if thread is None or post is None:
                return ("Somebody shared this card here.", _CHANGE)
            where = await _where(session, post, thread)
        return (_WHY[post.caught_by or CaughtBy.CHANNEL], where, _CHANGE)

    async def destination(self, post: PostRow, thread: ThreadRow) -> MascotRow | None:
        """Return the mascot for a post's images: requested, the thread's, the channel's; None: a new one."""
        if post.wants_new:
            return None
        async with self.store.read() as session:
            mascot_id = post.wants_mascot or thread.mascot_id
            mascot_id = mascot_id or await mascots.channel_mascot(session, thread.team, thread.channel)
            return await mascots.mascot(session, mascot_id) if mascot_id else None

    async def is_shown_in(self, team: str, channel: str, thread_ts: str, mascot_id: str) -> bool:
        """Return whether a thread is a mascot's; a form's or button's word for it is no proof."""
        async with self.store.read() as session:
            thread = await mascots.known_thread(session, team, channel, thread_ts)
        return thread is not None and thread.mascot_id == mascot_id

    async def contents(self, mascot_id: str) -> tuple[MascotRow, dict[str, str]]:
        """Return a mascot and its references as sha256 → file name.  Raises MascotGone, MaskoError."""
        async with self.alone_with(mascot_id):
            held = set(await self._held(mascot_id))
        async with self.store.read() as session:
            row = await mascots.mascot(session, mascot_id)
            known = await mascots.references(session, mascot_id)
        assert row is not None, "only mascots that were written down are looked at"
        return row, {r.sha256: r.name for r in known if r.sha256 and r.asset_id in held}

    async def bind(self, thread: ThreadRow, mascot_id: str, post: PostRow) -> None:
        """Bind a thread that has no mascot; the bot's reply to `post` becomes the card if there is none."""
        if thread.mascot_id not in (None, mascot_id):
            return
        card = {} if thread.card_ts else {"card_ts": post.reply_ts, "card_post_id": post.id}
        async with self.store.write() as session:
            await mascots.change_thread(session, thread.id, mascot_id=mascot_id, **card)

    async def create(
        self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], project_id: str
    ) -> str:
        """Make a mascot from a post, bind the thread, return its id.  Raises MaskoError, Unsettled."""
        assets = [image.asset_id for image in images if image.asset_id]
        mascot = await self.once.create(post, project_id, assets, name=post.wants_name)
        return await self._adopt(mascot, post, thread, images)

    async def create_from_links(
        self, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow], project_id: str
    ) -> bool:
        """Make one mascot from links in one call; False if Masko refused some link.  Raises as `create`."""
        linked = images[:MAX_REFERENCES]
        links = [image.url for image in linked if image.url]
        try:
            mascot = await self.once.create(post, project_id, links=links, name=post.wants_name)
        except MaskoBadRequest as error:
            step(log, "links refused", error=error)
            return False
        for image, asset_id in zip(linked, mascot.reference_asset_ids or (), strict=False):
            image.asset_id = asset_id  # a Choice: the references are in the order of the links
        await self._adopt(mascot, post, thread, linked)
        for image in images[MAX_REFERENCES:]:
            await self._set_state(image, ImageState.LEFT_OUT)
        return True

    async def extend(self, mascot_id: str, post: PostRow, images: Sequence[IntakeRow]) -> None:
        """Add as many images as fit; safe to repeat.  Raises MascotGone, MaskoError, Unsettled."""
        async with self.alone_with(mascot_id):
            held = await self._held(mascot_id)
            for image in images:
                held = await self._add(mascot_id, held, post, image)

    def alone_with(self, mascot_id: str) -> AbstractAsyncContextManager[Any]:
        """Lock a mascot while it is read or changed, so that no older answer is stored after a newer one."""
        return self.queue.locks.of(f"mascot:{mascot_id}")

    async def refresh(self, mascot_id: str) -> Mascot:
        """Read a mascot from Masko and store it.  Raises as `contents`."""
        async with self.alone_with(mascot_id):
            return await self._read(mascot_id)

    async def look_again(self, mascot_id: str, fresh_for: timedelta) -> None:
        """Read a mascot unless just read; if Masko fails, keep the old state.  Raises MascotGone."""
        known = await self.known(mascot_id)
        if known is None:
            return
        if known.gone_at is not None:
            raise MascotGone(known.name)
        if known.read_at is not None and datetime.now(UTC) - known.read_at < fresh_for:
            return
        try:
            await self.refresh(mascot_id)
        except MaskoError as error:
            log.info("mascot %s is taken as it is remembered: %s", mascot_id, error)

    async def _read(self, mascot_id: str) -> Mascot:
        try:
            mascot = await self.masko.mascot(mascot_id)
        except MaskoNotFound as error:
            raise await self.gone(mascot_id) from error
        async with self.store.write() as session:
            await remember(session, mascot)
        return mascot

    async def _held(self, mascot_id: str) -> list[str]:
        """The asset ids that a mascot holds now: Masko's word, or ours where its answer does not tell."""
        mascot = await self._read(mascot_id)
        if mascot.reference_asset_ids is not None:
            return list(mascot.reference_asset_ids)
        async with self.store.read() as session:
            return [row.asset_id for row in await mascots.references(session, mascot_id)]

    async def _adopt(
        self, mascot: Mascot, post: PostRow, thread: ThreadRow, images: Sequence[IntakeRow]
    ) -> str:
        assets = [image.asset_id for image in images if image.asset_id]
        held = list(assets if mascot.reference_asset_ids is None else mascot.reference_asset_ids)
        row = {
            "id": mascot.id,
            "team": post.team,
            "project_id": mascot.project_id,
            "name": mascot.name or post.wants_name,
            "prompt": mascot.prompt,
            "reference_ids": held,
            "describe_until": None if mascot.described else datetime.now(UTC) + DESCRIBE_FOR,
            "read_at": datetime.now(UTC),
        }
        card = {"card_ts": post.reply_ts, "card_post_id": post.id}
        async with self.store.write() as session:
            await mascots.add(session, row)
            await mascots.change_mascot(session, mascot.id, **row)  # its line in Masko's list may be known
            for image in images:
                if image.asset_id in held:
                    await _make_reference(session, mascot.id, image, post)
                elif image.asset_id is None:  # a link that got no reference of its own
                    state, detail = ImageState.DUPLICATE, no_reference(image.name)
                    await posts.change_image(session, image.id, state=state, detail=detail)
            await mascots.change_thread(session, thread.id, mascot_id=mascot.id, **card)
            await posts.change(session, post.id, wants_new=False, wants_mascot=mascot.id)
            await forget_intent(session, post.id)
            if not mascot.described:
                lock, payload = f"describe:{mascot.id}", {"mascot": mascot.id}
                await self.queue.put(session, DESCRIBE, lock=lock, payload=payload, delay=1.0)
        return mascot.id

    async def _add(self, mascot_id: str, held: list[str], post: PostRow, image: IntakeRow) -> list[str]:
        """Add one image; gives what the mascot holds afterwards."""
        assert image.asset_id is not None, "only uploaded images are added"
        if image.asset_id not in held:
            if len(held) >= MAX_REFERENCES:
                await self._set_state(image, ImageState.LEFT_OUT)
                return held
            try:
                told = (await self.once.add(mascot_id, image)).reference_asset_ids
                held = [*held, image.asset_id] if told is None else list(told)
            except (MaskoBadRequest, MaskoNotFound) as error:
                held = await self._held(mascot_id)
                if image.asset_id not in held:
                    await self._not_added(image, held, error)
                    return held
        async with self.store.write() as session:
            await _make_reference(session, mascot_id, image, post)
            await mascots.change_mascot(session, mascot_id, reference_ids=held)
        step(log, "referenced", mascot=mascot_id, image=image.id, file=image.file_id, references=len(held))
        return held

    async def _not_added(self, image: IntakeRow, held: Sequence[str], error: MaskoError) -> None:
        """Masko refused an image, or lost it (then Retry uploads it again), or the mascot is full by now."""
        if isinstance(error, MaskoNotFound):
            lost = f"{image.name} got lost in Masko before it was added."
            await self._set_state(image, ImageState.FAILED, lost, asset_id=None, sha256=None)
        elif len(held) >= MAX_REFERENCES:
            await self._set_state(image, ImageState.LEFT_OUT)
        else:
            await self._set_state(image, ImageState.REFUSED, f"{image.name}: {error.words}")

    async def _set_state(
        self, image: IntakeRow, state: ImageState, detail: str | None = None, **values: Any
    ) -> None:
        async with self.store.write() as session:
            await posts.change_image(session, image.id, state=state, detail=detail, asked_at=None, **values)

    async def gone(self, mascot_id: str) -> MascotGone:
        """Mark a mascot as deleted in Masko; free its threads, and say so in place of their cards."""
        async with self.store.write() as session:
            row = await mascots.mascot(session, mascot_id)
            threads = await mascots.threads_of(session, mascot_id)
            await mascots.change_mascot(session, mascot_id, gone_at=datetime.now(UTC), describe_until=None)
            gone = MascotGone(row.name if row else None)
            words = f"{gone} Post an image in this thread to start a new one."
            for thread in threads:
                await retire_card(session, self.queue, thread, Message.of(words))
        return gone


async def remember(session: AsyncSession, mascot: Mascot) -> None:
    """Store what Masko told of a mascot; what it did not tell stays."""
    told = {"name": mascot.name, "prompt": mascot.prompt, "project_id": mascot.project_id}
    values: dict[str, object] = {key: value for key, value in told.items() if value}
    if mascot.reference_asset_ids is not None:
        values["reference_ids"] = list(mascot.reference_asset_ids)
    await mascots.change_mascot(session, mascot.id, **values, read_at=datetime.now(UTC))


async def _make_reference(session: AsyncSession, mascot_id: str, image: IntakeRow, post: PostRow) -> None:
    await mascots.add_reference(session, mascot_id, image, post.user)
    await posts.change_image(session, image.id, state=ImageState.ADDED, asset_id=image.asset_id)


async def _where(session: AsyncSession, post: PostRow, thread: ThreadRow) -> str:
    settings = await settings_of(session, thread.team, thread.channel)
    mascot = await mascots.mascot(session, thread.mascot_id) if thread.mascot_id else None
    name = (mascot and mascot.name) or "that mascot"
    if settings.mascot_id is not None and settings.mascot_id == thread.mascot_id:
        return f"Images posted in this channel go to {name}. To change that, type /masko use none."
    if post.ts != thread.thread_ts:
        return f"It was a reply in this thread; whatever else is posted in it goes to {name}."
    return f"Each new post starts its own mascot; replies here go to {name}."
