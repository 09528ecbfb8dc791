"""Control calls that only look: the workspace, its messages, files, the inspector, the stream of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.control.guard import Route, inert
from bot.sandbox.slack.directory import Command, Shortcut
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.page import Page
from bot.sandbox.slack.samples import Samples
from bot.sandbox.slack.stream import stream_changes

MOST_IN_A_PAGE = 1000


class Looking:
    """The page itself and what it shows."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._samples = Samples()

    def routes(self) -> Iterable[Route]:
        """The page's files, state, messages, view, inspector, files, samples, events."""
        page = Page()
        return (
            Route("GET", "/", page.index),
            Route("GET", "/static/{name:.+}", page.static),
            Route("GET", "/_control/state", self.state),
            Route("GET", "/_control/messages", self.messages),
            Route("GET", "/_control/view", self.view),
            Route("GET", "/_control/home", self.home),
            Route("GET", "/_control/inspector", self.inspector),
            Route("GET", "/_control/file/{file_id}", self.file),
            Route("GET", "/_control/sample/{name}", self.sample),
            Route("GET", "/_control/events", self.events),
        )

    async def state(self, request: web.Request) -> web.Response:
        """Team, app with its commands and shortcuts, people, channels, samples."""
        directory = self._slack.directory
        app, team = directory.app, directory.team
        return web.json_response(
            {
                "team": {"id": team.id, "name": team.name, "domain": team.domain},
                "app": {
                    "id": app.id,
                    "name": app.name,
                    "bot_user_id": app.bot_user_id,
                    "bot_id": app.bot_id,
                    "home_tab": app.home_tab,
                },
                "commands": [_command(each) for each in app.commands],
                "shortcuts": [_shortcut(each) for each in app.shortcuts],
                "people": [person.as_json() for person in directory.people.values()],
                "channels": [channel.as_json() for channel in directory.channels.values()],
                "samples": self._samples.listed(),
                "seq": self._slack.workspace.changes.seq,
                "bot_connected": self._slack.connected,
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """A channel, or one thread of it, as one person sees it: oldest first.

        Query: `channel`, `as`, `thread_ts` for a thread. A channel comes whole unless `limit` is there: then
        its newest `limit` messages older than `before` (a `ts`; without it, the newest of all), with
        `has_more` and `total`, how many there are in all. The first one's `ts` is the next `before`.
        """
        query = request.query
        channel, viewer = query["channel"], query["as"]
        if thread_ts := query.get("thread_ts"):
            return web.json_response({"messages": self._slack.thread(channel, thread_ts, viewer)})
        if "limit" not in query:
            return web.json_response({"messages": self._slack.channel_messages(channel, viewer)})
        limit = int(query["limit"])
        if not 1 <= limit <= MOST_IN_A_PAGE:
            raise ValueError(f"limit must be from 1 to {MOST_IN_A_PAGE}")
        page = self._slack.channel_page(channel, viewer, limit=limit, before=query.get("before"))
        return web.json_response(page)

    async def home(self, request: web.Request) -> web.Response:
        """The Home tab that the bot published for one person."""
        return web.json_response({"view": self._slack.home(request.query["as"])})

    async def view(self, request: web.Request) -> web.Response:
        """The modal on top of one person's screen."""
        return web.json_response({"view": self._slack.view(request.query["as"])})

    async def inspector(self, request: web.Request) -> web.Response:
        """Entries after a position."""
        entries = self._slack.workspace.inspector.after(int(request.query.get("after", "0")))
        return web.json_response({"entries": [entry.as_json() for entry in entries]})

    async def file(self, request: web.Request) -> web.Response:
        """A file's bytes, for the page's own pictures; nothing in them may run."""
        file = self._slack.files.get(request.match_info["file_id"])
        if file is None:
            raise LookupError("no such file")
        return inert(file.content, file.mimetype or file.type.mimetype)

    async def sample(self, request: web.Request) -> web.Response:
        """A sample mascot's bytes."""
        new = self._samples.file(request.match_info["name"])
        return inert(new.content, self._samples.mimetype(new))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Changes as Server-Sent Events."""
        return await stream_changes(request, self._slack.workspace.changes)


def _command(command: Command) -> dict[str, Any]:
    return {
        "command": command.name,
        "description": command.description,
        "usage_hint": command.usage_hint,
    }


def _shortcut(shortcut: Shortcut) -> dict[str, Any]:
    return {
        "callback_id": shortcut.callback_id,
        "name": shortcut.name,
        "type": shortcut.type,
        "description": shortcut.description,
    }
