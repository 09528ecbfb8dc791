"""What Masko must do exactly once, although answers get lost and this program may be stopped at any time.

Masko documents no idempotency key.  So before it is asked for a mascot or a reference, it is written down
that it will be.  Where nobody knows what became of that, the change is looked for; and as what was asked may
still be under way (the vision analysis of a new mascot takes its time, and so may a proxy), it is asked for
again only when it cannot take effect any more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BotError
from bot.logs import Stopwatch, step
from bot.masko import (
    Mascot,
    MascotSummary,
    MaskoBadRequest,
    MaskoClient,
    MaskoError,
    MaskoNotFound,
    MaskoUnintelligible,
)
from bot.store import Store, mascots, posts
from bot.store.tables import CreateIntentRow, IntakeRow, PostRow

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=10)
FIRST_LOOK = 5.0  # seconds


class Unsettled(BotError):
    """Masko was asked for a change that may still take effect; asked again, it might make it twice."""

    worth_retrying = True

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"asked before, and not settled; looking again in {retry_after:.0f} s")
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        return "Masko has not said yet what became of this, so I look for it before I ask again."


class Once:
    """Changes at Masko that happen once.

    Args:
        store: where what is asked for is written down first.
        masko: the Masko API.
        settling: seconds for which a request may still take effect when nobody waits for its answer any
            more (a Choice: nothing is documented).
        creating: seconds that Masko may take to make a mascot, all being well: where nobody waited for so
            long, it may still be at work.
    """

    def __init__(self, store: Store, masko: MaskoClient, *, settling: float, creating: float) -> None:
        self._store = store
        self._masko = masko
        self._settling = timedelta(seconds=settling)
        self._creating = max(timedelta(seconds=creating), self._settling)

    async def create(
        self, post: PostRow, project_id: str, assets: Sequence[str], *, name: str | None = None
    ) -> Mascot:
        """One mascot for a post, from uploaded assets: made now, or found where an earlier try made it.

        Without a name Masko detects one.

        The intent stays until `posts.forget_intent`, which belongs into the transaction that writes the
        mascot down.

        Raises:
            Unsettled: an earlier try may still be under way.
            MaskoError: not made, or not known to be made; running this again is safe.
        """
        earlier = await self._intend(post, project_id, assets)
        if earlier is not None:
            if mascot := await self._find(earlier):
                return mascot
            await self._check_intent(post, earlier)
        watch = Stopwatch()
        try:
            mascot = await self._masko.create_mascot(
                project_id=project_id, reference_asset_ids=assets, name=name
            )
        except MaskoError as error:
            await self._not_created(post, error, waited=timedelta(milliseconds=watch.ms))
            raise
        step(log, "created", mascot=mascot.id, references=len(assets), ms=watch.ms)
        return mascot

    async def add(self, mascot_id: str, image: IntakeRow) -> Mascot:
        """Add an uploaded image to a mascot that was just seen not to have it.

        Raises:
            Unsettled: an earlier try may still be under way.
            MaskoError: not added, or not known to be; running this again is safe.
        """
        assert image.asset_id is not None, "only uploaded images are added"
        if image.asked_at is not None:
            _check_settled(image.asked_at, image.asked_at + self._settling)
        await self._note_asked(image, datetime.now(UTC))
        try:
            return await self._masko.add_reference(mascot_id, asset_id=image.asset_id)
        except MaskoError as error:
            await self._note_asked(image, None if _is_settled(error) else datetime.now(UTC))
            raise

    async def _intend(self, post: PostRow, project_id: str, assets: Sequence[str]) -> CreateIntentRow | None:
        """Store the intent; gives the one of an earlier try whose outcome is not known."""

        async def intend(session: AsyncSession) -> CreateIntentRow | None:
            earlier = await posts.intent_of(session, post.id)
            if earlier is None:
                await posts.intend(session, post.id, project_id, assets)
            return earlier

        return await self._store.write_at_once(intend)

    async def _find(self, intent: CreateIntentRow) -> Mascot | None:
        """The mascot that an earlier try made although its answer was lost."""
        async for summary in self._masko.mascots(intent.project_id):
            if await self._may_be_ours(summary, intent) and (mascot := await self._holding(summary, intent)):
                step(log, "found", mascot=mascot.id)
                return mascot
        return None

    async def _may_be_ours(self, summary: MascotSummary, intent: CreateIntentRow) -> bool:
        if summary.created_at and summary.created_at < intent.created_at - CLOCKS_DIFFER:
            return False
        async with self._store.read() as session:
            known = await mascots.mascot(session, summary.id)
        return known is None or known.read_at is None  # a line in Masko's list says nothing of its references

    async def _holding(self, summary: MascotSummary, intent: CreateIntentRow) -> Mascot | None:
        """The mascot, if it holds our freshly uploaded assets; they are in no other."""
        try:
            mascot = await self._masko.mascot(summary.id)
        except MaskoNotFound:
            return None  # deleted since it was listed
        return mascot if set(intent.asset_ids) & set(mascot.reference_asset_ids or ()) else None

    async def _not_created(self, post: PostRow, error: MaskoError, waited: timedelta) -> None:
        if error.may_have_taken_effect:
            under_way = max(self._settling, self._creating - waited)
            await self._settles(post, timedelta() if _is_settled(error) else under_way)
            return
        async with self._store.write() as session:
            await posts.forget_intent(session, post.id)
            if isinstance(error, MaskoNotFound | MaskoBadRequest):
                await posts.forget_uploads(session, post.id)  # perhaps it is them that it refused

    async def _check_intent(self, post: PostRow, earlier: CreateIntentRow) -> None:
        if earlier.settles_at is None:  # whoever asked was stopped since, and does not wait any more
            await self._settles(post, self._creating)
            raise Unsettled(FIRST_LOOK)
        _check_settled(earlier.settles_at - self._creating, earlier.settles_at)
        async with self._store.write() as session:
            await posts.change_intent(session, post.id, settles_at=None)

    async def _settles(self, post: PostRow, after: timedelta) -> None:
        async with self._store.write() as session:
            await posts.change_intent(session, post.id, settles_at=datetime.now(UTC) + after)

    async def _note_asked(self, image: IntakeRow, at: datetime | None) -> None:
        async with self._store.write() as session:
            await posts.change_image(session, image.id, asked_at=at)


def _check_settled(lost: datetime, settled: datetime) -> None:
    seconds = look_again(lost, datetime.now(UTC), settled)
    if seconds is not None:
        raise Unsettled(seconds)


def look_again(lost: datetime, now: datetime, settled: datetime) -> float | None:
    """Seconds until it is worth another look whether a change took effect; None when it cannot any more.

    Args:
        lost: since when nobody waits for the answer.
        now: the time.
        settled: when it cannot take effect any more.
    """
    if now >= settled:
        return None
    since = max(0.0, (now - lost).total_seconds())
    return min(max(FIRST_LOOK, since), (settled - now).total_seconds())


def _is_settled(error: MaskoError) -> bool:
    """Masko itself answered, so nothing is under way any more; a proxy's answer tells nothing."""
    return not error.may_have_taken_effect or error.code is not None or isinstance(error, MaskoUnintelligible)
