"""That a mascot is not what it was when people voted on it: noticed wherever it is shown or voted on."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import mascots
from bot.db.values import NOBODY, Did
from bot.jobs import Queue
from bot.review.record import Record, load, note_change
from bot.review.state import Entry, last_edition

OUTDATED = "review.outdated"
TELL = "review.tell"
CONCLUDED = "review.concluded"

SETTLES_IN = 3.0  # seconds: several images of one post come one after the other


async def is_behind(session: AsyncSession, mascot_id: str) -> bool:
    """Whether a mascot is not what its record says that it was."""
    record = await load(session, mascot_id)
    return record is not None and last_edition(record.entries) not in (None, record.edition.digest)


async def catch_up(session: AsyncSession, queue: Queue, mascot_id: str) -> Record | None:
    """The record of a mascot, with what it is now; those whose votes that makes worthless are to be told.

    Nobody else adds a line to it before the caller's transaction ends: a line follows from those before it,
    and of two who read the same record at once each would add what the other does not know of.

    Returns:
        None for a mascot that is not known.
    """
    await mascots.hold(session, mascot_id)
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
    await announce(session, queue, record)
    return record


async def announce(session: AsyncSession, queue: Queue, record: Record) -> None:
    """Where the last line of a record is that the mascot is approved, have that said in its thread."""
    if record.ends_concluded and record.home is not None:
        place = (record.home.channel, record.home.thread_ts)
        await _put(session, queue, CONCLUDED, record, record.entries[-1], *place)


async def have_told(session: AsyncSession, queue: Queue, record: Record, entry: Entry) -> None:
    """Have a line of a record said in the thread where it was done."""
    await _put(session, queue, TELL, record, entry, entry.channel, entry.thread_ts)


async def _put(
    session: AsyncSession, queue: Queue, kind: str, record: Record, entry: Entry, channel: str, thread_ts: str
) -> None:
    lock = f"tell:{record.mascot.team}:{channel}:{thread_ts}"
    await queue.put(session, kind, lock=lock, payload={"mascot": record.mascot.id, "entry": entry.id})
