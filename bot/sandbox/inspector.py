"""Everything the sandbox saw, in order: envelopes, acknowledgements, calls, findings.

Both local services write here; the web page, the tests and `masko-slack try` read here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from bot.sandbox.tracing.handles import Named, named
from bot.sandbox.tracing.threads import Threads

Kind = Literal["envelope", "ack", "web_api", "file", "masko", "finding", "control"]

_SECRET = re.compile(r"\b(xox[a-z]|xapp|masko)([-_])[\w.-]{4,}")


@dataclass(frozen=True)
class Entry:
    """One thing that happened between the bot and a local service.

    Attributes:
        n: position in the record, from 1, without gaps.
        at: when it ended (UTC).
        title: a few words, such as `chat.postMessage` or `POST /v1/upload`.
        ok: False for an error answer or a finding.
        ms: how long it took, where that means something.
        finding: what a strict service has to say against the bot, in one sentence.
        thread: the thread that it is about, as channel and timestamp of its first message: `C0…/1700….0001`.
    """

    n: int
    at: datetime
    kind: Kind
    title: str
    ok: bool = True
    ms: float | None = None
    request: Any = None
    response: Any = None
    finding: str | None = None
    thread: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry as the page shows it, secrets masked."""
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "title": self.title,
            "ok": self.ok,
            "ms": self.ms,
            "request": without_secrets(self.request),
            "response": without_secrets(self.response),
            "finding": self.finding,
            "thread": self.thread,
        }


def without_secrets(value: Any) -> Any:
    """The same JSON value with anything that looks like a token or key shortened to its kind."""
    if isinstance(value, str):
        return _SECRET.sub(lambda found: f"{found[1]}{found[2]}…", value)
    if isinstance(value, Mapping):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [without_secrets(item) for item in value]
    return value


class Inspector:
    """The record of one sandbox, newest `keep` entries; listeners hear of each as it comes."""

    def __init__(self, keep: int = 5000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._listeners: list[Callable[[Entry], None]] = []
        self._count = 0
        self._threads = Threads()

    def add(
        self,
        kind: Kind,
        title: str,
        *,
        ok: bool = True,
        ms: float | None = None,
        request: Any = None,
        response: Any = None,
        finding: str | None = None,
        about: Sequence[str] = (),
    ) -> Entry:
        """Write one entry down and tell the listeners.

        Args:
            about: handles of what it names beside its payloads (see `bot.sandbox.tracing.handles`).
        """
        self._count += 1
        says = named(kind, title, request, response)
        thread = self._threads.tie(Named(says.place, (*about, *says.handles), says.perhaps))
        entry = Entry(self._count, datetime.now(UTC), kind, title, ok, ms, request, response, finding, thread)
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)
        return entry

    def after(self, n: int) -> list[Entry]:
        """The entries with a position greater than `n`, oldest first."""
        return [entry for entry in self._entries if entry.n > n]

    def at(self, n: int) -> Entry:
        """The entry of this position.

        Raises:
            LookupError: there is none, or it was let go.
        """
        for entry in self._entries:
            if entry.n == n:
                return entry
        raise LookupError(f"the record holds no entry {n}")

    def clear(self) -> None:
        """Let every entry go; positions go on counting."""
        self._entries.clear()
        self._threads.forget()

    def findings(self) -> list[Entry]:
        """Everything a strict service holds against the bot so far."""
        return [entry for entry in self._entries if entry.finding is not None]

    def listen(self, listener: Callable[[Entry], None]) -> None:
        """Call `listener` with every entry from now on."""
        self._listeners.append(listener)
