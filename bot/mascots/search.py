"""The mascots of the team's Masko project: found by name, listed by the page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_sdk.models.blocks import Block, ButtonElement, ImageElement, MarkdownTextObject
from slack_sdk.models.blocks.basic_components import TextObject
from sqlalchemy.ext.asyncio import AsyncSession

from bot import text as naming
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.db import Store, mascots
from bot.db.tables import MascotRow
from bot.jobs.runner import all_of
from bot.mascots.create import ProjectChoice
from bot.mascots.service import MascotGone, Mascots
from bot.masko import Mascot, MaskoClient
from bot.slack.blocks import Picture, actions, button, context, image, references, section
from bot.slack.text import one_line, plain, shorten

log = logging.getLogger(__name__)

SHOW = "commands.show"
NAMES_WITHIN = 1.0  # seconds of the three in which a form must open (docs.slack.dev: views.open)
PAGE = 6  # mascots on a page: each is read in full once, and Masko counts requests
FRESH_FOR = 60.0  # seconds until Masko's list is asked for again
NAMELESS = "New mascot"


@dataclass(frozen=True)
class Option:
    label: str
    mascot_id: str


@dataclass(frozen=True)
class Listed:
    """A mascot in a list.

    Attributes:
        references: how many; None while only its line in Masko's list is known.
        cover: its first reference that can be shown.
        review: its state, as `in review · 1 of 2`; None without votes.
        channel: where it is at home; None for direct messages, and for what no thread shows.
    """

    mascot_id: str
    name: str
    references: int | None
    cover: Picture | None = None
    review: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Listing:
    """A page of found mascots: those from `start`, at most `page`, of `total`; `words` is empty for all."""

    words: str
    mascots: tuple[Listed, ...]
    start: int
    total: int
    page: int = PAGE


@dataclass(frozen=True)
class Found:
    """The mascots that a name means, or else those with similar names."""

    mascots: tuple[MascotRow, ...] = ()
    near: tuple[MascotRow, ...] = ()

    @property
    def only(self) -> MascotRow | None:
        """The one that is meant; None for none or several."""
        return self.mascots[0] if len(self.mascots) == 1 else None

    @property
    def candidates(self) -> tuple[MascotRow, ...]:
        return self.mascots or self.near


@dataclass
class MascotSearch:
    """Finds mascots that a person sees, in the database; Masko's list is read into it now and then."""

    store: Store
    masko: MaskoClient
    projects: ProjectChoice
    mascots: Mascots
    permissions: Permissions
    review: Callable[[AsyncSession, str], Awaitable[str | None]]  # a mascot's id → `Listed.review`

    def __post_init__(self) -> None:
        self._listed_at = float("-inf")

    async def find(self, actor: Actor, name: str, *, deleted: bool = False) -> Found:
        """Return the mascots that a name means; without an exact match, read Masko's list first."""
        rows, found = await self._match(actor, name, deleted)
        if found.only is None or rows[found.only].casefold() != name.casefold():
            await self.sync(actor.team)
            rows, found = await self._match(actor, name, deleted)
        if len(found.ids) > 1:  # to be told apart
            await all_of(*map(self._read_once, found.ids[:PAGE]))
        async with self.store.read() as session:
            return Found(await _in_order(session, found.ids), await _in_order(session, found.near))

    async def by_id(self, actor: Actor, mascot_id: str) -> Found:
        """Return the mascot with an id, where somebody sees it.  Raises CannotTell."""
        row = await self.mascots.known(mascot_id)
        visible = await self.permissions.visible(actor, {mascot_id})
        return Found((row,) if row and row.id in visible else ())

    async def _match(self, actor: Actor, name: str, deleted: bool) -> tuple[dict[str, str], naming.Match]:
        rows = await self._known(actor.team, deleted=deleted)
        while True:
            found = await asyncio.to_thread(naming.match, name, rows)
            candidates = {*found.ids, *found.near}
            hidden = candidates - await self.permissions.visible(actor, candidates)
            if not hidden:
                return rows, found
            rows = {each: name for each, name in rows.items() if each not in hidden}

    async def page(self, actor: Actor, words: str = "", start: int = 0) -> Listing:
        """Return a page of the mascots whose names hold these words, by name, as Masko has them."""
        await self.sync(actor.team)
        ids, start, total = await self._ids(actor, words, start)
        await all_of(*map(self._read_once, ids))
        return await self._listing(words, ids, start, total)

    async def known_page(self, actor: Actor, words: str, start: int) -> Listing:
        """Return the same from what is known here, without asking Masko."""
        return await self._listing(words, *await self._ids(actor, words, start))

    async def page_of(self, actor: Actor, start: int) -> Listing:
        """Return a page of the mascots that a person made or added to, the latest first, as known here."""
        async with self.store.read() as session:
            rows = await mascots.mascots_of(session, actor.team, actor.user)
        visible = await self.permissions.visible(actor, {row.id for row in rows})
        theirs = [row.id for row in rows if row.id in visible]
        return await self._listing("", *_page_at(start, theirs))

    async def choices(self, actor: Actor, words: str = "") -> dict[str, str]:
        """Return id → label of mascots whose names hold the words, else of those with similar names.

        They are as known here; none where Slack does not tell soon enough what somebody sees.
        """
        try:
            async with asyncio.timeout(NAMES_WITHIN):
                names = await self._visible(actor)
        except (CannotTell, TimeoutError) as error:
            log.info("no mascots to choose from: %s", error)
            return {}
        async with self.store.read() as session:
            rows = {row.id: row for row in await mascots.of_team(session, actor.team)}
        ids = await asyncio.to_thread(naming.suggested, words, names)
        return labels([rows[each] for each in ids if each in rows])

    async def sync(self, team: str) -> None:
        """Read Masko's list, unless that was a moment ago."""
        now = time.monotonic()
        if now - self._listed_at < FRESH_FOR:
            return
        listed = [summary async for summary in self.masko.mascots(await self.projects.id())]
        await self.store.write_at_once(lambda session: _remember(session, team, listed))
        self._listed_at = now

    async def _ids(self, actor: Actor, words: str, start: int) -> tuple[list[str], int, int]:
        return _page_at(start, await asyncio.to_thread(naming.containing, words, await self._visible(actor)))

    async def _visible(self, actor: Actor) -> dict[str, str]:
        names = await self._known(actor.team)
        visible = await self.permissions.visible(actor, names.keys())
        return {each: name for each, name in names.items() if each in visible}

    async def _known(self, team: str, *, deleted: bool = False) -> dict[str, str]:
        async with self.store.read() as session:
            rows = await mascots.of_team(session, team, deleted=deleted)
            return {row.id: row.name or NAMELESS for row in rows}

    async def _read_once(self, mascot_id: str) -> None:
        """Read a mascot in full where only its line in Masko's list is known."""
        async with self.store.read() as session:
            row = await mascots.mascot(session, mascot_id)
        if row is not None and row.read_at is None:
            try:
                await self.mascots.refresh(mascot_id)
            except MascotGone:
                log.info("mascot %s was deleted since it was listed", mascot_id)

    async def _listing(self, words: str, ids: Sequence[str], start: int, total: int) -> Listing:
        async with self.store.read() as session:
            rows = [row for row in await _in_order(session, ids) if row.gone_at is None]
        return Listing(words, await self.listed(rows), start, total)

    async def listed(self, rows: Sequence[MascotRow]) -> tuple[Listed, ...]:
        async with self.store.read() as session:
            return tuple([await self._listed(session, row) for row in rows])

    async def _listed(self, session: AsyncSession, row: MascotRow) -> Listed:
        name, held = row.name or NAMELESS, set(row.reference_ids)
        shown = (
            Picture(each.name, each.alt or name, each.file_id)
            for each in await mascots.references(session, row.id)
            if each.showable and each.asset_id in held
        )
        review, count = await self.review(session, row.id), len(held) if row.read_at else None
        homes = [each.channel for each in await mascots.threads_of(session, row.id)][:1]
        channel = next((each for each in homes if not each.startswith("D")), None)
        return Listed(row.id, name, count, next(shown, None), review, channel)


async def _remember(session: AsyncSession, team: str, listed: Sequence[Mascot]) -> None:
    """Keep what Masko's list says; a mascot that it lacks may be new or in another project."""
    known = {row.id for row in await mascots.of_team(session, team, deleted=True)}
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


def _page_at(wanted: int, ids: list[str]) -> tuple[list[str], int, int]:
    """Return the mascots on a page, or else on the last one; where it starts; how many there are in all."""
    start = max(0, min(wanted, (len(ids) - 1) // PAGE * PAGE))
    return ids[start : start + PAGE], start, len(ids)


def labels(rows: Sequence[MascotRow]) -> dict[str, str]:
    """Return id → label that tells mascots of the same name apart in Slack's menu, which shows no images:
    by their counts, and if need be by their days and ids."""
    brief = [
        f"{row.name or NAMELESS} · {references(len(row.reference_ids))}"
        if row.read_at
        else row.name or NAMELESS
        for row in rows
    ]
    times = Counter(brief)
    return {
        row.id: label if times[label] == 1 else f"{label} · {row.created_at:%b %-d} · {row.id[-4:]}"
        for label, row in zip(brief, rows, strict=True)
    }


def heading(found: Listing, whose: str) -> str:
    """Say how many mascots there are in all, and which are on the page; `whose`: those without words."""
    if found.words and not found.mascots:
        return f"No mascot's name has “{one_line(found.words)}” in it."
    count = "1 mascot" if found.total == 1 else f"{found.total} mascots"
    head = f"{count} {f'with “{one_line(found.words)}”' if found.words else whose}"
    if found.total <= found.page:
        return head
    return f"{head}: {found.start + 1}-{found.start + len(found.mascots)} of {found.total}"


def mascot_blocks(mascot: Listed, choose: ButtonElement | None = None) -> Iterator[Block]:
    """Render a mascot: name and button (`choose`, else *Show*), picture, count, review, channel."""
    name = shorten(one_line(mascot.name), 150)
    beside = choose or button("Show", SHOW, mascot.mascot_id)
    yield section(name, f"mascot.{mascot.mascot_id}", beside)
    below: list[TextObject | ImageElement] = []
    if mascot.cover is not None and mascot.cover.file_id:
        below.append(image(mascot.cover))
    count = references(mascot.references) if mascot.references is not None else None
    if words := " · ".join(filter(None, (count, mascot.review))):
        below.append(plain(words))
    if mascot.channel:
        below.append(MarkdownTextObject(text=f"<#{mascot.channel}>"))
    if below:
        yield context(*below, block_id=f"below.{mascot.mascot_id}")


def pager(action_id: str, found: Listing, value: Callable[[int], str]) -> list[Block]:
    """Return buttons that turn pages, if there are several; `value`: where a page starts → its button's."""
    turns = [
        button(label, f"{action_id}.{label.lower()}", value(start))
        for label, start in (("Previous", found.start - found.page), ("Next", found.start + found.page))
        if 0 <= start < found.total
    ]
    return [actions(turns, "pages")] if turns else []
