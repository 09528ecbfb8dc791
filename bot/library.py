"""All mascots of the team's Masko project, found by name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import naming
from bot.intake.together import all_of
from bot.mascots import MascotGone, Mascots
from bot.masko import MascotSummary, MaskoClient
from bot.messages import Option, references
from bot.projects import ProjectChoice
from bot.review.record import load
from bot.review.words import in_list
from bot.store import Store, belongings, mascots, reviews
from bot.store.tables import MascotRow, ReferenceRow

PAGE = 6  # mascots on a page: each is read in full once, and Masko counts requests
FRESH_FOR = 60.0  # seconds until Masko's list is asked for again
NAMELESS = "New mascot"


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
    """Looks mascots up.

    Masko is asked for its list now and then, since mascots are made there too; what was read is kept in the
    store, and looked up there.

    Args:
        store: where mascots are.
        masko: the Masko API; it holds the truth.
        projects: says whose mascots these are.
        mascots: reads single ones in full.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        store: Store,
        masko: MaskoClient,
        projects: ProjectChoice,
        mascots: Mascots,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._masko = masko
        self._projects = projects
        self._mascots = mascots
        self._clock = clock
        self._listed_at = float("-inf")

    async def find(self, team: str, name: str, *, deleted: bool = False) -> Found:
        """The mascots that a name means; Masko's list is asked for where nothing here has that name.

        Args:
            deleted: also those that were deleted in Masko.

        Raises:
            BotError: Masko could not be asked.
        """
        rows = await self._known(team, deleted=deleted)
        found = await asyncio.to_thread(naming.match, name, rows)
        if found.only is None or rows[found.only].casefold() != name.casefold():
            await self.bring_up_to_date(team)
            rows = await self._known(team, deleted=deleted)
            found = await asyncio.to_thread(naming.match, name, rows)
        async with self._store.read() as session:
            return Found(await _in_order(session, found.ids), await _in_order(session, found.near))

    async def page(self, team: str, words: str = "", start: int = 0) -> Page:
        """A page of the mascots whose names hold these words, by name.

        Raises:
            BotError: Masko could not be asked.
        """
        await self.bring_up_to_date(team)
        ids, start, total = await self._ids(team, words, start)
        shown = await all_of(*map(self._in_full, ids))
        return Page(tuple(filter(None, shown)), start, total)

    async def known_page(self, team: str, words: str = "", start: int = 0) -> Page:
        """The same from what is known here, without asking Masko."""
        ids, start, total = await self._ids(team, words, start)
        async with self._store.read() as session:
            shown = [await _known(session, row) for row in await _in_order(session, ids)]
        return Page(tuple(shown), start, total)

    async def page_of(self, team: str, user: str, start: int = 0) -> Page:
        """A page of the mascots that a person made or added to, those they touched last first, without
        asking Masko."""
        async with self._store.read() as session:
            _, total = await belongings.mascots_of(session, team, user, start=0, most=0)
            start = page_start(start, total, PAGE)
            rows, _ = await belongings.mascots_of(session, team, user, start=start, most=PAGE)
            return Page(tuple([await _known(session, row) for row in rows]), start, total)

    async def names(self, team: str) -> dict[str, str]:
        """id → name of every mascot that is known here, without asking Masko."""
        return await self._known(team)

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

    async def suggest(self, team: str, words: str, most: int) -> tuple[Option, ...]:
        """Mascots to choose from while somebody types, by name, without asking Masko: those whose names hold
        the words, else those that they may mean all the same."""
        async with self._store.read() as session:
            rows = {row.id: row for row in await mascots.living(session, team)}
        names = {row.id: row.name or NAMELESS for row in rows.values()}
        ids = await asyncio.to_thread(naming.suggested, words, names)
        return options([rows[each] for each in ids[:most]])

    async def _ids(self, team: str, words: str, start: int) -> tuple[list[str], int, int]:
        """The mascots on a page by name; where it starts, and how many there are on all pages."""
        names = await self._known(team)
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
            return await _known(session, row) if row is not None and row.gone_at is None else None


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


async def _known(session: AsyncSession, row: MascotRow) -> Known:
    held = set(row.reference_ids)
    references = await mascots.references(session, row.id)
    covers = (each for each in references if each.showable and each.asset_id in held)
    count = len(held) if row.read_at else None
    return Known(row.id, row.name or NAMELESS, count, next(covers, None), await _review(session, row.id))


async def _review(session: AsyncSession, mascot_id: str) -> str | None:
    """By its record: what is written down for lists may be of what the mascot was before."""
    if not await reviews.states(session, [mascot_id]):
        return None
    record = await load(session, mascot_id)
    return in_list(record) if record is not None else None


def page_start(wanted: int, total: int, most: int) -> int:
    """Where the page of at most so many starts that is wanted, or else the last one."""
    return min(wanted, max(0, (total - 1) // most * most))


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
