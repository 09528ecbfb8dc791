"""Control calls of somebody who writes: posts with files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox.slack.control.guard import Route
from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.samples import Samples

if TYPE_CHECKING:
    from bot.sandbox.slack.local import LocalSlack


class Posting:
    """What a composer does."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._samples = Samples()

    def routes(self) -> Iterable[Route]:
        """Posting."""
        return (Route("POST", "/_control/post", self.post),)

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


def _uploads(form: Any) -> list[NewFile]:
    uploaded = (part for part in form.getall("file", []) if isinstance(part, web.FileField))
    return [NewFile(part.filename, part.file.read()) for part in uploaded]
