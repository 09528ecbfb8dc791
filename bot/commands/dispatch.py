"""The dispatcher of commands and mentions, each a job, and what each `/masko` command does and replies.

A mention is a post, stored under its ts, so that its `message` and `app_mention` events count once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.service import Cards
from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor
from bot.channels.queries import settings_of
from bot.channels.service import Channels
from bot.commands import grammar
from bot.commands.grammar import Command, as_json, from_json
from bot.commands.mentions import Mentioned, private_card, wanted
from bot.commands.view import how_to, listing, menu, which
from bot.db import Store, posts
from bot.db.tables import MascotRow
from bot.home.status import StatusReport
from bot.intake.catch import image_rows, post_row
from bot.intake.reply import Answers
from bot.jobs import Job
from bot.jobs.runner import Actions
from bot.mascots.edit import RENAME, Descriptions
from bot.mascots.search import Found, MascotSearch
from bot.mascots.service import MascotGone, Mascots
from bot.privacy import Privacy
from bot.references.add import Additions
from bot.review.due import perhaps_due, unreadable
from bot.review.lists import Waiting
from bot.review.requests import Invitation, Invitations
from bot.slack.blocks import Message, Sentence
from bot.slack.events import Post
from bot.slack.request import Request
from bot.text import folded, short

REQUESTED = "commands.request"
MENTIONED = "commands.mention"


@dataclass(frozen=True)
class Asked:
    """A command that a job carries out, and the mascot that it names, if any."""

    job: Job
    request: Request
    mascot: MascotRow | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.request.team, self.request.user)


Table = Mapping[type[Command], Callable[[Any, Any], Awaitable[Message | None]]]
"""Command → function for an `Asked` or a `Mentioned`; it returns a private reply, or None for none."""


@dataclass
class Dispatcher:
    """Store commands and mentions, and have each carried out by its table."""

    store: Store
    actions: Actions
    search: MascotSearch
    answers: Answers
    commands: Table
    mentions: Table

    def __post_init__(self) -> None:
        self.actions.add(REQUESTED, self._carry_out, waiting="I answer as soon as it works.")
        self.actions.add(MENTIONED, self._carry_out_mention)

    async def request(
        self,
        request: Request,
        command: Command,
        *,
        text: str = "",
        mascot_id: str | None = None,
        replace: bool = False,
    ) -> None:
        """Store a command; `text`, as it was typed, is repeated after a choice among several mascots."""
        lock = f"asked:{request.team}:{request.user}"
        what: dict[str, Any] = {
            "command": as_json(command),
            "text": text,
            "mascot": mascot_id,
            "replace": replace,
        }
        await self.actions.submit(REQUESTED, request, lock=lock, **what)

    async def mention(self, post: Post, command: Command) -> None:
        """Store a post with a command that mentions the bot; a repeated delivery changes nothing."""
        row = post_row(post, None, wanted(command))
        row.held_back = bool(post.images)
        request = Request(post.team, post.channel, post.user, post.thread_ts)
        lock = f"thread:{post.team}:{post.channel}:{post.root_ts}"

        async def note(session: AsyncSession) -> None:
            settings = await settings_of(session, post.team, post.channel)
            if settings.takes_outsiders:
                row.from_outside = row.among_strangers = False
            post_id = await posts.note(session, row, image_rows(post.images))
            if post_id is None:
                return
            if post.images:  # the other event may have told of the words alone
                await posts.change(session, post_id, held_back=True)
            what = {"post": post_id, "command": as_json(command)}
            await self.actions.put(session, MENTIONED, request, lock=lock, key=f"mention:{post_id}", **what)

        await self.store.write_at_once(note, urgent=True)

    async def _carry_out(self, job: Job, request: Request) -> Message | None:
        command, chosen = from_json(job.payload["command"]), job.payload["mascot"]
        actor, asked = Actor(request.team, request.user), Asked(job, request)
        if type(command) not in self.commands:  # an altered button asks for it: the listener answers these
            return at_once(command) or how_to()
        if isinstance(command, grammar.Review) and command.whole is not None:
            whole = command.whole  # it ends in what looks like a due date: a name, if a mascot is called so
            called = (await self.search.find(actor, whole)).mascots
            if any(means(whole, row.name or "") for row in called):
                command = replace(command, name=whole, due=None, no_due=None, whole=None)
        if chosen is not None or _name_in(command):
            found = await self._find(actor, command, chosen)
            if found.only is None:
                return await self._not_one(actor, command, found, job.payload["text"])
            asked = Asked(job, request, found.only)
        try:
            return await self.commands[type(command)](asked, command)
        except MascotGone as gone:
            return Message.of(gone.words_alone)

    async def _carry_out_mention(self, job: Job, _: Request) -> Message | None:
        post, thread, images = await self.answers.load(job.payload["post"])
        command = from_json(job.payload["command"])
        if job.begun_before and post.reply_ts is None:
            await self.answers.find(post)
        try:
            return await self.mentions[type(command)](Mentioned(job, post, thread, images), command)
        except MascotGone as gone:
            return Message.of(gone.words_alone)

    async def _find(self, actor: Actor, command: Command, chosen: str | None) -> Found:
        if chosen is not None:
            return await self.search.by_id(actor, chosen)
        if isinstance(command, grammar.Rename):  # read so that there is a mascot of that name
            ways = [await self.search.find(actor, name) for name, _ in command.splits]
            return next((each for each in ways if each.mascots), ways[0])
        deleted = isinstance(command, grammar.Export)  # records outlive mascots
        return await self.search.find(actor, _name_in(command), deleted=deleted)

    async def _not_one(self, actor: Actor, command: Command, found: Found, text: str) -> Message:
        name = _name_in(command)
        if not name:
            return Message.of(NOT_KNOWN)
        if isinstance(command, grammar.Review) and not found.mascots:
            perhaps = perhaps_due(name)
            if perhaps and (await self.search.find(actor, perhaps[0])).mascots:
                return Message.of(unreadable(perhaps[1]))
            if command.whole and not found.near:
                name = command.whole
        return which(found, name, text)


def _name_in(command: Command) -> str:
    return (command.name or "") if isinstance(command, grammar.AboutOne) else ""


def at_once(command: Command) -> Message | None:
    """Return the reply to a command that needs no look-up; None for the others."""
    match command:
        case grammar.Menu():
            return menu()
        case grammar.Unfinished(name):
            return how_to(f"/masko {name} needs a little more.", name)
        case grammar.Refused(why):
            return Message.of(why)
        case grammar.Help(None):
            return how_to()
        case grammar.Help(str(word), None):
            return how_to(f"There is no command “{short(word)}”. These are all:")
        case grammar.Help(word, nearest):
            return how_to(f"There is no command “{word}”. Did you mean {nearest}?", nearest)
    return None


async def list_mascots(search: MascotSearch, asked: Asked, command: grammar.ListMascots) -> Message:
    return listing(await search.page(asked.actor, command.words, command.start))


async def show(mascots: Mascots, cards: Cards, asked: Asked, _: Command, *, below: Sentence = ()) -> Message:
    assert asked.mascot is not None
    return await private_card(mascots, cards, asked.mascot.id, below)


async def share(cards: Cards, asked: Asked, _: grammar.Share) -> Message:
    assert asked.mascot is not None
    return await cards.share(asked.job, asked.request, asked.mascot.id)


async def use(channels: Channels, asked: Asked, _: grammar.Use) -> Message:
    mascot = asked.mascot
    await channels.use(asked.actor, asked.request.channel, mascot.id if mascot else None)
    if mascot is None:
        return Message.of("Images posted in this channel start new mascots again.")
    return Message.of(
        f"Images posted in this channel go to {mascot.name or 'the mascot'} now.",
        ("/masko use none ends it. I hear of images only where I am: /invite me, if need be.",),
    )


async def from_links(additions: Additions, asked: Asked, command: grammar.New | grammar.Add) -> Message:
    name = command.name if isinstance(command, grammar.New) else None
    return await additions.from_links(asked.job, asked.request, command.links, name=name, into=asked.mascot)


async def rename(descriptions: Descriptions, asked: Asked, command: grammar.Rename) -> None:
    """Put the job that renames a mascot and replies."""
    mascot, request, splits = asked.mascot, asked.request, command.splits
    assert mascot is not None
    name = next((new for old, new in splits if means(old, mascot.name or "")), splits[0][1])
    await descriptions.ask_change(RENAME, request, mascot.id, name)


async def review(
    waiting: Waiting,
    invitations: Invitations,
    mascots: Mascots,
    cards: Cards,
    asked: Asked,
    command: grammar.Review,
) -> Message | None:
    """List what waits for a review, show a mascot's review, or ask for one, which another job replies to."""
    people_or_day = command.reviewers or command.groups or command.due
    if command.no_due is not None:
        return Message.of(unreadable(command.no_due))
    if asked.mascot is None:
        needs_more = at_once(grammar.Unfinished("review"))
        return needs_more if people_or_day else await waiting.told(asked.actor)
    if not people_or_day:
        below = await invitations.replies(asked.mascot.id)
        return await show(mascots, cards, asked, command, below=below)
    request = asked.request
    invitation = Invitation(
        key=f"command:{request.response_url}",  # one for each command, and the same when it is repeated
        request=request,
        mascot_id=asked.mascot.id,
        reviewers=command.reviewers,
        groups=command.groups,
        due=command.due or "",
    )
    await invitations.ask(invitation)
    return None


async def private(privacy: Privacy, asked: Asked, command: Command) -> Message:
    """Show, change or export what is kept about people."""
    match command:
        case grammar.ForgetMe():
            return await privacy.kept(asked.actor)
        case grammar.NoticeMe(noticed):
            return await privacy.notice(asked.actor, noticed)
        case _ if asked.mascot is not None:
            return await privacy.export_review(asked.actor, asked.mascot)
    return await privacy.export(asked.actor, asked.request.channel)


async def status(report: StatusReport, asked: Asked, _: grammar.Status) -> Message:
    return await report.told(asked.actor, asked.request.channel)


def means(written: str, name: str) -> bool:
    """Return whether a name starts with what was written."""
    return folded(name).startswith(folded(written))
