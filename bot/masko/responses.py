"""Read responses of Masko and decide what to do: pure functions of status, headers and body.

A project holds collections; a collection ("mascot" in this program) has a name, a prompt, up to six
references and a style card; an asset is one file.  Newer pages answer `{data, meta}`; older ones bare
objects, `{"collections": […]}` or `{"projects": […]}`, and call the prompt `description`.  Source:
masko.ai, API reference.  How often to retry is a Choice.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar, cast

import httpx
from pydantic import AliasChoices, AliasPath, BeforeValidator, Field, TypeAdapter

from bot.masko import errors
from bot.masko.errors import MaskoAnswerLost, MaskoError, MaskoUnintelligible, MaskoUnreachable
from bot.text import short, tidy_name

MAX_REFERENCES = 6  # references that one mascot can hold (masko.ai, "Create from Image")
MAX_RETRIES = 2  # quick retries of one call; whoever has more time has a queue
LONGEST_WAIT = 5.0  # seconds that a call waits by itself; a longer Retry-After is handed to the caller
LONGEST_CLOSURE = 3600.0  # seconds; the longest documented window: more is a unit misread, not a wait
PAGE_SIZE = 50  # objects on a page where the answer does not tell (API reference, `meta.pagination.limit`)

_LONGEST_NAME = 1000  # characters (Choice)
_ERRORS: dict[int, type[MaskoError]] = {
    401: errors.MaskoKeyRefused,
    402: errors.InsufficientCredits,
    403: errors.MaskoForbidden,
    404: errors.MaskoNotFound,
    410: errors.MaskoNotFound,
    # Neither says that the request was understood and refused: a proxy gave up waiting for it.
    408: errors.MaskoBroken,
    425: errors.MaskoBroken,
    429: errors.MaskoRateLimited,
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


def text(value: object) -> str | None:
    """Return non-empty text that every database and JSON encoder takes; None for anything else."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip() or None


def number(value: object) -> float | None:
    """Return a finite number, also one written as text; None for anything else."""
    try:
        told = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return told if math.isfinite(told) else None


def _name(value: object) -> str | None:
    return tidy_name((text(value) or "")[:_LONGEST_NAME]) or None


def _time(value: object) -> datetime | None:
    """ISO 8601; a time without a zone is UTC."""
    with suppress(TypeError, ValueError):
        told = datetime.fromisoformat(cast(str, value))
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None


def _ids(value: object) -> tuple[str, ...] | None:
    return tuple(filter(None, map(text, value))) if isinstance(value, list) else None


Text = Annotated[str | None, BeforeValidator(text)]
Id = Annotated[str, BeforeValidator(text)]
_PROMPT = AliasChoices(AliasPath("config", "prompt"), "prompt", "description")
_REFERENCES = AliasChoices(AliasPath("config", "reference_asset_ids"), "reference_asset_ids")


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded file, which can become a reference of any number of mascots."""

    id: Annotated[Id, Field(validation_alias=AliasChoices("asset_id", "id"))]


@dataclass(frozen=True, slots=True)
class Mascot:
    """One mascot; a list tells neither its prompt nor its references.

    `name` and `prompt` are given or detected, None until Masko tells them; `reference_asset_ids` are in
    Masko's order.
    """

    id: Annotated[Id, Field(validation_alias=AliasChoices("id", "collection_id"))]
    name: Annotated[str | None, BeforeValidator(_name)] = None
    prompt: Annotated[Text, Field(validation_alias=_PROMPT)] = None
    project_id: Text = None
    reference_asset_ids: Annotated[
        tuple[str, ...] | None, BeforeValidator(_ids), Field(validation_alias=_REFERENCES)
    ] = None
    created_at: Annotated[datetime | None, BeforeValidator(_time)] = None

    @property
    def described(self) -> bool:
        return bool(self.name and self.prompt)


@dataclass(frozen=True, slots=True)
class Project:
    """A project that mascots are filed under."""

    id: Id
    name: Text = None


T = TypeVar("T", Asset, Mascot, Project)
_READERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (Asset, Mascot, Project)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to one request: `request` is its description, such as `GET /projects`."""

    request: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """What an error about this response tells of it."""
        request_id = self.headers.get("x-request-id")
        return {"request": self.request, "status": self.status, "request_id": request_id}


# -- values: each raises MaskoUnintelligible for a body that cannot be read, and nothing else


def value(answer: Answer, kind: type[T]) -> T:
    """Return the asset, mascot or project that a response holds."""
    found = _read(kind, _data(_json(answer)))
    if found is None:
        raise _unreadable(answer, f"no {kind.__name__.lower()}")
    return found


def credit_balance(answer: Answer) -> float:
    """Return the balance.  Its field is not documented: `balance` or `credits`."""
    found = _data(_json(answer))
    for name in ("balance", "credits"):
        if isinstance(found, dict) and (amount := number(found.get(name))) is not None:
            return amount
    raise _unreadable(answer, "no balance")


def page(answer: Answer, kind: type[T]) -> tuple[list[T], int]:
    """Return the mascots or projects of a page that have an id, and its length if there are more, else 0."""
    top = _json(answer)
    fields: dict[str, Any] = top if isinstance(top, dict) else {}
    items = next((fields[name] for name in ("data", "collections", "projects") if name in fields), None)
    if not isinstance(items, list):
        raise _unreadable(answer, "no list")
    more = len(items) >= PAGE_SIZE
    with suppress(KeyError, TypeError):
        more = bool(fields["meta"]["pagination"]["has_more"])
    return [row for item in items if (row := _read(kind, item)) is not None], len(items) * more


def error_from_answer(answer: Answer, now: float) -> MaskoError | None:
    """Return the error that a response means; None for a success.  `now`: epoch seconds."""
    if answer.status == 202 and _is_job(answer):
        return MaskoAnswerLost("accepted, and not done yet", **answer.facts)
    if 200 <= answer.status < 300:
        return None
    if answer.status < 400:
        return errors.MaskoRedirected("a redirect is not followed", **answer.facts)
    told = _error_fields(answer)
    message, code = (quotable(text(told.get(name)) or "") for name in ("message", "code"))
    facts = answer.facts | {"code": code or None, "retry_after": _retry_after(answer, now)}
    fallback = errors.MaskoBroken if answer.status >= 500 else errors.MaskoBadRequest
    kind = _ERRORS.get(answer.status, fallback)
    if kind is errors.InsufficientCredits:
        facts["required"] = number(told.get("required"))
        facts["balance"] = number(told.get("balance", told.get("available")))
    return kind(message, **facts)


def error_from_transport(error: httpx.RequestError, request: str) -> MaskoError:
    """Return the error that httpx's means: certainly not sent, or unknown."""
    kind = MaskoUnreachable if isinstance(error, _NEVER_SENT) else MaskoAnswerLost
    return kind(type(error).__name__, request=request)


def retry_wait(error: MaskoError, repeatable: bool, attempt: int, *, jitter: float) -> float | None:
    """Return the seconds to wait before the same request is sent again; None to give up.

    A request that never took effect (unreachable, 429) may be sent again even if not `repeatable`.
    `attempt`: how many there have been; `jitter`: from 0 to 1.
    """
    if attempt > MAX_RETRIES or not error.worth_retrying:
        return None
    if error.may_have_taken_effect and not repeatable:
        return None
    if not error.retry_after:
        return min(2.0, 0.5 * attempt * (1 + jitter))
    return error.retry_after + 0.1 * jitter if error.retry_after <= LONGEST_WAIT else None


def closed_for(answer: Answer, now: float) -> float:
    """Return the seconds in which no request of this key has a chance, by this response; 0 for none."""
    if answer.status == 429:
        return _retry_after(answer, now) or 0.0
    remaining = number(answer.headers.get("x-ratelimit-remaining"))
    if remaining is None or remaining > 0:
        return 0.0
    return seconds_until(answer.headers.get("x-ratelimit-reset"), now) or 0.0


def seconds_until(told: str | None, now: float) -> float | None:
    """Return a header's time as seconds from `now`, from 0 to LONGEST_CLOSURE.

    Takes HTTP dates, seconds from now, and epochs in seconds or milliseconds; size tells them apart,
    as the unit of `X-RateLimit-Reset` is not documented.
    """
    seconds = number(told)
    if seconds is None:
        try:
            seconds = parsedate_to_datetime(told or "").timestamp() - now
        except (ValueError, OverflowError):
            return None
    elif seconds >= 1e8:
        seconds = (seconds / 1000 if seconds >= 1e11 else seconds) - now
    return min(max(0.0, seconds), LONGEST_CLOSURE)


def quotable(message: str) -> str:
    """Return a server's message as one short plain line, without control characters and keys."""
    plain = "".join(" " if unicodedata.category(c).startswith("C") else c for c in message)
    return short(" ".join(_KEY.sub("masko_…", plain).split()), 200)


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(answer, "no JSON") from error


def _is_job(answer: Answer) -> bool:
    """Return whether it is done later (API reference, jobs): looked for like what nobody has told of."""
    with suppress(MaskoUnintelligible):
        found = _data(_json(answer))
        return isinstance(found, dict) and "job_id" in found
    return False


def _data(found: object) -> object:
    return found["data"] if isinstance(found, dict) and "data" in found else found


def _read(kind: type[T], found: object) -> T | None:
    """A value; None where its id is not told."""
    try:
        return cast(T, _READERS[kind].validate_python(found))
    except ValueError:
        return None


def _error_fields(answer: Answer) -> dict[str, object]:
    """The fields of `{"error": {…}}`; of the older `{"error": "text", …}`, with the text as `message`."""
    with suppress(MaskoUnintelligible):
        if isinstance(top := _json(answer), dict):
            error = top.get("error")
            return top | (error if isinstance(error, dict) else {"message": error})
    return {}


def _retry_after(answer: Answer, now: float) -> float | None:
    """Seconds, from Retry-After, else (429 only) from the rate-limit headers."""
    told = seconds_until(answer.headers.get("retry-after"), now)
    if told is None and answer.status == 429:
        return seconds_until(answer.headers.get("x-ratelimit-reset"), now)
    return told


def _unreadable(answer: Answer, why: str) -> MaskoUnintelligible:
    return MaskoUnintelligible(why, **answer.facts)
