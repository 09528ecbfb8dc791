"""The OpenAPI document says what the server does, in both generations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest
from aiohttp import web

from bot.sandbox.masko import Limit, faults
from bot.sandbox.masko.openapi import DOCUMENT_PATH, document
from bot.sandbox.masko.operations import OPERATIONS
from bot.sandbox.masko.records import Envelope
from bot.sandbox.masko.refusals import KINDS
from tests.sandbox.masko.conftest import Bench, Start

Json = dict[str, Any]
ENVELOPES: tuple[Envelope, ...] = ("current", "older")
BESIDES = {("GET", "/"), ("GET", DOCUMENT_PATH), ("*", "/{path}")}


def declared(described: Json) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}


def resolved(described: Json, part: Json) -> Json:
    """What a `$ref` stands for."""
    while "$ref" in part:
        found: Any = described
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def check(described: Json, answer: httpx.Response, template: str) -> None:
    """Whether an answer of a path is one that the document declares."""
    responses = described["paths"][template][answer.request.method.lower()]["responses"]
    response = resolved(described, responses[str(answer.status_code)])
    for name, header in response["headers"].items():
        if resolved(described, header)["required"]:
            assert name in answer.headers, f"{answer.request.url} has no {name}"
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer.json())


async def every_good_answer(bench: Bench, envelope: Envelope) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Each documented call once, as it goes well, with the path in the document."""
    http, project = bench.http, bench.project_id
    assets = [await bench.upload() for _ in range(2)]
    made = await http.post("collections", json={"project_id": project, "reference_asset_ids": assets[:1]})
    body = made.json()["data"] if envelope == "current" else made.json()
    one, paths = f"collections/{body['id']}", "/v1/collections/{id}"
    yield "/v1/collections", made
    picture = bench.masko.assets[assets[0]].data
    yield "/v1/credits", await http.get("credits")
    yield "/v1/upload", await http.post("upload", files={"file": ("a.png", picture)})
    yield "/v1/projects", await http.get("projects")
    yield "/v1/projects", await http.post("projects", json={"name": "Second"})
    yield "/v1/collections", await http.get("collections")
    yield paths, await http.get(one)
    yield paths, await http.patch(one, json={"slug": "felix"})
    yield f"{paths}/references", await http.post(f"{one}/references", json={"asset_id": assets[1]})
    yield f"{paths}/references/{{asset_id}}", await http.delete(f"{one}/references/{assets[1]}")


@pytest.mark.parametrize("envelope", ENVELOPES)
async def test_every_route_has_a_path_and_every_path_a_route(start: Start, envelope: Envelope) -> None:
    bench = await start(envelope=envelope)
    routes = {
        (route.method, route.resource.canonical)
        for route in bench.masko.application().router.routes()
        if isinstance(route, web.AbstractRoute) and route.resource
    }
    served = (await bench.http.get("openapi.json")).json()
    assert served == document(envelope)
    assert declared(served) == routes - BESIDES
    assert routes >= BESIDES


@pytest.mark.parametrize("delay", [0, 60])
@pytest.mark.parametrize("envelope", ENVELOPES)
async def test_good_answers_are_as_declared(start: Start, envelope: Envelope, delay: float) -> None:
    bench = await start(envelope=envelope, describe_after=delay)
    described, seen = document(envelope), set()
    async for template, answer in every_good_answer(bench, envelope):
        assert answer.is_success, answer.text
        check(described, answer, template)
        seen.add((answer.request.method, template))
    assert seen == declared(described)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
@pytest.mark.parametrize("envelope", ENVELOPES)
async def test_refusals_are_as_declared(start: Start, envelope: Envelope, kind: Any) -> None:
    bench = await start(envelope=envelope, limits=[Limit(1, 60)])
    described = document(envelope)
    answer = await refused(bench, kind.code)
    assert answer.status_code == kind.status
    schema = resolved(described, described["components"]["responses"][kind.code])["content"]
    whole = {**schema["application/json"]["schema"], "components": described["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer.json())
    assert "X-RateLimit-Remaining" in answer.headers
    assert "X-RateLimit-Reset" in answer.headers


async def refused(bench: Bench, code: str) -> httpx.Response:
    """An answer of this kind: by fault where the local Masko never gives it on its own."""
    theirs = bench.masko.add_project("Theirs", "another organisation").id
    if code in {"insufficient_credits", "internal_error"}:
        bench.masko.faults.add("*", faults.BY_NAME[code]())
    if code == "rate_limited":
        await bench.http.get("credits")
    key = {"Authorization": "Bearer none"} if code == "unauthorized" else {}
    asked = {
        "bad_request": "credits?none=1",
        "not_found": "collections/none",
        "forbidden": f"collections?project_id={theirs}",
    }
    return await bench.http.get(asked.get(code, "credits"), headers=key)


def test_each_operation_is_named_once() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


async def test_a_person_finds_the_document_from_the_front_page(bench: Bench) -> None:
    async with httpx.AsyncClient(base_url=bench.http.base_url, trust_env=False) as stranger:
        page = await stranger.get(bench.http.base_url.join("/"))
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.headers["Content-Security-Policy"] == "default-src 'none'"
        assert f'href="{DOCUMENT_PATH}"' in page.text
        assert (
            (await stranger.get(bench.http.base_url.join(DOCUMENT_PATH))).json()["openapi"].startswith("3.1")
        )
    assert bench.inspector.after(0) == []


async def test_without_limits_no_header_is_promised(start: Start) -> None:
    described = (await (await start(limits=())).http.get("openapi.json")).json()
    assert described["components"]["headers"]["X-RateLimit-Remaining"]["required"] is False
