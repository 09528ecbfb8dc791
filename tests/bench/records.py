"""What both local services saw of the bot, moment by moment.

All moments are seconds by the monotonic clock of the services' process.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.cards.view import EDIT
from bot.sandbox.inspector import Entry, Inspector

_PROMISE = re.compile(r"goes on by itself in about (\d+) (s|minutes)")


@dataclass(frozen=True)
class Call:
    """A call to Masko.

    Attributes:
        at: when it arrived.
        what: such as `POST /v1/upload`.
    """

    at: float
    what: str
    status: int


@dataclass(frozen=True)
class Promise:
    """What a placeholder said at some moment: that it goes on in so many seconds."""

    at: float
    seconds: float


@dataclass(frozen=True)
class Renamed:
    """A mascot that somebody renamed.

    Attributes:
        mascot: its id in Masko.
        pressed: when the card's button was pressed.
        opened: when the form was there; it was sent at once.
    """

    mascot: str
    pressed: float
    opened: float


@dataclass(eq=False)
class Thread:
    """What the bot said to one post.

    Attributes:
        channel: its id.
        posted: when the post was made.
        promises: of its placeholder, oldest first.
        changes: how often the placeholder was changed before it became the card.
        card_at: when the card was there; None as long as it is not.
        reply_ts: the bot's reply.
    """

    channel: str
    posted: float
    promises: list[Promise] = field(default_factory=list)
    changes: int = 0
    card_at: float | None = None
    reply_ts: str = ""

    @property
    def waited(self) -> float:
        """Seconds from the post to its card."""
        return self._done - self.posted

    def later_than(self, promise: Promise) -> float:
        """Seconds by which the card came later than was promised; negative where it came sooner."""
        return self._done - (promise.at + promise.seconds)

    @property
    def _done(self) -> float:
        assert self.card_at is not None, "every post has its card when this is asked"
        return self.card_at


class Records:
    """Listens at both services.

    Attributes:
        calls: to Masko.
        threads: by channel id and the post's ts.
        slack: how often each method of Slack was called.
        refused: how often Slack answered 429, by method.
    """

    def __init__(self, inspector: Inspector) -> None:
        self.calls: list[Call] = []
        self.threads: dict[tuple[str, str], Thread] = {}
        self.slack: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._replies: dict[tuple[str, str], Thread] = {}
        inspector.listen(self._heard)

    @property
    def middleware(self) -> Middleware:
        """For both services; writes down the calls to Masko."""

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            arrived = time.monotonic()
            answer = await handler(request)
            if request.path.startswith("/v1/"):
                self.calls.append(Call(arrived, f"{request.method} {request.path}", answer.status))
            return answer

        return around

    def posted(self, channel: str, ts: str, at: float) -> None:
        """Somebody has posted: what the bot says to it is to be written down."""
        self.threads[channel, ts] = Thread(channel, at)

    @property
    def open(self) -> int:
        """How many posts have no card yet."""
        return sum(thread.card_at is None for thread in self.threads.values())

    def patched(self, mascot: str) -> float | None:
        """When a mascot's change arrived at Masko, and was not refused."""
        what = f"PATCH /v1/collections/{mascot}"
        return next((call.at for call in self.calls if call.what == what and call.status == 200), None)

    def _heard(self, entry: Entry) -> None:
        if entry.kind != "web_api":
            return
        self.slack[entry.title] += 1
        if entry.response.get("error") == "ratelimited":
            self.refused[entry.title] += 1
        elif entry.response["ok"] and entry.title == "chat.postMessage":
            self._said(entry.request, entry.response["ts"])
        elif entry.response["ok"] and entry.title == "chat.update":
            self._changed(entry.request)

    def _said(self, message: Mapping[str, Any], ts: str) -> None:
        thread = self.threads[message["channel"], message["thread_ts"]]
        thread.reply_ts = ts
        self._replies[message["channel"], ts] = thread
        _note(thread, message)

    def _changed(self, message: Mapping[str, Any]) -> None:
        thread = self._replies[message["channel"], message["ts"]]
        if thread.card_at is None:
            _note(thread, message)
            thread.changes += thread.card_at is None


def _note(thread: Thread, message: Mapping[str, Any]) -> None:
    """Write down what a message promises, or that it is the card: that has the button to rename."""
    now, words = time.monotonic(), json.dumps(message)
    if EDIT in words:
        thread.card_at = now
    elif found := _PROMISE.search(words):
        thread.promises.append(Promise(now, int(found[1]) * (1 if found[2] == "s" else 60)))
