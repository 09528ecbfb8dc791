"""Where people ask: what a command wants is written down, done, and answered to whoever asked.

A command is a job like any other, so Slack is told that it was heard when it is written down, a Masko that
takes its time keeps nobody waiting, and what a stopped process left is answered by the next one.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.cards.service import Cards
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor, Permissions
from bot.channels.service import Channels
from bot.commands import grammar as commands
from bot.commands.answers import AboutOne, answered_at_once, means, name_in, unfinished, which
from bot.commands.grammar import (
    Add,
    Command,
    ExportReview,
    ListMascots,
    New,
    Rename,
    Review,
    Show,
    Use,
    read_command,
)
from bot.commands.help_view import how_to
from bot.commands.view import listing, shown
from bot.db import Store
from bot.db.tables import MascotRow
from bot.errors import BotError
from bot.home.status import Standing
from bot.jobs import Handler, Job, Queue
from bot.jobs.retry import next_try, retry_later
from bot.mascots.descriptions import Change, Descriptions
from bot.mascots.search import Found, MascotSearch
from bot.mascots.service import MascotGone, Mascots
from bot.privacy.records import Records
from bot.privacy.service import People
from bot.references.requests import Requests
from bot.review import asked
from bot.review.asking import Invitations
from bot.review.grammar import unreadable
from bot.review.invitation import Invitation
from bot.review.waiting import Waiting
from bot.slack.blocks import Message, Sentence
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.place import Place

log = logging.getLogger(__name__)

ASKED = "desk.asked"
SHARED = "desk.shared"
TURNED = "desk.turned"


@dataclass(frozen=True)
class Asker:
    """Who asked, where, and how they are answered.

    Attributes:
        response_url: of the command or the press; good for five answers in thirty minutes.
    """

    team: str
    channel: str
    user: str
    response_url: str

    @property
    def actor(self) -> Actor:
        """Whoever asked, for the permissions."""
        return Actor(self.team, self.user)


class Desk:
    """Answers commands.

    Args:
        store: where what was asked is written down.
        queue: runs it.
        messenger: posts in Slack.
        library: finds mascots by name.
        mascots: reads them.
        cards: shows them.
        channels: what channels are set to.
        descriptions: renames.
        requests: takes pictures in that are asked for.
        standing: how the program is.
        people: what is kept of whom.
        invitations: asks people for reviews.
        records: what happened in a channel, and what was decided about a mascot.
        waiting: which reviews wait for whom.
        permissions: says who sees what.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        library: MascotSearch,
        mascots: Mascots,
        cards: Cards,
        channels: Channels,
        descriptions: Descriptions,
        requests: Requests,
        standing: Standing,
        people: People,
        invitations: Invitations,
        records: Records,
        waiting: Waiting,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._library = library
        self._mascots = mascots
        self._cards = cards
        self._channels = channels
        self._descriptions = descriptions
        self._requests = requests
        self._standing = standing
        self._people = people
        self._invitations = invitations
        self._records = records
        self._waiting = waiting
        self._permissions = permissions

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {
            ASKED: Handler(self._answer, gave_up=self._gave_up),
            SHARED: Handler(self._share, gave_up=self._gave_up),
            TURNED: Handler(self._turn, gave_up=self._gave_up),
        }

    async def ask(
        self, asker: Asker, text: str, *, mascot_id: str | None = None, again: bool = False
    ) -> None:
        """Write down what somebody asked; the answer comes to them from the queue.

        Args:
            asker: who.
            text: what was typed after `/masko`.
            mascot_id: the mascot that its name means, once they have chosen among several.
            again: the answer takes the place of the message that was pressed.
        """
        await self._put(ASKED, asker, text=text, mascot=mascot_id, again=again)

    async def turn(self, asker: Asker, words: str, start: int) -> None:
        """Write down that somebody wants another page of a list, in its place."""
        await self._put(TURNED, asker, words=words, start=start)

    async def share(self, asker: Asker, mascot_id: str) -> None:
        """Write down that somebody wants a mascot's card in the channel; replies to it are its references."""
        await self._put(SHARED, asker, mascot=mascot_id)

    async def _put(self, kind: str, asker: Asker, **wanted: Any) -> None:
        lock, payload = f"asked:{asker.team}:{asker.user}", {"asker": asdict(asker), **wanted}
        await self._store.write_at_once(
            lambda session: self._queue.put(session, kind, lock=lock, payload=payload), urgent=True
        )

    # -- the work -----------------------------------------------------------------------------

    async def _answer(self, job: Job) -> None:
        asker, again = Asker(**job.payload["asker"]), job.payload["again"]
        try:
            answer = await self._answer_to(job, asker)
        except BotError as error:
            answer = await self._could_not(job, asker, error)
        if answer is not None:
            await self._respond(job, asker, answer, replace=again)

    async def _answer_to(self, job: Job, asker: Asker) -> Message | None:
        text: str = job.payload["text"]
        command, chosen = await self._read(asker, text), job.payload["mascot"]
        if answer := answered_at_once(command):
            return answer
        match command:
            case ListMascots(words):
                return await self._listing(asker, words, 0)
            case Use(None):
                await self._channels.use(asker.actor, asker.channel, None)
                return Message.of("Images posted in this channel start new mascots again.")
            case New(links, name):
                return await self._requests.from_links(job, _place(asker), links, name=name)
            case commands.ForgetMe():
                return await self._people.kept(asker.team, asker.user)
            case commands.NoticeMe(noticed):
                return await self._people.notice(asker.team, asker.user, noticed)
            case commands.Export():
                return await self._records.export(asker.team, asker.channel, asker.user)
            case Review(None, reviewers=(), due=None, groups=(), no_due=None):
                return await self._waiting.told(asker.actor)
            case commands.Status():
                return await self._standing.told(asker.team, asker.channel, asker.user)
            case Review(no_due=str(no_due)):
                return Message.of(unreadable(no_due))
            case Review(None):
                return unfinished("review")
            case Show() | Add() | Use() | Rename() | ExportReview() | Review():
                found = await self._meant(asker, command, chosen)
                if found.only is None:
                    no_day = await self._no_day(asker, command, found)
                    return no_day or which(found, _sought(command, found), text)
                return await self._with(found.only, command, job, asker)
        return how_to()

    async def _read(self, asker: Asker, text: str) -> Command:
        """Read a command; what looks like a due date behind a name may belong to the name of a mascot."""
        command = read_command(text)
        if not isinstance(command, Review) or command.whole is None:
            return command
        whole = command.whole
        found = await self._library.find(asker.actor, whole)
        if any(means(whole, row.name or "") for row in found.mascots):
            return replace(command, name=whole, due=None, no_due=None, whole=None)
        return command

    async def _meant(self, asker: Asker, command: AboutOne, chosen: str | None) -> Found:
        if chosen is not None:
            row = await self._mascots.known(chosen)
            hidden = await self._permissions.refusal(asker.actor, Act.SEE, mascot=chosen)
            return Found((row,) if row and hidden is None else ())
        if isinstance(command, Rename):
            return await self._renamed(asker, command)
        deleted = isinstance(command, ExportReview)  # records outlive mascots
        return await self._library.find(asker.actor, name_in(command), deleted=deleted)

    async def _renamed(self, asker: Asker, command: Rename) -> Found:
        """The mascot to rename: of several ways to read the command, the one whose name there is."""
        found = [await self._library.find(asker.actor, name) for name, _ in command.splits]
        return next((each for each in found if each.mascots), found[0])

    async def _with(self, mascot: MascotRow, command: AboutOne, job: Job, asker: Asker) -> Message | None:
        """Do what is asked with the mascot that is meant."""
        name = mascot.name or "the mascot"
        match command:
            case Show():
                return await self._shown(mascot.id)
            case Use():
                await self._channels.use(asker.actor, asker.channel, mascot.id)
                return Message.of(
                    f"Images posted in this channel go to {name} now.",
                    ("/masko use none ends it. I hear of images only where I am: /invite me, if need be.",),
                )
            case Add(links):
                return await self._requests.from_links(job, _place(asker), links, into=mascot)
            case Rename(splits):
                new = next((new for old, new in splits if means(old, name)), splits[0][1])
                change = Change(
                    asker.team, mascot.id, new, asker.user, asker.channel, None, asker.response_url
                )
                await self._descriptions.ask_rename(change)
            case Review(reviewers=(), due=None, groups=()):
                return await self._shown(mascot.id, await self._invitations.replies(mascot.id))
            case Review():
                await self._invitations.ask(_invitation(asker, mascot.id, command))
            case ExportReview():
                return await self._records.export_review(mascot, asker.user)
        return None

    async def _no_day(self, asker: Asker, command: AboutOne, found: Found) -> Message | None:
        """What is said where the name of what is to be reviewed ends with a day that is none."""
        perhaps = asked.perhaps_due(name_in(command)) if isinstance(command, Review) else None
        if perhaps is None or found.mascots:
            return None
        if not (await self._library.find(asker.actor, perhaps[0])).mascots:
            return None
        return Message.of(unreadable(perhaps[1]))

    async def _shown(self, mascot_id: str, below: Sentence = ()) -> Message:
        try:
            await self._mascots.refresh(mascot_id)
        except MascotGone as gone:
            return Message.of(gone.words_alone)
        card = await self._cards.of_mascot(mascot_id)
        assert card is not None, "only mascots that were written down are looked at"
        return shown(card, below)

    async def _share(self, job: Job) -> None:
        asker, mascot_id = Asker(**job.payload["asker"]), job.payload["mascot"]
        try:
            answer: Message = await self._cards.share(job, _place(asker), mascot_id)
        except BotError as error:
            answer = await self._could_not(job, asker, error)
        await self._respond(job, asker, answer)

    async def _turn(self, job: Job) -> None:
        asker, words, start = Asker(**job.payload["asker"]), job.payload["words"], job.payload["start"]
        try:
            answer, found = await self._listing(asker, words, start), True
        except BotError as error:
            answer, found = await self._could_not(job, asker, error), False
        await self._respond(job, asker, answer, replace=found)

    async def _listing(self, asker: Asker, words: str, start: int) -> Message:
        return listing(await self._library.page(asker.actor, words, start))

    # -- answering ----------------------------------------------------------------------------

    async def _could_not(self, job: Job, asker: Asker, error: BotError) -> Message:
        """What is said where it did not work out; what may pass is waited for, and that is said once."""
        if not job.begun_before and next_try(job, error):
            await self._respond(job, asker, Message.of(f"{error.words} I answer as soon as it works."))
        retry_later(job, error)
        return Message.of(error.words)

    async def _respond(self, job: Job, asker: Asker, answer: Message, *, replace: bool = False) -> None:
        """Answer by the response_url; in the channel, for their eyes only, once that has expired."""
        try:
            await self._messenger.respond(asker.response_url, answer, replace=replace)
        except SlackError as error:
            if not error.may_have_taken_effect:
                retry_later(job, error)
            log.info("%s is answered in the channel: %s", asker.user, error)
            await self._whisper(asker, answer)

    async def _whisper(self, asker: Asker, answer: Message) -> None:
        try:
            await self._messenger.post_ephemeral(asker.channel, None, asker.user, answer)
        except SlackError as error:
            log.warning("%s could not be answered: %s", asker.user, error)

    async def _gave_up(self, job: Job) -> None:
        asker = Asker(**job.payload["asker"])
        await self._whisper(asker, Message.of("Something went wrong on our side; it was noted in the log."))


def _sought(command: AboutOne, found: Found) -> str:
    """The name that was looked for; where nothing is like it, with what was taken for a due date."""
    if isinstance(command, Review) and command.whole and not found.candidates:
        return command.whole
    return name_in(command)


def _place(asker: Asker) -> Place:
    return Place(asker.team, asker.channel, asker.user)


def _invitation(asker: Asker, mascot_id: str, command: Review) -> Invitation:
    return Invitation(
        key=f"command:{asker.response_url}",  # one a command, and the same when it is told again
        team=asker.team,
        channel=asker.channel,
        user=asker.user,
        mascot_id=mascot_id,
        reviewers=command.reviewers,
        groups=command.groups,
        due=command.due or "",
        response_url=asker.response_url,
    )
