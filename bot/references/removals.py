"""References that people take away again: removed in Masko, undone, replaced, or the whole thread let go.

Each is a job, and safe to repeat: removing what is gone is as good as done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.queries import settings_of
from bot.db import Store, mascots, posts
from bot.db import references as held
from bot.db.tables import ImageState, ReferenceRow, ThreadRow
from bot.db.values import Mode
from bot.errors import BotError
from bot.intake.catch import Intake
from bot.intake.reply import Answers
from bot.jobs import Handler, Job, Queue
from bot.jobs.followups import refresh_cards, retire_card
from bot.jobs.retry import retry_later
from bot.jobs.runner import say_once
from bot.mascots.outcomes import removed
from bot.mascots.service import MascotGone, Mascots, remember
from bot.masko import Mascot, MaskoClient, MaskoNotFound
from bot.references.listed import left_out
from bot.slack.blocks import Message, Offer, offer_button, references
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.telemetry.logging import step
from bot.text import listed, short_name

log = logging.getLogger(__name__)

REMOVE = "reference.remove"
LET_GO = "thread.let_go"


@dataclass(frozen=True)
class Spot:
    """Who pressed, and in which thread.

    Attributes:
        message_ts: the message whose button it was, where that message becomes the answer.
    """

    team: str
    channel: str
    thread_ts: str
    user: str
    message_ts: str | None = None


@dataclass(frozen=True)
class Removal:
    """Which references of a mascot are taken away.

    Attributes:
        assets: Masko's ids of them.
        quietly: the reply to their post says it, and nothing else.
        post_id: a post, one of whose images
        image_id: takes the place.
        own: whoever wants it has posted all of them.
    """

    mascot_id: str
    assets: tuple[str, ...]
    quietly: bool = False
    post_id: int | None = None
    image_id: int | None = None
    own: bool = False


class Removals:
    """Takes references away.

    Args:
        store: where references are.
        queue: runs what Slack must not be kept waiting for.
        masko: the Masko API; it holds the truth.
        messenger: posts in Slack.
        mascots: gives a mascot to one job at a time.
        answers: says it where the images were said to be added.
        intake: takes in what takes a reference's place.
        permissions: says who may.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        masko: MaskoClient,
        messenger: Messenger,
        mascots: Mascots,
        answers: Answers,
        intake: Intake,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._masko = masko
        self._messenger = messenger
        self._mascots = mascots
        self._answers = answers
        self._intake = intake
        self._permissions = permissions

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            REMOVE: Handler(self._remove, gave_up=self._gave_up),
            LET_GO: Handler(self._let_go, gave_up=self._gave_up),
        }

    # -- asking -------------------------------------------------------------------------------

    async def ask(self, spot: Spot, mascot_id: str, asset: str) -> bool:
        """Write down that a reference is to go; it is done from the queue, and said.

        Returns:
            False where the mascot has no such reference, perhaps not any more.
        """

        async def put(session: AsyncSession) -> bool:
            if not await _is_reference(session, mascot_id, asset):
                return False
            row = await held.with_asset(session, mascot_id, asset)
            own = row is not None and row.added_by == spot.user
            await self._put(session, spot, Removal(mascot_id, (asset,), own=own))
            return True

        return await self._store.write_at_once(put, urgent=True)

    async def ask_replace(self, spot: Spot, mascot_id: str, asset: str, post_id: int, image_id: int) -> bool:
        """Write down that a reference is to go for an image of a post that the mascot had no room for.

        Returns:
            False where it is no such image, perhaps not any more.
        """

        async def put(session: AsyncSession) -> bool:
            wants, images = await left_out(session, post_id, spot.team, spot.channel)
            if wants != mascot_id or image_id not in dict(images):
                return False
            if not await _is_reference(session, mascot_id, asset):
                return False
            removal = Removal(mascot_id, (asset,), post_id=post_id, image_id=image_id)
            await self._put(session, spot, removal)
            return True

        return await self._store.write_at_once(put, urgent=True)

    async def ask_undo(self, spot: Spot, post_id: int, *, quietly: bool) -> bool:
        """Write down that what a post added is to go again.

        Returns:
            False where nothing of it is left, perhaps because it was undone before.
        """

        async def put(session: AsyncSession) -> bool:
            post = await posts.get(session, post_id)
            if post is None or (post.team, post.channel) != (spot.team, spot.channel):
                return False
            rows = await self._theirs(session, spot, await held.of_post(session, post_id))
            for removal in _by_mascot(rows, quietly, spot.user):
                await self._put(session, spot, removal)
            return bool(rows)

        return await self._store.write_at_once(put, urgent=True)

    async def ask_these(self, spot: Spot, reference_ids: Sequence[int]) -> bool:
        """Write down that these references are to go; False where none of them is left."""

        async def put(session: AsyncSession) -> bool:
            rows = await self._theirs(session, spot, await held.these(session, reference_ids))
            for removal in _by_mascot(rows, False, spot.user):
                await self._put(session, spot, removal)
            return bool(rows)

        return await self._store.write_at_once(put, urgent=True)

    async def ask_let_go(self, spot: Spot) -> None:
        """Write down that what a thread's card shows is no mascot of this team's."""

        async def put(session: AsyncSession) -> None:
            lock = f"thread:{spot.team}:{spot.channel}:{spot.thread_ts}"
            await self._queue.put(session, LET_GO, lock=lock, payload={"spot": asdict(spot)})

        await self._store.write_at_once(put, urgent=True)

    async def _theirs(
        self, session: AsyncSession, spot: Spot, rows: Sequence[ReferenceRow]
    ) -> list[ReferenceRow]:
        """Those that belong to the team that asks."""
        owners = {row.mascot_id: await mascots.mascot(session, row.mascot_id) for row in rows}
        return [row for row in rows if (owner := owners[row.mascot_id]) and owner.team == spot.team]

    async def _put(self, session: AsyncSession, spot: Spot, removal: Removal) -> None:
        payload = {"spot": asdict(spot), "removal": asdict(removal)}
        key = f"remove:{removal.mascot_id}:{','.join(sorted(removal.assets))}"
        lock = f"change:{removal.mascot_id}"
        await self._queue.put(session, REMOVE, lock=lock, payload=payload, key=key)

    # -- the work -----------------------------------------------------------------------------

    async def _remove(self, job: Job) -> None:
        spot, removal = Spot(**job.payload["spot"]), Removal(**job.payload["removal"])
        if not await self._still_wanted(job, removal):
            return
        try:
            about = {"mascot": removal.mascot_id, "own": removal.own}
            await self._permissions.require(Actor(spot.team, spot.user), Act.CHANGE, **about)
            names = await self._take_away(removal.mascot_id, removal.assets)
            if removal.post_id is not None and removal.image_id is not None:
                await self._intake.retry_left_out(removal.post_id, [removal.image_id])
            await self._tell(job, spot, removal, names)
        except BotError as error:
            await self._could_not(job, spot, error)

    async def _still_wanted(self, job: Job, removal: Removal) -> bool:
        """No reference goes for an image that has found its place meanwhile."""
        if removal.image_id is None or job.begun_before:
            return True
        async with self._store.read() as session:
            images = await posts.images(session, [removal.image_id])
        return any(image.state is ImageState.LEFT_OUT for image in images)

    async def _take_away(self, mascot_id: str, assets: Sequence[str]) -> list[str]:
        """Remove references in Masko and here; gives the names of those that are gone now.

        Raises:
            MascotGone: the whole mascot was deleted; its threads are unbound now.
            MaskoError: not all are removed; running this again is safe.
        """
        async with self._mascots.alone_with(mascot_id):
            for asset in assets:
                try:
                    mascot = await self._masko.remove_reference(mascot_id, asset)
                except MaskoNotFound as error:
                    raise await self._mascots.gone(mascot_id) from error
                await self._forget(mascot, asset)
        async with self._store.read() as session:
            gone = await held.removed_names(session, assets)
        return [short_name(name) for name in gone]

    async def _forget(self, mascot: Mascot, asset: str) -> None:
        async with self._store.write() as session:
            await remember(session, mascot)
            known = await mascots.mascot(session, mascot.id)
            assert known is not None, "only mascots that were written down are changed"
            left = [each for each in known.reference_ids if each != asset]
            await mascots.change_mascot(session, mascot.id, reference_ids=left, references_changed=True)
            row = await held.with_asset(session, mascot.id, asset)
            if row is not None:
                await held.forget(session, row, removed(row.name, known.name or "the mascot"))
            await refresh_cards(session, self._queue, mascot.id)
        step(log, "removed", mascot=mascot.id, asset=asset, references=len(left))

    async def _tell(self, job: Job, spot: Spot, removal: Removal, names: Sequence[str]) -> None:
        """In the replies that said that they were added, in the cards, and in a line of its own."""
        async with self._store.read() as session:
            told = await held.posts_with_assets(session, removal.assets)
        for post in told:
            await self._answers.show(post)
        if removal.quietly:
            return
        mascot = await self._mascots.known(removal.mascot_id)
        assert mascot is not None, "only mascots that were written down are changed"
        which = listed(names) if names else "A reference"
        was = "were" if len(names) > 1 else "was"
        said = f"{which} {was} removed from {mascot.name or 'the mascot'}, also in Masko"
        line = Message.of(f"{said} · {references(len(mascot.reference_ids))}")
        await self._say(job, spot, line)

    async def _say(self, job: Job, spot: Spot, line: Message) -> None:
        """In the place of the message that was pressed, else as a line of its own."""
        if spot.message_ts is not None:
            try:
                await self._messenger.update(spot.channel, spot.message_ts, line)
                return
            except SlackError as error:
                if not error.message_is_gone:
                    raise
        await say_once(self._messenger, job, spot.channel, spot.thread_ts, line)

    # -- no mascot ----------------------------------------------------------------------------

    async def _let_go(self, job: Job) -> None:
        spot = Spot(**job.payload["spot"])
        try:
            await self._let_go_of(spot)
        except MascotGone as gone:
            await self._whisper(spot, Message.of(gone.words_alone))
        except BotError as error:
            await self._could_not(job, spot, error)

    async def _let_go_of(self, spot: Spot) -> None:
        async with self._store.read() as session:
            thread = await mascots.known_thread(session, spot.team, spot.channel, spot.thread_ts)
            if thread is None or thread.mascot_id is None:
                return  # done before
            mine = await held.of_post(session, thread.card_post_id) if thread.card_post_id else []
            from_here = set(await held.assets_of_thread(session, thread))
            settings = await settings_of(session, spot.team, spot.channel)
            root = await posts.get(session, thread.card_post_id) if thread.card_post_id else None
        actor = Actor(spot.team, spot.user)
        own = root is not None and root.user == spot.user and all(row.added_by == spot.user for row in mine)
        await self._permissions.require(actor, Act.CHANGE, mascot=thread.mascot_id, own=own)
        mascot = await self._mascots.refresh(thread.mascot_id)
        known = await self._mascots.known(thread.mascot_id)
        name = (known.name if known else None) or "The mascot"
        assets = [row.asset_id for row in mine if row.mascot_id == thread.mascot_id]
        if assets and set(mascot.reference_asset_ids or ()) - from_here:  # it is more than this thread's
            names = [short_name(row.name) for row in mine if row.mascot_id == thread.mascot_id]
            await self._take_away(thread.mascot_id, assets)
            words = f"Not a mascot: {listed(names)} went from {name} again, also in Masko."
        else:
            words = f"Not a mascot: this thread has none any more. {name} stays in Masko; delete it there."
        await self._free(thread, words)
        may_set = await self._permissions.refusal(actor, Act.SET, channel=spot.channel) is None
        if settings.mode is Mode.AUTO and may_set:
            offer = offer_button(Offer.ASK_FIRST, spot.channel)
            line = Message.of(
                "Next time I can ask the poster first, before I take pictures in here.", buttons=(offer,)
            )
            await self._whisper(spot, line)

    async def _free(self, thread: ThreadRow, words: str) -> None:
        """Unbind a thread for good: what is left of its first post is not taken up again."""

        async def unbind(session: AsyncSession) -> None:
            if thread.card_post_id is not None:
                await posts.refuse_rest(session, thread.card_post_id)
            await retire_card(session, self._queue, thread, words)

        await self._store.write_at_once(unbind)

    # -- answering ----------------------------------------------------------------------------

    async def _could_not(self, job: Job, spot: Spot, error: BotError) -> None:
        if isinstance(error, MascotGone):
            await self._whisper(spot, Message.of(error.words_alone))
            return
        retry_later(job, error)
        await self._whisper(spot, Message.of(f"It was not removed. {error.words}"))

    async def _whisper(self, spot: Spot, message: Message) -> None:
        thread_ts = spot.thread_ts
        try:
            await self._messenger.post_ephemeral(spot.channel, thread_ts, spot.user, message)
        except SlackError as error:
            log.info("%s could not be told: %s", spot.user, error)

    async def _gave_up(self, job: Job) -> None:
        words = "Something went wrong on our side, so this was not done. Please try it again."
        await self._whisper(Spot(**job.payload["spot"]), Message.of(words))


def _by_mascot(rows: Sequence[ReferenceRow], quietly: bool, user: str) -> list[Removal]:
    own = all(row.added_by == user for row in rows)
    assets: dict[str, list[str]] = {}
    for row in rows:
        assets.setdefault(row.mascot_id, []).append(row.asset_id)
    return [Removal(mascot_id, tuple(each), quietly, own=own) for mascot_id, each in assets.items()]


async def _is_reference(session: AsyncSession, mascot_id: str, asset: str) -> bool:
    """Whether a mascot has a reference, as last read: whoever removes one may only name one of it."""
    mascot = await mascots.mascot(session, mascot_id)
    return mascot is not None and asset in mascot.reference_ids
