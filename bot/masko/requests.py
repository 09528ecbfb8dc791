"""Requests of the Masko API as values, and their timeouts; pure.

Sources: masko.ai, "Create from Image" and the API reference.  Not documented, hence a Choice: `name`
and `prompt` of `PATCH /collections/:id`, the query parameter `offset`, all timeouts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import httpx

from bot.masko.errors import MaskoNotFound

_WORDS = frozenset({"upload", "collections", "references", "projects", "credits"})


class Purpose(StrEnum):
    """Kinds of calls that differ in how long a healthy server may take; each is a prefix of `Timeouts`."""

    PLAIN = ""
    UPLOAD = "upload_"  # a file on its way up, or Masko fetching one from a link
    CREATE = "create_"  # the vision analysis may run before the answer comes


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits on silence in one exchange, in seconds; in all it may take three times as long as its answer.

    `connect` includes waiting for a free connection; `faster` divides the waits between retries, for tests.
    """

    connect: float = 5.0
    write: float = 30.0
    read: float = 20.0
    upload_read: float = 60.0
    create_read: float = 90.0
    faster: float = 1.0

    def silence(self, purpose: Purpose) -> httpx.Timeout:
        read = self._answer(purpose)
        return httpx.Timeout(connect=self.connect, pool=self.connect, read=read, write=self.write)

    def whole(self, purpose: Purpose) -> float:
        return 3.0 * self._answer(purpose)

    def settling(self, purpose: Purpose) -> float:
        """Return the seconds in which a request takes effect, or else never does (a Choice)."""
        return self._answer(purpose) + 1.5 * self.read

    def _answer(self, purpose: Purpose) -> float:
        seconds: float = getattr(self, f"{purpose}read")
        return seconds


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file to send as the form field `file`, read from disk while it is being sent."""

    path: Path
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is below the base URL and percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | FilePart | None = None
    purpose: Purpose = Purpose.PLAIN
    repeatable: bool = True

    @property
    def description(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def kind(self) -> str:
        """The call without the ids in its path, for metrics: `GET /collections/:id`."""
        pieces = (piece if piece in _WORDS else ":id" for piece in self.path.split("/")[1:])
        return f"{self.method} /{'/'.join(pieces)}"


def collection(mascot_id: str, *, reference: str | None = None) -> str:
    """Return the path of a mascot or of one of its references."""
    path = f"/collections/{_segment(mascot_id)}"
    return path if reference is None else f"{path}/references/{_segment(reference)}"


def base_url(told: str) -> httpx.URL:
    """Return the API's address as configured.  Raises ValueError unless it is just http(s), host and path."""
    try:
        url = httpx.URL(told.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise ValueError("the Masko address is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError("the Masko address must look like https://api.masko.ai/v1")
    return url


def _segment(identifier: str) -> str:
    """Return an id percent-encoded for a path.  Raises MaskoNotFound for an empty or dotted one."""
    if not identifier.strip("."):
        raise MaskoNotFound(f"{identifier!r} is not an id")
    return quote(identifier, safe="", errors="replace")
