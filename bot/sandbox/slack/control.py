"""The control API of the sandbox's page: everything a person can do, as JSON on the same origin.

Loopback pages only: the Host header must name this origin (against DNS rebinding), and calls that change
something need a header that a foreign page cannot set without asking first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.page import Page
from bot.sandbox.slack.samples import Samples
from bot.sandbox.slack.stream import stream_changes

if TYPE_CHECKING:
    from bot.sandbox.slack.local import LocalSlack

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]

HEADER = "X-Masko-Sandbox"
FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
TROUBLE = "We had some trouble connecting. Try again?"


class Control:
    """`/_control/*` and the page."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._samples = Samples()
        self._host = urlsplit(slack.workspace.origin).netloc

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        page = Page()
        app.add_routes(
            [
                web.get("/", self._guarded(page.index)),
                web.get("/static/{name:.+}", self._guarded(page.static)),
                web.get("/_control/state", self._guarded(self.state)),
                web.get("/_control/messages", self._guarded(self.messages)),
                web.get("/_control/view", self._guarded(self.view)),
                web.get("/_control/inspector", self._guarded(self.inspector)),
                web.get("/_control/file/{file_id}", self._guarded(self.file)),
                web.get("/_control/sample/{name}", self._guarded(self.sample)),
                web.get("/_control/events", self._guarded(self.events)),
                web.post("/_control/post", self._guarded(self.post)),
                web.post("/_control/action", self._guarded(self.action)),
                web.post("/_control/view/submit", self._guarded(self.submit)),
                web.post("/_control/view/close", self._guarded(self.close)),
            ]
        )

    async def state(self, request: web.Request) -> web.Response:
        """Team, app, people, channels, samples."""
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
                "people": [person.as_json() for person in directory.people.values()],
                "channels": [channel.as_json() for channel in directory.channels.values()],
                "samples": self._samples.listed(),
                "seq": self._slack.workspace.changes.seq,
                "bot_connected": self._slack.connected,
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """A channel, or one thread of it, as one person sees it."""
        channel, viewer = request.query["channel"], request.query["as"]
        thread_ts = request.query.get("thread_ts")
        if thread_ts:
            return web.json_response({"messages": self._slack.thread(channel, thread_ts, viewer)})
        return web.json_response({"messages": self._slack.channel_messages(channel, viewer)})

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
        return _inert(file.content, file.mimetype or file.type.mimetype)

    async def sample(self, request: web.Request) -> web.Response:
        """A sample mascot's bytes."""
        new = self._samples.file(request.match_info["name"])
        return _inert(new.content, self._samples.mimetype(new))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Changes as Server-Sent Events."""
        return await stream_changes(request, self._slack.workspace.changes)

    async def post(self, request: web.Request) -> web.Response:
        """Post as a person."""
        form = await request.post()
        files = [*_uploads(form), *(self._samples.file(str(name)) for name in form.getall("sample", []))]
        if files and form.get("alt"):
            files[0] = NewFile(files[0].name, files[0].content, str(form["alt"]))
        message = await self._slack.post(
            user=str(form["as"]),
            channel=str(form["channel"]),
            text=str(form.get("text", "")),
            files=files,
            thread_ts=str(form.get("thread_ts", "")) or None,
            broadcast=form.get("broadcast") == "1",
        )
        return web.json_response({"message": message})

    async def action(self, request: web.Request) -> web.Response:
        """Press or choose something, in a message or a view."""
        given = await request.json()
        chosen = {name: given[name] for name in given if name.startswith("selected_")}
        person = self._slack.directory.person(given["as"])
        interactions = self._slack.interactions
        if "view_id" in given:
            delivery = await interactions.act_in_view(
                person, given["view_id"], given["action_id"], given.get("block_id"), chosen
            )
        else:
            delivery = await self._slack.press(
                given["as"],
                given["channel"],
                given["message_ts"],
                given["action_id"],
                given.get("block_id"),
                chosen,
            )
        if not delivery.acknowledged:
            return _error("timeout", TROUBLE, 504)
        return web.json_response({"ok": True})

    async def submit(self, request: web.Request) -> web.Response:
        """Submit a view."""
        given = await request.json()
        result = await self._slack.submit(given["as"], given["view_id"], given["values"])
        if result.timed_out:
            return _error("timeout", TROUBLE, 504)
        if result.errors:
            return web.json_response({"ok": False, "errors": result.errors})
        return web.json_response({"ok": True, "view": result.view.as_json() if result.view else None})

    async def close(self, request: web.Request) -> web.Response:
        """Close a view."""
        given = await request.json()
        below = await self._slack.close_view(given["as"], given["view_id"])
        return web.json_response({"ok": True, "view": below})

    def _guarded(self, handler: Handler) -> Handler:
        """The handler behind the loopback checks, with its errors as JSON."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if request.host not in self._hosts():
                return _error("wrong_host", "open the sandbox by its loopback address", 403)
            if request.method != "GET" and request.headers.get(HEADER) != "1":
                return _error("header_missing", f"the header {HEADER}: 1 is missing", 403)
            try:
                return await handler(request)
            except PermissionError as refusal:
                return _error("not_in_channel", str(refusal), 403)
            except KeyError as missing:
                return _error("missing_argument", f"{missing.args[0]} is missing", 400)
            except LookupError as unknown:
                return _error("not_found", str(unknown), 404)
            except ValueError as malformed:
                return _error("invalid_arguments", str(malformed), 400)

        return guarded

    def _hosts(self) -> frozenset[str]:
        _, _, port = self._host.rpartition(":")
        return frozenset({self._host, *(f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))})


def _error(code: str, words: str, status: int) -> web.Response:
    return web.json_response({"error": code, "message": words}, status=status)


def _inert(content: bytes, mimetype: str) -> web.Response:
    headers = {
        "Content-Type": mimetype,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": FILE_POLICY,
    }
    return web.Response(body=content, headers=headers)


def _uploads(form: Any) -> list[NewFile]:
    uploaded = (part for part in form.getall("file", []) if isinstance(part, web.FileField))
    return [NewFile(part.filename, part.file.read()) for part in uploaded]
