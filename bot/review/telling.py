"""What a thread is told of a review: each line of the record once, as it was when it was written."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.db import Store
from bot.db.values import Did
from bot.jobs import Handler, Job
from bot.jobs.retry import retry_later
from bot.jobs.runner import say_once
from bot.review import queries as reviews
from bot.review import words
from bot.review.changes import CONCLUDED, OUTDATED, TELL
from bot.review.record import Record, load
from bot.review.state import Entry
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)


class Telling:
    """Says in threads what people did.

    Args:
        store: where the records are.
        messenger: posts in Slack.
    """

    def __init__(self, store: Store, messenger: Messenger) -> None:
        self._store = store
        self._messenger = messenger

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            TELL: Handler(self._tell),
            CONCLUDED: Handler(self._tell),
            OUTDATED: Handler(self._tell_outdated),
        }

    async def _tell(self, job: Job) -> None:
        """Say in the thread what somebody did, as it was when they did it."""
        async with self._store.read() as session:
            record = await load(session, job.payload["mascot"])
            entry = await reviews.entry(session, job.payload["entry"])
            assert record is not None, "mascots are never deleted here"
            assert entry is not None, "records are never deleted"
            edition = await reviews.edition(session, record.mascot.id, entry.edition)
        then = until(record, entry)
        note = words.told(replace(then, edition=edition or record.edition), entry)
        if entry.did is not Did.CONCLUDED:
            await self._say(job, entry.channel, entry.thread_ts, note)
        elif record.home is not None:
            await self._say(job, record.home.channel, record.home.thread_ts, note)

    async def _tell_outdated(self, job: Job) -> None:
        """Tell those whose votes do not count any more, in the mascot's own thread."""
        async with self._store.read() as session:
            record = await load(session, job.payload["mascot"])
            assert record is not None, "mascots are never deleted here"
            was = await reviews.edition(session, record.mascot.id, job.payload["was"])
        if record.home is None or was is None or was.digest == record.edition.digest:
            return
        known = [each for each in record.entries if each.id <= job.payload["entry"]]
        before = replace(record, entries=tuple(known), edition=was).review
        note = words.outdated(record, before, was)
        if note is not None:
            await self._say(job, record.home.channel, record.home.thread_ts, note)

    async def _say(self, job: Job, channel: str, thread_ts: str, message: Message) -> None:
        try:
            await say_once(self._messenger, job, channel, thread_ts, message)
        except SlackError as error:
            retry_later(job, error)
            log.warning("something about a review was not said in %s: %s", channel, error)


def until(record: Record, entry: Entry) -> Record:
    """A record as it was once a line was written, with what followed from it at once."""
    known = [each for each in record.entries if each.id <= entry.id]
    after = record.entries[len(known) : len(known) + 1]
    if after and after[0].did is Did.CONCLUDED:  # nothing else comes between what is done and that
        known += after
    rules = replace(record.settings.review, approvals=entry.needed or record.settings.review.approvals)
    return replace(record, entries=tuple(known), settings=replace(record.settings, review=rules))
