"""Reminders of reviews: jobs that wait, and that find out when their time has come whether they are needed.

Nothing has to be cancelled: a reminder of what is done, or wanted for another day by now, says nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.db import Store
from bot.db.values import State
from bot.jobs import Again, Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.review import asked, words
from bot.review.due import after_quiet, is_quiet, reminder_at, reminder_before
from bot.review.record import Record, load
from bot.review.state import Entry, Review
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.users import Members

log = logging.getLogger(__name__)

REMIND = "review.remind"


class Moment(StrEnum):
    """What a reminder is of."""

    BEFORE = "before"
    """That the reviewer's time is running out."""
    PASSED = "passed"
    """That it has."""
    NOT_DONE = "not_done"
    """The same, for whoever asked."""


@dataclass(frozen=True)
class Reminder:
    """What one person is to be told about a review at one moment.

    Attributes:
        due: until when the review is wanted, in seconds since 1970.
    """

    team: str
    mascot_id: str
    user: str
    due: int
    moment: Moment

    @property
    def mark(self) -> str:
        """Stands for it, in the queue and in Slack."""
        return ":".join(("remind", self.team, self.mascot_id, self.user, str(self.due), self.moment))

    @classmethod
    def of(cls, job: Job) -> Reminder:
        return cls(**{**job.payload, "moment": Moment(job.payload["moment"])})


class Reminders:
    """Reminds people of reviews, each in a direct message, and never in their quiet hours.

    Args:
        store: where the records are.
        queue: keeps reminders until their time.
        messenger: posts in Slack.
        members: tells people's time zones, and opens direct messages.
        permissions: says who still sees the mascot.
        now: what time it is.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        members: Members,
        permissions: Permissions,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._members = members
        self._permissions = permissions
        self._now = now

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {REMIND: Handler(self._remind)}

    async def zone(self, user: str) -> tzinfo:
        """The time zone that somebody is in; UTC where Slack will not tell.

        Raises:
            SlackError: it may tell later.
        """
        try:
            return await self._members.zone(user)
        except SlackError as error:
            if error.worth_retrying:
                raise
            log.info("the time zone of %s is not known: %s", user, error)
            return UTC

    async def put(
        self,
        session: AsyncSession,
        record: Record,
        ask: Entry,
        users: Iterable[str],
        zones: Mapping[str, tzinfo],
    ) -> None:
        """Have people reminded of what was asked, and whoever asked told when it is not done in time.

        Args:
            session: of the transaction in which it is written down.
            ask: the line of the record; nothing, where that has no due date.
            users: who is reminded.
            zones: person → time zone; UTC where none is given.
        """
        if ask.due is None:
            return
        for user in users:
            zone = zones.get(user, UTC)
            if (before := reminder_before(ask.at, ask.due, zone)) is not None:
                await self._put(session, record, ask.due, user, Moment.BEFORE, before)
            await self._put(session, record, ask.due, user, Moment.PASSED, reminder_at(ask.due, zone))
        told = reminder_at(ask.due, zones.get(ask.user, UTC))
        await self._put(session, record, ask.due, ask.user, Moment.NOT_DONE, told)

    async def _put(
        self, session: AsyncSession, record: Record, due: datetime, user: str, moment: Moment, at: datetime
    ) -> None:
        reminder = Reminder(record.mascot.team, record.mascot.id, user, int(due.timestamp()), moment)
        delay = max(0.0, (at - self._now()).total_seconds())
        mark = reminder.mark  # a lock of its own: what waits for days must keep nothing else waiting
        await self._queue.put(session, REMIND, lock=mark, payload=asdict(reminder), key=mark, delay=delay)

    # -- when the time has come ---------------------------------------------------------------

    async def _remind(self, job: Job) -> None:
        reminder = Reminder.of(job)
        async with self._store.read() as session:
            record = await load(session, reminder.mascot_id)
        now = self._now()
        if record is None or record.mascot.gone_at is not None or record.is_deserted:
            return
        if not is_needed(reminder, record.review, now):
            return
        try:
            actor = Actor(reminder.team, reminder.user)
            if await self._permissions.refusal(actor, Act.SEE, mascot=reminder.mascot_id) is not None:
                return
            zone = await self.zone(reminder.user)
            if is_quiet(now, zone):
                seconds = (after_quiet(now, zone) - now).total_seconds()
                raise Again(seconds, failed=False, unsure=False)
            await self._say(job, reminder, record)
        except (SlackError, CannotTell) as error:
            retry_later(job, error)
            log.warning("%s was not reminded of a review: %s", reminder.user, error)

    async def _say(self, job: Job, reminder: Reminder, record: Record) -> None:
        """Say it in a direct message, unless an earlier run of the job has."""
        channel = await self._members.conversation_with(reminder.user)
        if job.begun_before and await self._messenger.find_post(channel, reminder.mark):
            return
        home = record.home
        link = await self._messenger.permalink(home.channel, home.card_ts or home.thread_ts) if home else None
        await self._messenger.post(channel, said(reminder, record, link), request=reminder.mark)


def is_needed(reminder: Reminder, review: Review, now: datetime) -> bool:
    """Whether a reminder still is of what the review is: not approved, wanted for that very time, and by
    that person."""
    if review.state is State.APPROVED or review.due is None or int(review.due.timestamp()) != reminder.due:
        return False
    if reminder.moment is Moment.NOT_DONE:
        return reminder.user in {ask.user for ask in review.asks}  # nobody who is forgotten meanwhile
    late = reminder.moment is Moment.BEFORE and now.timestamp() >= reminder.due
    return not late and reminder.user in waiting(review)


def waiting(review: Review) -> tuple[str, ...]:
    """Those who were asked by name and have not voted on what the mascot is now."""
    named = {user for ask in review.asks for user in ask.reviewers}
    return tuple(user for user in review.waiting if user in named)


def said(reminder: Reminder, record: Record, link: str | None) -> Message:
    """The words of a reminder; `link` leads to the card."""
    name, due = record.mascot.name or "A mascot", datetime.fromtimestamp(reminder.due, UTC)
    match reminder.moment:
        case Moment.BEFORE:
            return asked.waits(name, due, link)
        case Moment.PASSED:
            return asked.was_due(name, due, link)
    return asked.not_done(name, due, waiting(record.review), words.count(record), link)
