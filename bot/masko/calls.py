"""The requests of the Masko API as values: pure functions of their arguments.

Sources: masko.ai, "Create from Image" (upload, create, references) and the API reference (the
rest).  `PATCH /collections/:id` is documented for `slug` alone; `name` and `prompt` there are our
choice, and so is `offset` as the query name of what `meta.pagination.offset` tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

from bot.masko.errors import MaskoNotFound
from bot.masko.timeouts import Purpose


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file to send as the form field `file`, read from disk while it is being sent."""

    path: Path
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: the HTTP method.
        path: below the base URL, percent-encoded; or a whole URL on the API's own origin.
        query: what follows the question mark.
        body: an object to send as JSON, a file to send as a form, or nothing.
        purpose: how patient to be.
        repeatable: True when doing it twice is the same as doing it once.
    """

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


def upload_file(part: FilePart) -> Call:
    # Repeatable, though it makes an asset each time: an asset that nothing refers to is seen by
    # nobody and costs nothing, while a person whose upload was given up has to start again.
    return Call("POST", "/upload", body=part, purpose=Purpose.UPLOAD)


def upload_url(url: str) -> Call:
    # Repeatable for the same reason; see upload_file.
    return Call("POST", "/upload", body={"url": encodable(url)}, purpose=Purpose.UPLOAD)


def create_mascot(
    project_id: str,
    reference_asset_ids: Sequence[str],
    reference_image_urls: Sequence[str],
    name: str | None,
    prompt: str | None,
) -> Call:
    # No Idempotency-Key is documented, so a second POST makes a second mascot.
    wanted: dict[str, object] = {
        "project_id": project_id,
        "reference_asset_ids": list(reference_asset_ids),
        "reference_image_urls": [encodable(url) for url in reference_image_urls],
        "name": name and encodable(name),
        "prompt": prompt and encodable(prompt),
    }
    body = {key: value for key, value in wanted.items() if value}
    return Call("POST", "/collections", body=body, purpose=Purpose.CREATE, repeatable=False)


def mascot(mascot_id: str) -> Call:
    return Call("GET", f"/collections/{segment(mascot_id)}")


def mascots(project_id: str, offset: int) -> Call:
    query = {"project_id": project_id} | ({"offset": str(offset)} if offset else {})
    return Call("GET", "/collections", query=query)


def change_mascot(mascot_id: str, **changes: str) -> Call:
    body = {key: encodable(value) for key, value in changes.items()}
    return Call("PATCH", f"/collections/{segment(mascot_id)}", body=body)


def add_reference(mascot_id: str, *, asset_id: str | None, url: str | None) -> Call:
    if (asset_id is None) == (url is None):
        raise ValueError("a reference is either an asset or a link: give exactly one")
    path = f"/collections/{segment(mascot_id)}/references"
    if url is None:
        return Call("POST", path, body={"asset_id": asset_id}, repeatable=False)
    return Call("POST", path, body={"url": encodable(url)}, purpose=Purpose.UPLOAD, repeatable=False)


def remove_reference(mascot_id: str, asset_id: str) -> Call:
    return Call("DELETE", f"/collections/{segment(mascot_id)}/references/{segment(asset_id)}")


def projects(offset: int) -> Call:
    return Call("GET", "/projects", query={"offset": str(offset)} if offset else {})


def create_project(name: str) -> Call:
    return Call("POST", "/projects", body={"name": encodable(name)}, repeatable=False)


def credit_balance() -> Call:
    return Call("GET", "/credits")


def job(base: httpx.URL, job_id: str | None, poll_url: str | None) -> Call | None:
    """Where to ask about a job: its `poll_url` when that is the API's own, else `/jobs/:id`.

    Returns None when neither can be asked without handing the key to somebody else.
    """
    own = poll_url and own_url(base, poll_url)
    if own:
        return Call("GET", own, purpose=Purpose.JOB)
    if job_id:
        return Call("GET", f"/jobs/{segment(job_id)}", query={"wait": "true"}, purpose=Purpose.JOB)
    return None


def base_url(told: str) -> httpx.URL:
    """The API's address as configured.

    Raises:
        ValueError: not the address of an http or https server, or one that holds more than a path.
    """
    try:
        url = httpx.URL(told.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise ValueError("the Masko address is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError("the Masko address must look like https://api.masko.ai/v1")
    return url


def own_url(base: httpx.URL, told: str) -> str | None:
    """The URL that the server told, made whole; None when it is not on the API's own origin.

    `/v1/jobs/j` and `/jobs/j` both mean the job below a base that ends in `/v1`.
    """
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
    """An id as one piece of a path, whatever characters it holds.

    Raises:
        MaskoNotFound: for an empty or dotted id, which would address something else.
    """
    if not identifier or set(identifier) == {"."}:
        raise MaskoNotFound(f"{identifier!r} is not an id")
    return quote(encodable(identifier), safe="")


def encodable(text: str) -> str:
    """`text` without lone surrogates, which JSON and URLs cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
