"""The job table: what is to be done, on either database.  The truth of both queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.dialects import insert, is_postgres
from bot.db.tables import JobRow
from bot.jobs.crew import Ending
from bot.jobs.queue import Job, readdressed, soon


async def put(
    session: AsyncSession, kind: str, *, lock: str, payload: Mapping[str, Any], key: str | None, delay: float
) -> datetime:
    """Write a job down, or that the one with this key is to be run once more.

    Returns:
        When it may run, by the clock of this machine; what is written goes by the database's, if it has one.
    """
    here = soon(delay)
    run_at = func.clock_timestamp() + timedelta(seconds=delay) if is_postgres(session) else here
    row: dict[str, Any] = {"kind": kind, "lock": lock, "payload": dict(payload), "key": key, "run_at": run_at}
    afresh = {"payload": row["payload"], "run_at": run_at, "attempts": 0, "faults": 0}
    once_more = {"rounds": JobRow.rounds + 1, **afresh}
    job = insert(session, JobRow).values(row)
    await session.execute(job.on_conflict_do_update(index_elements=["key"], set_=once_more))
    return here


async def about_channel(session: AsyncSession, channel: str) -> list[JobRow]:
    """The living jobs whose payload or lock names a channel, kept from others until the transaction ends."""
    named = cast(JobRow.payload, Text).contains(f'"{channel}"', autoescape=True)
    rows = select(JobRow).where(or_(named, JobRow.lock.contains(channel, autoescape=True)))
    living = rows.where(JobRow.dead_at.is_(None)).order_by(JobRow.id).with_for_update()
    return list(await session.scalars(living))


async def readdress(session: AsyncSession, row: JobRow, old: str, new: str, *, relock: bool = True) -> str:
    """Let a job be about a channel's new id, in its payload and, with `relock`, in its lock; gives that."""
    parts = [new if relock and part == old else part for part in row.lock.split(":")]
    values = {"payload": readdressed(row.payload, old, new), "lock": ":".join(parts)}
    await session.execute(update(JobRow).where(JobRow.id == row.id).values(values))
    return str(values["lock"])


async def end(session: AsyncSession, job: Job, ending: Ending) -> None:
    """Write down how a run ended: the row goes when the job is done.

    A job that was put again while it ran is left alone, and runs once more.
    """
    this_round = (JobRow.id == job.id, JobRow.rounds == job.rounds)
    changed = update(JobRow).where(*this_round).values({"unended": 0, **ending.columns})
    ended = changed if ending.columns else delete(JobRow).where(*this_round)
    if not (await session.execute(ended.returning(JobRow.id))).all():
        await count(session, job, 0)


async def count(session: AsyncSession, job: Job, unended: int) -> None:
    """Write down how many runs of a job were begun and have not ended."""
    await session.execute(update(JobRow).where(JobRow.id == job.id).values(unended=unended))


async def unfinished(session: AsyncSession, kinds: Sequence[str]) -> int:
    """How many jobs of these kinds are still to be done, those that wait for a later time included."""
    counted = select(func.count()).where(JobRow.kind.in_(kinds), JobRow.dead_at.is_(None))
    return await session.scalar(counted) or 0


def job_of(row: JobRow, *, begun: bool) -> Job:
    """A row as its worker sees it."""
    return Job(
        row.id, row.kind, row.lock, row.payload, row.attempts, row.faults, row.rounds, begun, row.unended
    )
