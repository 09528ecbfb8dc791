"""Keys, limits, faults, envelopes, lists and the record of it all."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import SANDBOX_API_KEY, Fault, Limit, LocalMasko, faults
from tests.sandbox.masko.conftest import Bench, Start


@pytest.mark.parametrize(
    ("authorization", "finding"),
    [
        ({}, "no 'Authorization"),
        ({"Authorization": SANDBOX_API_KEY}, "no 'Authorization"),
        ({"Authorization": f"Bearer masko_{'0' * 64}"}, "not the sandbox's"),
    ],
)
async def test_only_its_own_key_opens_it(bench: Bench, authorization: dict[str, str], finding: str) -> None:
    async with httpx.AsyncClient(base_url=bench.http.base_url, trust_env=False) as stranger:
        answer = await stranger.get("projects", headers=authorization)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert "X-RateLimit-Remaining" in answer.headers
    assert finding in bench.findings()[0]


async def test_a_key_that_is_no_text_is_no_key(bench: Bench) -> None:
    answer = await bench.http.get("projects", headers={b"Authorization": b"Bearer \xff"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_a_key_of_another_form_is_no_key() -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        LocalMasko(api_key="masko_test", inspector=Inspector())


async def test_limits_count_down_refuse_and_reset(start: Start) -> None:
    bench = await start(limits=[Limit(3, 60), Limit(100, 3600)])
    answers = [await bench.http.get("credits") for _ in range(4)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["code"] == "rate_limited"
    assert answers[3].headers["Retry-After"] == answers[3].headers["X-RateLimit-Reset"] == "60"
    assert bench.findings() == ["More than 3 calls in 60 s."]
    bench.clock.now += 60
    again = await bench.http.get("credits")
    assert (again.status_code, again.headers["X-RateLimit-Remaining"]) == (200, "2")


async def test_reset_may_be_an_epoch_and_limits_none(bench: Bench) -> None:
    bench.masko.budget.reset_as = "epoch"
    reset = int((await bench.http.get("credits")).headers["X-RateLimit-Reset"])
    assert abs(reset - time.time() - 60) < 5
    bench.masko.budget.limits = ()
    assert "X-RateLimit-Reset" not in (await bench.http.get("credits")).headers


async def test_a_refused_call_by_fault_comes_as_often_as_said(bench: Bench) -> None:
    bench.masko.faults.add("credits", faults.rate_limited(retry_after=1.5), times=2)
    assert bench.masko.faults.waiting() == {"credits": ["429 rate_limited"] * 2}
    answers = [await bench.http.get(path) for path in ("projects", "credits", "credits", "credits")]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "1.5"
    assert bench.findings() == []
    assert bench.masko.calls == {"projects.list": 1, "credits": 3}


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (faults.internal_error(), 500, {"code": "internal_error"}),
        (faults.unauthorized(), 401, {"code": "unauthorized"}),
        (faults.forbidden(), 403, {"code": "forbidden"}),
        (faults.not_found(), 404, {"code": "not_found"}),
        (
            faults.insufficient_credits(9, 2),
            402,
            {"code": "insufficient_credits", "required": 9, "balance": 2},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
async def test_refusals(bench: Bench, fault: Fault, status: int, error: dict[str, object]) -> None:
    bench.masko.faults.add("*", fault)
    answer = await bench.http.post("projects", json={"name": "Second"})
    assert answer.status_code == status
    assert error.items() <= answer.json()["error"].items()
    assert len(bench.masko.projects) == 1
    assert bench.inspector.after(0)[0].response["fault"] == fault.name


@pytest.mark.parametrize(
    ("fault", "status", "body"), [(faults.proxy_page(), 502, "<html>"), (faults.proxy_silence(), 503, "")]
)
async def test_proxies_speak_no_json(bench: Bench, fault: Fault, status: int, body: str) -> None:
    bench.masko.faults.add("projects.list", fault)
    answer = await bench.http.get("projects")
    assert answer.status_code == status
    assert answer.text[:6] == body
    assert "X-RateLimit-Remaining" not in answer.headers


@pytest.mark.parametrize(("fault", "effect"), [(faults.answer_lost(), 1), (faults.dropped(), 0)])
async def test_connections_break_after_the_effect_or_before(bench: Bench, fault: Fault, effect: int) -> None:
    asset_id = await bench.upload()
    bench.masko.faults.add("collections.create", fault)
    body = {"project_id": bench.project_id, "reference_asset_ids": [asset_id]}
    with pytest.raises(httpx.TransportError):
        await bench.http.post("collections", json=body)
    assert len(bench.masko.collections) == effect
    assert (await bench.http.get("projects")).status_code == 200


async def test_an_upload_may_break_as_well(bench: Bench) -> None:
    bench.masko.faults.add("upload", faults.dropped())
    with pytest.raises(httpx.TransportError):
        await bench.upload()
    assert await bench.upload() in bench.masko.assets


async def test_a_late_answer_is_still_an_answer(bench: Bench) -> None:
    bench.masko.faults.add("projects.list", faults.delay(0.05))
    assert (await bench.http.get("projects")).status_code == 200
    assert (bench.inspector.after(0)[0].ms or 0) >= 50


def test_every_fault_has_a_name_to_switch_it_on_by() -> None:
    made = {name: make() for name, make in faults.BY_NAME.items()}
    assert all(isinstance(fault, Fault) for fault in made.values())
    assert {"answer_lost", "rate_limited", "proxy_page"} <= set(made)


async def test_lists_come_in_pages(start: Start) -> None:
    bench = await start(page_limit=2)
    made = [(await bench.create(name=f"Fox {n}"))["data"]["id"] for n in range(3)]
    first = (await bench.http.get("collections", params={"project_id": bench.project_id, "limit": 50})).json()
    assert first["meta"] == {"pagination": {"total": 3, "limit": 2, "offset": 0, "has_more": True}}
    rest = (await bench.http.get("collections", params={"offset": 2})).json()
    assert rest["meta"]["pagination"] == {"total": 3, "limit": 2, "offset": 2, "has_more": False}
    assert [each["id"] for each in first["data"] + rest["data"]] == made[::-1]
    assert set(first["data"][0]) == {
        "id",
        "project_id",
        "name",
        "type",
        "is_published",
        "public_slug",
        "created_at",
    }


async def test_a_query_where_none_is_known(bench: Bench) -> None:
    answer = await bench.http.get("credits?of=me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=many", "limit=1.0", "limit=1&limit=2", "offset=-1", "page=2"]
)
async def test_a_query_that_is_none(bench: Bench, query: str) -> None:
    assert (await bench.http.get(f"collections?{query}")).status_code == 400
    assert (await bench.http.get(f"projects?{query}")).status_code == 400


async def test_projects_one_several_none(start: Start) -> None:
    none = await start(projects=())
    assert (await none.http.get("projects")).json()["data"] == []
    made = await none.http.post("projects", json={"name": "Ours"})
    assert (made.status_code, made.json()["data"]["name"]) == (201, "Ours")
    several = await start(projects=("Ours", "Ours too"))
    several.masko.add_project("Theirs", "another organisation")
    listed = (await several.http.get("projects")).json()
    assert [each["name"] for each in listed["data"]] == ["Ours", "Ours too"]
    assert listed["meta"]["pagination"]["total"] == 2
    assert set(listed["data"][0]) == {"id", "name", "organization_id", "created_at", "updated_at"}


async def test_the_older_envelope(start: Start) -> None:
    bench = await start(envelope="older", projects=("Ours",))
    made = await bench.create()
    [asset_id] = made["config"]["reference_asset_ids"]
    assert (made["id"][:4], asset_id[:4], bench.project_id[:4]) == ("col_", "ast_", "prj_")
    assert (made["description"], "prompt" in made["config"]) == ("An orange character.", False)
    assert (made["public_slug"], "slug" in made) == (None, False)
    assert [each["id"] for each in (await bench.http.get("collections")).json()["collections"]] == [
        made["id"]
    ]
    assert list((await bench.http.get("projects")).json()) == ["projects"]
    assert (await bench.http.get("credits")).json() == {"balance": 250}
    bench.masko.faults.add("credits", faults.insufficient_credits(21, 5))
    broke = await bench.http.get("credits")
    assert broke.json() == {"error": "Insufficient credits", "required": 21, "available": 5}


@pytest.mark.parametrize("call", [("GET", "jobs"), ("PUT", "projects"), ("GET", "upload"), ("GET", "../v2")])
async def test_undocumented_paths(bench: Bench, call: tuple[str, str]) -> None:
    answer = await bench.http.request(*call)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert bench.findings() == ["No documented call has this method and path."]


async def test_reset_forgets_all_but_the_projects(bench: Bench) -> None:
    await bench.create()
    bench.masko.faults.add("credits", faults.internal_error())
    bench.masko.reset()
    kept = (bench.masko.collections, bench.masko.assets, bench.masko.calls)
    assert [len(each) for each in kept] == [0, 0, 0]
    answer = await bench.http.get("credits")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "59")


@pytest.mark.parametrize("make", faults.BY_NAME.values(), ids=faults.BY_NAME)
def test_a_fault_says_in_a_few_words_what_happens(make: Callable[[], Fault]) -> None:
    assert 4 <= len(make().name) <= 40
