"""Requests for a review: from the card's form, a command, or a mention.

Reviewers are mentioned once, in the mascot's own thread; all other replies are private to the author.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.channels.queries import settings_of
from bot.db import Store, mascots
from bot.db.tables import ThreadRow
from bot.db.values import Did, State
from bot.errors import BotError
from bot.jobs import Job, Queue
from bot.jobs.runner import Actions, refresh_cards
from bot.mascots.service import MascotGone, Mascots
from bot.review import record as reviews
from bot.review import text
from bot.review.due import ANY_TIME, NO_DUE, read_due
from bot.review.model import MOST_ASKED, Entry
from bot.review.notify import Notices, catch_up, tell, waiting
from bot.review.record import Record, add, load
from bot.review.text import Sorted
from bot.review.votes import FRESH_FOR
from bot.slack.blocks import Message, Person, Sentence
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.request import Request

ASK = "review.ask"
IS_APPROVED = "It is approved already; nobody's vote is needed."
PASSED = "That time has passed."
NOT_AMONG_US = "Nobody else sees our direct messages, so ask for it in a channel where I am."

Share = Callable[[Job, Request, str], Awaitable[object]]  # shares a mascot's card where the request says


@dataclass(frozen=True)
class Invitation:
    """A request to review a mascot."""

    key: str  # idempotency key, the same for each delivery by Slack
    request: Request
    mascot_id: str
    reviewers: tuple[str, ...] = ()  # user ids; empty for nobody in particular
    groups: tuple[str, ...] = ()
    due: str = ""  # in words
    until: int | None = None  # the due date in seconds since 1970, if it was picked in a form
    note: str | None = None
    ts: str = ""  # the message by which they asked

    def is_in(self, thread: ThreadRow) -> bool:
        """Return whether it was made in this thread."""
        return (self.request.channel, self.request.thread_ts) == (thread.channel, thread.thread_ts)


class NotAsked(BotError):
    """The request was refused, for a reason that its author is told."""

    @property
    def words(self) -> str:
        return str(self)


class Whom(NamedTuple):
    """Who can be asked, why others are left out, and the time zones of all people concerned."""

    people: tuple[str, ...]
    left_out: tuple[Sentence, ...]
    zones: dict[str, tzinfo]


@dataclass
class Guests:
    """Decide who may ask for a review, and who can be asked; the bot itself cannot."""

    permissions: Permissions
    notices: Notices
    bot_user_id: str | None

    async def check(self, wanted: Invitation) -> None:
        """Raise NotAsked if the person may not ask or names too many, CannotTell if Slack does not answer."""
        if len(wanted.reviewers) > MOST_ASKED:
            raise NotAsked(f"I ask at most {MOST_ASKED} people at once.")
        actor = Actor(wanted.request.team, wanted.request.user)
        refusal = await self.permissions.refusal(actor, Act.COMMENT, mascot=wanted.mascot_id)
        if refusal is not None:
            raise NotAsked(refusal)

    async def with_groups(self, wanted: Invitation) -> Invitation:
        """Return the invitation with groups replaced by their members.  Raises NotAsked, SlackError."""
        people = dict.fromkeys(wanted.reviewers)
        for group in wanted.groups:
            try:
                members = await self.permissions.people_in(group)
            except SlackError as error:
                if error.worth_retrying:
                    raise
                raise NotAsked(
                    "I may not look up who is in a user group, so name the people. "
                    "Somebody who manages apps in this workspace could reinstall me."
                ) from error
            if members is None:
                raise NotAsked("That user group is not there any more.")
            others = set(members) - {wanted.request.user, self.bot_user_id}
            if not others:
                raise NotAsked("Nobody else is in that user group.")
            people |= dict.fromkeys(sorted(others))
        return replace(wanted, reviewers=tuple(people), groups=())

    async def sort(self, wanted: Invitation, record: Record) -> Whom:
        """Sort out whose approval would count, and why others' would not.  Raises CannotTell, SlackError."""
        why = {user: await self._left_out(wanted, record, user) for user in wanted.reviewers}
        people = tuple(user for user, reason in why.items() if reason is None)
        concerned = {*people, *waiting(record.review), wanted.request.user}
        zones = {user: await self.notices.zone(user) for user in sorted(concerned)}
        return Whom(people, tuple(filter(None, why.values())), zones)

    async def _left_out(self, wanted: Invitation, record: Record, user: str) -> Sentence | None:
        request = wanted.request
        if user == self.bot_user_id:
            return text.THE_BOT
        if user == request.user:
            return ("You ask, so somebody else has to look.",)
        try:
            person = await self.permissions.person(user)
            if why := rules.reviewing(user, person, record.settings, Act.COMMENT):  # whatever they see
                return text.left_out(user, why)
            shows = None if _is_direct(request.channel) else request.channel  # if nothing else does
            refusal = await self.permissions.refusal(
                Actor(request.team, user), Act.APPROVE, mascot=wanted.mascot_id, channel=shows
            )
        except CannotTell as error:
            if error.cause.code not in ("user_not_found", "user_not_visible"):  # docs.slack.dev: users.info
                raise
            return (Person(user), " is left out: Slack does not know them.")
        return text.left_out(user, refusal) if refusal is not None else None


@dataclass
class Invitations:
    """Ask people for reviews."""

    store: Store
    queue: Queue
    actions: Actions
    messenger: Messenger
    mascots: Mascots
    guests: Guests
    share: Share
    notices: Notices

    def __post_init__(self) -> None:
        self.actions.add(ASK, self._ask, failed="Nobody was asked.")

    async def ask(self, wanted: Invitation) -> None:
        """Store the request; a job decides it and answers its author."""
        lock = f"review:{wanted.request.team}:{wanted.mascot_id}"
        values = {"invitation": {**asdict(wanted), "request": None}, "at": self.notices.now().timestamp()}
        await self.actions.submit(ASK, wanted.request, lock=lock, key=f"ask:{wanted.key}", **values)

    def has_passed(self, until: float) -> bool:
        """Return whether a time, in seconds since 1970, has passed."""
        return until <= self.notices.now().timestamp()

    async def replies(self, mascot_id: str) -> Sentence:
        """Return links to what reviewers said in threads; empty for none."""
        async with self.store.read() as session:
            record = await load(session, mascot_id)
        return text.replies(record.review) if record is not None else ()

    async def _ask(self, job: Job, request: Request) -> Message | None:
        try:
            values = {**job.payload["invitation"], "request": request}
            return await self._decide(job, TypeAdapter(Invitation).validate_python(values))
        except MascotGone as gone:
            return Message.of(gone.words_alone)

    async def _decide(self, job: Job, wanted: Invitation) -> Message | None:
        at, request = datetime.fromtimestamp(job.payload["at"], UTC), wanted.request
        await self.guests.check(wanted)
        await self.mascots.look_again(wanted.mascot_id, FRESH_FOR)
        record = await self._record(wanted)
        if record.review.state is State.APPROVED:
            raise NotAsked(IS_APPROVED)
        wanted = await self.guests.with_groups(wanted)
        due = await self._due(wanted, at)
        if wanted.reviewers and _is_direct(request.channel) and not await self._among_others(wanted):
            raise NotAsked(NOT_AMONG_US)
        whom = await self.guests.sort(wanted, record)
        if wanted.reviewers and not whom.people:
            return Message.of(("Nobody was asked.",), whom.left_out)
        home = await self._home(job, wanted, record)
        link = await self.messenger.permalink(home.channel, home.card_ts or home.thread_ts)
        entry = Entry(
            did=Did.ASKED,
            at=at,
            user=request.user,
            edition=record.edition.digest,
            words=wanted.note,
            due=due,
            channel=home.channel,
            thread_ts=home.thread_ts,
            ts=(wanted.ts if wanted.is_in(home) else "") or home.card_ts or home.thread_ts,
            link=await self.messenger.permalink(request.channel, wanted.ts) if wanted.ts else link,
        )

        def answer(record: Record, entry: Entry, found: Sorted) -> Message | None:
            here = request.response_url is None and wanted.is_in(home)
            name = record.mascot.name or "the mascot"
            return text.answer(name, entry, found, whom.left_out, link, here=here)

        async def enter(session: AsyncSession) -> Message | None:
            record = await catch_up(session, self.queue, wanted.mascot_id)
            if record is None or record.mascot.gone_at is not None:
                return Message.of(f"Nobody was asked. {NOT_KNOWN}")
            if await reviews.is_known(session, wanted.key):
                if not job.begun_before:  # delivered twice
                    return None
                this = (Did.ASKED, entry.user, entry.at)
                done = [each for each in record.entries if (each.did, each.user, each.at) == this]
                return answer(record, done[0], text.NOTHING_FOUND) if done else None
            if record.review.state is State.APPROVED:
                return Message.of(f"Nobody was asked. {IS_APPROVED}")
            found = text.sort_out(record.review, whom.people, due, at)
            of_all = not wanted.reviewers and (not record.review.asks or wanted.note)
            if not (found.named or found.moved or of_all):
                return text.nothing_new(found, whom.left_out)
            return answer(*await self._enter(session, wanted.key, record, entry, found, whom), found)

        return await self.store.write_at_once(enter)

    async def _enter(
        self, session: AsyncSession, key: str, record: Record, entry: Entry, found: Sorted, whom: Whom
    ) -> tuple[Record, Entry]:
        needed, edition = record.settings.review.approvals, record.edition.digest
        entry = replace(entry, edition=edition, reviewers=found.named, due=found.due, needed=needed)
        added = await add(session, record, entry, key)
        assert added is not None, "whether it is known was asked before"
        record, entry = added
        await tell(session, self.queue, record, entry)
        await refresh_cards(session, self.queue, record.mascot.id)
        reminded = waiting(record.review) if found.moved else entry.reviewers
        await self.notices.put(session, record, entry, reminded, whom.zones)
        return added

    async def _record(self, wanted: Invitation) -> Record:
        """Return the mascot's record; if no thread shows it, with the settings of the request's channel."""
        request = wanted.request
        async with self.store.read() as session:
            record = await load(session, wanted.mascot_id)
            there = await settings_of(session, request.team, request.channel)
        if record is None or not record.known_to(request.team):
            raise NotAsked(NOT_KNOWN)
        by_form = request.thread_ts and request.response_url is None and not wanted.ts
        if by_form and not any(map(wanted.is_in, await self._threads(wanted))):
            raise NotAsked(NOT_KNOWN)  # a form only claims where it was opened
        return record if record.home else replace(record, settings=there)

    async def _due(self, wanted: Invitation, at: datetime) -> datetime | None:
        if wanted.until is not None:
            if (due := datetime.fromtimestamp(wanted.until, UTC)) <= at:
                raise NotAsked(PASSED)
            return due
        if not wanted.due:
            return None
        zone = await self.notices.zone(wanted.request.user)
        if (read := read_due(wanted.due, at, zone)) is not None:
            return read
        raise NotAsked(PASSED if read_due(wanted.due, ANY_TIME, zone) else NO_DUE)

    async def _home(self, job: Job, wanted: Invitation, record: Record) -> ThreadRow:
        """Return the thread to ask in: the mascot's own if others see it, else share its card here."""
        if among_others := await self._among_others(wanted):
            return among_others[0]
        if record.home is not None and not record.is_deserted and not wanted.reviewers:
            return record.home
        request = wanted.request
        if _is_direct(request.channel):
            raise NotAsked(NOT_AMONG_US)
        try:
            await self.share(job, replace(request, thread_ts=None), wanted.mascot_id)
        except SlackError as error:
            if error.place_is_gone:
                raise NotAsked(
                    "No channel where I am shows this mascot, and I am not in this one. "
                    "/invite me here, and ask again."
                ) from error
            raise
        return next(each for each in await self._threads(wanted) if each.channel == request.channel)

    async def _among_others(self, wanted: Invitation) -> list[ThreadRow]:
        return [each for each in await self._threads(wanted) if not _is_direct(each.channel)]

    async def _threads(self, wanted: Invitation) -> Sequence[ThreadRow]:
        async with self.store.read() as session:
            return await mascots.open_threads_of(session, wanted.mascot_id)


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")  # docs.slack.dev: conversation object
