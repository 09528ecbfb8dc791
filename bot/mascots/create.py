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

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, posts
from bot.db.engine import insert
from bot.db.tables import CreateIntentRow, ImageState, IntakeRow, PostRow
from bot.errors import BotError, Refusal
from bot.masko import Mascot, MaskoClient, MaskoError, MaskoNotFound
from bot.masko.errors import MaskoBadRequest, MaskoUnintelligible
from bot.masko.responses import Project
from bot.telemetry.logging import Stopwatch, step
from bot.text import listed

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=10)
UNDER_WAY = timedelta(hours=1)  # how long a creation may take that meets trouble
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


@dataclass
class ExactlyOnce:
    """Makes mascots and adds references exactly once.

    Args:
        creating: seconds in which a request for a mascot takes effect, or else never does (a Choice).
        adding: the same for a reference.
    """

    store: Store
    masko: MaskoClient
    creating: float
    adding: float

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
        (an earlier try may be under way), Refusal (a person has to look), MaskoError; safe to repeat.
        """
        earlier = await self._intend(post, project_id, assets, links)
        if earlier is not None:
            if mascot := await self._find(post, earlier):
                step(log, "found", mascot=mascot.id)
                return mascot
            check_settled(earlier.asked_at, self.creating)
            await self._note_asked(post, datetime.now(UTC))
        watch = Stopwatch()
        try:
            mascot = await self.masko.create_mascot(
                project_id=project_id, reference_asset_ids=assets, reference_image_urls=links, name=name
            )
        except MaskoError as error:
            await self._not_created(post, error)
            raise
        step(log, "created", mascot=mascot.id, references=len(assets) + len(links), ms=watch.ms)
        return mascot

    async def add(self, mascot_id: str, image: IntakeRow) -> Mascot:
        """Add an uploaded image to a mascot that was just seen not to have it.  Raises as `create`."""
        assert image.asset_id is not None, "only uploaded images are added"
        check_settled(image.asked_at, self.adding)
        async with self.store.write() as session:
            await posts.change_image(session, image.id, asked_at=datetime.now(UTC))
        try:
            return await self.masko.add_reference(mascot_id, image.asset_id)
        except MaskoError as error:
            if _is_settled(error):
                async with self.store.write() as session:
                    await posts.change_image(session, image.id, asked_at=None)
            raise

    async def _intend(
        self, post: PostRow, project_id: str, assets: Sequence[str], links: Sequence[str]
    ) -> CreateIntentRow | None:
        """Store the intent, unless an earlier try has: return that one's."""
        before = [summary.id async for summary in self.masko.mascots(project_id)] if links else []
        row = {"post_id": post.id, "project_id": project_id, "asked_at": datetime.now(UTC)}
        row |= {"asset_ids": list(assets), "links": list(links), "before": before}
        async with self.store.write() as session:
            intent = insert(session, CreateIntentRow).values(row).on_conflict_do_nothing()
            if await session.scalar(intent.returning(CreateIntentRow.post_id)) is not None:
                return None
            return await session.get(CreateIntentRow, post.id)

    async def _find(self, post: PostRow, intent: CreateIntentRow) -> Mascot | None:
        if intent.links:
            return await self._find_by_links(intent, post.wants_name)
        async for mascot in self._appeared_since(intent):
            if set(intent.asset_ids) & set(mascot.reference_asset_ids or ()):
                return mascot
        return None

    async def _appeared_since(self, intent: CreateIntentRow) -> AsyncIterator[Mascot]:
        """Yield in full the mascots that may have been made since and that nobody here knows."""
        async for summary in self.masko.mascots(intent.project_id):
            made = summary.created_at
            if made is not None and made < intent.created_at - CLOCKS_DIFFER:
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
        """The one mascot that has appeared since and is as it was to be, unless it may be another post's."""
        fit = []
        async for mascot in self._appeared_since(intent):
            held = mascot.reference_asset_ids
            fits = held is None or len(held) == len(intent.links)
            if fits and mascot.id not in intent.before and (name is None or mascot.name in (None, name)):
                fit.append(mascot)
        recent = CreateIntentRow.created_at > intent.created_at - UNDER_WAY
        others = (CreateIntentRow.project_id == intent.project_id, CreateIntentRow.post_id != intent.post_id)
        async with self.store.read() as session:
            rival = await session.scalar(select(CreateIntentRow.post_id).where(*others, recent))
        if len(fit) > 1 or (fit and rival):
            async with self.store.write() as session:
                await forget_intent(session, intent.post_id)
            names = listed([mascot.name or "a mascot without a name" for mascot in fit])
            raise Refusal(
                f"Masko's answer got lost. {names} appeared in Masko since, and one may be from these "
                "links. Please look there; Retry does it again."
            )
        return fit[0] if fit else None

    async def _not_created(self, post: PostRow, error: MaskoError) -> None:
        if error.may_have_taken_effect:
            if _is_settled(error):
                await self._note_asked(post, None)
            return
        async with self.store.write() as session:
            await forget_intent(session, post.id)
            if isinstance(error, MaskoNotFound | MaskoBadRequest):
                # Perhaps it is the uploads that it refused: the next try uploads again.
                values = {"state": ImageState.WAITING, "asset_id": None, "sha256": None}
                await posts.change_images(session, post.id, [ImageState.UPLOADED], **values)

    async def _note_asked(self, post: PostRow, at: datetime | None) -> None:
        intent = update(CreateIntentRow).where(CreateIntentRow.post_id == post.id)
        async with self.store.write() as session:
            await session.execute(intent.values(asked_at=at))


async def forget_intent(session: AsyncSession, post_id: int) -> None:
    """Delete an intent: the mascot was created and is known, or certainly not created."""
    await session.execute(delete(CreateIntentRow).where(CreateIntentRow.post_id == post_id))


def check_settled(asked_at: datetime | None, takes: float) -> None:
    """Raise Unsettled, with the seconds until the next look, while a request can still take effect.

    `asked_at`: None where it cannot; `takes`: seconds in which it takes effect or else never does.
    """
    since = (datetime.now(UTC) - asked_at).total_seconds() if asked_at else takes
    if since < takes:
        raise Unsettled(min(max(FIRST_LOOK, since), takes - since))


def _is_settled(error: MaskoError) -> bool:
    """Masko itself answered, so nothing is under way any more; a proxy's answer tells nothing."""
    return not error.may_have_taken_effect or error.code is not None or isinstance(error, MaskoUnintelligible)


class NoProject(Refusal):
    """The key sees no project to put a mascot in."""


class SeveralProjects(Refusal):
    """The key sees several projects and none was chosen."""

    def __init__(self, projects: Sequence[Project]) -> None:
        super().__init__(
            f"Which of the {len(projects)} Masko projects should new mascots go to? "
            "Whoever installed this app can say so with MASKO_PROJECT_ID (masko-slack doctor lists them)."
        )
        self.projects = projects


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
        raise NoProject(
            "Masko has no project for new mascots yet. Create one in Masko, then press Retry; "
            "whoever installed this app can name it with MASKO_PROJECT_ID."
        )
    if len(projects) > 1:
        raise SeveralProjects(projects)
    return projects[0]
