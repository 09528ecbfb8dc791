"""Requests of the Masko API as values, and their timeouts; pure.

Sources: masko.ai, "Create from Image" and the API reference.  Not documented, hence a Choice: `name`
and `prompt` of `PATCH /collections/:id`, the query parameter `offset`, all timeouts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import httpx

from bot.masko.errors import MaskoNotFound

_WORDS = frozenset({"upload", "collections", "references", "projects", "credits", "jobs"})


class Purpose(StrEnum):
    """Kinds of calls that differ in how long a healthy server may take; each is a prefix of `Timeouts`."""

    PLAIN = ""
    UPLOAD = "upload_"  # a file on its way up, or Masko fetching one from a link
    CREATE = "create_"  # the vision analysis may run before the answer comes
    JOB = "job_"  # `GET /jobs/:id?wait=true`, which the server holds open until the job is done


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds: of silence (`…_read`, `…_write`), and of a call with its retries (`…_total`).

    Attributes:
        connect: includes waiting for a free connection of the pool.
        faster: divides the waits between retries; more than 1 only for tests.
    """

    connect: float = 5.0
    write: float = 10.0
    upload_write: float = 30.0
    read: float = 20.0
    upload_read: float = 60.0
    create_read: float = 90.0
    job_read: float = 65.0
    total: float = 45.0
    upload_total: float = 180.0
    create_total: float = 150.0
    job_total: float = 150.0
    faster: float = 1.0

    def silence(self, purpose: Purpose) -> httpx.Timeout:
        """Return the limits within one exchange."""
        write = self.upload_write if purpose is Purpose.UPLOAD else self.write
        read: float = getattr(self, f"{purpose}read")
        return httpx.Timeout(connect=self.connect, pool=self.connect, read=read, write=write)

    def whole(self, purpose: Purpose) -> float:
        """Return the limit on a call with all its retries."""
        total: float = getattr(self, f"{purpose}total")
        return total

    @property
    def settling(self) -> float:
        """Seconds for which a request may still take effect when nobody waits for its answer (a Choice)."""
        return 1.5 * self.read


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file to send as the form field `file`, read from disk while it is being sent."""

    path: Path
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is below the base URL, percent-encoded, or a whole URL on the API's origin."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | FilePart | None = None
    purpose: Purpose = Purpose.PLAIN
    repeatable: bool = True

    @property
    def description(self) -> str:
        """The call for logs and errors: method and path, without query and body."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def kind(self, base: httpx.URL) -> str:
        """Return the call without the ids in its path, for metrics: `GET /collections/:id`."""
        path = self.path.removeprefix(str(base)).partition("?")[0]
        pieces = [piece if piece in _WORDS else ":id" for piece in path.split("/") if piece]
        return f"{self.method} /{'/'.join(pieces)}"


def create_mascot(
    project_id: str,
    reference_asset_ids: Sequence[str],
    reference_image_urls: Sequence[str],
    name: str | None,
    prompt: str | None,
) -> Call:
    # No Idempotency-Key is documented, so a second POST makes a second mascot.
    fields: dict[str, object] = {
        "project_id": project_id,
        "reference_asset_ids": list(reference_asset_ids),
        "reference_image_urls": list(reference_image_urls),
        "name": name,
        "prompt": prompt,
    }
    body = {key: value for key, value in fields.items() if value}
    return Call("POST", "/collections", body=body, purpose=Purpose.CREATE, repeatable=False)


def mascot(mascot_id: str) -> Call:
    return Call("GET", f"/collections/{segment(mascot_id)}")


def mascots(project_id: str, offset: int) -> Call:
    query = {"project_id": project_id} | ({"offset": str(offset)} if offset else {})
    return Call("GET", "/collections", query=query)


def change_mascot(mascot_id: str, **changes: str) -> Call:
    return Call("PATCH", f"/collections/{segment(mascot_id)}", body=changes)


def add_reference(mascot_id: str, *, asset_id: str | None, url: str | None) -> Call:
    if (asset_id is None) == (url is None):
        raise ValueError("a reference is either an asset or a link: give exactly one")
    path = f"/collections/{segment(mascot_id)}/references"
    purpose, body = (Purpose.PLAIN, {"asset_id": asset_id}) if url is None else (Purpose.UPLOAD, {"url": url})
    return Call("POST", path, body=body, purpose=purpose, repeatable=False)


def remove_reference(mascot_id: str, asset_id: str) -> Call:
    return Call("DELETE", f"/collections/{segment(mascot_id)}/references/{segment(asset_id)}")


def projects(offset: int) -> Call:
    return Call("GET", "/projects", query={"offset": str(offset)} if offset else {})


def job(base: httpx.URL, job_id: str | None, poll_url: str | None) -> Call | None:
    """Return the call that reads a job: its `poll_url` on the API's origin, or `/jobs/:id`; else None."""
    own = poll_url and own_url(base, poll_url)
    if own:
        return Call("GET", own, purpose=Purpose.JOB)
    if job_id:
        return Call("GET", f"/jobs/{segment(job_id)}", query={"wait": "true"}, purpose=Purpose.JOB)
    return None


def base_url(told: str) -> httpx.URL:
    """Return the API's address as configured.  Raises ValueError unless it is just http(s), host and path."""
    try:
        url = httpx.URL(told.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise ValueError("the Masko address is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError("the Masko address must look like https://api.masko.ai/v1")
    return url


def own_url(base: httpx.URL, told: str) -> str | None:
    """Return the server's URL made absolute (`/v1/jobs/j` and `/jobs/j` agree); None off the API's origin."""
    below = base.path.rstrip("/")
    try:
        url = httpx.URL(told)
        if not url.scheme and not url.host:
            path = url.raw_path.decode("ascii")
            whole = path if path.startswith(f"{below}/") else f"{below}/{path.lstrip('/')}"
            url = base.copy_with(raw_path=whole.encode("ascii"))
    except (httpx.InvalidURL, ValueError):
        return None
    same = (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)
    return str(url.copy_with(fragment=None)) if same and not url.userinfo else None


def segment(identifier: str) -> str:
    """Return an id percent-encoded for a path.  Raises MaskoNotFound for an empty or dotted one."""
    if not identifier or set(identifier) == {"."}:
        raise MaskoNotFound(f"{identifier!r} is not an id")
    return quote(encodable(identifier), safe="")


def encodable(text: str) -> str:
    """Return `text` without lone surrogates, which JSON and URLs cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
