"""Every shape of answer that Masko's pages show, and some that they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masko import responses
from bot.masko.errors import MaskoError, MaskoUnintelligible
from bot.masko.responses import Answer, Asset, Mascot, Project


def answer(body: object, status: int = 200) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer("GET /test", status, httpx.Headers({"X-Request-Id": "req_7"}), content)


DETAIL = {
    "id": "col_1",
    "name": "Felix",
    "type": "mascot",
    "project_id": "prj_1",
    "slug": "felix",
    "config": {"prompt": "An orange fox", "reference_asset_ids": ["ast_1", "ast_2"], "style_card": None},
    "created_at": "2026-01-02T03:04:05Z",
}
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FELIX = Mascot("col_1", "Felix", "An orange fox", "prj_1", ("ast_1", "ast_2"), MADE)


@pytest.mark.parametrize("body", [{"data": DETAIL}, {"data": DETAIL, "meta": {"request_id": "r"}}, DETAIL])
def test_a_mascot_in_every_envelope(body: object) -> None:
    assert responses.value(answer(body), Mascot) == FELIX


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"prompt": "p"}, "prompt", "p"),
        ({"description": "p"}, "prompt", "p"),
        ({"config": {"prompt": "new"}, "description": "old"}, "prompt", "new"),
        ({"config": {"prompt": None}}, "prompt", None),
        ({"config": None}, "prompt", None),
        ({"name": "  "}, "name", None),
        ({"name": "Fe\ud800lix\x00"}, "name", "Fe?lix"),
        ({}, "reference_asset_ids", None),
        ({"config": {"reference_asset_ids": []}}, "reference_asset_ids", ()),
        ({"created_at": "2026-01-02T03:04:05"}, "created_at", MADE),
        ({"created_at": "yesterday"}, "created_at", None),
        ({"created_at": 7}, "created_at", None),
    ],
)
def test_fields_of_a_mascot_wherever_they_stand(fields: dict[str, object], name: str, value: object) -> None:
    assert getattr(responses.value(answer({"data": {"id": "col_1", **fields}}), Mascot), name) == value


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"asset_id": "ast_1"}},
        {"asset_id": "ast_1"},
        {"data": {"id": "ast_1"}},
        {"data": {"asset_id": "ast_1", "id": "upl_9"}},
    ],
)
def test_an_asset_id_in_every_place(body: object) -> None:
    assert responses.value(answer(body), Asset) == Asset("ast_1")


@pytest.mark.parametrize(
    ("body", "balance"),
    [
        ({"data": {"balance": 12}}, 12),
        ({"data": {"credits": 12}}, 12),
        ({"data": {"credits": "12.5"}}, 12.5),
        ({"credits": 0}, 0),
    ],
)
def test_a_balance_in_every_place(body: object, balance: float) -> None:
    assert responses.credit_balance(answer(body)) == balance


PROJECT = {"id": "prj_1", "name": "Mascots", "organization_id": "org_1"}


@pytest.mark.parametrize(
    ("body", "has_more"),
    [
        ({"data": [PROJECT], "meta": {"pagination": {"total": 120, "limit": 50, "has_more": True}}}, True),
        ({"data": [PROJECT] * 50, "meta": {"pagination": {"has_more": False}}}, False),
        ({"data": [PROJECT], "meta": {"request_id": "r"}}, False),
        ({"projects": [PROJECT]}, False),
        ({"collections": [PROJECT] * 50}, True),
        ({"projects": [PROJECT, "rubbish", {"name": "no id"}], "meta": None}, False),
    ],
)
def test_a_list_in_every_envelope(body: object, has_more: bool) -> None:
    rows, length = responses.page(answer(body), Project)
    assert set(rows) == {Project("prj_1", "Mascots")}
    assert bool(length) is has_more


@pytest.mark.parametrize("body", [{"data": []}, {"collections": []}])
def test_an_empty_list(body: object) -> None:
    assert responses.page(answer(body), Mascot) == ([], 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"\xff\xfe\xfa",
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"1" * 5000, id="too long a number"),
        {"error": {"message": "quota"}},
        {"data": {"job_id": "j", "poll_url": "/jobs/j"}},
        {"data": {"id": True}},
        "text",
        None,
    ],
)
def test_what_cannot_be_read_says_so(body: object) -> None:
    with pytest.raises(MaskoUnintelligible) as caught:
        responses.value(answer(body), Mascot)
    assert caught.value.request == "GET /test"
    assert caught.value.status == 200
    assert caught.value.request_id == "req_7"
    assert caught.value.may_have_taken_effect


READERS: list[Callable[[Answer], object]] = [
    lambda answer: responses.value(answer, Asset),
    lambda answer: responses.value(answer, Mascot),
    lambda answer: responses.value(answer, Project),
    responses.credit_balance,
    lambda answer: responses.page(answer, Mascot),
    lambda answer: responses.page(answer, Project),
]
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        """data meta pagination id asset_id collections projects config error
        reference_asset_ids prompt name description balance credits created_at has_more""",
    )
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.just("col_1"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_no_body_surprises_a_reader(body: bytes) -> None:
    for read in READERS:
        with suppress(MaskoError):
            read(answer(body))
