"""Changes in Masko that take effect exactly once: intent, idempotency, reconciliation.

Masko documents no idempotency key.  So an intent is stored before each request; after a lost answer
the change is looked for, and requested again only when the first request cannot take effect any more.

Uploads are recognised by asset id.  A link gets its asset in Masko: the one thing that has appeared
since the intent and belongs to no other intent is ours; if there are several, a person has to look.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.db import Store, mascots, posts
from bot.db.tables import CreateIntentRow, ImageState, IntakeRow, PostRow
from bot.errors import BotError
from bot.masko import (
    Mascot,
    MaskoBadRequest,
    MaskoClient,
    MaskoError,
    MaskoNotFound,
    MaskoUnintelligible,
    Project,
)
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
        return "Masko has not said yet what became of this, so I look for it before I ask again."


class SeveralAppeared(BotError):
    """An answer was lost, and several things in Masko (`what`, a sentence's beginning) may be its result."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self._what = what

    @property
    def words(self) -> str:
        return f"Masko's answer got lost. {self._what} Please look there; Retry does it again."


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

        The caller calls `posts.forget_intent` in the transaction that stores the mascot.  Raises Unsettled
        (an earlier try may be under way), SeveralAppeared, MaskoError; safe to repeat.
        """
        async with self.store.read() as session:
            earlier = await posts.intent_of(session, post.id)
        if earlier is None:
            await self._intend(post, project_id, assets, links)
        else:
            if mascot := await self._find(post, earlier):
                return mascot
            await self._check_intent(post, earlier)
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
            _check_settled(image.asked_at, image.asked_at + self._settling)
        await self._note_asked(image, datetime.now(UTC))
        try:
            return await self.masko.add_reference(mascot_id, asset_id=image.asset_id)
        except MaskoError as error:
            await self._note_asked(image, None if _is_settled(error) else datetime.now(UTC))
            raise

    async def add_link(self, mascot_id: str, image: IntakeRow, held: Sequence[str]) -> list[str]:
        """Let Masko fetch an image and add it to a mascot that the caller has locked.

        Sets the image's `asset_id`, unless Masko has that picture there already.  `held` is the
        mascot's asset ids; returns them afterwards.  Raises as `create`.
        """
        assert image.url is not None, "only links are fetched"
        if image.asked_at is not None:
            if appeared := await self._references_since(mascot_id, image, held):
                image.asset_id = appeared
                return list(held)
            _check_settled(image.asked_at, image.asked_at + self._creating)
        await self._wait_for_other_links(mascot_id, image)
        before = {"mascot": mascot_id, "references": list(held)}
        await self._note_asked(image, datetime.now(UTC), before=before)
        try:
            mascot = await self.masko.add_reference(mascot_id, url=image.url)
        except MaskoError as error:
            under_way_since = datetime.now(UTC) - (self._creating if _is_settled(error) else timedelta())
            await self._note_asked(image, under_way_since if error.may_have_taken_effect else None)
            raise
        now = mascot.reference_asset_ids or held
        image.asset_id = next((each for each in reversed(now) if each not in held), None)
        return list(now)

    async def _references_since(self, mascot_id: str, image: IntakeRow, held: Sequence[str]) -> str | None:
        before = set(image.before["references"] if image.before else held)
        appeared = [each for each in held if each not in before]
        async with self.store.read() as session:
            ours = await posts.uploads_among(session, appeared)
        unknown = [each for each in appeared if each not in ours]
        if len(unknown) > 1:
            await self._note_asked(image, None)
            raise SeveralAppeared(
                f"{len(unknown)} references have appeared in Masko since, and one may be {image.name}."
            )
        return unknown[0] if unknown else None

    async def _wait_for_other_links(self, mascot_id: str, image: IntakeRow) -> None:
        """One link at a time: two whose answers are lost could not be told from each other."""
        async with self.store.read() as session:
            others = await posts.other_links_asked(session, image, mascot_id)
        for asked_at in [other.asked_at for other in others if other.asked_at]:
            _check_settled(asked_at, asked_at + self._creating)

    async def _intend(
        self, post: PostRow, project_id: str, assets: Sequence[str], links: Sequence[str]
    ) -> None:
        values = {"asset_ids": list(assets)}
        if links:
            since = datetime.now(UTC) - CLOCKS_DIFFER
            newest = [each.id async for each in self.masko.mascots(project_id) if _made_since(each, since)]
            values |= {"links": list(links), "before": newest}
        await self.store.write_at_once(lambda session: posts.intend(session, post.id, project_id, **values))

    async def _find(self, post: PostRow, intent: CreateIntentRow) -> Mascot | None:
        if intent.links is not None:
            return await self._find_by_links(post, intent)
        async for summary in self.masko.mascots(intent.project_id):
            if await self._may_be_ours(summary, intent) and (mascot := await self._holding(summary, intent)):
                step(log, "found", mascot=mascot.id)
                return mascot
        return None

    async def _find_by_links(self, post: PostRow, intent: CreateIntentRow) -> Mascot | None:
        """The one mascot that has appeared since, is as it was to be, and is nobody else's."""
        found = [
            mascot
            async for summary in self.masko.mascots(intent.project_id)
            if await self._may_be_ours(summary, intent)
            and (mascot := await self._as_intended(summary, intent, post.wants_name))
        ]
        if not found:
            return None
        async with self.store.read() as session:
            others = await posts.other_intents_by_links(session, intent)
        rivals = [each for each in others if any(_may_have_made(each, mascot) for mascot in found)]
        if any(self._is_under_way(each) for each in rivals):
            raise Unsettled(FIRST_LOOK)  # whose it is will be known when that has ended
        if len(found) == 1 and not rivals:
            step(log, "found", mascot=found[0].id)
            return found[0]
        async with self.store.write() as session:
            await posts.forget_intent(session, post.id)
        names = listed([mascot.name or "a mascot without a name" for mascot in found])
        raise SeveralAppeared(f"{names} appeared in Masko since, and one may be made from these links.")

    async def _as_intended(self, summary: Mascot, intent: CreateIntentRow, name: str | None) -> Mascot | None:
        """The mascot, if it has the intended name and one reference that was not uploaded for each link."""
        if name and summary.name and summary.name != name:
            return None
        try:
            mascot = await self.masko.mascot(summary.id)
        except MaskoNotFound:
            return None  # deleted since it was listed
        held = mascot.reference_asset_ids
        if held is None:  # an answer that does not tell
            return mascot
        async with self.store.read() as session:
            uploaded = await posts.uploads_among(session, held)
        return mascot if len(held) == len(intent.links or ()) and not uploaded else None

    def _is_under_way(self, intent: CreateIntentRow) -> bool:
        """Whether somebody may be waiting for the answer at this moment."""
        return intent.settles_at is None and datetime.now(UTC) < intent.created_at + 2 * self._creating

    async def _may_be_ours(self, summary: Mascot, intent: CreateIntentRow) -> bool:
        if not _appeared_since(intent, summary):
            return False
        async with self.store.read() as session:
            known = await mascots.mascot(session, summary.id)
        return known is None or known.read_at is None  # a line in Masko's list says nothing of its references

    async def _holding(self, summary: Mascot, intent: CreateIntentRow) -> Mascot | None:
        try:
            mascot = await self.masko.mascot(summary.id)
        except MaskoNotFound:
            return None  # deleted since it was listed
        return mascot if set(intent.asset_ids) & set(mascot.reference_asset_ids or ()) else None

    async def _not_created(self, post: PostRow, error: MaskoError, waited: timedelta) -> None:
        if error.may_have_taken_effect:
            under_way = max(self._settling, self._creating - waited)
            await self._settles(post, timedelta() if _is_settled(error) else under_way)
            return
        async with self.store.write() as session:
            await posts.forget_intent(session, post.id)
            if isinstance(error, MaskoNotFound | MaskoBadRequest):
                # Perhaps it is the uploads that it refused: the next try uploads again.
                values = {"state": ImageState.WAITING, "asset_id": None, "sha256": None}
                await posts.change_images(session, post.id, [ImageState.UPLOADED], **values)

    async def _check_intent(self, post: PostRow, earlier: CreateIntentRow) -> None:
        if earlier.settles_at is None:  # whoever asked was stopped since, and does not wait any more
            await self._settles(post, self._creating)
            raise Unsettled(FIRST_LOOK)
        _check_settled(earlier.settles_at - self._creating, earlier.settles_at)
        async with self.store.write() as session:
            await posts.change_intent(session, post.id, settles_at=None)

    async def _settles(self, post: PostRow, after: timedelta) -> None:
        async with self.store.write() as session:
            await posts.change_intent(session, post.id, settles_at=datetime.now(UTC) + after)

    async def _note_asked(self, image: IntakeRow, at: datetime | None, **values: Any) -> None:
        async with self.store.write() as session:
            await posts.change_image(session, image.id, asked_at=at, **values)


def _made_since(mascot: Mascot, time: datetime) -> bool:
    return mascot.created_at is None or mascot.created_at >= time


def _appeared_since(intent: CreateIntentRow, mascot: Mascot) -> bool:
    """Whether a mascot may have been made when this was intended, or later."""
    there_before = mascot.id in (intent.before or ())
    return not there_before and _made_since(mascot, intent.created_at - CLOCKS_DIFFER)


def _may_have_made(intent: CreateIntentRow, mascot: Mascot) -> bool:
    """The same, unless it was made when what was intended could not take effect any more."""
    settled = intent.settles_at and _made_since(mascot, intent.settles_at + CLOCKS_DIFFER)
    return _appeared_since(intent, mascot) and not (settled and mascot.created_at)


def _check_settled(lost: datetime, settled: datetime) -> None:
    seconds = look_again(lost, datetime.now(UTC), settled)
    if seconds is not None:
        raise Unsettled(seconds)


def look_again(lost: datetime, now: datetime, settled: datetime) -> float | None:
    """Return the seconds until the next look whether a change took effect; None when it cannot any more.

    `lost`: since when nobody waits for the answer; `settled`: when the request cannot take effect.
    """
    if now >= settled:
        return None
    since = max(0.0, (now - lost).total_seconds())
    return min(max(FIRST_LOOK, since), (settled - now).total_seconds())


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


class ProjectChoice:
    """The project for new mascots: `MASKO_PROJECT_ID`, else the key's only project."""

    def __init__(self, masko: MaskoClient, chosen: str | None) -> None:
        self._masko = masko
        self._known = chosen

    async def id(self) -> str:
        """Return the project's id.  Raises NoProject, SeveralProjects, MaskoError."""
        if self._known is None:
            self._known = only(await self._masko.projects()).id
        return self._known


def only(projects: Sequence[Project]) -> Project:
    """Return the one project.  Raises NoProject, SeveralProjects."""
    if not projects:
        raise NoProject
    if len(projects) > 1:
        raise SeveralProjects(projects)
    return projects[0]
