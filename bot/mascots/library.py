"""All mascots of the team's Masko project, found by name."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import text as naming
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.db import Store, mascots
from bot.db.tables import MascotRow, ReferenceRow
from bot.jobs.together import all_of
from bot.mascots.projects import ProjectChoice
from bot.mascots.service import MascotGone, Mascots
from bot.masko import MascotSummary, MaskoClient
from bot.slack.blocks import references


@dataclass(frozen=True)
class Option:
    """One thing to choose: what it says, and the mascot that it stands for."""

    label: str
    mascot_id: str


log = logging.getLogger(__name__)

NAMES_WITHIN = 1.0  # seconds of the three in which a form must open (docs.slack.dev: views.open)
PAGE = 6  # mascots on a page: each is read in full once, and Masko counts requests
FRESH_FOR = 60.0  # seconds until Masko's list is asked for again
NAMELESS = "New mascot"

Review = Callable[[AsyncSession, str], Awaitable[str | None]]
"""Where the review of a mascot (its id) stands, in words; None where nobody has reviewed it."""


@dataclass(frozen=True)
class Known:
    """A mascot as it may be shown in a list.

    Attributes:
        references: how many it has; None while only its line in Masko's list is known.
        cover: its first reference that this program knows, for a thumbnail.
        review: where its review stands, in words; None where nobody has reviewed it.
    """

    id: str
    name: str
    references: int | None
    cover: ReferenceRow | None
    review: str | None = None


@dataclass(frozen=True)
class Found:
    """What a name may mean: the mascots that it means, or else those with similar names."""

    mascots: tuple[MascotRow, ...] = ()
    near: tuple[MascotRow, ...] = ()

    @property
    def only(self) -> MascotRow | None:
        """The one that is meant; None for none or several."""
        return self.mascots[0] if len(self.mascots) == 1 else None

    @property
    def candidates(self) -> tuple[MascotRow, ...]:
        """Those to choose from."""
        return self.mascots or self.near


@dataclass(frozen=True)
class Page:
    """Some of the mascots that were looked for, `start` of them before it, `total` in all."""

    mascots: tuple[Known, ...]
    start: int
    total: int


class Library:
    """Looks mascots up, each for somebody: what they do not see is as good as not there.

    Masko is asked for its list now and then, since mascots are made there too; what was read is kept in the
    store, and looked up there.

    Args:
        store: where mascots are.
        masko: the Masko API; it holds the truth.
        projects: says whose mascots these are.
        mascots: reads single ones in full.
        permissions: says who sees which.
        review: tells where a mascot's review stands.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        store: Store,
        masko: MaskoClient,
        projects: ProjectChoice,
        mascots: Mascots,
        permissions: Permissions,
        review: Review,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._masko = masko
        self._projects = projects
        self._mascots = mascots
        self._permissions = permissions
        self._review = review
        self._clock = clock
        self._listed_at = float("-inf")

    async def find(self, actor: Actor, name: str, *, deleted: bool = False) -> Found:
        """The mascots that a name means; Masko's list is asked for where nothing here has that name.

        Args:
            deleted: also those that were deleted in Masko.

        Raises:
            BotError: Masko could not be asked, or Slack did not say who they are.
        """
        rows, found = await self._match(actor, name, deleted)
        if found.only is None or rows[found.only].casefold() != name.casefold():
            await self.bring_up_to_date(actor.team)
            rows, found = await self._match(actor, name, deleted)
        async with self._store.read() as session:
            return Found(await _in_order(session, found.ids), await _in_order(session, found.near))

    async def _match(self, actor: Actor, name: str, deleted: bool) -> tuple[dict[str, str], naming.Match]:
        """What a name means among what somebody sees; only what it may mean is asked about."""
        rows = await self._known(actor.team, deleted=deleted)
        while True:
            found = await asyncio.to_thread(naming.match, name, rows)
            candidates = {*found.ids, *found.near}
            hidden = candidates - await self._permissions.visible(actor, candidates)
            if not hidden:
                return rows, found
            rows = {each: name for each, name in rows.items() if each not in hidden}

    async def page(self, actor: Actor, words: str = "", start: int = 0) -> Page:
        """A page of the mascots whose names hold these words, by name.

        Raises:
            BotError: Masko could not be asked, or Slack did not say who they are.
        """
        await self.bring_up_to_date(actor.team)
        ids, start, total = await self._ids(actor, words, start)
        shown = await all_of(*map(self._in_full, ids))
        return Page(tuple(filter(None, shown)), start, total)

    async def known_page(self, actor: Actor, words: str = "", start: int = 0) -> Page:
        """The same from what is known here, without asking Masko."""
        ids, start, total = await self._ids(actor, words, start)
        async with self._store.read() as session:
            shown = [await self._listed(session, row) for row in await _in_order(session, ids)]
        return Page(tuple(shown), start, total)

    async def page_of(self, actor: Actor, start: int = 0) -> Page:
        """A page of the mascots that a person made or added to, those they touched last first, without
        asking Masko."""
        async with self._store.read() as session:
            rows = await mascots.mascots_of(session, actor.team, actor.user)
        visible = await self._permissions.visible(actor, {row.id for row in rows})
        theirs = [row for row in rows if row.id in visible]
        start = page_start(start, len(theirs), PAGE)
        async with self._store.read() as session:
            shown = [await self._listed(session, row) for row in theirs[start : start + PAGE]]
        return Page(tuple(shown), start, len(theirs))

    async def names(self, actor: Actor) -> dict[str, str]:
        """id → name of every mascot that is known here and that somebody sees, without asking Masko; none
        where Slack does not tell soon enough what they see: a form waits for it."""
        names = await self._known(actor.team)
        try:
            async with asyncio.timeout(NAMES_WITHIN):
                visible = await self._permissions.visible(actor, names.keys())
        except (CannotTell, TimeoutError) as error:
            log.info("no mascots to choose from: %s", error)
            return {}
        return {each: name for each, name in names.items() if each in visible}

    async def bring_up_to_date(self, team: str) -> None:
        """Ask Masko for its list, unless that was a moment ago.

        Raises:
            BotError: Masko could not be asked.
        """
        now = self._clock()
        if now - self._listed_at < FRESH_FOR:
            return
        listed = [summary async for summary in self._masko.mascots(await self._projects.id())]
        await self._store.write_at_once(lambda session: _take_over(session, team, listed))
        self._listed_at = now

    async def suggest(self, actor: Actor, words: str, most: int) -> tuple[Option, ...]:
        """Mascots to choose from while somebody types, by name, without asking Masko: those whose names hold
        the words, else those that they may mean all the same."""
        names = await self.names(actor)
        async with self._store.read() as session:
            living = await mascots.living(session, actor.team)
        rows = {row.id: row for row in living if row.id in names}
        ids = await asyncio.to_thread(naming.suggested, words, names)
        return options([rows[each] for each in ids[:most]])

    async def _ids(self, actor: Actor, words: str, start: int) -> tuple[list[str], int, int]:
        """The mascots on a page by name; where it starts, and how many there are on all pages."""
        names = await self._known(actor.team)
        visible = await self._permissions.visible(actor, names.keys())
        names = {each: name for each, name in names.items() if each in visible}
        ids = await asyncio.to_thread(naming.containing, words, names)
        start = page_start(start, len(ids), PAGE)
        return ids[start : start + PAGE], start, len(ids)

    async def _known(self, team: str, *, deleted: bool = False) -> dict[str, str]:
        async with self._store.read() as session:
            rows = await (mascots.ever if deleted else mascots.living)(session, team)
            return {row.id: row.name or NAMELESS for row in rows}

    async def _in_full(self, mascot_id: str) -> Known | None:
        """None for one that was deleted since it was listed."""
        async with self._store.read() as session:
            row = await mascots.mascot(session, mascot_id)
        if row is not None and row.read_at is None:
            try:
                await self._mascots.refresh(mascot_id)
            except MascotGone:
                return None
        async with self._store.read() as session:
            row = await mascots.mascot(session, mascot_id)
            return await self._listed(session, row) if row is not None and row.gone_at is None else None

    async def _listed(self, session: AsyncSession, row: MascotRow) -> Known:
        held = set(row.reference_ids)
        references = await mascots.references(session, row.id)
        covers = (each for each in references if each.showable and each.asset_id in held)
        count = len(held) if row.read_at else None
        return Known(
            row.id, row.name or NAMELESS, count, next(covers, None), await self._review(session, row.id)
        )


async def _take_over(session: AsyncSession, team: str, listed: Sequence[MascotSummary]) -> None:
    """Remember what Masko's list says.  What it lacks may be new or elsewhere: that is nobody's end."""
    known = await mascots.known_among(session, [summary.id for summary in listed])
    for summary in listed:
        if summary.id in known:
            if summary.name:
                await mascots.change_mascot(session, summary.id, name=summary.name)
            continue
        row: dict[str, object] = {
            "id": summary.id,
            "team": team,
            "project_id": summary.project_id,
            "name": summary.name,
            "reference_ids": [],
            "created_at": summary.created_at or datetime.now(UTC),
        }
        await mascots.add(session, row)


async def _in_order(session: AsyncSession, ids: Sequence[str]) -> tuple[MascotRow, ...]:
    rows = [await mascots.mascot(session, mascot_id) for mascot_id in ids]
    return tuple(row for row in rows if row is not None)


def page_start(wanted: int, total: int, most: int) -> int:
    """Where the page of at most so many starts that is wanted, or else the last one."""
    return max(0, min(wanted, (total - 1) // most * most))


def options(rows: Sequence[MascotRow]) -> tuple[Option, ...]:
    """Labels that tell mascots of the same name apart: by their counts, and by their ids if need be."""
    labels = [
        f"{row.name or NAMELESS} · {references(len(row.reference_ids))}"
        if row.read_at
        else row.name or NAMELESS
        for row in rows
    ]
    return tuple(
        Option(label if labels.count(label) == 1 else f"{label} · {row.id[-4:]}", row.id)
        for label, row in zip(labels, rows, strict=True)
    )
