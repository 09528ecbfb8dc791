"""Faults that can be switched on: what real Slack does on a bad day."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Switches of the Web API. Files have their own: see `FileStore`; Socket Mode too: see `SocketMode`.

    Attributes:
        rate_limited: method → seconds to answer in `Retry-After`, one entry for each call to refuse.
        errors: method → error codes to answer, one entry for each call.
    """

    rate_limited: dict[str, deque[int]] = field(default_factory=dict)
    errors: dict[str, deque[str]] = field(default_factory=dict)

    def rate_limit(self, method: str, calls: int = 1, retry_after: int = 1) -> None:
        """Answer the next `calls` calls of `method` with 429 and `Retry-After: retry_after` seconds."""
        self.rate_limited.setdefault(method, deque()).extend([retry_after] * calls)

    def fail(self, method: str, error: str, calls: int = 1) -> None:
        """Answer the next `calls` calls of `method` with this error code."""
        self.errors.setdefault(method, deque()).extend([error] * calls)

    def next_rate_limit(self, method: str) -> int | None:
        """Seconds to refuse this call for, if it is to be refused."""
        waiting = self.rate_limited.get(method)
        return waiting.popleft() if waiting else None

    def next_error(self, method: str) -> str | None:
        """The error code to answer this call with, if there is one."""
        waiting = self.errors.get(method)
        return waiting.popleft() if waiting else None
