"""Requests as values: paths that ids cannot escape, and a key that goes to one origin."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masko import requests
from bot.masko.errors import MaskoNotFound
from bot.masko.requests import Call, Purpose, Timeouts

BASE = httpx.URL("https://api.masko.test/v1")


@pytest.mark.parametrize(
    ("identifier", "segment"),
    [
        ("a1b2c3d4-e5f6-7890-abcd-ef1234567890", "a1b2c3d4-e5f6-7890-abcd-ef1234567890"),
        ("col_1", "col_1"),
        ("../projects", "..%2Fprojects"),
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("a%2Fb", "a%252Fb"),
        ("é ", "%C3%A9%20"),
        ("\ud800", "%3F"),
    ],
)
def test_an_id_is_one_piece_of_a_path(identifier: str, segment: str) -> None:
    path = requests.mascot(identifier).path
    assert path == f"/collections/{segment}"
    assert httpx.URL(f"{BASE}{path}").raw_path.decode() == f"/v1{path}"


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_what_cannot_be_an_id_is_not_found(identifier: str) -> None:
    with pytest.raises(MaskoNotFound):
        requests.remove_reference("col_1", identifier)


@pytest.mark.parametrize(
    ("name", "prompt", "body"),
    [
        (None, None, {}),
        ("Felix", None, {"name": "Felix"}),
        ("", "A fox", {"prompt": "A fox"}),
    ],
)
def test_creation_sends_what_is_given_and_nothing_else(
    name: str | None, prompt: str | None, body: dict[str, object]
) -> None:
    call = requests.create_mascot("prj_1", ["ast_1"], (), name, prompt)
    assert call.body == {"project_id": "prj_1", "reference_asset_ids": ["ast_1"], **body}
    assert not call.repeatable


@pytest.mark.parametrize("given", [{"asset_id": None, "url": None}, {"asset_id": "a", "url": "https://x"}])
def test_a_reference_is_an_asset_or_a_link(given: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        requests.add_reference("col_1", **given)


@pytest.mark.parametrize(
    ("told", "own"),
    [
        ("https://api.masko.test/v1/jobs/j?wait=true", "https://api.masko.test/v1/jobs/j?wait=true"),
        ("https://API.masko.test:443/v1/jobs/j#x", "https://api.masko.test/v1/jobs/j"),
        ("/v1/jobs/j", "https://api.masko.test/v1/jobs/j"),
        ("/jobs/j?wait=true", "https://api.masko.test/v1/jobs/j?wait=true"),
        ("jobs/j", "https://api.masko.test/v1/jobs/j"),
        ("http://api.masko.test/v1/jobs/j", None),
        ("https://api.masko.test:8443/v1/jobs/j", None),
        ("https://evil.test/v1/jobs/j", None),
        ("https://api.masko.test@evil.test/jobs/j", None),
        ("https://u:p@api.masko.test/jobs/j", None),
        ("//evil.test/jobs/j", None),
        ("/\\evil.test/jobs/j", "https://api.masko.test/v1/\\evil.test/jobs/j"),
        ("https:///jobs/j", None),
        ("javascript:alert(1)", None),
        ("https://[", None),
        ("/jobs/\x00", None),
    ],
)
def test_an_address_told_by_an_answer_is_our_own_or_none(told: str, own: str | None) -> None:
    assert requests.own_url(BASE, told) == own


@given(st.text() | st.text().map(lambda rest: f"https://api.masko.test{rest}"))
def test_no_told_address_leaves_the_origin(told: str) -> None:
    own = requests.own_url(BASE, told)
    if own is not None:
        url = httpx.URL(own)
        assert (url.scheme, url.host, url.port, url.userinfo) == ("https", "api.masko.test", None, b"")


def test_where_a_job_is_asked_about() -> None:
    def path(job_id: str | None, poll_url: str | None) -> str | None:
        call = requests.job(BASE, job_id, poll_url)
        return call.path if call else None

    assert path("j", "/v1/jobs/own") == "https://api.masko.test/v1/jobs/own"
    assert path("j", "https://evil.test/jobs/j") == "/jobs/j"
    assert path("j", None) == "/jobs/j"
    assert path(None, "https://evil.test/jobs/j") is None


@pytest.mark.parametrize("told", ["https://api.masko.test/v1", " https://api.masko.test/v1/ "])
def test_a_base_url(told: str) -> None:
    assert str(requests.base_url(told)) == "https://api.masko.test/v1"


@pytest.mark.parametrize(
    "told",
    ["", "api.masko.ai", "ftp://x/v1", "https://", "https://x/v1?a=b", "https://u:p@x/v1", "https://x:port"],
)
def test_what_is_no_base_url(told: str) -> None:
    with pytest.raises(ValueError, match="Masko address"):
        requests.base_url(told)


def test_a_description_leaves_out_what_follows_the_question_mark() -> None:
    assert Call("GET", "/jobs/j?token=x").description == "GET /jobs/j"


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_limits(purpose: Purpose) -> None:
    timeouts = Timeouts()
    silence = timeouts.silence(purpose)
    assert None not in silence.as_dict().values()
    assert timeouts.whole(purpose) > (silence.read or 0)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/upload", "/upload"),
        ("/collections/col_1/references/ast_1?x", "/collections/:id/references/:id"),
        (f"{BASE}/jobs/j?wait=true", "/jobs/:id"),
        ("https://elsewhere.test/x", "/:id/:id/:id"),
    ],
)
def test_kinds_of_calls_are_few(path: str, kind: str) -> None:
    assert Call("GET", path).kind(BASE) == f"GET {kind}"
