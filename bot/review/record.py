"""The record of a mascot's review in the store: read as a whole, and grown by a line at a time.

Everything here is part of the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.queries import settings_of
from bot.channels.settings import USUAL, ChannelSettings
from bot.db import mascots
from bot.db.tables import MascotRow, ReferenceRow, ThreadRow
from bot.db.values import Did
from bot.review import queries as reviews
from bot.review.edition import Edition, Part
from bot.review.state import Entry, Review, last_edition, replay, what_follows


@dataclass(frozen=True)
class Record:
    """All there is to know of a mascot's review.

    Attributes:
        mascot: as last read from Masko.
        edition: what it is now.
        entries: the record.
        home: the thread that the mascot was first shown in; None for one that no thread shows.
        settings: of the channel of that thread, whose rules count.
        is_deserted: every channel that shows the mascot is gone: nobody is to be bothered with it.
    """

    mascot: MascotRow
    edition: Edition
    entries: tuple[Entry, ...]
    home: ThreadRow | None
    settings: ChannelSettings
    is_deserted: bool = False

    @cached_property
    def review(self) -> Review:
        """Where the review stands."""
        return replay(self.entries, self.edition.digest)

    @property
    def ends_concluded(self) -> bool:
        """Whether what was done last has concluded it."""
        return bool(self.entries) and self.entries[-1].did is Did.CONCLUDED

    @property
    def needed(self) -> int:
        """How many approvals are needed: as it was when it was concluded, else by the rules."""
        concluded = self.review.concluded
        return (concluded.needed if concluded else None) or self.settings.review.approvals


async def load(session: AsyncSession, mascot_id: str) -> Record | None:
    """The record of a mascot; None for one that is not known."""
    mascot = await mascots.mascot(session, mascot_id)
    if mascot is None:
        return None
    edition = edition_of(mascot, await mascots.references(session, mascot_id))
    home = await mascots.first_thread(session, mascot_id)
    settings = await settings_of(session, home.team, home.channel) if home else USUAL
    deserted = home is not None and not await mascots.open_threads_of(session, mascot_id)
    entries = tuple(await reviews.record(session, mascot_id))
    return Record(mascot, edition, entries, home, settings, deserted)


def edition_of(mascot: MascotRow, references: list[ReferenceRow]) -> Edition:
    """What a mascot is, by what was last read of it; references that this program did not add count too."""
    known = {row.asset_id: row for row in references}
    parts = [_part(asset, known.get(asset)) for asset in mascot.reference_ids]
    return Edition(tuple(parts), mascot.prompt)


def _part(asset_id: str, row: ReferenceRow | None) -> Part:
    if row is None:
        return Part(f"asset:{asset_id}", asset_id, "Added in Masko", "A reference that was added in Masko")
    key = row.sha256 or f"asset:{asset_id}"
    return Part(key, asset_id, row.name, row.alt, row.file_id if row.showable else None, row.added_by)


async def add(session: AsyncSession, record: Record, entry: Entry, key: str) -> tuple[Record, Entry] | None:
    """Add a line, and what follows from it: that the review is concluded.

    Args:
        key: what told of it.

    Returns:
        The record with it, and the line; None where it is known already.
    """
    written = await reviews.append(session, record.mascot.team, record.mascot.id, entry, key)
    if written is None:
        return None
    await reviews.keep_edition(session, record.mascot.id, record.edition)
    record = _with(record, written)
    needed = record.settings.review.approvals
    if (end := what_follows(record.entries, record.edition.digest, needed)) is not None:
        concluded = await reviews.append(
            session, record.mascot.team, record.mascot.id, end, f"concluded:{written.id}"
        )
        assert concluded is not None, "the line that it follows from was new"
        record = _with(record, concluded)
    await reviews.note_standing(session, record.mascot.team, record.mascot.id, record.review)
    return record, written


async def note_change(session: AsyncSession, record: Record, entry: Entry) -> tuple[Record, Review] | None:
    """Write down that a mascot is not what it was when its record was last written.

    Args:
        entry: the line to write: `Did.CHANGED`, at its time.

    Returns:
        The record with it, and where the review stood before; None where nothing has changed, or nobody has
        said anything yet.
    """
    before = last_edition(record.entries)
    if before is None or before == record.edition.digest:
        return None
    key = f"changed:{record.mascot.id}:{record.entries[-1].id}"
    added = await add(session, record, entry, key)
    return (added[0], replay(record.entries, before)) if added else None


def _with(record: Record, entry: Entry) -> Record:
    return replace(record, entries=(*record.entries, entry))
