"""Control calls of somebody who writes: posts, edits, deletes, reacts, forwards, invites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from bot.sandbox.slack.control.guard import ControlError, Route, given_in
from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.samples import Samples
from bot.sandbox.slack.writing import NotYours


class Posting:
    """What a composer, a message's menu and a channel's menu do."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._samples = Samples()

    def routes(self) -> Iterable[Route]:
        """One call for each thing that can be done with messages and channels."""
        return (
            Route("POST", "/_control/post", self.post),
            Route("POST", "/_control/upload", self.upload),
            Route("POST", "/_control/edit", self.edit),
            Route("POST", "/_control/delete", self.delete),
            Route("POST", "/_control/delete_file", self.delete_file),
            Route("POST", "/_control/dismiss", self.dismiss),
            Route("POST", "/_control/react", self.react),
            Route("POST", "/_control/forward", self.forward),
            Route("POST", "/_control/join", self.join),
            Route("POST", "/_control/remove", self.remove),
            Route("POST", "/_control/channel", self.channel),
            Route("POST", "/_control/open_dm", self.open_dm),
        )

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

    async def upload(self, request: web.Request) -> web.Response:
        """Upload one file for a modal's `file_input`."""
        form = await request.post()
        files = _uploads(form)
        if not files:
            raise KeyError("file")
        return web.json_response({"file": self._slack.upload(str(form["as"]), files[0])})

    async def edit(self, request: web.Request) -> web.Response:
        """Edit one's own message."""
        given = await given_in(request)
        with _own_only():
            message = await self._slack.edit(given["as"], given["channel"], given["ts"], given["text"])
        return web.json_response({"message": message})

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one's own message."""
        given = await given_in(request)
        with _own_only():
            self._slack.delete(given["channel"], given["ts"], user=given["as"])
        return web.json_response({"ok": True})

    async def delete_file(self, request: web.Request) -> web.Response:
        """Delete one's own file, wherever it is shared."""
        given = await given_in(request)
        with _own_only():
            self._slack.delete_file(given["as"], given["file"])
        return web.json_response({"ok": True})

    async def dismiss(self, request: web.Request) -> web.Response:
        """Dismiss an ephemeral message."""
        given = await given_in(request)
        self._slack.dismiss(given["as"], given["channel"], given["ts"])
        return web.json_response({"ok": True})

    async def react(self, request: web.Request) -> web.Response:
        """Put an emoji to a message, or take it away."""
        given = await given_in(request)
        message = self._slack.react(
            given["as"], given["channel"], given["ts"], given["name"], on=bool(given["on"])
        )
        return web.json_response({"message": message})

    async def forward(self, request: web.Request) -> web.Response:
        """Forward a message to a channel."""
        given = await given_in(request)
        message = await self._slack.forward(
            user=given["as"],
            channel=given["channel"],
            from_channel=given["from_channel"],
            ts=given["ts"],
            text=given.get("text") or "",
            thread_ts=given.get("thread_ts") or None,
        )
        return web.json_response({"message": message})

    async def join(self, request: web.Request) -> web.Response:
        """Invite somebody, or the bot, to a channel."""
        given = await given_in(request)
        self._slack.invite(given["as"], given["channel"], given["user"])
        return web.json_response({"ok": True})

    async def remove(self, request: web.Request) -> web.Response:
        """Remove somebody, or the bot, from a channel."""
        given = await given_in(request)
        self._slack.remove(given["as"], given["channel"], given["user"])
        return web.json_response({"ok": True})

    async def channel(self, request: web.Request) -> web.Response:
        """Do something with a channel as a whole: `archive`, `unarchive`, `delete`, or `share` externally."""
        given = await given_in(request)
        does: dict[str, Callable[[str, str], object]] = {
            "archive": self._slack.archive,
            "unarchive": self._slack.unarchive,
            "delete": self._slack.delete_channel,
            "share": self._slack.share_externally,
        }
        if given["what"] not in does:
            raise ValueError(f"what must be one of {', '.join(does)}")
        does[given["what"]](given["as"], given["channel"])
        return web.json_response({"ok": True})

    async def open_dm(self, request: web.Request) -> web.Response:
        """Open a DM or a group DM."""
        given = await given_in(request)
        return web.json_response({"channel": self._slack.open_dm(given["as"], given["users"])})


@contextmanager
def _own_only() -> Iterator[None]:
    try:
        yield
    except NotYours as refusal:
        raise ControlError(refusal.code, str(refusal), 403) from refusal


def _uploads(form: Any) -> list[NewFile]:
    uploaded = (part for part in form.getall("file", []) if isinstance(part, web.FileField))
    return [NewFile(part.filename, part.file.read()) for part in uploaded]
