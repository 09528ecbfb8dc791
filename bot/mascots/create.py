"""Changes in Masko that take effect exactly once: intent, idempotency, reconciliation.

Masko documents no idempotency key.  So an intent is stored before each request; after a lost answer
the change is looked for, and requested again only when the first request cannot take effect any more.

What was made of uploads is recognised by their asset ids.  Links get theirs in Masko: the one mascot that
has appeared since the intent and belongs to no other intent is ours; else a person has to look.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, posts
from bot.db.tables import CreateIntentRow, ImageState, IntakeRow, PostRow
from bot.errors import BotError
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.masko.errors import MaskoBadRequest, MaskoUnintelligible
from bot.masko.responses import Project
from bot.telemetry.logging import Stopwatch, step
from bot.text import listed

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=10)
FIRST_LOOK = 5.0  # seconds


class Unsettled(BotError):
    """Masko was asked for a change that may still take effect; asked again, it might make it twice."""

    worth_retrying = True
    waits_for_turn = True

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"asked before, and not settled; looking again in {retry_after:.0f} s")
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        return "Masko hasn't confirmed this yet, so I'm checking before I ask again."


class SeveralAppeared(BotError):
    """An answer was lost, and one of several mascots (their `names`, listed) may be its result, or none."""

    def __init__(self, names: str) -> None:
        super().__init__(f"may be made from these links: {names}")
        self.names = names

    @property
    def words(self) -> str:
        return (
            f"Masko's answer got lost. {self.names} appeared in Masko since, and one may be from these "
            "links. Please look there; Retry does it again."
        )


@dataclass
class ExactlyOnce:
    """Makes mascots and adds references exactly once.

    Args:
        settling: seconds for which a request may take effect after its answer was lost (a Choice).
        creating: seconds that Masko may take to make a mascot.
    """

    store: Store
    masko: MaskoClient
    settling: float
    creating: float

    def __post_init__(self) -> None:
        self._settling = timedelta(seconds=self.settling)
        self._creating = max(timedelta(seconds=self.creating), self._settling)

    async def create(
        self,
        post: PostRow,
        project_id: str,
        assets: Sequence[str] = (),
        *,
        links: Sequence[str] = (),
        name: str | None = None,
    ) -> Mascot:
        """Make one mascot for a post, or return the one that an earlier try made.

        The caller calls `forget_intent` in the transaction that stores the mascot.  Raises Unsettled
        (an earlier try may be under way), SeveralAppeared, MaskoError; safe to repeat.
        """
        async with self.store.read() as session:
            earlier = await session.get(CreateIntentRow, post.id)
        if earlier is None:
            await self._intend(post, project_id, assets, links)
        elif mascot := await self._find(post, earlier):
            step(log, "found", mascot=mascot.id)
            return mascot
        else:
            await self._check_intent(earlier)
        watch = Stopwatch()
        try:
            mascot = await self.masko.create_mascot(
                project_id=project_id, reference_asset_ids=assets, reference_image_urls=links, name=name
            )
        except MaskoError as error:
            await self._not_created(post, error, waited=timedelta(milliseconds=watch.ms))
            raise
        step(log, "created", mascot=mascot.id, references=len(assets) + len(links), ms=watch.ms)
        return mascot

    async def add(self, mascot_id: str, image: IntakeRow) -> Mascot:
        """Add an uploaded image to a mascot that was just seen not to have it.  Raises as `create`."""
        assert image.asset_id is not None, "only uploaded images are added"
        if image.asked_at is not None:
            check_settled(image.asked_at, image.asked_at + self._settling, datetime.now(UTC))
        await self._note_asked(image, datetime.now(UTC))
        try:
            return await self.masko.add_reference(mascot_id, image.asset_id)
        except MaskoError as error:
            await self._note_asked(image, None if _is_settled(error) else datetime.now(UTC))
            raise

    async def _note_asked(self, image: IntakeRow, at: datetime | None) -> None:
        async with self.store.write() as session:
            await posts.change_image(session, image.id, asked_at=at)

    async def _intend(
        self, post: PostRow, project_id: str, assets: Sequence[str], links: Sequence[str]
    ) -> None:
        intent = CreateIntentRow(post_id=post.id, project_id=project_id, asset_ids=list(assets))
        if links:
            intent.links = list(links)
            intent.before = [summary.id async for summary in self.masko.mascots(project_id)]
        async with self.store.write() as session:
            session.add(intent)

    async def _find(self, post: PostRow, intent: CreateIntentRow) -> Mascot | None:
        if intent.links is not None:
            return await self._find_by_links(intent, post.wants_name)
        async for mascot in self._appeared_since(intent):
            if set(intent.asset_ids) & set(mascot.reference_asset_ids or ()):
                return mascot
        return None

    async def _appeared_since(self, intent: CreateIntentRow) -> AsyncIterator[Mascot]:
        """Yield in full the mascots that may have been made since and that nobody here knows."""
        async for summary in self.masko.mascots(intent.project_id):
            if not _may_be_newer(summary, intent):
                continue
            async with self.store.read() as session:
                known = await mascots.mascot(session, summary.id)
            if known is not None and known.read_at is not None:  # else Masko's list told of it, and no more
                continue
            try:
                mascot = await self.masko.mascot(summary.id)
            except MaskoNotFound:
                continue  # deleted since it was listed
            yield mascot

    async def _find_by_links(self, intent: CreateIntentRow, name: str | None) -> Mascot | None:
        """The one mascot that has appeared since, is as it was to be, and is nobody else's."""
        found = [each async for each in self._appeared_since(intent) if await self._fits(each, intent, name)]
        others = (CreateIntentRow.project_id == intent.project_id, CreateIntentRow.post_id != intent.post_id)
        async with self.store.read() as session:
            rows = await session.scalars(select(CreateIntentRow).where(*others))
        rivals = [each for each in rows if any(_may_be_made_by(each, mascot) for mascot in found)]
        if any(self._is_under_way(each) for each in rivals):
            raise Unsettled(FIRST_LOOK)  # whose it is will be known when that has ended
        if len(found) > 1 or rivals:
            async with self.store.write() as session:
                await forget_intent(session, intent.post_id)
            raise SeveralAppeared(listed([mascot.name or "a mascot without a name" for mascot in found]))
        return found[0] if found else None

    async def _fits(self, mascot: Mascot, intent: CreateIntentRow, name: str | None) -> bool:
        """Whether a mascot may be made from these links: it has the name, and none of our uploads."""
        if not _may_be_made_by(intent, mascot) or (name and mascot.name and mascot.name != name):
            return False
        ours = exists().where(IntakeRow.asset_id.in_(mascot.reference_asset_ids or ()))
        async with self.store.read() as session:
            return not await session.scalar(select(ours))

    def _is_under_way(self, intent: CreateIntentRow) -> bool:
        """Whether somebody may be waiting for the answer at this moment."""
        return intent.settles_at is None and datetime.now(UTC) < intent.created_at + 2 * self._creating

    async def _not_created(self, post: PostRow, error: MaskoError, waited: timedelta) -> None:
        if error.may_have_taken_effect:
            under_way = max(self._settling, self._creating - waited)
            await self._settles(post.id, timedelta() if _is_settled(error) else under_way)
            return
        async with self.store.write() as session:
            await forget_intent(session, post.id)
            if isinstance(error, MaskoNotFound | MaskoBadRequest):
                # Perhaps it is the uploads that it refused: the next try uploads again.
                values = {"state": ImageState.WAITING, "asset_id": None, "sha256": None}
                await posts.change_images(session, post.id, [ImageState.UPLOADED], **values)

    async def _check_intent(self, intent: CreateIntentRow) -> None:
        if intent.settles_at is None:  # whoever asked was stopped since, and does not wait any more
            await self._settles(intent.post_id, self._creating)
            raise Unsettled(FIRST_LOOK)
        check_settled(intent.settles_at - self._creating, intent.settles_at, datetime.now(UTC))
        await self._settles(intent.post_id, None)

    async def _settles(self, post_id: int, after: timedelta | None) -> None:
        at = None if after is None else datetime.now(UTC) + after
        intent = update(CreateIntentRow).where(CreateIntentRow.post_id == post_id)
        async with self.store.write() as session:
            await session.execute(intent.values(settles_at=at))


async def forget_intent(session: AsyncSession, post_id: int) -> None:
    """Delete an intent: the mascot was created and is known, or certainly not created."""
    await session.execute(delete(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


def _may_be_newer(mascot: Mascot, intent: CreateIntentRow) -> bool:
    """Whether a mascot may have been made when this was intended, or later."""
    made, there_before = mascot.created_at, mascot.id in (intent.before or ())
    return not there_before and (made is None or made >= intent.created_at - CLOCKS_DIFFER)


def _may_be_made_by(intent: CreateIntentRow, mascot: Mascot) -> bool:
    """Whether a mascot has a reference for each link, and was made while the request could take effect."""
    made, settled, held = mascot.created_at, intent.settles_at, mascot.reference_asset_ids
    fits = bool(intent.links) and (held is None or len(held) == len(intent.links or ()))
    too_late = made is not None and settled is not None and made >= settled + CLOCKS_DIFFER
    return fits and not too_late and _may_be_newer(mascot, intent)


def check_settled(lost: datetime, settled: datetime, now: datetime) -> None:
    """Raise Unsettled, with the seconds until the next look, unless a request cannot take effect any more.

    `lost`: since when nobody waits for the answer; `settled`: when the request cannot take effect.
    """
    if now < settled:
        since = (now - lost).total_seconds()
        raise Unsettled(min(max(FIRST_LOOK, since), (settled - now).total_seconds()))


def _is_settled(error: MaskoError) -> bool:
    """Masko itself answered, so nothing is under way any more; a proxy's answer tells nothing."""
    return not error.may_have_taken_effect or error.code is not None or isinstance(error, MaskoUnintelligible)


class NoProject(BotError):
    """The key sees no project to put a mascot in."""

    @property
    def words(self) -> str:
        return (
            "Masko has no project for new mascots yet. Create one in Masko, then press Retry; "
            "whoever installed this app can name it with MASKO_PROJECT_ID."
        )


class SeveralProjects(BotError):
    """The key sees several projects and none was chosen."""

    def __init__(self, projects: Sequence[Project]) -> None:
        super().__init__(f"{len(projects)} projects, none chosen")
        self.projects = tuple(projects)

    @property
    def words(self) -> str:
        return (
            f"Which of the {len(self.projects)} Masko projects should new mascots go to? "
            "Whoever installed this app can say so with MASKO_PROJECT_ID (masko-slack doctor lists them)."
        )


@dataclass
class ProjectChoice:
    """The project for new mascots: the `chosen` one (`MASKO_PROJECT_ID`), else the key's only project."""

    masko: MaskoClient
    chosen: str | None

    async def id(self) -> str:
        """Return the project's id.  Raises NoProject, SeveralProjects, MaskoError."""
        if self.chosen is None:
            self.chosen = only(await self.masko.projects()).id
        return self.chosen


def only(projects: Sequence[Project]) -> Project:
    """Return the one project.  Raises NoProject, SeveralProjects."""
    if not projects:
        raise NoProject
    if len(projects) > 1:
        raise SeveralProjects(projects)
    return projects[0]
