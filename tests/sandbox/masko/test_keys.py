"""Several keys of one Masko: each sees its own things alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.masko.limits import Limit
from tests.sandbox.masko.conftest import Bench, Start, encoded


@pytest.fixture
async def second(bench: Bench) -> AsyncIterator[Bench]:
    """The same Masko through a further key."""
    key = bench.masko.add_key(projects=("Theirs",), credits=7)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=bench.http.base_url, headers=headers, trust_env=False) as http:
        yield Bench(bench.masko, http, bench.inspector, bench.clock)


def own_project(bench: Bench) -> str:
    key = bench.http.headers["Authorization"].removeprefix("Bearer ")
    return next(iter(bench.masko.account(key).projects))


async def test_each_key_has_projects_and_credits_of_its_own(bench: Bench, second: Bench) -> None:
    names = [
        [each["name"] for each in (await each.http.get("projects")).json()["data"]]
        for each in (bench, second)
    ]
    assert names == [["Sandbox"], ["Theirs"]]
    credits = [(await each.http.get("credits")).json()["data"]["credits"] for each in (bench, second)]
    assert credits == [250, 7]
    made = await second.http.post("projects", json={"name": "New"})
    assert made.status_code == 201
    assert len((await bench.http.get("projects")).json()["data"]) == 1


async def test_another_keys_things_are_not_there(bench: Bench, second: Bench) -> None:
    mascot, asset = (await bench.create())["data"]["id"], await bench.upload()
    project = own_project(second)
    tries = [
        await second.http.get(f"collections/{mascot}"),
        await second.http.patch(f"collections/{mascot}", json={"name": "Mine"}),
        await second.http.post(f"collections/{mascot}/references", json={"asset_id": await second.upload()}),
        await second.http.get("collections", params={"project_id": bench.project_id}),
        await second.http.post(
            "collections",
            json={"project_id": bench.project_id, "reference_asset_ids": [await second.upload()]},
        ),
        await second.http.post("collections", json={"project_id": project, "reference_asset_ids": [asset]}),
    ]
    assert [answer.status_code for answer in tries] == [404] * len(tries)
    assert (await second.http.get("collections")).json()["data"] == []
    assert len((await bench.http.get("collections")).json()["data"]) == 1


async def test_each_makes_mascots_of_its_own(bench: Bench, second: Bench) -> None:
    made = await second.http.post(
        "collections",
        json={"project_id": own_project(second), "reference_asset_ids": [await second.upload(encoded())]},
    )
    assert made.status_code == 201
    key = second.http.headers["Authorization"].removeprefix("Bearer ")
    assert list(bench.masko.account(key).collections) == [made.json()["data"]["id"]]
    assert dict(bench.masko.collections) == {}
    bench.masko.delete_collection(made.json()["data"]["id"])
    assert (await second.http.get(f"collections/{made.json()['data']['id']}")).status_code == 404


async def test_a_reset_empties_every_account(bench: Bench, second: Bench) -> None:
    asset = await second.upload()
    bench.masko.reset()
    body = {"project_id": own_project(second), "reference_asset_ids": [asset]}
    assert (await second.http.post("collections", json=body)).status_code == 404


async def test_limits_are_each_keys(start: Start) -> None:
    bench = await start(limits=(Limit(1, 60),))
    headers = {"Authorization": f"Bearer {bench.masko.add_key()}"}
    assert [(await bench.http.get("credits")).status_code for _ in range(2)] == [200, 429]
    assert (await bench.http.get("credits", headers=headers)).status_code == 200


async def test_no_other_key_is_let_in(bench: Bench, second: Bench) -> None:
    for key in ("masko", "masko_" + "0" * 64):
        answer = await bench.http.get("projects", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401
    with pytest.raises(KeyError):
        bench.masko.account("masko_" + "0" * 64)
