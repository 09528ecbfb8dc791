"""What an answer of Masko means and what to do about it, decided without any I/O.

Sources: masko.ai's API reference for the error codes, `Retry-After` and the rate headers.  The unit
of `X-RateLimit-Reset` is not documented, so its size tells; how often to retry is our choice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from bot.masko.answers import Answer, Page, error_body
from bot.masko.errors import (
    Facts,
    InsufficientCredits,
    MaskoAnswerLost,
    MaskoBadRequest,
    MaskoBroken,
    MaskoError,
    MaskoForbidden,
    MaskoKeyRefused,
    MaskoNotFound,
    MaskoRateLimited,
    MaskoRedirected,
    MaskoUnreachable,
)
from bot.masko.fields import number, text

MAX_RETRIES = 2
"""Quick retries of one call; whoever needs more patience has a queue."""

LONGEST_WAIT = 5.0
"""Seconds that a call waits by itself; a longer Retry-After is handed to the caller."""

LONGEST_CLOSURE = 3600.0
"""Seconds; the longest documented window.  A larger number is a unit misread, not a wait."""

JOB_WAITS = (1.0, 2.0, 4.0, *(8.0,) * 14)
"""Seconds between questions about a job, two minutes in all where the server does not hold them."""

MAX_PAGES = 500
"""Pages of one list.  Far beyond any account: a list that goes on is a server going in circles."""

PAGE_SIZE = 50
"""Objects on a page where the answer does not tell (API reference, `meta.pagination.limit`)."""

_ERRORS: dict[int, type[MaskoError]] = {
    401: MaskoKeyRefused,
    403: MaskoForbidden,
    404: MaskoNotFound,
    410: MaskoNotFound,
    # Neither says that the request was understood and refused: a proxy gave up waiting for it.
    408: MaskoBroken,
    425: MaskoBroken,
}
# In each of these httpx had no connection to write to.  (Its WriteError and ReadError may come
# after the server has read everything, and a lost keep-alive connection looks the same.)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_KEY = re.compile(r"masko_\w+")


def error_from_answer(answer: Answer, *, key: str, now: float) -> MaskoError | None:
    """The error that an answer means; None for a success.

    Args:
        answer: what came back, with any body: JSON of either generation, HTML, nothing.
        key: the API key, to be cut out of what the server says.
        now: seconds since the epoch, for dates and epochs in headers.
    """
    if 200 <= answer.status < 300:
        return None
    if answer.status < 400:
        return MaskoRedirected("a redirect is not followed", **answer.facts)
    top, error = error_body(answer.body)
    message = quotable(text(error.get("message")) or "", hide=key)
    code = text(error.get("code")) or text(top.get("code"))
    facts = answer.facts | Facts(code=code and quotable(code, hide=key))
    if answer.status == 402:
        return InsufficientCredits(
            message,
            required=_first_number(("required",), error, top),
            balance=_first_number(("balance", "available"), error, top),
            **facts,
        )
    facts["retry_after"] = retry_after(answer.headers, answer.status, now)
    if answer.status == 429:
        return MaskoRateLimited(message, **facts)
    fallback = MaskoBroken if answer.status >= 500 else MaskoBadRequest
    return _ERRORS.get(answer.status, fallback)(message, **facts)


def error_from_transport(error: httpx.RequestError, request: str) -> MaskoError:
    """The error that httpx's means: the request was certainly not sent, or nobody knows."""
    if isinstance(error, _NEVER_SENT):
        return MaskoUnreachable(type(error).__name__, request=request)
    return MaskoAnswerLost(type(error).__name__, request=request)


def retry_wait(
    error: MaskoError, *, repeatable: bool, attempt: int, left: float, jitter: float
) -> float | None:
    """How long to wait before sending the same request again; None to give up.

    Args:
        error: how the latest attempt ended.
        repeatable: doing it twice is the same as doing it once.
        attempt: the number of attempts so far, from 1.
        left: seconds until the whole call has to be over.
        jitter: a random number from 0 to 1.

    A request that never arrived (unreachable, 429) may go again whatever it does.
    """
    if attempt > MAX_RETRIES or not error.worth_retrying:
        return None
    if error.may_have_taken_effect and not repeatable:
        return None
    asked = error.retry_after or 0.0
    backoff = min(2.0, 0.5 * 2 ** (attempt - 1) * (1 + jitter))
    wait = asked + 0.1 * jitter if asked else backoff
    return None if asked > LONGEST_WAIT or wait >= left else wait


def retry_after(headers: httpx.Headers, status: int, now: float) -> float | None:
    """Seconds to wait before asking again, from Retry-After, else (429 only) from the rate headers."""
    told = seconds_until(headers.get("retry-after"), now)
    if told is None and status == 429:
        return seconds_until(headers.get("x-ratelimit-reset"), now)
    return told


def closed_for(headers: httpx.Headers, status: int, now: float) -> float:
    """Seconds in which no request of this key has a chance, by what this answer says; 0 for none."""
    if status == 429:
        return retry_after(headers, status, now) or 0.0
    remaining = number(headers.get("x-ratelimit-remaining"))
    if remaining is None or remaining > 0:
        return 0.0
    return seconds_until(headers.get("x-ratelimit-reset"), now) or 0.0


def seconds_until(told: str | None, now: float) -> float | None:
    """A header's moment as seconds from `now`, never negative and never beyond LONGEST_CLOSURE.

    Takes seconds from now, seconds or milliseconds since the epoch (told apart by their size: no
    wait lasts three years, and no clock stands before 1973) and HTTP dates.
    """
    moment = number(told)
    if moment is None:
        return None if told is None else _seconds_until_date(told, now)
    if moment >= 1e11:
        moment = moment / 1000
    seconds = moment - now if moment >= 1e8 else moment
    return min(max(0.0, float(seconds)), LONGEST_CLOSURE)


def next_offset(page: Page, *, offset: int, seen: Set[str]) -> int | None:
    """Where the next page of a list begins; None after the last one.

    Args:
        page: the page that began at `offset`.
        offset: how many objects came before it.
        seen: every id on the pages before it.  A page of nothing new ends the list: the server
            does not know `offset`, and would send the same page for ever.
    """
    if not page.items or page.has_more is False or page.ids <= seen:
        return None
    end = offset + len(page.items)
    if page.has_more:
        return end
    more = end < page.total if page.total is not None else len(page.items) >= (page.limit or PAGE_SIZE)
    return end if more else None


def quotable(message: str, *, hide: str = "", longest: int = 200) -> str:
    """A server's message as one short plain line, without control characters and without keys."""
    plain = "".join(" " if unicodedata.category(c).startswith("C") else c for c in message)
    if hide:
        plain = plain.replace(hide, "…")
    line = " ".join(_KEY.sub("masko_…", plain).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _seconds_until_date(told: str, now: float) -> float | None:
    try:
        date = parsedate_to_datetime(told)
        # A date without a zone is UTC: an HTTP date never means the server's local time.
        moment = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, moment - now), LONGEST_CLOSURE)


def _first_number(names: tuple[str, ...], *places: object) -> int | float | None:
    """The first number under one of `names` in one of `places`."""
    values = (place.get(name) for place in places if isinstance(place, dict) for name in names)
    return next((found for found in map(number, values) if found is not None), None)
