"""What answers mean and what is done about them: tables."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masko import responses
from bot.masko.errors import (
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
    MaskoUnintelligible,
    MaskoUnreachable,
)
from bot.masko.responses import Answer
from tests.masko.fake import KEY

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def error_of(status: int, body: object = None, **headers: str) -> MaskoError | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return responses.error_from_answer(Answer("GET /test", status, named, content), NOW)


@pytest.mark.parametrize(
    ("status", "kind", "worth_retrying", "may_have_taken_effect"),
    [
        (301, MaskoRedirected, False, False),
        (307, MaskoRedirected, False, False),
        (400, MaskoBadRequest, False, False),
        (401, MaskoKeyRefused, False, False),
        (402, InsufficientCredits, False, False),
        (403, MaskoForbidden, False, False),
        (404, MaskoNotFound, False, False),
        (408, MaskoBroken, True, True),
        (410, MaskoNotFound, False, False),
        (413, MaskoBadRequest, False, False),
        (422, MaskoBadRequest, False, False),
        (429, MaskoRateLimited, True, False),
        (500, MaskoBroken, True, True),
        (503, MaskoBroken, True, True),
        (599, MaskoBroken, True, True),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>nginx</html>", b"[]", b'{"error": null}', b'{"error": []}'])
def test_the_status_decides_whatever_the_body(
    status: int, kind: type[MaskoError], worth_retrying: bool, may_have_taken_effect: bool, body: bytes
) -> None:
    error = error_of(status, body)
    assert type(error) is kind
    assert error is not None
    assert error.status == status
    assert error.worth_retrying is worth_retrying
    assert error.may_have_taken_effect is may_have_taken_effect
    assert error.words
    assert "html" not in error.words


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_error(status: int) -> None:
    assert error_of(status, b"<html>") is None


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": "bad_request", "message": "Too many"}}, "bad_request", "Too many"),
        ({"error": "Too many"}, None, "Too many"),
        ({"error": "Too many", "code": "bad_request"}, "bad_request", "Too many"),
        ({"error": {"message": {"en": "Too many"}}}, None, ""),
        ({"error": {"message": "Too\n\x1b[31m many\u202e"}}, None, "Too [31m many"),
        ({"error": {"message": f"bad key {KEY}!"}}, None, "bad key masko_…!"),
        ({"error": {"message": "bad key masko_deadbeef."}}, None, "bad key masko_…."),
        pytest.param({"error": {"message": "x" * 500}}, None, "x" * 199 + "…", id="long"),
    ],
)
def test_both_generations_of_errors(body: object, code: str | None, message: str) -> None:
    error = error_of(400, body, x_request_id="req_7")
    assert error is not None
    assert (error.code, error.message, error.request, error.request_id) == (
        code,
        message,
        "GET /test",
        "req_7",
    )


@pytest.mark.parametrize(
    ("body", "required", "balance", "words"),
    [
        (
            {"error": {"code": "insufficient_credits", "message": "No", "required": 21, "balance": 5}},
            21,
            5,
            "There are not enough Masko credits for this. This takes 21. There are 5 left.",
        ),
        (
            {"error": "Insufficient credits", "required": 21, "available": 0},
            21,
            0,
            "There are not enough Masko credits for this. This takes 21. There are 0 left.",
        ),
        (
            {"error": "No", "required": "2.5"},
            2.5,
            None,
            "There are not enough Masko credits for this. This takes 2.5.",
        ),
        (b"", None, None, "There are not enough Masko credits for this."),
        ({"required": 10**400, "balance": "few"}, None, None, "There are not enough Masko credits for this."),
    ],
)
def test_missing_credits(body: object, required: float | None, balance: float | None, words: str) -> None:
    error = error_of(402, body)
    assert isinstance(error, InsufficientCredits)
    assert (error.required, error.balance) == (required, balance)
    assert error.words == f"{words} More are at https://masko.ai/billing."


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("0", 0.0),
        ("-3", 0.0),
        ("40", 40.0),
        ("1.5", 1.5),
        ("90000", 3600.0),
        ("1800000030", 30.0),
        ("1799999999", 0.0),
        ("1800000030000", 30.0),
        ("1800000000500", 0.5),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2099 07:00:00 GMT", 3600.0),
    ],
)
def test_moments_in_headers(told: str | None, seconds: float | None) -> None:
    assert responses.seconds_until(told, NOW) == seconds


@given(st.text())
def test_no_header_surprises(told: str) -> None:
    seconds = responses.seconds_until(told, NOW)
    assert seconds is None or 0 <= seconds <= responses.LONGEST_CLOSURE


@pytest.mark.parametrize(
    ("status", "headers", "retry_after"),
    [
        (429, {"Retry-After": "40"}, 40.0),
        (429, {"Retry-After": "40", "X-RateLimit-Reset": "3"}, 40.0),
        (429, {"X-RateLimit-Reset": "3"}, 3.0),
        (429, {}, None),
        (503, {"Retry-After": "40"}, 40.0),
        (503, {"X-RateLimit-Reset": "3"}, None),
    ],
)
def test_when_to_come_back(status: int, headers: dict[str, str], retry_after: float | None) -> None:
    error = error_of(status, **headers)
    assert error is not None
    assert error.retry_after == retry_after


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0.0),
        (200, {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"}, 0.0),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30.0),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000030"}, 30.0),
        (200, {"X-RateLimit-Remaining": "0"}, 0.0),
        (200, {"X-RateLimit-Remaining": "few", "X-RateLimit-Reset": "30"}, 0.0),
        (404, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30.0),
        (429, {"Retry-After": "7"}, 7.0),
        (429, {}, 0.0),
    ],
)
def test_how_long_the_key_is_closed(status: int, headers: dict[str, str], seconds: float) -> None:
    answer = Answer("GET /test", status, httpx.Headers(headers), b"")
    assert responses.closed_for(answer, NOW) == seconds


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError, MaskoUnreachable),
        (httpx.ConnectTimeout, MaskoUnreachable),
        (httpx.PoolTimeout, MaskoUnreachable),
        (httpx.ProxyError, MaskoUnreachable),
        (httpx.ReadTimeout, MaskoAnswerLost),
        (httpx.ReadError, MaskoAnswerLost),
        (httpx.WriteTimeout, MaskoAnswerLost),
        (httpx.WriteError, MaskoAnswerLost),
        (httpx.RemoteProtocolError, MaskoAnswerLost),
        (httpx.DecodingError, MaskoAnswerLost),
    ],
)
def test_what_a_broken_connection_means(error: type[httpx.RequestError], kind: type[MaskoError]) -> None:
    meant = responses.error_from_transport(error("boom"), "POST /collections")
    assert type(meant) is kind
    assert meant.request == "POST /collections"


@pytest.mark.parametrize(
    ("error", "repeatable", "attempt", "wait"),
    [
        (MaskoUnreachable(), False, 1, 0.75),
        (MaskoUnreachable(), True, 2, 1.5),
        (MaskoUnreachable(), True, 3, None),
        (MaskoAnswerLost(), True, 1, 0.75),
        (MaskoAnswerLost(), False, 1, None),
        (MaskoBroken(), True, 1, 0.75),
        (MaskoBroken(), False, 1, None),
        (MaskoBroken(retry_after=3), True, 1, 3.05),
        (MaskoBroken(retry_after=6), True, 1, None),
        (MaskoRateLimited(), False, 1, 0.75),
        (MaskoRateLimited(retry_after=0), False, 1, 0.75),
        (MaskoRateLimited(retry_after=5), False, 1, 5.05),
        (MaskoRateLimited(retry_after=5.5), True, 1, None),
        (MaskoBadRequest(), True, 1, None),
        (MaskoNotFound(), True, 1, None),
        (InsufficientCredits(), True, 1, None),
        (MaskoUnintelligible(), True, 1, None),
        (MaskoRedirected(), True, 1, None),
    ],
)
def test_when_a_call_is_tried_again(
    error: MaskoError, repeatable: bool, attempt: int, wait: float | None
) -> None:
    told = responses.retry_wait(error, repeatable, attempt, jitter=0.5)
    assert told == (None if wait is None else pytest.approx(wait))


@pytest.mark.parametrize("jitter", [0.0, 1.0])
@pytest.mark.parametrize("attempt", [1, 2])
def test_quick_retries_wait_between_half_a_second_and_two(attempt: int, jitter: float) -> None:
    wait = responses.retry_wait(MaskoUnreachable(), True, attempt, jitter=jitter)
    assert wait is not None
    assert 0.5 <= wait <= 2.0


@given(st.text())
def test_a_quote_is_one_short_plain_line(message: str) -> None:
    quote = responses.quotable(message)
    assert len(quote) <= 200
    assert quote == " ".join(quote.split())
