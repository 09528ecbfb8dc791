"""The dispatcher of commands and mentions, each a job, and what each `/masko` command does and replies.

A mention is a post, stored under its ts, so that its `message` and `app_mention` events count once.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, replace

from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.queries import settings_of
from bot.commands import grammar
from bot.commands.asked import Asked, Features, Mention
from bot.commands.grammar import Command, Simple, as_json, from_json
from bot.commands.mentions import Mentions, wanted
from bot.commands.view import how_to, listing, menu, shown, which
from bot.db import Store, posts
from bot.db.tables import MascotRow
from bot.errors import Refusal
from bot.intake.catch import image_rows, post_row
from bot.jobs import Job
from bot.jobs.runner import Actions
from bot.masko.rate_limit import Log, parse_limits
from bot.review.text import replies
from bot.slack.blocks import Message, Sentence
from bot.slack.events import Post
from bot.slack.request import Request
from bot.text import about, folded

REQUESTED = "commands.request"
MENTIONED = "commands.mention"
PER_PERSON = parse_limits("30/minute,300/hour")
"""Commands of one person in this process: they go before images, so a flood would use up Masko's limit."""


@dataclass
class Dispatcher:
    """Store commands and mentions, and have jobs carry them out."""

    store: Store
    actions: Actions
    features: Features
    mentions: Mentions

    def __post_init__(self) -> None:
        self._asked: defaultdict[tuple[str, str], Log] = defaultdict(Log)
        self.actions.add(REQUESTED, self._carry_out, waiting="I'll answer as soon as it works.")
        self.actions.add(MENTIONED, self._answer_mention)

    async def request(
        self,
        request: Request,
        command: Command,
        *,
        text: str = "",
        mascot_id: str | None = None,
        replace: bool = False,
    ) -> None:
        """Store a command; `text`, as it was typed, is repeated after a choice among several mascots.

        Raises Refusal where one person asks too often.
        """
        who, now = (request.team, request.user), time.time()
        asked = self._asked[who].after((), PER_PERSON, now)
        if (wait := asked.wait(PER_PERSON, now, bulk=False)) > 0:
            raise Refusal(f"Those are too many commands at once. Go on in {about(wait)}.")
        self._asked[who] = Log((*asked.timestamps, now))
        lock = f"asked:{request.team}:{request.user}"
        what = {"text": text, "mascot": mascot_id, "replace": replace}
        await self.actions.submit(REQUESTED, request, lock=lock, command=as_json(command), **what)

    async def mention(self, post: Post, command: Command) -> None:
        """Store a post with a command that mentions the bot; a repeated delivery changes nothing."""
        row = post_row(post, None, wanted(command))
        row.held_back = bool(post.images)
        request = Request(post.team, post.channel, post.user, post.thread_ts)
        lock = f"thread:{post.team}:{post.channel}:{post.root_ts}"
        async with self.store.write() as session:
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

    async def _carry_out(self, job: Job, request: Request) -> Message | None:
        asked, command = Asked(job, request), from_json(job.payload["command"])
        return await self._answer(asked, command, job.payload["text"], job.payload["mascot"])

    async def _answer_mention(self, job: Job, request: Request) -> Message | None:
        command = from_json(job.payload["command"])
        if isinstance(command, grammar.Show) and command.name:
            return await self._answer(Asked(job, request), command, f"show {command.name}")
        post, thread, images = await self.features.answers.load(job.payload["post"])
        if job.begun and post.reply_ts is None:
            await self.features.answers.find(post)
        request = replace(request, thread_ts=post.thread_ts)
        mention = Mention(job, request, post=post, thread=thread, images=images)
        return await self.mentions.answer(mention, command)

    async def _answer(
        self, asked: Asked, command: Command, text: str, chosen: str | None = None
    ) -> Message | None:
        """Carry out a command with the mascot that was chosen, or that it names; ask which, if need be."""
        if isinstance(command, grammar.Review) and (whole := command.whole) is not None:
            called = (await self.features.library.find(asked.actor, whole)).mascots
            if any(folded(row.name or "") == folded(whole) for row in called):  # no due date, but a name
                command = replace(command, name=whole, due=None, whole=None)
        name = (command.name or "") if isinstance(command, grammar.AboutOne) else ""
        if chosen is None and not name:
            return await self._do(asked, command)
        library = self.features.library
        if chosen is not None:
            found = await library.by_id(asked.actor, chosen)
        else:  # the record of a deleted mascot stays
            found = await library.find(asked.actor, name, deleted=isinstance(command, grammar.Export))
        if found.only is not None:
            return await self._do(replace(asked, mascot=found.only), command)
        if not name:
            return Message.of(NOT_KNOWN)
        if isinstance(command, grammar.Review) and not found.candidates:
            name = command.whole or name
        return which(found, await self.features.library.listed(found.candidates), name, text)

    async def _do(self, asked: Asked, command: Command) -> Message | None:
        features, actor, request = self.features, asked.actor, asked.request
        match command, asked.mascot:
            case grammar.ListMascots(words, start), _:
                return listing(await features.library.page(actor, words, start))
            case grammar.Show(), MascotRow(id=mascot_id):
                return await self._show(mascot_id)
            case Simple.SHARE, MascotRow(id=mascot_id):
                return await features.cards.share(asked.job, request, mascot_id)
            case grammar.Use(), mascot:
                return await self._use(asked, mascot)
            case grammar.New(name, links), _:
                return await features.additions.from_links(asked.job, request, links, name=name)
            case grammar.Add(_, links), MascotRow() as mascot:
                return await features.additions.from_links(asked.job, request, links, into=mascot)
            case grammar.Rename(_, new), MascotRow(id=mascot_id):
                await features.descriptions.edit(request, mascot_id, new)
                return None
            case grammar.Review() as review, mascot:
                return await self._review(asked, review, mascot)
            case grammar.Export(), None:
                return await features.privacy.export(actor, request.channel)
            case grammar.Export(), MascotRow() as mascot:
                return await features.privacy.export_review(actor, mascot)
            case Simple.FORGET_ME, _:
                return await features.privacy.kept(actor)
            case grammar.NoticeMe(noticed), _:
                return await features.privacy.notice(actor, noticed)
            case Simple.STATUS, _:
                return await features.status.told(actor, request.channel)
        return at_once(command) or how_to()  # an altered button asks for it: the listener answers these

    async def _show(self, mascot_id: str, below: Sentence = ()) -> Message:
        """Return a mascot's card for one person, as Masko has the mascot now."""
        await self.features.mascots.refresh(mascot_id)
        card = await self.features.cards.of_mascot(mascot_id)
        assert card is not None, "only mascots that were written down are found"
        return shown(card, below)

    async def _use(self, asked: Asked, mascot: MascotRow | None) -> Message:
        channel, mascot_id = asked.request.channel, mascot.id if mascot else None
        await self.features.channels.use(asked.actor, channel, mascot_id)
        if mascot is None:
            return Message.of("Images posted in this channel start new mascots again.")
        return Message.of(
            f"Images posted in this channel go to {mascot.name or 'the mascot'} now.",
            ("/masko use none ends it. I hear of images only where I am: /invite me, if need be.",),
        )

    async def _review(
        self, asked: Asked, command: grammar.Review, mascot: MascotRow | None
    ) -> Message | None:
        """List what waits for a review, show a mascot's, or ask for one, which another job replies to."""
        people_or_day = command.reviewers or command.groups or command.due
        if mascot is None:
            needs_more = at_once(grammar.unfinished("review"))
            return needs_more if people_or_day else await self.features.waiting.told(asked.actor)
        if not people_or_day:
            record = await self.features.reviews.record(mascot.id, asked.actor)
            return await self._show(mascot.id, replies(record.review))
        await self.features.invitations.ask(asked.invitation(command, mascot.id))
        return None


def at_once(command: Command) -> Message | None:
    """Return the reply to a command that needs no look-up; None for the others."""
    match command:
        case Simple.MENU:
            return menu()
        case grammar.Refused(why):
            return Message.of(why)
        case grammar.Help(remark, about):
            return how_to(remark, about)
    return None
