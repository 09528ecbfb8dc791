"""Masko's documentation sentence by sentence: what each says of a call is what the local Masko does.

The shapes of answers are in `test_document`, the refusals of what no page shows in `test_collections`.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.masko import Limit, faults
from bot.sandbox.masko.limits import DOCUMENTED
from tests.sandbox.masko.conftest import Bench, Start, encoded

Json = dict[str, Any]
Check = Callable[[Bench], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def sentence(words: str) -> Callable[[Check], Check]:
    """Enters a check under what it shows."""

    def enter(check: Check) -> Check:
        assert words not in CHECKS
        CHECKS[words] = check
        return check

    return enter


async def data(answer: httpx.Response) -> Json:
    assert answer.is_success, answer.text
    found: Json = answer.json()["data"]
    return found


@sentence("an upload answers with the asset's id, a UUID")
async def _(bench: Bench) -> None:
    answer = await bench.http.post("upload", files={"file": ("a.png", encoded())})
    assert set(await data(answer)) == {"asset_id"}
    uuid.UUID(answer.json()["data"]["asset_id"])


@sentence("an upload by link is fetched by Masko and answers the same")
async def _(bench: Bench) -> None:
    async with TestServer(pictures(), host="127.0.0.1") as server:
        bench.masko.links.own.add(str(server.make_url("/")))
        answer = await bench.http.post("upload", json={"url": str(server.make_url("/a.png"))})
    assert set(await data(answer)) == {"asset_id"}


@sentence("a collection may be made of assets and links together")
async def _(bench: Bench) -> None:
    asset_id = await bench.upload()
    async with TestServer(pictures(), host="127.0.0.1") as server:
        bench.masko.links.own.add(str(server.make_url("/")))
        body = {
            "project_id": bench.project_id,
            "reference_asset_ids": [asset_id],
            "reference_image_urls": [str(server.make_url("/a.png"))],
        }
        made = await data(await bench.http.post("collections", json=body))
    assert made["config"]["reference_asset_ids"][0] == asset_id
    assert len(made["config"]["reference_asset_ids"]) == 2


@sentence("the analysis of the image is free, and no prompt needs to be given")
async def _(bench: Bench) -> None:
    before = (await data(await bench.http.get("credits")))["credits"]
    made = (await bench.create())["data"]
    assert made["name"]
    assert made["config"]["prompt"]
    assert (await data(await bench.http.get("credits")))["credits"] == before


@sentence("name and prompt may be in the answer to the creation, or come later")
async def _(bench: Bench) -> None:
    bench.masko.describe_after = 5
    made = (await bench.create())["data"]
    assert (made["name"], made["config"]["prompt"]) == (None, None)
    bench.clock.now += 5
    read = await data(await bench.http.get(f"collections/{made['id']}"))
    assert (read["name"], read["config"]["prompt"]) == ("Rusty the Round", "An orange character.")


@sentence("there is no style card before the first generation")
async def _(bench: Bench) -> None:
    assert (await bench.create())["data"]["config"]["style_card"] is None


@sentence("adding and removing a reference clear the style card; renaming does not")
async def _(bench: Bench) -> None:
    made, spare = (await bench.create())["data"], await bench.upload()
    collection, path = bench.masko.collections[made["id"]], f"collections/{made['id']}"
    for method, what, body, cleared in (
        ("PATCH", path, {"name": "Felix"}, False),
        ("POST", f"{path}/references", {"asset_id": spare}, True),
        ("DELETE", f"{path}/references/{spare}", None, True),
    ):
        collection.style_card = {"style": "flat"}
        changed = await data(await bench.http.request(method, what, json=body))
        assert (changed["config"]["style_card"] is None) == cleared


@sentence("a removed reference is gone, and the asset is not: it may be added again")
async def _(bench: Bench) -> None:
    made = (await bench.create(references=2))["data"]
    path, (first, second) = f"collections/{made['id']}/references", made["config"]["reference_asset_ids"]
    assert (await data(await bench.http.delete(f"{path}/{first}")))["config"]["reference_asset_ids"] == [
        second
    ]
    again = await data(await bench.http.post(path, json={"asset_id": first}))
    assert again["config"]["reference_asset_ids"] == [second, first]


@sentence("a collection holds six references, and the seventh is a bad request")
async def _(bench: Bench) -> None:
    made = (await bench.create(references=6))["data"]
    more = {"asset_id": await bench.upload()}
    answer = await bench.http.post(f"collections/{made['id']}/references", json=more)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@sentence("a list shows fifty entries and says whether there are more")
async def _(bench: Bench) -> None:
    bench.masko.budget.limits = ()
    for n in range(51):
        bench.masko.add_project(f"Project {n}")
    first = (await bench.http.get("projects")).json()
    assert len(first["data"]) == 50
    assert first["meta"]["pagination"] == {"total": 52, "limit": 50, "offset": 0, "has_more": True}
    rest = (await bench.http.get("projects?offset=50")).json()
    assert len(rest["data"]) == 2
    assert rest["meta"]["pagination"]["has_more"] is False


@sentence("the same creation twice makes two collections, whatever key comes with it")
async def _(bench: Bench) -> None:
    body = {"project_id": bench.project_id, "reference_asset_ids": [await bench.upload()]}
    key = {"Idempotency-Key": "once"}
    one, two = [await data(await bench.http.post("collections", json=body, headers=key)) for _ in "12"]
    assert one["id"] != two["id"]
    assert len(bench.masko.collections) == 2


@sentence("too few credits are 402, with what is required and what is there")
async def _(bench: Bench) -> None:
    bench.masko.faults.add("collections.create", faults.insufficient_credits(21, 5))
    answer = await bench.http.post("collections", json={})
    assert answer.status_code == 402
    error = answer.json()["error"]
    assert (error["code"], error["required"], error["balance"]) == ("insufficient_credits", 21, 5)


@sentence("the sixty-first call of a minute is 429, and tells when to come back")
async def _(bench: Bench) -> None:
    assert (Limit(60, 60), Limit(1000, 3600)) == DOCUMENTED
    answers = [await bench.http.get("credits") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert [int(each.headers["X-RateLimit-Remaining"]) for each in answers] == [*range(59, -1, -1), 0]
    assert int(answers[-1].headers["Retry-After"]) == 60


@sentence("the unit of the reset is not told: it may be seconds or an epoch")
async def _(bench: Bench) -> None:
    assert int((await bench.http.get("credits")).headers["X-RateLimit-Reset"]) == 60
    bench.masko.budget.reset_as = "epoch"
    assert int((await bench.http.get("credits")).headers["X-RateLimit-Reset"]) > 10**9


@sentence("an id is opaque: one of an older kind stays good")
async def _(bench: Bench) -> None:
    bench.masko.envelope = "older"
    older = await bench.create()
    assert older["id"].startswith("col_")
    bench.masko.envelope = "current"
    assert (await data(await bench.http.get(f"collections/{older['id']}")))["id"] == older["id"]


@sentence("a proxy in front answers 5xx in HTML, or with nothing")
async def _(bench: Bench) -> None:
    for fault, beginning in ((faults.proxy_page(), "<html>"), (faults.proxy_silence(), "")):
        bench.masko.faults.add("*", fault)
        answer = await bench.http.get("projects")
        assert answer.status_code in {502, 503}
        assert answer.text[:6] == beginning


@sentence("generating, its jobs and suggested actions are not here")
async def _(bench: Bench) -> None:
    made = (await bench.create())["data"]
    for method, path in (
        ("POST", f"collections/{made['id']}/suggest-actions"),
        ("POST", f"collections/{made['id']}/generate"),
        ("GET", "jobs/1?wait=true"),
    ):
        answer = await bench.http.request(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def pictures() -> web.Application:
    """A site with one picture under any name."""

    async def picture(request: web.Request) -> web.Response:
        return web.Response(body=encoded(), content_type="image/png")

    application = web.Application()
    application.router.add_get("/{name}", picture)
    return application


@pytest.mark.parametrize("words", CHECKS)
async def test_what_the_pages_say(bench: Bench, words: str) -> None:
    await CHECKS[words](bench)


async def test_older_pages_show_other_envelopes(start: Start) -> None:
    bench = await start(envelope="older")
    made = await bench.create(prompt="A fox.")
    await bench.http.patch(f"collections/{made['id']}", json={"slug": "felix"})
    read = (await bench.http.get(f"collections/{made['id']}")).json()
    assert (read["description"], read["public_slug"], read["type"]) == ("A fox.", "felix", "mascot")
    assert list((await bench.http.get("collections")).json()) == ["collections"]
    assert list((await bench.http.get("projects")).json()) == ["projects"]
    assert (await bench.http.get("collections/none")).json() == {"error": "No collection none."}
