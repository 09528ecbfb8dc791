"""Asking people for a review: from the card's form, by a command, or by a mention.

Whoever is asked is mentioned once, in the mascot's own thread; all else is told privately to whoever asks.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.queries import settings_of
from bot.db import Store, mascots
from bot.db.tables import ThreadRow
from bot.db.values import Did, State
from bot.errors import BotError
from bot.jobs import Handler, Job, Queue
from bot.jobs.followups import refresh_cards
from bot.jobs.retry import retry_later
from bot.mascots.service import MascotGone, Mascots
from bot.review import asked, words
from bot.review import queries as reviews
from bot.review.asked import Sorted
from bot.review.changes import catch_up, have_told
from bot.review.due import read_due
from bot.review.grammar import ANY_TIME, NO_DUE
from bot.review.guests import Guests, Whom
from bot.review.invitation import Invitation, NotAsked
from bot.review.record import Record, add, load
from bot.review.reminders import Reminders, waiting
from bot.review.service import FRESH_FOR
from bot.review.state import Entry
from bot.slack.blocks import Message, Sentence
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.request import Request

log = logging.getLogger(__name__)

ASK = "review.ask"

Share = Callable[[Job, Request, str], Awaitable[object]]
"""Shares a mascot's card to a conversation: for a job, where and for whom, and which mascot."""


@dataclass(frozen=True)
class _Plan:
    """What is to be written down, and what whoever asks is told about it.

    Attributes:
        entry: the line of the record, as far as it does not depend on what is in the record.
        here: they see in the thread what comes of it.
        link: to the card, where they do not.
        again: an earlier run may have done it.
    """

    wanted: Invitation
    whom: Whom
    entry: Entry
    here: bool
    link: str | None
    again: bool

    def answer(self, record: Record, entry: Entry, found: Sorted) -> Message | None:
        """What they are told once it is written down."""
        name = record.mascot.name or "the mascot"
        return asked.answer(name, entry, found, self.whom.left_out, self.link, here=self.here)


class Invitations:
    """Asks people for reviews.

    Args:
        store: where the records are.
        queue: runs what Slack must not be kept waiting for.
        messenger: posts in Slack.
        mascots: tells what a mascot is now.
        guests: says who can be asked.
        share: shares the card of a mascot that no thread shows.
        reminders: reminds those who were asked.
        now: what time it is.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        mascots: Mascots,
        guests: Guests,
        share: Share,
        reminders: Reminders,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._mascots = mascots
        self._guests = guests
        self._share = share
        self._reminders = reminders
        self._now = now

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {ASK: Handler(self._ask, gave_up=self._gave_up)}

    async def ask(self, invitation: Invitation) -> None:
        """Write down that somebody asks; it is decided from the queue, and said."""
        payload = {"invitation": asdict(invitation), "at": self._now().timestamp()}
        lock, key = f"review:{invitation.team}:{invitation.mascot_id}", f"ask:{invitation.key}"
        await self._store.write_at_once(
            lambda session: self._queue.put(session, ASK, lock=lock, payload=payload, key=key), urgent=True
        )

    def has_passed(self, until: float) -> bool:
        """Whether a time, in seconds since 1970, lies behind us."""
        return until <= self._now().timestamp()

    async def replies(self, mascot_id: str) -> Sentence:
        """Links to what reviewers said in threads; empty where there is nothing."""
        async with self._store.read() as session:
            record = await load(session, mascot_id)
        return words.replies(record.review) if record is not None else ()

    # -- the work -----------------------------------------------------------------------------

    async def _ask(self, job: Job) -> None:
        wanted = Invitation.of(job)
        try:
            answer = await self._decide(job, wanted)
        except MascotGone as gone:
            answer = Message.of(gone.words_alone)
        except BotError as error:
            retry_later(job, error)
            answer = Message.of(f"Nobody was asked. {error.words}")
        if answer is not None:
            await self._answer(wanted, answer)

    async def _decide(self, job: Job, wanted: Invitation) -> Message | None:
        """Ask them, or tell whoever asks why not."""
        at = datetime.fromtimestamp(job.payload["at"], UTC)
        await self._guests.check(wanted)
        await self._mascots.look_again(wanted.mascot_id, FRESH_FOR)
        record = await self._record(wanted)
        if record.review.state is State.APPROVED:
            raise NotAsked(words.IS_APPROVED)
        wanted = await self._guests.named(wanted)
        due = await self._due(wanted, at)
        if wanted.reviewers and _is_direct(wanted.channel) and not await self._among_others(wanted):
            raise NotAsked(asked.NOT_AMONG_US)
        whom = await self._guests.sort(wanted, record)
        if wanted.reviewers and not whom.people:
            return Message.of(asked.NOBODY_NEW, whom.left_out)
        home = await self._place(job, wanted, record)
        link = await self._messenger.permalink(home.channel, home.card_ts or home.thread_ts)
        entry = Entry(
            did=Did.ASKED,
            at=at,
            user=wanted.user,
            edition=record.edition.digest,
            words=wanted.note,
            due=due,
            channel=home.channel,
            thread_ts=home.thread_ts,
            ts=(wanted.ts if wanted.is_in(home) else "") or home.card_ts or home.thread_ts,
            link=await self._messenger.permalink(wanted.channel, wanted.ts) if wanted.ts else link,
        )
        here = wanted.response_url is None and wanted.is_in(home)
        plan = _Plan(wanted, whom, entry, here, None if here else link, job.begun_before)
        return await self._store.write_at_once(lambda session: self._enter(session, plan))

    async def _record(self, wanted: Invitation) -> Record:
        """The record of the mascot; where no thread shows it, with the rules of where it will be shown.

        Raises:
            NotAsked: it is not known any more.
        """
        async with self._store.read() as session:
            record = await load(session, wanted.mascot_id)
            there = await settings_of(session, wanted.team, wanted.channel)
        if record is None or record.mascot.gone_at is not None or record.mascot.team != wanted.team:
            raise NotAsked(NOT_KNOWN)
        if wanted.thread_ts and wanted.response_url is None and not wanted.ts:  # as a form claims
            threads = await self._threads(wanted)
            if (wanted.channel, wanted.thread_ts) not in {(each.channel, each.thread_ts) for each in threads}:
                raise NotAsked(NOT_KNOWN)
        return record if record.home else replace(record, settings=there)

    async def _due(self, wanted: Invitation, at: datetime) -> datetime | None:
        """Until when, read as it was meant when it was asked, by the clocks of whoever asked.

        Raises:
            NotAsked: that has passed, or cannot be read.
            SlackError: their time zone is not known yet.
        """
        if wanted.until is not None:
            due = datetime.fromtimestamp(wanted.until, UTC)
            if due <= at:
                raise NotAsked(asked.PASSED)
            return due
        if not wanted.due:
            return None
        zone = await self._reminders.zone(wanted.user)
        if (read := read_due(wanted.due, at, zone)) is not None:
            return read
        raise NotAsked(asked.PASSED if read_due(wanted.due, ANY_TIME, zone) else NO_DUE)

    async def _place(self, job: Job, wanted: Invitation, record: Record) -> ThreadRow:
        """The thread in which people are asked: the mascot's own, where others see it; else its card is
        shared to where it was asked.

        Raises:
            NotAsked: nobody else would see it there.
            SlackError: it could not be shared.
        """
        if among_others := await self._among_others(wanted):
            return among_others[0]
        if record.home is not None and not record.is_deserted and not wanted.reviewers:
            return record.home
        if _is_direct(wanted.channel):
            raise NotAsked(asked.NOT_AMONG_US)
        try:
            place = Request(wanted.team, wanted.channel, wanted.user)
            await self._share(job, place, wanted.mascot_id)
        except SlackError as error:
            if error.place_is_gone:
                raise NotAsked(asked.NOT_IN_CHANNEL) from error
            raise
        return next(each for each in await self._threads(wanted) if each.channel == wanted.channel)

    async def _among_others(self, wanted: Invitation) -> list[ThreadRow]:
        return [each for each in await self._threads(wanted) if not _is_direct(each.channel)]

    async def _threads(self, wanted: Invitation) -> Sequence[ThreadRow]:
        async with self._store.read() as session:
            return await mascots.open_threads_of(session, wanted.mascot_id)

    async def _enter(self, session: AsyncSession, plan: _Plan) -> Message | None:
        """Write it down, with all that follows from it; or say why it changes nothing."""
        wanted, whom, entry = plan.wanted, plan.whom, plan.entry
        record = await catch_up(session, self._queue, wanted.mascot_id)
        if record is None or record.mascot.gone_at is not None:
            return Message.of(f"Nobody was asked. {NOT_KNOWN}")
        if await reviews.is_known(session, wanted.key):
            done = _done_before(record, entry) if plan.again else None
            return plan.answer(record, done, asked.NOTHING_FOUND) if done is not None else None
        if record.review.state is State.APPROVED:
            return Message.of(f"Nobody was asked. {words.IS_APPROVED}")
        found = asked.sort_out(record.review, whom.people, entry.due, entry.at)
        if not _is_new(found, wanted, record):
            return asked.nothing_new(found, whom.left_out)
        line = replace(
            entry,
            edition=record.edition.digest,
            reviewers=found.named,
            due=found.due,
            needed=record.settings.review.approvals,
        )
        added = await add(session, record, line, wanted.key)
        assert added is not None, "whether it is known was asked before"
        await self._follow(session, *added, found, whom)
        return plan.answer(*added, found)

    async def _follow(
        self, session: AsyncSession, record: Record, entry: Entry, found: Sorted, whom: Whom
    ) -> None:
        """What follows: it is said in the thread and shown on the cards, and people are reminded."""
        await have_told(session, self._queue, record, entry)
        await refresh_cards(session, self._queue, record.mascot.id)
        reminded = waiting(record.review) if found.moved else entry.reviewers
        await self._reminders.put(session, record, entry, reminded, whom.zones)

    # -- answering ----------------------------------------------------------------------------

    async def _answer(self, wanted: Invitation, message: Message) -> None:
        """By the command's response_url; in the channel or thread, for their eyes only, without one."""
        try:
            if wanted.response_url is not None:
                try:
                    await self._messenger.respond(wanted.response_url, message)
                    return
                except SlackError as error:
                    log.info("%s is answered in the channel: %s", wanted.user, error)
            await self._messenger.post_ephemeral(
                wanted.channel, wanted.thread_ts or None, wanted.user, message
            )
        except SlackError as error:
            log.warning("%s could not be told about a review: %s", wanted.user, error)

    async def _gave_up(self, job: Job) -> None:
        said = "Something went wrong on our side, so perhaps nobody was asked. The card tells; please look."
        await self._answer(Invitation.of(job), Message.of(said))


def _is_direct(channel: str) -> bool:
    """Whether a conversation is the bot's with one person alone (docs.slack.dev: conversation object)."""
    return channel.startswith("D")


def _is_new(found: Sorted, wanted: Invitation, record: Record) -> bool:
    """Whether there is anything in it that was not asked before."""
    if found.named or found.moved:
        return True
    return not wanted.reviewers and (not record.review.asks or bool(wanted.note))


def _done_before(record: Record, entry: Entry) -> Entry | None:
    """What an earlier run of the same job wrote down; None where it was told a second time."""
    return next(
        (
            each
            for each in record.entries
            if (each.did, each.user, each.at) == (Did.ASKED, entry.user, entry.at)
        ),
        None,
    )
