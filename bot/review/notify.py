"""Replies in threads about reviews: one for each line of the record, and one when votes become outdated."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots
from bot.db.values import Did
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.jobs.runner import say_once
from bot.review import record as reviews
from bot.review import text
from bot.review.model import Entry, last_edition
from bot.review.record import Record, load, note_change
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)

OUTDATED, TELL, CONCLUDED = "review.outdated", "review.tell", "review.concluded"
SETTLES_IN = 3.0  # seconds: several images of one post come one after the other


async def is_behind(session: AsyncSession, mascot_id: str) -> bool:
    """Return whether a mascot has changed since its record was last written."""
    record = await load(session, mascot_id)
    return record is not None and last_edition(record.entries) not in (None, record.edition.digest)


async def catch_up(session: AsyncSession, queue: Queue, mascot_id: str) -> Record | None:
    """Return a mascot's record, with a line if it changed; put a job that tells people of outdated votes.

    Locks the record until the transaction ends: a line follows from those before it.
    """
    await mascots.hold(session, mascot_id)
    record = await load(session, mascot_id)
    if record is None or (noted := await note_change(session, record)) is None:
        return record
    record, before = noted
    if before.approvals or before.requests:
        payload = {"mascot": mascot_id, "was": before.edition, "entry": record.entries[-1].id}
        lock = f"outdated:{record.mascot.team}:{mascot_id}"
        await queue.put(session, OUTDATED, lock=lock, payload=payload, delay=SETTLES_IN)
    await announce(session, queue, record)
    return record


async def announce(session: AsyncSession, queue: Queue, record: Record) -> None:
    """Put a job that announces in the mascot's thread that it is approved, if that is the last line."""
    if record.ends_concluded and record.home is not None:
        place = (record.home.channel, record.home.thread_ts)
        await _put(session, queue, CONCLUDED, record, record.entries[-1], *place)


async def tell(session: AsyncSession, queue: Queue, record: Record, entry: Entry) -> None:
    """Put a job that reports a line in the thread where it was done."""
    await _put(session, queue, TELL, record, entry, entry.channel, entry.thread_ts)


async def _put(
    session: AsyncSession, queue: Queue, kind: str, record: Record, entry: Entry, channel: str, thread_ts: str
) -> None:
    lock = f"tell:{record.mascot.team}:{channel}:{thread_ts}"
    await queue.put(session, kind, lock=lock, payload={"mascot": record.mascot.id, "entry": entry.id})


class Telling:
    """Run the jobs that report reviews in threads."""

    def __init__(self, store: Store, messenger: Messenger) -> None:
        self._store = store
        self._messenger = messenger

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        tell = Handler(self._tell)
        return {TELL: tell, CONCLUDED: tell, OUTDATED: Handler(self._tell_outdated)}

    async def _tell(self, job: Job) -> None:
        async with self._store.read() as session:
            record = await load(session, job.payload["mascot"])
            entry = await reviews.entry(session, job.payload["entry"])
            assert record is not None, "mascots are never deleted here"
            assert entry is not None, "records are never deleted"
            edition = (await reviews.editions(session, record.mascot.id)).get(entry.edition, record.edition)
        message = text.told(replace(until(record, entry), edition=edition), entry)
        if entry.did is not Did.CONCLUDED:
            await self._say(job, entry.channel, entry.thread_ts, message)
        elif record.home is not None:
            await self._say(job, record.home.channel, record.home.thread_ts, message)

    async def _tell_outdated(self, job: Job) -> None:
        async with self._store.read() as session:
            record = await load(session, job.payload["mascot"])
            assert record is not None, "mascots are never deleted here"
            was = (await reviews.editions(session, record.mascot.id)).get(job.payload["was"])
        if record.home is None or was is None or was.digest == record.edition.digest:
            return
        known = tuple(each for each in record.entries if each.id <= job.payload["entry"])
        before = replace(record, entries=known, edition=was).review
        message = text.outdated(record, before, was)
        if message is not None:
            await self._say(job, record.home.channel, record.home.thread_ts, message)

    async def _say(self, job: Job, channel: str, thread_ts: str, message: Message) -> None:
        try:
            await say_once(self._messenger, job, channel, thread_ts, message)
        except SlackError as error:
            retry_later(job, error)
            log.warning("something about a review was not said in %s: %s", channel, error)


def until(record: Record, entry: Entry) -> Record:
    """Return a record as it was after a line was written, with the conclusion that followed from it."""
    known = [each for each in record.entries if each.id <= entry.id]
    after = record.entries[len(known) : len(known) + 1]
    if after and after[0].did is Did.CONCLUDED:  # nothing else comes between what is done and that
        known += after
    rules = replace(record.settings.review, approvals=entry.needed or record.settings.review.approvals)
    return replace(record, entries=tuple(known), settings=replace(record.settings, review=rules))
