"""What people did, and which faults they armed, written down as it comes in over the control API.

A recording is a JSON document:

    masko_sandbox_recording   its version
    start                     {"seed": …} or {"snapshot": …}: what was there at first
    steps                     [{n, at, call, given, files, before}] what came in: seconds since the start, the
                              call of the control API, its arguments with names for ids, the bytes of files,
                              and what had taken effect until then
    outcome                   what came of it (see `outcome`)
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.sandbox.masko import LocalMasko
from bot.sandbox.scenarios.names import Names
from bot.sandbox.scenarios.outcome import effects, outcome
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.control.guard import from_page

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

VERSION: Literal[1] = 1
CONTROL = "/_control/"
_NOT_PLAYED = frozenset({"replay", "reset"})
_TIMED_OUT = 504  # the bot did not acknowledge in time: that, too, is something that happened


class RecordingError(ValueError):
    """What should be a recording is none; the message is one line."""


class RecordedFile(BaseModel):
    """A file that came with a step; `content` in base64."""

    model_config = ConfigDict(extra="forbid")

    field: str
    name: str
    content: str


class Step(BaseModel):
    """One call of the control API.

    Attributes:
        at: seconds since the start.
        call: its path below `/_control/`.
        form: whether its arguments were a form; else they were JSON.
        before: how often each call of the bot's that changes something had taken effect.
    """

    model_config = ConfigDict(extra="forbid")

    n: int
    at: float
    call: str
    given: dict[str, Any]
    form: bool = False
    files: list[RecordedFile] = []
    before: dict[str, int] = {}


class Recording(BaseModel):
    """A run as a file."""

    model_config = ConfigDict(extra="forbid")

    masko_sandbox_recording: Literal[1] = VERSION
    start: dict[str, Any]
    steps: list[Step]
    outcome: dict[str, Any]

    @classmethod
    def read(cls, found: Any) -> Recording:
        """A recording from its JSON.

        Raises:
            RecordingError: it is none.
        """
        try:
            return cls.model_validate(found)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RecordingError(f"this is no recording: {where}: {first['msg']}") from None


class Recorder:
    """Writes down every call of the control API that does something, from the start or the last reset.

    Attributes:
        names: of everything that appeared.
        start: what the run began with.
        steps: what was done since, oldest first.
    """

    def __init__(self, slack: LocalSlack, masko: LocalMasko | None) -> None:
        self.names = Names(masko)
        self._slack = slack
        self._masko = masko
        self.steps: list[Step] = []
        self.start: Json = {}
        self._began = time.monotonic()
        slack.workspace.changes.listen(self.names.hear)

    def begin(self, start: Json) -> None:
        """Start over from what is there now: `{"seed": …}` or `{"snapshot": …}` set it up."""
        self.steps = []
        self.start = start
        self._began = time.monotonic()
        self.names.forget()
        for message in self._slack.workspace.messages.all():
            shown = self._slack.workspace.messages.as_json(message)
            self.names.hear({"kind": "message", "channel": message.channel, "message": shown})

    def recording(self) -> Recording:
        """The run so far. Take it when the bot is at rest: the outcome is what is there now."""
        return Recording(
            start=self.start,
            steps=list(self.steps),
            outcome=outcome(self._slack, self._masko, self.names),
        )

    def add(self, call: str, given: Mapping[str, Any], *, form: bool = False) -> Step:
        """Write down a call that did not come over HTTP, or is about to be made."""
        step = Step(
            n=len(self.steps) + 1,
            at=round(time.monotonic() - self._began, 3),
            call=call,
            given=self.names.written(given),
            form=form,
            before=effects(self._slack, self._masko),
        )
        self.steps.append(step)
        return step

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Write the calls of the control API down as they pass."""
        call = request.path.removeprefix(CONTROL)
        if request.method != "POST" or call == request.path or call in _NOT_PLAYED or not from_page(request):
            return await handler(request)  # what the page did not send is refused unread
        step = await self._noted(request, call)
        response = await handler(request)
        if response.status >= 400 and response.status != _TIMED_OUT and step in self.steps:
            self.steps.remove(step)
            for n, later in enumerate(self.steps, start=1):
                later.n = n
        elif isinstance(response, web.Response):
            self._meet_uploaded(call, response)
        return response

    async def _noted(self, request: web.Request, call: str) -> Step:
        if request.content_type == "application/json":
            given = await _json(request)
            return self.add(call, given)
        form = await request.post()
        files = [(field, part) for field, part in form.items() if isinstance(part, web.FileField)]
        words = {field: form.getall(field) for field in form if field not in dict(files)}
        step = self.add(call, words, form=True)
        for field, part in files:
            content = base64.b64encode(part.file.read()).decode()
            part.file.seek(0)  # the call itself reads it again
            step.files.append(RecordedFile(field=field, name=part.filename, content=content))
        return step

    def _meet_uploaded(self, call: str, response: web.Response) -> None:
        if call == "upload" and response.text:
            self.names.meet_upload(str(json.loads(response.text)["file"]["id"]))


async def _json(request: web.Request) -> Json:
    try:
        given = await request.json()
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
