"""Reminders of reviews: delayed jobs that check when they run whether they still apply; none is cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.db import Store
from bot.db.values import State
from bot.jobs import Again, Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.review import text
from bot.review.model import Entry, Review
from bot.review.record import Record, load
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.users import Members

log = logging.getLogger(__name__)

REMIND = "review.remind"

QUIET_FROM, QUIET_UNTIL = time(20), time(8)
"""Nobody is reminded between these, in their own time zone, nor at weekends (Choice)."""
SATURDAY = 5
A_DAY_BEFORE = timedelta(days=1)
LEAST_BETWEEN = timedelta(hours=1)
"""From the request to a reminder, and from a reminder to the due date (Choice)."""


class Moment(StrEnum):
    """The kinds of reminder."""

    BEFORE = "before"
    """To a reviewer, before the due date."""
    PASSED = "passed"
    """To a reviewer, after it."""
    NOT_DONE = "not_done"
    """To the person who asked, after it."""


@dataclass(frozen=True)
class Reminder:
    """A reminder for one person; `due` in seconds since 1970."""

    team: str
    mascot_id: str
    user: str
    due: int
    moment: Moment

    @property
    def key(self) -> str:
        """Idempotency key, in the queue and in Slack."""
        return ":".join(("remind", self.team, self.mascot_id, self.user, str(self.due), self.moment))

    @classmethod
    def of(cls, job: Job) -> Reminder:
        return cls(**{**job.payload, "moment": Moment(job.payload["moment"])})


class Reminders:
    """Remind people of reviews in direct messages, outside their quiet hours."""

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
        self.now = now

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {REMIND: Handler(self._remind)}

    async def zone(self, user: str) -> tzinfo:
        """Return a person's time zone; UTC if Slack refuses.  Raises SlackError if it may tell later."""
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
        """Put reminders for `users` and the person who asked, if there is a due date; UTC without a zone."""
        if ask.due is None:
            return
        moments = [(ask.user, Moment.NOT_DONE, after_quiet(ask.due, zones.get(ask.user, UTC)))]
        for user in users:
            zone = zones.get(user, UTC)
            if (before := reminder_before(ask.at, ask.due, zone)) is not None:
                moments.append((user, Moment.BEFORE, before))
            moments.append((user, Moment.PASSED, after_quiet(ask.due, zone)))
        for user, moment, at in moments:
            due = int(ask.due.timestamp())
            reminder = Reminder(record.mascot.team, record.mascot.id, user, due, moment)
            delay = max(0.0, (at - self.now()).total_seconds())
            key = reminder.key  # a lock of its own: what waits for days must keep nothing else waiting
            await self._queue.put(session, REMIND, lock=key, payload=asdict(reminder), key=key, delay=delay)

    async def _remind(self, job: Job) -> None:
        reminder = Reminder.of(job)
        async with self._store.read() as session:
            record = await load(session, reminder.mascot_id)
        now = self.now()
        if record is None or record.mascot.gone_at is not None or record.is_deserted:
            return
        if not is_needed(reminder, record.review, now):
            return
        try:
            actor = Actor(reminder.team, reminder.user)
            if await self._permissions.refusal(actor, Act.SEE, mascot=reminder.mascot_id) is not None:
                return
            zone = await self.zone(reminder.user)
            if (later := after_quiet(now, zone)) != now:
                raise Again((later - now).total_seconds(), failed=False, unsure=False)
            await self._say(job, reminder, record)
        except (SlackError, CannotTell) as error:
            retry_later(job, error)
            log.warning("%s was not reminded of a review: %s", reminder.user, error)

    async def _say(self, job: Job, reminder: Reminder, record: Record) -> None:
        channel = await self._members.conversation_with(reminder.user)
        if job.begun_before and await self._messenger.find_post(channel, reminder.key):
            return
        home = record.home
        link = await self._messenger.permalink(home.channel, home.card_ts or home.thread_ts) if home else None
        await self._messenger.post(channel, said(reminder, record, link), request=reminder.key)


def is_needed(reminder: Reminder, review: Review, now: datetime) -> bool:
    """Return whether a reminder applies: not approved, the same due date, the person concerned."""
    if review.state is State.APPROVED or review.due is None or int(review.due.timestamp()) != reminder.due:
        return False
    if reminder.moment is Moment.NOT_DONE:
        return reminder.user in {ask.user for ask in review.asks}  # nobody who is forgotten meanwhile
    late = reminder.moment is Moment.BEFORE and now.timestamp() >= reminder.due
    return not late and reminder.user in waiting(review)


def waiting(review: Review) -> tuple[str, ...]:
    """Return people who were asked by name and have not voted on the present edition."""
    named = {user for ask in review.asks for user in ask.reviewers}
    return tuple(user for user in review.waiting if user in named)


def said(reminder: Reminder, record: Record, link: str | None) -> Message:
    """Return the words of a reminder; `link` leads to the card."""
    name, due = record.mascot.name or "A mascot", datetime.fromtimestamp(reminder.due, UTC)
    match reminder.moment:
        case Moment.BEFORE:
            return text.waits(name, due, link)
        case Moment.PASSED:
            return text.was_due(name, due, link)
    return text.not_done(name, due, waiting(record.review), text.count(record), link)


# -- when --------------------------------------------------------------------------------------------


def is_quiet(at: datetime, zone: tzinfo) -> bool:
    """Return whether a time is in the quiet hours of a time zone."""
    local = at.astimezone(zone)
    return local.weekday() >= SATURDAY or not QUIET_UNTIL <= local.time() < QUIET_FROM


def after_quiet(at: datetime, zone: tzinfo) -> datetime:
    """Return the time itself, or the next 8:00 of a working day if it is in the quiet hours."""
    if not is_quiet(at, zone):
        return at
    day = at.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, QUIET_UNTIL, zone).astimezone(UTC)
        if morning >= at and not is_quiet(morning, zone):  # zones have skipped whole days
            return morning
        day += timedelta(days=1)


def reminder_before(asked: datetime, due: datetime, zone: tzinfo) -> datetime | None:
    """Return when to remind before the due date: a day before, or half-way if that is less than two days.

    Outside quiet hours; None if that is less than an hour after `asked` or before `due`.
    """
    between = due - asked
    at = after_quiet(due - (A_DAY_BEFORE if between >= 2 * A_DAY_BEFORE else between / 2), zone)
    return at if asked + LEAST_BETWEEN <= at <= due - LEAST_BETWEEN else None
