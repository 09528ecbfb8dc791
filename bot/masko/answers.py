"""From what Masko answered to values: both generations of its envelope, as its pages show them.

Newer pages answer `{data, meta}`; older ones bare objects, `{"collections": […]}` or
`{"projects": […]}`.  They put the prompt in `config.prompt`, `prompt` or `description`, the slug in
`slug` or `public_slug`, the references in `config` or beside it.  What creating and changing answers
with is not documented: the collection is our reading, and everything else that tells an id is taken.

Every function here is pure and raises nothing but MaskoUnintelligible, whatever the body holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from bot.masko.errors import Facts, MaskoUnintelligible
from bot.masko.fields import count, identifier, moment, number, text
from bot.masko.models import Asset, Credits, Mascot, MascotSummary, Project
from bot.text import tidy_name

_ONE = ("data", "collection", "mascot", "project", "asset", "job", "result")
_MANY = ("data", "collections", "projects", "mascots", "items", "results")
_MOST_NAME = 1000  # characters (Choice): whatever is longer is no name
_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request: `request` is its description, such as `GET /projects`."""

    request: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def facts(self) -> Facts:
        """What an error about this answer tells of it."""
        named = (self.headers.get(name) for name in ("x-request-id", "request-id", "cf-ray"))
        request_id = next((value[:100] for value in named if value), None)
        return Facts(request=self.request, status=self.status, request_id=request_id)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that goes on behind a 202, or the state of it.

    Attributes:
        status: pending, processing, completed or failed; None where the answer does not tell.
        mascot_id: the collection that it is about, once told.
        message: why it failed, as sent.
    """

    id: str | None = None
    poll_url: str | None = None
    status: str | None = None
    mascot_id: str | None = None
    message: str = ""

    @property
    def running(self) -> bool:
        return self.status in {"pending", "processing", "queued", "running"}

    @property
    def failed(self) -> bool:
        return self.status in {"failed", "error", "cancelled", "canceled"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its objects, and what the answer tells of the rest."""

    items: tuple[Mapping[str, object], ...]
    has_more: bool | None = None
    total: int | None = None
    limit: int | None = None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its objects."""
        return frozenset(filter(None, (identifier(item.get("id")) for item in self.items)))


def asset(answer: Answer) -> Asset:
    """The uploaded file: `data.asset_id`, or an id in one of the older places."""
    found = _one(answer)
    asset_id = identifier(found.get("asset_id")) or identifier(found.get("id"))
    if asset_id is None:
        raise _unreadable(answer, "no asset id")
    return Asset(asset_id)


def mascot(answer: Answer) -> Mascot:
    """The collection of `GET /collections/:id`."""
    found = _mascot(_one(answer))
    if found is None:
        raise _unreadable(answer, "no collection")
    return found


def created(answer: Answer) -> Mascot | Job:
    """What `POST /collections` led to: the collection, perhaps no more than its id, or a job to follow."""
    found = _one(answer)
    job, told = _job(found), _mascot(found)
    if job.mascot_id and (told is None or told.id != job.mascot_id):
        return Mascot(job.mascot_id)
    running = bool(job.id or job.poll_url)
    if told and told.id != job.id and (not running or "project_id" in found or "config" in found):
        return told
    if not running:
        raise _unreadable(answer, "neither a collection nor a job")
    return job


def changed(answer: Answer, mascot_id: str) -> Mascot | Job | None:
    """What a change of a mascot answered with.

    Returns the mascot when the answer is that collection with its references, a job when there is
    one to wait for, and None when the change is certain and the mascot has to be read again: after
    an empty body, `{"success": true}`, or some other object such as the reference itself.
    """
    if not answer.body.strip():
        return None
    found = _one(answer)
    job = _job(found)
    if job.id or job.poll_url:
        return job
    told = _mascot(found)
    whole = told is not None and told.id == mascot_id and told.reference_asset_ids is not None
    return told if whole else None


def job(answer: Answer) -> Job:
    """The state of a job, from `GET /jobs/:id`."""
    return _job(_unwrapped(_json(answer)))


def project(answer: Answer) -> Project:
    """The project of `POST /projects`."""
    found = _project(_one(answer))
    if found is None:
        raise _unreadable(answer, "no project")
    return found


def credit_balance(answer: Answer) -> Credits:
    """The balance.  Its field is not documented: `balance`, `credits`, `available` or `remaining`."""
    found: object = _parsed(answer)
    for _ in range(4):
        amount = number(found)
        if amount is not None:
            return Credits(amount)
        if not isinstance(found, Mapping):
            break
        names = ("data", "balance", "credits", "available", "remaining")
        found = next((found[name] for name in names if found.get(name) is not None), None)
    raise _unreadable(answer, "no balance")


def page(answer: Answer) -> Page:
    """One page of collections or projects; anything in it that is not an object is left out."""
    top = _parsed(answer)
    told = _list(top)
    if told is None:
        raise _unreadable(answer, "no list")
    meta = _pagination(top)
    has_more = meta.get("has_more")
    return Page(
        tuple(item for item in told if isinstance(item, Mapping)),
        has_more=has_more if isinstance(has_more, bool) else None,
        total=count(meta.get("total")),
        limit=count(meta.get("limit")),
    )


def mascot_summaries(found: Page) -> Iterator[MascotSummary]:
    """The mascots of a page; an entry without an id could not be asked about, and is left out."""
    for item in found.items:
        told = _mascot(item)
        if told is not None:
            yield MascotSummary(told.id, told.name, told.project_id, told.slug, told.created_at)


def projects(found: Page) -> Iterator[Project]:
    """The projects of a page; an entry without an id is left out."""
    yield from filter(None, map(_project, found.items))


def error_body(body: bytes) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """An error answer as (the whole object, its `error` object); both empty where it is no JSON object.

    `{"error": "text"}` and `{"message": "text"}` come out as `{"message": "text"}`.
    """
    try:
        top = json.loads(body)
    except (ValueError, RecursionError):
        return _NOTHING, _NOTHING
    if not isinstance(top, dict):
        return _NOTHING, _NOTHING
    error = top.get("error")
    if isinstance(error, dict):
        return top, error
    return top, {"message": error if isinstance(error, str) else top.get("message") or top.get("detail")}


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(answer, "no JSON") from error


def _parsed(answer: Answer) -> object:
    """The body as JSON, unless it is an error in the clothes of a success."""
    top = _json(answer)
    if isinstance(top, dict) and (top.get("error") or top.get("success") is False):
        raise _unreadable(answer, "an error with a success status")
    return top


def _one(answer: Answer) -> Mapping[str, object]:
    return _unwrapped(_parsed(answer))


def _unwrapped(found: object) -> Mapping[str, object]:
    """The object that an answer is about, out of `{data: …}`, `{collection: …}` and the like.

    What lies beside the unwrapped object counts where that does not say it itself: a `job_id` next
    to `data` is the job of that data.
    """
    told: dict[str, object] = {}
    for _ in range(3):
        if not isinstance(found, Mapping):
            break
        names = ("data",) if identifier(found.get("id")) else _ONE
        inner = next((found[name] for name in names if isinstance(found.get(name), Mapping)), None)
        told |= {key: value for key, value in found.items() if inner is None or key not in _ONE}
        found = inner
    return told


def _mascot(found: Mapping[str, object]) -> Mascot | None:
    mascot_id = identifier(found.get("id"))
    if mascot_id is None:
        return None
    config = found.get("config")
    config = config if isinstance(config, Mapping) else _NOTHING
    return Mascot(
        id=mascot_id,
        name=_name(found),
        prompt=text(config.get("prompt")) or text(found.get("prompt")) or text(found.get("description")),
        project_id=identifier(found.get("project_id")),
        reference_asset_ids=_reference_ids(config, found),
        slug=text(found.get("slug")) or text(found.get("public_slug")),
        style_card=config.get("style_card") or found.get("style_card"),
        created_at=moment(found.get("created_at")),
    )


def _name(found: Mapping[str, object]) -> str | None:
    told = text(found.get("name"))
    return tidy_name(told[:_MOST_NAME]) or None if told else None


def _reference_ids(*places: Mapping[str, object]) -> tuple[str, ...] | None:
    """The longest list of references told anywhere; None when there is no list at all."""
    lists = [
        tuple(dict.fromkeys(filter(None, map(_reference_id, told))))
        for place in places
        for name in ("reference_asset_ids", "references")
        if isinstance(told := place.get(name), list)
    ]
    return max(lists, key=len, default=None)


def _reference_id(item: object) -> str | None:
    if isinstance(item, Mapping):
        return identifier(item.get("asset_id")) or identifier(item.get("id"))
    return identifier(item)


def _project(found: Mapping[str, object]) -> Project | None:
    project_id = identifier(found.get("id"))
    return None if project_id is None else Project(project_id, text(found.get("name")))


def _job(found: Mapping[str, object]) -> Job:
    status = text(found.get("status"))
    error = found.get("error") or found.get("error_message")
    message = error.get("message") if isinstance(error, Mapping) else error
    return Job(
        id=identifier(found.get("job_id")),
        poll_url=text(found.get("poll_url")),
        status=status and status.lower(),
        mascot_id=identifier(found.get("collection_id")) or _inner(found, "collection", "id"),
        message=text(message) or "",
    )


def _list(found: object) -> list[object] | None:
    """The list in `[…]`, `{data: […]}`, `{collections: […]}` or `{data: {collections: […]}}`.

    `{data: null}` is an empty list, as some servers write one.
    """
    for _ in range(3):
        if isinstance(found, list):
            return found
        if not isinstance(found, Mapping):
            return None
        told = [found[name] for name in _MANY if name in found]
        found = next((value for kind in (list, Mapping) for value in told if isinstance(value, kind)), None)
        if found is None and None in told:
            return []
    return None


def _inner(found: Mapping[str, object], name: str, field: str) -> str | None:
    inner = found.get(name)
    return identifier(inner.get(field)) if isinstance(inner, Mapping) else None


def _pagination(top: object) -> Mapping[str, object]:
    """`meta.pagination`, or the same fields in one of the places around it; the innermost count."""
    told: dict[str, object] = {}
    level = [top]
    for _ in range(4):
        places = [place for place in level if isinstance(place, Mapping)]
        for place in places:
            told |= place
        level = [place.get(name) for place in places for name in ("data", "meta", "pagination")]
    return told


def _unreadable(answer: Answer, why: str) -> MaskoUnintelligible:
    return MaskoUnintelligible(why, **answer.facts)
