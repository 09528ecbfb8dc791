"""Requests for a review: from the card's form, a command, or a mention.

Reviewers are mentioned once, in the mascot's own thread; all other replies are private to the author.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import permission_rules as rules
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.channels.queries import settings_of
from bot.db import Store, mascots
from bot.db.tables import ThreadRow
from bot.db.values import Did, State
from bot.errors import Refusal
from bot.jobs import Job
from bot.jobs.runner import Actions, refresh_cards
from bot.mascots.service import Mascots
from bot.review import record as reviews
from bot.review import text
from bot.review.due import NO_DUE, is_due, read_due
from bot.review.model import MOST_ASKED, Entry
from bot.review.notify import Notices, catch_up, tell
from bot.review.record import Record, add, load
from bot.review.votes import FRESH_FOR
from bot.slack.blocks import Message, Person, Sentence
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.request import Request

ASK = "review.ask"
PASSED = "That time has passed."
NOT_AMONG_US = "Nobody else can see our direct messages. Ask for the review in a channel that I'm in."


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

    def is_in(self, thread: ThreadRow | Entry) -> bool:
        """Return whether it was made in this thread."""
        return (self.request.channel, self.request.thread_ts) == (thread.channel, thread.thread_ts)


@dataclass
class Invitations:
    """Ask people for reviews; `share` posts a mascot's card where the request says."""

    store: Store
    actions: Actions
    messenger: Messenger
    mascots: Mascots
    permissions: Permissions
    notices: Notices
    share: Callable[[Job, Request, str], Awaitable[object]]
    bot_user_id: str | None  # whom nobody can ask

    def __post_init__(self) -> None:
        self.actions.add(ASK, self._decide, failed="Nobody was asked.")

    async def ask(self, wanted: Invitation) -> None:
        """Store the request; a job decides it and answers its author."""
        lock = f"review:{wanted.request.team}:{wanted.mascot_id}"
        values = {"invitation": asdict(wanted), "at": self.notices.now().timestamp()}
        await self.actions.submit(ASK, wanted.request, lock=lock, key=f"ask:{wanted.key}", **values)

    def has_passed(self, until: float) -> bool:
        """Return whether a time, in seconds since 1970, has passed."""
        return until <= self.notices.now().timestamp()

    async def _decide(self, job: Job, request: Request) -> Message | None:
        wanted = TypeAdapter(Invitation).validate_python(job.payload["invitation"])
        at = datetime.fromtimestamp(job.payload["at"], UTC)
        asker = Actor(request.team, request.user)
        await self.permissions.require(asker, Act.COMMENT, mascot=wanted.mascot_id)
        await self.mascots.look_again(wanted.mascot_id, FRESH_FOR)
        record, threads = await self._found(wanted)
        if record.review.state is State.APPROVED:
            raise Refusal("It's already approved, so no more votes are needed.")
        reviewers, due = await self._reviewers(wanted), await self._due(wanted, at)
        if len(reviewers) > MOST_ASKED:
            raise Refusal(f"I ask at most {MOST_ASKED} people at once.")
        home = next((each for each in threads if not each.channel.startswith("D")), None)
        if home is None and request.channel.startswith("D"):
            raise Refusal(NOT_AMONG_US)
        reasons = {user: await self._left_out(wanted, record, user) for user in reviewers}
        people = tuple(user for user in reviewers if reasons[user] is None)
        left_out = tuple(filter(None, reasons.values()))
        if reviewers and not people:
            return Message.of(("Nobody was asked.",), left_out)
        home = home or await self._share(job, wanted)
        link = await self.messenger.permalink(home.channel, home.card_ts or home.thread_ts)
        entry = Entry(
            did=Did.ASKED,
            at=at,
            user=request.user,
            edition=record.edition.digest,
            words=wanted.note,
            reviewers=people,
            due=due,
            channel=home.channel,
            thread_ts=home.thread_ts,
            ts=(wanted.ts if wanted.is_in(home) else "") or home.card_ts or home.thread_ts,
            link=await self.messenger.permalink(request.channel, wanted.ts) if wanted.ts else link,
        )
        return await self.store.write_at_once(
            lambda session: self._enter(session, job, wanted, entry, left_out, link)
        )

    async def _enter(
        self,
        session: AsyncSession,
        job: Job,
        wanted: Invitation,
        entry: Entry,
        left_out: Sequence[Sentence],
        link: str | None,
    ) -> Message | None:
        record = await catch_up(session, self.actions.queue, wanted.mascot_id)
        assert record is not None, "mascots are never deleted here"
        name, review = record.mascot.name or "the mascot", record.review
        here = wanted.request.response_url is None and wanted.is_in(entry)
        if (done := await reviews.entry(session, wanted.key)) is not None:  # else delivered twice
            return text.answer(name, done, left_out, link, here=here) if job.begun else None
        found = text.sort_out(review, entry.reviewers, entry.due, entry.at)
        details = (*found.others, *left_out)
        of_all = not entry.reviewers and (not review.asks or entry.words)
        if not (found.named or found.moved or of_all):
            already = "" if details else " It's in review already."
            return Message.of((f"Nobody new was asked.{already}",), details)
        needed, edition = record.settings.review.approvals, record.edition.digest
        entry = replace(entry, edition=edition, reviewers=found.named, due=found.due, needed=needed)
        added = await add(session, record, entry, wanted.key)
        assert added is not None, "whether it is known was asked before"
        record, entry = added
        await tell(session, self.actions.queue, record, entry)
        await refresh_cards(session, self.actions.queue, record.mascot.id)
        reminded = record.review.awaited if found.moved else entry.reviewers
        await self.notices.put(session, record, entry, reminded)
        return text.answer(name, entry, details, link, here=here)

    async def _found(self, wanted: Invitation) -> tuple[Record, Sequence[ThreadRow]]:
        """Return the mascot's record and its threads; without any, with the settings of the channel here."""
        request = wanted.request
        async with self.store.read() as session:
            record = await load(session, wanted.mascot_id)
            threads = await mascots.open_threads_of(session, wanted.mascot_id)
            there = await settings_of(session, request.team, request.channel)
        assert record is not None, "whether it is known was asked before"
        return record if record.home else replace(record, settings=there), threads

    async def _reviewers(self, wanted: Invitation) -> Sequence[str]:
        """Return the people to ask, with the members of groups.  Raises Refusal, SlackError."""
        people = dict.fromkeys(wanted.reviewers)
        for group in wanted.groups:
            try:
                members = await self.permissions.people_in(group)
            except SlackError as error:
                if error.worth_retrying:
                    raise
                raise Refusal(
                    "I'm not allowed to look up who's in a user group, so name the people. "
                    "Somebody who manages apps in this workspace could reinstall me."
                ) from error
            if members is None:
                raise Refusal("That user group no longer exists.")
            others = set(members) - {wanted.request.user, self.bot_user_id}
            if not others:
                raise Refusal("Nobody else is in that user group.")
            people |= dict.fromkeys(sorted(others))
        return list(people)

    async def _left_out(self, wanted: Invitation, record: Record, user: str) -> Sentence | None:
        """Return why somebody's approval would not count.  Raises CannotTell."""
        request = wanted.request
        if user == self.bot_user_id:
            return text.THE_BOT
        if user == request.user:
            return ("You're asking, so somebody else has to review it.",)
        shows = None if request.channel.startswith("D") else request.channel  # if nothing else does
        try:
            person = await self.permissions.person(user)
            refusal = rules.reviewing(user, person, record.settings, Act.COMMENT)  # whatever they see
            refusal = refusal or await self.permissions.refusal(
                Actor(request.team, user), Act.APPROVE, mascot=wanted.mascot_id, channel=shows
            )
        except CannotTell as error:
            if error.cause.code not in ("user_not_found", "user_not_visible"):  # docs.slack.dev: users.info
                raise
            return (Person(user), " is left out: Slack doesn't know them.")
        return text.left_out(user, refusal) if refusal else None

    async def _due(self, wanted: Invitation, at: datetime) -> datetime | None:
        if wanted.until is not None:
            return datetime.fromtimestamp(wanted.until, UTC)  # the form takes none that has passed
        if not wanted.due:
            return None
        zone = (await self.notices.members.person(wanted.request.user)).zone
        if (read := read_due(wanted.due, at, zone)) is None:
            raise Refusal(PASSED if is_due(wanted.due) else f"“{wanted.due}”: {NO_DUE}")
        return read

    async def _share(self, job: Job, wanted: Invitation) -> ThreadRow:
        """Share the mascot's card where it is asked for; return its new thread."""
        try:
            await self.share(job, replace(wanted.request, thread_ts=None), wanted.mascot_id)
        except SlackError as error:
            if not error.place_is_gone:
                raise
            raise Refusal(
                "No channel that I'm in shows this mascot, and I'm not in this one. "
                "/invite me here, and ask again."
            ) from error
        async with self.store.read() as session:
            threads = await mascots.open_threads_of(session, wanted.mascot_id)
        return next(each for each in threads if each.channel == wanted.request.channel)
