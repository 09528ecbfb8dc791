"""The dispatcher of commands and mentions: each is a job, carried out by a table of functions.

A mention is a post, stored under its ts, so that its `message` and `app_mention` events count once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.permission_rules import NOT_KNOWN
from bot.channels.permissions import Actor
from bot.channels.queries import settings_of
from bot.commands import grammar
from bot.commands.grammar import Command, as_json, from_json
from bot.commands.mentions import Mentioned, wanted
from bot.commands.replies import Asked, at_once, means, which
from bot.commands.view import how_to
from bot.db import Store, posts
from bot.intake.catch import image_rows, post_row
from bot.intake.reply import Answers
from bot.jobs import Job
from bot.jobs.runner import Actions
from bot.mascots.search import Found, MascotSearch
from bot.mascots.service import MascotGone
from bot.review.due import perhaps_due, unreadable
from bot.slack.blocks import Message
from bot.slack.events import Post
from bot.slack.request import Request

REQUESTED = "commands.request"
MENTIONED = "commands.mention"

Table = Mapping[type[Command], Callable[[Any, Any], Awaitable[Message | None]]]
"""Command → function for an `Asked` or a `Mentioned`; it returns a private reply, or None if others
answer.
"""


class Dispatcher:
    """Store commands and mentions, and have each carried out by its table."""

    def __init__(
        self,
        store: Store,
        actions: Actions,
        search: MascotSearch,
        answers: Answers,
        commands: Table,
        mentions: Table,
    ) -> None:
        self._store = store
        self._actions = actions
        self._search = search
        self._answers = answers
        self._commands = commands
        self._mentions = mentions
        actions.add(REQUESTED, self._carry_out, waiting="I answer as soon as it works.")
        actions.add(MENTIONED, self._carry_out_mention)

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
        await self._actions.submit(
            REQUESTED,
            request,
            lock=lock,
            command=as_json(command),
            text=text,
            mascot=mascot_id,
            replace=replace,
        )

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
            await self._actions.put(session, MENTIONED, request, lock=lock, key=f"mention:{post_id}", **what)

        await self._store.write_at_once(note, urgent=True)

    async def _carry_out(self, job: Job, request: Request) -> Message | None:
        command, chosen = from_json(job.payload["command"]), job.payload["mascot"]
        actor, asked = Actor(request.team, request.user), Asked(job, request)
        if type(command) not in self._commands:  # an altered button asks for it: the listener answers these
            return at_once(command) or how_to()
        if isinstance(command, grammar.Review) and command.whole is not None:
            command = await self._with_whole_name(actor, command, command.whole)
        if chosen is not None or _name_in(command):
            found = await self._find(actor, command, chosen)
            if found.only is None:
                return await self._not_one(actor, command, found, job.payload["text"])
            asked = Asked(job, request, found.only)
        try:
            return await self._commands[type(command)](asked, command)
        except MascotGone as gone:
            return Message.of(gone.words_alone)

    async def _carry_out_mention(self, job: Job, _: Request) -> Message | None:
        post, thread, images = await self._answers.load(job.payload["post"])
        command = from_json(job.payload["command"])
        if job.begun_before and post.reply_ts is None:
            await self._answers.find(post)
        try:
            return await self._mentions[type(command)](Mentioned(job, post, thread, images), command)
        except MascotGone as gone:
            return Message.of(gone.words_alone)

    async def _with_whole_name(self, actor: Actor, command: grammar.Review, whole: str) -> grammar.Review:
        """Take words that look like a due date as part of the name, if a mascot is called so."""
        found = await self._search.find(actor, whole)
        if any(means(whole, row.name or "") for row in found.mascots):
            return replace(command, name=whole, due=None, no_due=None, whole=None)
        return command

    async def _find(self, actor: Actor, command: Command, chosen: str | None) -> Found:
        if chosen is not None:
            return await self._search.by_id(actor, chosen)
        if isinstance(command, grammar.Rename):  # read so that there is a mascot of that name
            ways = [await self._search.find(actor, name) for name, _ in command.splits]
            return next((each for each in ways if each.mascots), ways[0])
        deleted = isinstance(command, grammar.Export)  # records outlive mascots
        return await self._search.find(actor, _name_in(command), deleted=deleted)

    async def _not_one(self, actor: Actor, command: Command, found: Found, text: str) -> Message:
        name = _name_in(command)
        if not name:
            return Message.of(NOT_KNOWN)
        if isinstance(command, grammar.Review) and not found.mascots:
            perhaps = perhaps_due(name)
            if perhaps and (await self._search.find(actor, perhaps[0])).mascots:
                return Message.of(unreadable(perhaps[1]))
            if command.whole and not found.near:
                name = command.whole
        return which(found, name, text)


def _name_in(command: Command) -> str:
    return (command.name or "") if isinstance(command, grammar.AboutOne) else ""
