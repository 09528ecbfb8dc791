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
from bot.masko.models import Asset, Credits, Job, Mascot, MascotSummary, Project
from bot.masko.responses import Answer


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
FELIX = Mascot(
    "col_1",
    "Felix",
    "An orange fox",
    "prj_1",
    ("ast_1", "ast_2"),
    "felix",
    None,
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


@pytest.mark.parametrize(
    "body",
    [
        {"data": DETAIL},
        {"data": DETAIL, "meta": {"request_id": "r"}},
        {"success": True, "data": DETAIL, "error": None},
        {"id": "req_9", "data": DETAIL},
        {"data": {"collection": DETAIL}},
        {"collection": DETAIL},
        DETAIL,
    ],
    ids=["data", "meta", "success", "id beside data", "data.collection", "collection", "bare"],
)
def test_a_mascot_in_every_envelope(body: object) -> None:
    assert responses.value(answer(body), Mascot) == FELIX


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"prompt": "p"}, "prompt", "p"),
        ({"description": "p"}, "prompt", "p"),
        ({"config": {"prompt": "new"}, "description": "old"}, "prompt", "new"),
        ({"config": {"prompt": ""}, "description": "old"}, "prompt", "old"),
        ({"config": None}, "prompt", None),
        ({"name": "  "}, "name", None),
        ({"name": "Fe\ud800lix\x00"}, "name", "Fe?lix"),
        ({"public_slug": "s"}, "slug", "s"),
        ({"slug": None, "public_slug": "s"}, "slug", "s"),
        ({"project_id": 7}, "project_id", "7"),
        ({}, "reference_asset_ids", None),
        ({"config": {"reference_asset_ids": []}}, "reference_asset_ids", ()),
        ({"reference_asset_ids": ["a", "b", "a"]}, "reference_asset_ids", ("a", "b")),
        (
            {"references": [{"id": "r1", "asset_id": "a"}, {"id": "b"}, None]},
            "reference_asset_ids",
            ("a", "b"),
        ),
        ({"config": {"style_card": {"line": "thick"}}}, "style_card", {"line": "thick"}),
        ({"created_at": "2026-01-02T03:04:05"}, "created_at", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"created_at": "yesterday"}, "created_at", None),
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
        {"id": "ast_1"},
        {"asset": {"id": "ast_1"}},
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
        ({"credits": {"balance": 12}}, 12),
        ({"data": {"credits": "12.5"}}, 12.5),
        ({"available": 0}, 0),
        ({"data": 12}, 12),
    ],
)
def test_a_balance_in_every_place(body: object, balance: float) -> None:
    assert responses.credit_balance(answer(body)) == Credits(balance)


PROJECT = {"id": "prj_1", "name": "Mascots", "organization_id": "org_1"}
ALL_PAGES = {"total": 120, "limit": 50, "offset": 0, "has_more": True}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"data": [PROJECT], "meta": {"pagination": ALL_PAGES}}, (True, 120, 50)),
        ({"data": [PROJECT], "meta": ALL_PAGES}, (True, 120, 50)),
        ({"data": [PROJECT], "pagination": ALL_PAGES}, (True, 120, 50)),
        ({"data": {"projects": [PROJECT], "has_more": False}}, (False, None, None)),
        ({"data": [PROJECT], "meta": {"request_id": "r"}, "has_more": True}, (True, None, None)),
        ({"projects": [PROJECT]}, (None, None, None)),
        ([PROJECT, "rubbish", {"name": "no id"}], (None, None, None)),
        ({"projects": [PROJECT], "total": "many", "has_more": "yes"}, (None, None, None)),
    ],
)
def test_a_list_in_every_envelope(body: object, told: tuple[bool | None, int | None, int | None]) -> None:
    page = responses.page(answer(body))
    assert list(responses.rows(page, Project)) == [Project("prj_1", "Mascots")]
    assert (page.has_more, page.total, page.limit) == told


def test_rows_of_a_list_of_mascots() -> None:
    row = {
        "id": "col_1",
        "project_id": "prj_1",
        "name": "Felix",
        "public_slug": "felix",
        "is_published": True,
    }
    page = responses.page(answer({"collections": [row, {"id": None}]}))
    assert list(responses.rows(page, MascotSummary)) == [MascotSummary("col_1", "Felix", "prj_1", "felix")]


@pytest.mark.parametrize("body", [{"data": []}, {"data": None, "meta": {}}, {"collections": []}, []])
def test_an_empty_list(body: object) -> None:
    assert responses.page(answer(body)).items == ()


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ({"data": DETAIL}, FELIX),
        ({"data": {"id": "col_1"}}, Mascot("col_1")),
        ({"collection_id": "col_1", "success": True}, Mascot("col_1")),
        ({"data": {"id": "req_1", "collection_id": "col_1"}}, Mascot("col_1")),
        ({"data": {"job_id": "j", "poll_url": "/jobs/j"}}, Job("j", "/jobs/j")),
        ({"job_id": "j", "status": "Pending"}, Job("j", status="pending")),
        ({"data": {"id": "j", "job_id": "j", "project_id": "prj_1"}}, Job("j")),
        ({"data": {"job_id": "j", "collection_id": "col_1"}}, Mascot("col_1")),
        ({"data": {**DETAIL, "job_id": "j"}}, FELIX),
        ({"data": DETAIL, "job_id": "j", "poll_url": "/jobs/j"}, FELIX),
    ],
)
def test_what_a_creation_led_to(body: object, made: object) -> None:
    assert responses.created(answer(body, 202)) == made


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"data": DETAIL}, FELIX),
        (b"", None),
        (b" \r\n", None),
        ({"success": True}, None),
        ({"data": {"id": "ref_1", "asset_id": "ast_1"}}, None),
        ({"data": {**DETAIL, "id": "col_2"}}, None),
        ({"data": {"id": "col_1", "name": "Felix"}}, None),
        ({"data": ["ast_1"]}, None),
        ({"data": {"job_id": "j"}}, Job("j")),
    ],
)
def test_what_a_change_answered_with(body: object, told: object) -> None:
    assert responses.changed(answer(body), "col_1") == told


@pytest.mark.parametrize(
    ("body", "job"),
    [
        ({"data": {"id": "j", "status": "processing"}}, Job(status="processing")),
        ({"status": "completed", "collection_id": "col_1"}, Job(status="completed", mascot_id="col_1")),
        ({"data": {"id": "j", "collection": {"id": "col_1"}}}, Job(mascot_id="col_1")),
        ({"id": "j", "status": "failed", "error": "No face"}, Job(status="failed", message="No face")),
        ({"status": "failed", "error": {"message": "No face"}}, Job(status="failed", message="No face")),
    ],
)
def test_the_state_of_a_job(body: object, job: Job) -> None:
    assert responses.job(answer(body)) == job


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"\xff\xfe\xfa",
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"1" * 5000, id="too long a number"),
        {"error": {"message": "quota"}},
        {"success": False, "data": DETAIL},
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
    responses.created,
    lambda told: responses.changed(told, "col_1"),
    responses.job,
    lambda answer: responses.value(answer, Project),
    responses.credit_balance,
    lambda told: (
        (page := responses.page(told))
        and [*responses.rows(page, MascotSummary), *responses.rows(page, Project)]
    ),
]
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        """data meta pagination id asset_id collection collections projects config error references
        reference_asset_ids prompt name job_id poll_url status success collection_id balance credits
        created_at total has_more""",
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
