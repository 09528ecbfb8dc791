"""That a mascot is not what it was when people voted on it: noticed wherever it is shown or voted on."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.review.record import Record, load, note_change
from bot.review.state import NOBODY, Did, Entry, last_edition
from bot.work import Queue

OUTDATED = "review.outdated"

SETTLES_IN = 3.0  # seconds: several images of one post come one after the other


async def is_behind(session: AsyncSession, mascot_id: str) -> bool:
    """Whether a mascot is not what its record says that it was."""
    record = await load(session, mascot_id)
    return record is not None and last_edition(record.entries) not in (None, record.edition.digest)


async def catch_up(session: AsyncSession, queue: Queue, mascot_id: str) -> Record | None:
    """The record of a mascot, with what it is now; those whose votes that makes worthless are to be told.

    Returns:
        None for a mascot that is not known.
    """
    record = await load(session, mascot_id)
    if record is None:
        return None
    entry = Entry(Did.CHANGED, datetime.now(UTC), NOBODY, record.edition.digest)
    noted = await note_change(session, record, entry)
    if noted is None:
        return record
    record, before = noted
    if before.approvals or before.requests:
        payload = {"mascot": mascot_id, "was": before.edition, "entry": record.entries[-1].id}
        lock = f"outdated:{record.mascot.team}:{mascot_id}"
        await queue.put(session, OUTDATED, lock=lock, payload=payload, delay=SETTLES_IN)
    return record
