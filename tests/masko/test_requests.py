"""Requests as values: paths that ids cannot escape, and the server that the key goes to."""

from __future__ import annotations

import httpx
import pytest

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
    path = requests.collection(identifier)
    assert path == f"/collections/{segment}"
    assert httpx.URL(f"{BASE}{path}").raw_path.decode() == f"/v1{path}"


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_what_cannot_be_an_id_is_not_found(identifier: str) -> None:
    with pytest.raises(MaskoNotFound):
        requests.collection("col_1", reference=identifier)


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


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_limits(purpose: Purpose) -> None:
    timeouts = Timeouts()
    silence = timeouts.silence(purpose)
    assert None not in silence.as_dict().values()
    assert timeouts.whole(purpose) > (silence.read or 0)


def test_kinds_of_calls_are_few() -> None:
    call = Call("DELETE", requests.collection("col_1", reference="ast_1"))
    assert call.kind == "DELETE /collections/:id/references/:id"
