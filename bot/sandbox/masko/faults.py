"""What a test, or somebody at the sandbox page, may make go wrong.

    masko.faults.add("collections.create", faults.rate_limited(retry_after=2), times=3)

Operations are named as in `LocalMasko.calls`; `*` stands for any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.masko import refusals
from bot.sandbox.masko.refusals import Refusal

Happening = Literal["refuse", "proxy_page", "proxy_silence", "answer_lost", "dropped", "delay"]


@dataclass(frozen=True)
class Fault:
    """One call that goes wrong.

    Attributes:
        name: a few words for the inspector.
        happening: `refuse` answers with a `refusal` instead of doing it; `proxy_page` is 502 with HTML and
            `proxy_silence` 503 with nothing, both without doing it and without rate headers;
            `answer_lost` does it and drops the connection; `dropped` drops it before doing anything;
            `delay` waits `seconds`, then serves as usual.
    """

    name: str
    happening: Happening
    refusal: Callable[[], Refusal] | None = None
    seconds: float = 0.0


def refuse(refusal: Callable[[], Refusal]) -> Fault:
    """Answer with such a refusal."""
    example = refusal()
    return Fault(f"{example.status} {example.code}", "refuse", refusal)


def internal_error() -> Fault:
    """500 `internal_error`."""
    return refuse(refusals.internal_error)


def unauthorized() -> Fault:
    """401 `unauthorized`, as when the key was just revoked."""
    return refuse(refusals.unauthorized)


def forbidden() -> Fault:
    """403 `forbidden`."""
    return refuse(refusals.forbidden)


def not_found() -> Fault:
    """404 `not_found`."""
    return refuse(refusals.not_found)


def rate_limited(retry_after: float = 2) -> Fault:
    """429 `rate_limited` with `Retry-After` in seconds."""
    return refuse(lambda: refusals.rate_limited(retry_after))


def insufficient_credits(required: int = 21, balance: int = 5) -> Fault:
    """402 `insufficient_credits`."""
    return refuse(lambda: refusals.insufficient_credits(required, balance))


def proxy_page() -> Fault:
    """502 with a proxy's HTML page."""
    return Fault("502 with a page of HTML", "proxy_page")


def proxy_silence() -> Fault:
    """503 with an empty body."""
    return Fault("503 with an empty body", "proxy_silence")


def answer_lost() -> Fault:
    """The call takes effect; its answer never arrives."""
    return Fault("done, but the answer was lost", "answer_lost")


def dropped() -> Fault:
    """The connection is dropped before anything happened."""
    return Fault("connection dropped before any effect", "dropped")


def delay(seconds: float = 5) -> Fault:
    """Slow, then as usual."""
    return Fault(f"{seconds:g} s late", "delay", seconds=seconds)


BY_NAME: Mapping[str, Callable[[], Fault]] = {
    make.__name__: make
    for make in (
        internal_error,
        unauthorized,
        forbidden,
        not_found,
        rate_limited,
        insufficient_credits,
        proxy_page,
        proxy_silence,
        answer_lost,
        dropped,
        delay,
    )
}
"""Every fault with its usual numbers, by name: what a page can offer to switch on."""


class Faults:
    """The faults that wait for their call, first come first served per operation."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}

    def add(self, operation: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of `operation` (`*`: of any) go wrong like this."""
        self._waiting.setdefault(operation, deque()).extend([fault] * times)

    def take(self, operation: str) -> Fault | None:
        """The fault for a call that arrives now, used up; None when it should go well."""
        for name in (operation, "*"):
            if waiting := self._waiting.get(name):
                return waiting.popleft()
        return None

    def waiting(self) -> dict[str, list[str]]:
        """The names of the faults still to come, by operation."""
        return {name: [fault.name for fault in queue] for name, queue in self._waiting.items() if queue}

    def clear(self) -> None:
        """Let everything go well again."""
        self._waiting.clear()
