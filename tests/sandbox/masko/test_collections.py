"""Mascots from creation to rename: the documented shapes, and every refusal."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.masko.conftest import Bench, Start, encoded

SOMEBODY_ELSES = "another organisation"


async def test_one_reference_makes_a_described_mascot(bench: Bench) -> None:
    asset_id = await bench.upload()
    body = {"project_id": bench.project_id, "reference_asset_ids": [asset_id]}
    answer = await bench.http.post("collections", json=body)
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert set(made) == {
        "id",
        "name",
        "type",
        "project_id",
        "slug",
        "config",
        "created_at",
        "updated_at",
    }
    assert (made["name"], made["type"], made["project_id"]) == (
        "Rusty the Round",
        "mascot",
        bench.project_id,
    )
    assert made["config"] == {
        "prompt": "An orange character.",
        "reference_asset_ids": [asset_id],
        "style_card": None,
    }
    assert (await bench.http.get(f"collections/{made['id']}")).json() == answer.json()


async def test_what_is_given_is_not_detected(bench: Bench) -> None:
    made = (await bench.create(name="Felix", prompt="A fox."))["data"]
    assert (made["name"], made["config"]["prompt"]) == ("Felix", "A fox.")
    older = (await bench.create(description="A fox, once more."))["data"]
    assert older["config"]["prompt"] == "A fox, once more."


async def test_the_vision_may_take_its_time(start: Start) -> None:
    bench = await start(describe_after=3)
    made = (await bench.create())["data"]
    assert (made["name"], made["config"]["prompt"]) == (None, None)
    bench.clock.now += 3
    read = (await bench.http.get(f"collections/{made['id']}")).json()["data"]
    assert (read["name"], read["config"]["prompt"]) == ("Rusty the Round", "An orange character.")


async def test_a_rename_before_the_vision_is_done_stays(start: Start) -> None:
    bench = await start(describe_after=3)
    made = (await bench.create())["data"]
    await bench.http.patch(f"collections/{made['id']}", json={"name": "Felix"})
    bench.clock.now += 3
    read = (await bench.http.get(f"collections/{made['id']}")).json()["data"]
    assert (read["name"], read["config"]["prompt"]) == ("Felix", "An orange character.")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"project_id": None}, "project_id: Input should be a valid string"),
        ({"project_id": 7}, "project_id: Input should be a valid string"),
        ({"project_id": " "}, "project_id: String should have at least 1 character"),
        ({"reference_asset_ids": []}, "give reference_asset_ids or reference_image_urls"),
        ({"reference_asset_ids": "one"}, "reference_asset_ids: Input should be a valid list"),
        ({"reference_asset_ids": [1]}, "reference_asset_ids.0: Input should be a valid string"),
        ({"referenceAssetIds": []}, "referenceAssetIds: Extra inputs are not permitted"),
        ({"name": None}, "name: Input should be a valid string"),
        ({"prompt": "a", "description": "b"}, "give prompt or description, not both"),
        ({"reference_image_urls": ["ftp://127.0.0.1/a.png"]}, "not an http or https URL"),
    ],
)
async def test_what_no_document_shows_is_refused(bench: Bench, fields: dict[str, Any], words: str) -> None:
    body = {"project_id": bench.project_id, "reference_asset_ids": [await bench.upload()], **fields}
    answer = await bench.http.post("collections", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"
    assert words in answer.json()["error"]["message"]
    assert words in bench.findings()[-1]
    assert not bench.masko.collections


@pytest.mark.parametrize(
    ("content", "content_type", "words"),
    [
        (b"{}", "text/plain", "Content-Type must be application/json, not text/plain."),
        (b"{", "application/json", "The body is not JSON"),
        (b"[]", "application/json", "The body must be a JSON object."),
    ],
)
async def test_only_a_json_object_is_a_body(
    bench: Bench, content: bytes, content_type: str, words: str
) -> None:
    answer = await bench.http.post("collections", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


async def test_unknown_and_foreign_things(bench: Bench) -> None:
    nowhere = str(uuid.uuid4())
    foreign = bench.masko.add_project("Theirs", SOMEBODY_ELSES).id
    asset_id = await bench.upload()
    for body, status in (
        ({"project_id": nowhere, "reference_asset_ids": [asset_id]}, 404),
        ({"project_id": foreign, "reference_asset_ids": [asset_id]}, 403),
        ({"project_id": bench.project_id, "reference_asset_ids": [nowhere]}, 404),
    ):
        assert (await bench.http.post("collections", json=body)).status_code == status
    for path in (f"collections/{nowhere}", f"collections?project_id={nowhere}"):
        answer = await bench.http.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = await bench.http.get(f"collections?project_id={foreign}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert bench.findings() == []


async def test_six_references_and_no_more(bench: Bench) -> None:
    made = (await bench.create(references=6))["data"]
    answer = await bench.http.post(
        f"collections/{made['id']}/references", json={"asset_id": await bench.upload()}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "A collection has at most 6 references."
    ids = [await bench.upload() for _ in range(7)]
    body = {"project_id": bench.project_id, "reference_asset_ids": ids}
    assert (await bench.http.post("collections", json=body)).status_code == 400
    assert len(bench.findings()) == 2


async def test_the_same_asset_twice_is_refused(bench: Bench) -> None:
    made = (await bench.create())["data"]
    [asset_id] = made["config"]["reference_asset_ids"]
    again = await bench.http.post(f"collections/{made['id']}/references", json={"asset_id": asset_id})
    body = {"project_id": bench.project_id, "reference_asset_ids": [asset_id, asset_id]}
    twice = await bench.http.post("collections", json=body)
    assert (again.status_code, twice.status_code) == (400, 400)
    assert "already a reference" in again.json()["error"]["message"]


async def test_changed_references_clear_the_style_card(bench: Bench) -> None:
    made = (await bench.create())["data"]
    collection = bench.masko.collections[made["id"]]
    added = await bench.upload()
    for method, path, json in (
        ("POST", f"collections/{made['id']}/references", {"asset_id": added}),
        ("DELETE", f"collections/{made['id']}/references/{added}", None),
    ):
        collection.style_card = {"style": "flat"}
        answer = await bench.http.request(method, path, json=json)
        assert answer.is_success
        assert answer.json()["data"]["config"]["style_card"] is None
    assert collection.reference_asset_ids == made["config"]["reference_asset_ids"]
    assert (await bench.http.delete(f"collections/{made['id']}/references/{added}")).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"asset_id": "a", "url": "http://127.0.0.1/a"}, {"asset_id": ""}, {"id": "a"}]
)
async def test_a_reference_is_an_asset_or_a_link(bench: Bench, body: dict[str, str]) -> None:
    made = (await bench.create())["data"]
    answer = await bench.http.post(f"collections/{made['id']}/references", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_name_prompt_and_slug_change(bench: Bench) -> None:
    made = (await bench.create())["data"]
    changes = {"name": "Felix", "prompt": "A fox.", "slug": "felix-the-fox"}
    answer = await bench.http.patch(f"collections/{made['id']}", json=changes)
    changed = answer.json()["data"]
    assert (changed["name"], changed["slug"], changed["config"]["prompt"]) == (
        "Felix",
        "felix-the-fox",
        "A fox.",
    )
    assert changed["config"]["reference_asset_ids"] == made["config"]["reference_asset_ids"]


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"slug": "No Slug"}, {"config": {"prompt": "A fox."}}])
async def test_changes_that_are_none(bench: Bench, body: dict[str, Any]) -> None:
    made = (await bench.create())["data"]
    answer = await bench.http.patch(f"collections/{made['id']}", json=body)
    assert answer.status_code == 400


async def test_a_slug_belongs_to_one(bench: Bench) -> None:
    one, other = (await bench.create())["data"], (await bench.create())["data"]
    assert (await bench.http.patch(f"collections/{one['id']}", json={"slug": "fox"})).status_code == 200
    assert (await bench.http.patch(f"collections/{other['id']}", json={"slug": "fox"})).status_code == 400


async def test_a_deleted_mascot_is_unknown(bench: Bench) -> None:
    made = (await bench.create())["data"]
    bench.masko.delete_collection(made["id"])
    assert (await bench.http.get(f"collections/{made['id']}")).status_code == 404


async def test_references_by_link_come_from_allowed_origins_alone(start: Start) -> None:
    there = await start()
    asset = {"file": ("fox.webp", encoded("WEBP"))}
    assert (await there.http.post("upload", files=asset)).is_success
    here = await start(fetch_from=["http://127.0.0.1:1"])
    made = (await here.create())["data"]
    for url, words in (
        (str(there.http.base_url.join("upload")), "reaches no outside address"),
        ("http://127.0.0.1:1/fox.png", "could not be fetched"),
    ):
        answer = await here.http.post(f"collections/{made['id']}/references", json={"url": url})
        assert answer.status_code == 400
        assert words in answer.json()["error"]["message"]
    assert here.findings() == []
