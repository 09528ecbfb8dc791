"""Read responses of Masko and decide what to do: pure functions of status, headers and body.

Newer pages answer `{data, meta}`; older ones bare objects, `{"collections": […]}` or `{"projects":
[…]}`.  Answers to changes are not documented: a collection is expected, and anything that holds an id
accepted.  Source: masko.ai, API reference.  How often to retry is a Choice.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

import httpx
from pydantic import TypeAdapter

from bot.masko import errors
from bot.masko.errors import Facts, MaskoAnswerLost, MaskoError, MaskoUnintelligible, MaskoUnreachable
from bot.masko.models import Asset, Credits, Job, Mascot, MascotSummary, Project, identifier, number, text

T = TypeVar("T")

MAX_RETRIES = 2
"""Quick retries of one call; whoever has more time has a queue."""

LONGEST_WAIT = 5.0
"""Seconds that a call waits by itself; a longer Retry-After is handed to the caller."""

LONGEST_CLOSURE = 3600.0
"""Seconds; the longest documented window.  A larger number is a unit misread, not a wait."""

PAGE_SIZE = 50
"""Objects on a page where the answer does not tell (API reference, `meta.pagination.limit`)."""

_ONE = ("data", "collection", "mascot", "project", "asset", "job", "result")
_MANY = ("data", "collections", "projects", "mascots", "items", "results")
_ERRORS: dict[int, type[MaskoError]] = {
    401: errors.MaskoKeyRefused,
    403: errors.MaskoForbidden,
    404: errors.MaskoNotFound,
    410: errors.MaskoNotFound,
    # Neither says that the request was understood and refused: a proxy gave up waiting for it.
    408: errors.MaskoBroken,
    425: errors.MaskoBroken,
}
# In each of these httpx had no connection to write to.  (WriteError and ReadError may come after the server
# has read everything, and a lost keep-alive connection looks the same.)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_KEY = re.compile(r"masko_\w+")
_READERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (Asset, Job, Mascot, MascotSummary, Project)
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to one request: `request` is its description, such as `GET /projects`."""

    request: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def facts(self) -> Facts:
        """What an error about this response tells of it."""
        named = (self.headers.get(name) for name in ("x-request-id", "request-id", "cf-ray"))
        request_id = next((value[:100] for value in named if value), None)
        return Facts(request=self.request, status=self.status, request_id=request_id)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its objects, and what the response tells of the rest."""

    items: tuple[dict[str, object], ...]
    has_more: bool | None = None
    total: float | None = None
    limit: float | None = None

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(filter(None, (identifier(item.get("id")) for item in self.items)))


# -- values: each raises MaskoUnintelligible for a body that cannot be read, and nothing else


def value(answer: Answer, kind: type[T]) -> T:
    """Return the asset, mascot or project that a response holds."""
    return _needed(answer, _read(kind, _object(answer)), f"no {kind.__name__.lower()}")


def created(answer: Answer) -> Mascot | Job:
    """Return the collection of `POST /collections`, perhaps no more than its id, or a job to follow."""
    found = _object(answer)
    job, told = _job(found), _read(Mascot, found)
    if job.mascot_id and (told is None or told.id != job.mascot_id):
        return Mascot(job.mascot_id)
    running = bool(job.id or job.poll_url)
    if told and told.id != job.id and (not running or "project_id" in found or "config" in found):
        return told
    return _needed(answer, job if running else None, "neither a collection nor a job")


def changed(answer: Answer, mascot_id: str) -> Mascot | Job | None:
    """Return the changed mascot if its references are told, or a job to wait for; None: read it again."""
    if not answer.body.strip():
        return None
    found = _object(answer)
    job = _job(found)
    if job.id or job.poll_url:
        return job
    told = _read(Mascot, found)
    whole = told is not None and told.id == mascot_id and told.reference_asset_ids is not None
    return told if whole else None


def job(answer: Answer) -> Job:
    """Return the state of a job, from `GET /jobs/:id`."""
    return _job(_unwrapped(_json(answer)))


def credit_balance(answer: Answer) -> Credits:
    """Return the balance.  Its field is not documented: `balance`, `credits`, `available` or `remaining`."""
    found = _success(answer)
    for _ in range(4):
        if (amount := number(found)) is not None:
            return Credits(amount)
        if not isinstance(found, dict):
            break
        names = ("data", "balance", "credits", "available", "remaining")
        found = next((found[name] for name in names if found.get(name) is not None), None)
    raise _unreadable(answer, "no balance")


def page(answer: Answer) -> Page:
    """Return one page of collections or projects; what is not an object is left out."""
    top = _success(answer)
    items = _needed(answer, _list(top), "no list")
    meta = _pagination(top)
    more = meta.get("has_more")
    rows = tuple(item for item in items if isinstance(item, dict))
    more = more if isinstance(more, bool) else None
    return Page(rows, more, number(meta.get("total")), number(meta.get("limit")))


def rows(page: Page, kind: type[T]) -> Iterator[T]:
    """Yield the rows of a page as summaries of mascots or as projects; one without an id is left out."""
    yield from filter(None, (_read(kind, item) for item in page.items))


def error_from_answer(answer: Answer, *, key: str, now: float) -> MaskoError | None:
    """Return the error that a response means, without `key`; None for a success.  `now`: epoch seconds."""
    if 200 <= answer.status < 300:
        return None
    if answer.status < 400:
        return errors.MaskoRedirected("a redirect is not followed", **answer.facts)
    top, error = _error_body(answer.body)
    message = quotable(text(error.get("message")) or "", hide=key)
    code = text(error.get("code")) or text(top.get("code"))
    facts = answer.facts | Facts(code=code and quotable(code, hide=key))
    if answer.status == 402:
        required = _first_number(error, top, "required")
        balance = _first_number(error, top, "balance", "available")
        return errors.InsufficientCredits(message, required=required, balance=balance, **facts)
    facts["retry_after"] = _retry_after(answer.headers, answer.status, now)
    if answer.status == 429:
        return errors.MaskoRateLimited(message, **facts)
    fallback = errors.MaskoBroken if answer.status >= 500 else errors.MaskoBadRequest
    return _ERRORS.get(answer.status, fallback)(message, **facts)


def error_from_transport(error: httpx.RequestError, request: str) -> MaskoError:
    """Return the error that httpx's means: certainly not sent, or unknown."""
    kind = MaskoUnreachable if isinstance(error, _NEVER_SENT) else MaskoAnswerLost
    return kind(type(error).__name__, request=request)


def retry_wait(
    error: MaskoError, *, repeatable: bool, attempt: int, left: float, jitter: float
) -> float | None:
    """Return the seconds to wait before the same request is sent again; None to give up.

    A request that never took effect (unreachable, 429) may be sent again even if not `repeatable`.

    Args:
        attempt: the number of attempts so far, from 1.
        left: seconds until the whole call has to be over.
        jitter: from 0 to 1.
    """
    if attempt > MAX_RETRIES or not error.worth_retrying:
        return None
    if error.may_have_taken_effect and not repeatable:
        return None
    asked = error.retry_after or 0.0
    backoff = min(2.0, 0.5 * 2 ** (attempt - 1) * (1 + jitter))
    wait = asked + 0.1 * jitter if asked else backoff
    return None if asked > LONGEST_WAIT or wait >= left else wait


def closed_for(headers: httpx.Headers, status: int, now: float) -> float:
    """Return the seconds in which no request of this key has a chance, by this response; 0 for none."""
    if status == 429:
        return _retry_after(headers, status, now) or 0.0
    remaining = number(headers.get("x-ratelimit-remaining"))
    if remaining is None or remaining > 0:
        return 0.0
    return seconds_until(headers.get("x-ratelimit-reset"), now) or 0.0


def seconds_until(told: str | None, now: float) -> float | None:
    """Return a header's time as seconds from `now`, from 0 to LONGEST_CLOSURE.

    Takes HTTP dates, seconds from now, and epochs in seconds or milliseconds; size tells them apart,
    as the unit of `X-RateLimit-Reset` is not documented.
    """
    if told is None:
        return None
    seconds = number(told)
    if seconds is None:
        try:
            date = parsedate_to_datetime(told)
            # A date without a zone is UTC: an HTTP date never means the server's local time.
            seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, OverflowError):
            return None
    elif seconds >= 1e8:
        seconds = (seconds / 1000 if seconds >= 1e11 else seconds) - now
    return min(max(0.0, float(seconds)), LONGEST_CLOSURE)


def next_offset(page: Page, *, offset: int, seen: Set[str]) -> int | None:
    """Return the offset of the page after this one; None after the last.

    A page with no id new to `seen` ends the list: a server that ignores `offset` sends it again.
    """
    if not page.items or page.has_more is False or page.ids <= seen:
        return None
    end = offset + len(page.items)
    if page.has_more:
        return end
    more = end < page.total if page.total is not None else len(page.items) >= (page.limit or PAGE_SIZE)
    return end if more else None


def quotable(message: str, *, hide: str = "", longest: int = 200) -> str:
    """Return a server's message as one short plain line, without control characters and keys."""
    plain = "".join(" " if unicodedata.category(c).startswith("C") else c for c in message)
    if hide:
        plain = plain.replace(hide, "…")
    line = " ".join(_KEY.sub("masko_…", plain).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body, object_pairs_hook=_fields)
    except (ValueError, RecursionError) as error:
        raise _unreadable(answer, "no JSON") from error


def _fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without its empty fields: the next alias is looked at.  `{data: null}` is an empty list."""
    return {
        key.encode("utf-8", "replace").decode(): value
        for key, value in pairs
        if key == "data" or not (value is None or (isinstance(value, str) and not value.strip()))
    }


def _success(answer: Answer) -> object:
    """The body, unless it is an error with a success status."""
    top = _json(answer)
    if isinstance(top, dict) and (top.get("error") or top.get("success") is False):
        raise _unreadable(answer, "an error with a success status")
    return top


def _object(answer: Answer) -> dict[str, object]:
    return _unwrapped(_success(answer))


def _unwrapped(found: object) -> dict[str, object]:
    """The object in `{data: …}`, `{collection: …}` and the like, with the fields beside it that it lacks."""
    told: dict[str, object] = {}
    for _ in range(3):
        if not isinstance(found, dict):
            break
        names = ("data",) if identifier(found.get("id")) else _ONE
        inner = next((found[name] for name in names if isinstance(found.get(name), dict)), None)
        told |= {key: value for key, value in found.items() if inner is None or key not in _ONE}
        found = inner
    return told


def _read(kind: type[T], found: dict[str, object]) -> T | None:
    """A value; None where its id is not told."""
    try:
        return cast(T, _READERS[kind].validate_python(found))
    except ValueError:
        return None


def _job(found: dict[str, object]) -> Job:
    return _read(Job, found) or Job()


def _list(found: object) -> list[object] | None:
    """The list in `[…]`, `{data: […]}`, `{collections: […]}` or `{data: {collections: […]}}`."""
    for _ in range(3):
        if not isinstance(found, dict):
            break
        told = [found[name] for name in _MANY if name in found]
        if told == [None]:
            return []
        found = next((value for kind in (list, dict) for value in told if isinstance(value, kind)), None)
    return found if isinstance(found, list) else None


def _pagination(top: object) -> dict[str, object]:
    """`meta.pagination`, or the same fields in one of the places around it; the innermost count."""
    told: dict[str, object] = {}
    while isinstance(top, dict):
        told |= top
        inner = (top.get(each) for each in ("pagination", "meta", "data"))
        top = next((each for each in inner if isinstance(each, dict)), None)
    return told


def _error_body(body: bytes) -> tuple[dict[str, object], dict[str, object]]:
    """An error's (whole object, `error` object); `{"error": "text"}` becomes `{"message": "text"}`."""
    try:
        top = json.loads(body)
    except (ValueError, RecursionError):
        top = None
    if not isinstance(top, dict):
        return {}, {}
    error = top.get("error")
    if isinstance(error, dict):
        return top, error
    return top, {"message": error if isinstance(error, str) else top.get("message") or top.get("detail")}


def _retry_after(headers: httpx.Headers, status: int, now: float) -> float | None:
    """Seconds, from Retry-After, else (429 only) from the rate-limit headers."""
    told = seconds_until(headers.get("retry-after"), now)
    return seconds_until(headers.get("x-ratelimit-reset"), now) if told is None and status == 429 else told


def _first_number(error: Mapping[str, object], top: Mapping[str, object], *names: str) -> int | float | None:
    values = (place.get(name) for place in (error, top) for name in names)
    return next((found for found in map(number, values) if found is not None), None)


def _needed(answer: Answer, value: T | None, why: str) -> T:
    if value is None:
        raise _unreadable(answer, why)
    return value


def _unreadable(answer: Answer, why: str) -> MaskoUnintelligible:
    return MaskoUnintelligible(why, **answer.facts)
