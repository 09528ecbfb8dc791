"""Notices about reviews: replies in threads, and reminders in direct messages.

A reminder is a delayed job that checks when it runs whether it still applies, and waits for the end of the
person's quiet hours; none is cancelled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.db import Store, mascots
from bot.db.values import NOBODY, Did, State
from bot.jobs import Again, Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.jobs.runner import say_once
from bot.review import record as reviews
from bot.review import text
from bot.review.model import Entry, Review, replay
from bot.review.record import Record, add, load
from bot.review.text import count, people
from bot.slack.blocks import Message, Sentence, When, go_to
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.users import Members

log = logging.getLogger(__name__)

OUTDATED, TELL, REMIND = "review.outdated", "review.tell", "review.remind"
QUIET_FROM, QUIET_UNTIL = time(20), time(8)  # in each person's own time zone; weekends are quiet too
LEAST_BETWEEN = timedelta(hours=1)  # from the request to a reminder, and from a reminder to the due date


async def catch_up(session: AsyncSession, queue: Queue, mascot_id: str) -> Record | None:
    """Return a mascot's record, with a line if it changed; put a job that tells people of outdated votes.

    Locks the record until the transaction ends: a line follows from those before it.
    """
    await mascots.hold(session, mascot_id)
    record = await load(session, mascot_id)
    if record is None or not record.is_behind:
        return record
    before = replay(record.entries, record.entries[-1].edition)
    entry = Entry(Did.CHANGED, datetime.now(UTC), NOBODY, record.edition.digest)
    added = await add(session, record, entry, f"changed:{mascot_id}:{record.entries[-1].id}")
    if added is None:
        return record
    record = added[0]
    if before.approvals or before.requests:
        payload = {"mascot": mascot_id, "was": before.edition, "entry": added[1].id, "settles": False}
        lock = f"outdated:{record.mascot.team}:{mascot_id}"
        # several images of one post come one after the other, within seconds
        await queue.put(session, OUTDATED, lock=lock, payload=payload, delay=3.0)
    await settle(session, queue, before, record)
    await announce(session, queue, record)
    return record


async def announce(session: AsyncSession, queue: Queue, record: Record) -> None:
    """Put a job that announces in the mascot's thread that it is approved, if that is the last line."""
    if record.ends_concluded:
        await tell(session, queue, record, record.entries[-1])


async def tell(
    session: AsyncSession, queue: Queue, record: Record, entry: Entry, *, settles: bool = False
) -> None:
    """Put a job that reports a line in the thread where it was done, a conclusion in the mascot's own.

    One that was reported before is shown as it is now.
    """
    if (thread := record.shown if entry.did is Did.CONCLUDED else entry) is not None:
        where = {"channel": thread.channel, "thread_ts": thread.thread_ts}
        lock = f"tell:{record.mascot.team}:{thread.channel}:{thread.thread_ts}"
        then = (await reviews.editions(session, record.mascot.id)).get(entry.edition, record.edition)
        said = asdict(text.told(record, entry, then))
        payload = {**where, "entry": entry.id, "said": said, "settles": settles}
        await queue.put(session, TELL, lock=lock, payload=payload)


async def settle(session: AsyncSession, queue: Queue, before: Review, record: Record) -> None:
    """Put jobs that take the buttons from lines that ask for nothing any more."""
    for request in before.requests:
        if request not in record.review.requests:
            await tell(session, queue, record, request, settles=True)
    answered = {vote.edition for vote in before.outdated if vote not in record.review.outdated}
    lock = f"outdated:{record.mascot.team}:{record.mascot.id}"
    for then, entry in pairwise(record.entries):
        if entry.did is Did.CHANGED and then.edition in answered:
            payload = {"mascot": record.mascot.id, "was": then.edition, "entry": entry.id, "settles": True}
            await queue.put(session, OUTDATED, lock=lock, payload=payload)


class Moment(StrEnum):
    """The kinds of reminder."""

    BEFORE = "before"  # to a reviewer, before the due date
    PASSED = "passed"  # to a reviewer, after it
    NOT_DONE = "not_done"  # to the person who asked, after it


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
        return f"remind:{self.team}:{self.mascot_id}:{self.user}:{self.due}:{self.moment}"


@dataclass
class Notices:
    """Report reviews in threads, and remind people in direct messages outside their quiet hours."""

    store: Store
    queue: Queue
    messenger: Messenger
    members: Members
    permissions: Permissions
    now: Callable[[], datetime]

    def __post_init__(self) -> None:
        self.queue.handle(TELL, Handler(self._tell))
        self.queue.handle(OUTDATED, Handler(self._tell_outdated))
        self.queue.handle(REMIND, Handler(self._remind))

    async def _tell(self, job: Job) -> None:
        told = job.payload
        await self._post(job, told["channel"], told["thread_ts"], Message(**told["said"]))

    async def _tell_outdated(self, job: Job) -> None:
        async with self.store.read() as session:
            record = await load(session, job.payload["mascot"])
            assert record is not None, "mascots are never deleted here"
            was = (await reviews.editions(session, record.mascot.id)).get(job.payload["was"])
            told_before = await reviews.told_at(session, job.payload["entry"])
        if (shown := record.shown) is None or was is None:
            return
        changes = [
            entry.id
            for then, entry in pairwise(record.entries)
            if entry.did is Did.CHANGED and then.edition == was.digest
        ]
        asks = job.payload["entry"] == changes[-1]  # each is asked once, by the line of the last change
        message = text.outdated(record, was) if asks else None
        if message is None and told_before:
            message = text.settled(record, was)
        if message is not None:
            await self._post(job, shown.channel, shown.thread_ts, message)

    async def _post(self, job: Job, channel: str, thread_ts: str, message: Message) -> None:
        entry = job.payload["entry"]
        async with self.store.read() as session:
            told = await reviews.told_at(session, entry)
        try:
            if told is not None:
                await self.messenger.update(*told, message)
                return
            if job.payload.get("settles"):
                return  # it was never told
            _, ts = await say_once(self.messenger, job, channel, thread_ts, message)
            async with self.store.write() as session:
                await reviews.note_told(session, entry, channel, ts)
        except SlackError as error:
            retry_later(job, error)
            log.warning("something about a review was not said in %s: %s", channel, error)

    async def put(self, session: AsyncSession, record: Record, ask: Entry, users: Iterable[str]) -> None:
        """Put reminders for `users` and the person who asked, if there is a due date."""
        if ask.due is None:
            return
        before = reminder_before(ask.at, ask.due)
        moments = [(ask.user, Moment.NOT_DONE, ask.due)]
        for user in users:
            moments.append((user, Moment.PASSED, ask.due))
            if before is not None:
                moments.append((user, Moment.BEFORE, before))
        for user, moment, at in moments:
            due = int(ask.due.timestamp())
            reminder = Reminder(record.mascot.team, record.mascot.id, user, due, moment)
            delay = max(0.0, (at - self.now()).total_seconds())
            key = reminder.key  # a lock of its own: what waits for days must keep nothing else waiting
            await self.queue.put(session, REMIND, lock=key, payload=asdict(reminder), key=key, delay=delay)

    async def _remind(self, job: Job) -> None:
        reminder = TypeAdapter(Reminder).validate_python(job.payload)
        async with self.store.read() as session:
            record = await load(session, reminder.mascot_id)
        now = self.now()
        if record is None or not record.known_to(reminder.team) or record.is_deserted:
            return
        if not is_needed(reminder, record.review, now):
            return
        try:
            actor = Actor(reminder.team, reminder.user)
            if await self.permissions.refusal(actor, Act.SEE, mascot=reminder.mascot_id) is not None:
                return
            zone = (await self.members.person(reminder.user)).zone
            if (later := after_quiet(now, zone)) != now:
                raise Again((later - now).total_seconds(), failed=False, unsure=False)
            await self._say(job, reminder, record)
        except (SlackError, CannotTell) as error:
            retry_later(job, error)
            log.warning("%s was not reminded of a review: %s", reminder.user, error)

    async def _say(self, job: Job, reminder: Reminder, record: Record) -> None:
        channel = await self.members.conversation_with(reminder.user)
        if job.begun and await self.messenger.find_post(channel, reminder.key):
            return
        link = None
        if (shown := record.shown) is not None:
            link = await self.messenger.permalink(shown.channel, shown.card_ts or shown.thread_ts)
        await self.messenger.post(channel, said(reminder, record, link), request=reminder.key)


def is_needed(reminder: Reminder, review: Review, now: datetime) -> bool:
    """Return whether a reminder applies: not approved, the same due date, the person concerned."""
    if review.state is State.APPROVED or review.due is None or int(review.due.timestamp()) != reminder.due:
        return False
    if reminder.moment is Moment.NOT_DONE:
        return reminder.user in {ask.user for ask in review.asks}  # nobody who is forgotten meanwhile
    late = now.timestamp() > reminder.due - LEAST_BETWEEN.total_seconds()
    return not (late and reminder.moment is Moment.BEFORE) and reminder.user in review.awaited


def said(reminder: Reminder, record: Record, link: str | None) -> Message:
    """Return the words of a reminder; `link` leads to the card."""
    name, due = record.mascot.name or "A mascot", When(datetime.fromtimestamp(reminder.due, UTC))
    details: tuple[Sentence, ...] = ()
    match reminder.moment:
        case Moment.BEFORE:
            sentence: Sentence = (f"{name} waits for your review until ", due, ".")
        case Moment.PASSED:
            sentence = (f"Your review of {name} was due ", due, ".")
        case Moment.NOT_DONE:
            sentence = (f"The review of {name} was due ", due, f". Approvals: {count(record)}.")
            if missing := record.review.awaited:
                details = (("It waits for ", *people(missing), "."),)
    return Message.of(sentence, details, buttons=go_to(link))


def after_quiet(at: datetime, zone: tzinfo) -> datetime:
    """Return the time itself, or the next 8:00 of a working day if it is in the quiet hours."""
    local = at.astimezone(zone)
    if local.weekday() < 5 and QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    day = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(UTC)


def reminder_before(asked: datetime, due: datetime) -> datetime | None:
    """Return when to remind before the due date: a day before, or half-way if that is less than two days.

    None if that is less than an hour after `asked`.
    """
    half = (due - asked) / 2
    return due - min(timedelta(days=1), half) if half >= LEAST_BETWEEN else None
