"""The control API's calls for faults, conditions, runs and the record: what they do, and what they refuse."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession, FormData

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.recorder import Recording, RecordingError
from tests.sandbox.scenarios.conftest import do, look
from tests.sandbox.slack.conftest import picture

ANA, MASCOTS = "U0ANA000001", "C0MASCOTS01"
FAULT = {"service": "masko", "operation": "create", "fault": "429"}


async def post(page: ClientSession, text: str, **more: str) -> dict[str, Any]:
    form = FormData()
    for name, value in {"as": ANA, "channel": MASCOTS, "text": text, **more}.items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(picture("fox.png").content), filename="fox.png")
    async with page.post("/_control/post", data=form) as response:
        message: dict[str, Any] = (await response.json())["message"]
        return message


async def test_arming_and_clearing(page: ClientSession) -> None:
    status, answer = await do(page, "faults", **FAULT, times=2)
    (armed,) = answer["armed"]
    assert status == 200
    assert (armed["operation"], armed["left"], armed["struck"]) == ("collections.create", 2, 0)
    assert armed["source"]
    _, answer = await do(page, "faults", service="slack", operation="chat.update", fault="slow", times=None)
    assert [each["left"] for each in answer["armed"]] == [None, 2]
    _, answer = await do(page, "faults/clear", id=armed["id"])
    assert [each["id"] for each in answer["armed"]] == ["slack-1"]
    assert await do(page, "faults/clear") == (200, {"armed": []})


async def test_switching(page: ClientSession) -> None:
    _, answer = await do(page, "conditions", name="late-delivery", value=2)
    on = {each["name"]: each["value"] for each in answer["conditions"] if each["on"]}
    assert on == {"late-delivery": 2}
    _, answer = await do(page, "conditions", name="late-delivery", on=False)
    assert not any(each["on"] for each in answer["conditions"])
    told = await look(page, "faults")
    assert {each["service"] for each in told["available"]} == {"masko", "slack"}
    assert told["calls"]["slack"]["post"] == "chat.postMessage"
    assert (told["armed"], len(told["conditions"])) == ([], len(answer["conditions"]))


@pytest.mark.parametrize(
    ("call", "given", "status", "error"),
    [
        ("faults", {**FAULT, "fault": "x"}, 400, "invalid_arguments"),
        ("faults", {**FAULT, "times": 0}, 400, "invalid_arguments"),
        ("faults", {"service": "masko"}, 400, "missing_argument"),
        ("faults/clear", {"id": "masko-9"}, 404, "not_found"),
        ("conditions", {"name": "rain"}, 404, "not_found"),
        ("conditions", {"name": "late-delivery", "value": "x"}, 400, "invalid_arguments"),
        ("reset", {"seed": "people: 3"}, 400, "invalid_arguments"),
        ("reset", {"snapshot": {}}, 400, "invalid_arguments"),
        ("replay", {}, 400, "missing_argument"),
        ("replay", {"recording": {"steps": []}}, 400, "invalid_arguments"),
    ],
)
async def test_what_is_refused(
    page: ClientSession, call: str, given: dict[str, Any], status: int, error: str
) -> None:
    found, answer = await do(page, call, **given)
    assert (found, answer["error"]) == (status, error)
    assert answer["message"]


async def test_foreign_pages_are_kept_out(sandbox: Sandbox) -> None:
    async with ClientSession(base_url=sandbox.page_url) as foreign:
        for call in ("faults", "conditions", "reset", "replay"):
            async with foreign.post(f"/_control/{call}", json={}) as response:
                assert (response.status, (await response.json())["error"]) == (403, "header_missing")
    assert sandbox.controller.recorder.steps == []


async def test_the_page_hears_of_faults_and_resets(page: ClientSession) -> None:
    async with page.get("/_control/events") as stream:
        await stream.content.readuntil(b"\n\n")
        await do(page, "faults", **FAULT)
        await do(page, "reset")
        kinds: list[str] = []
        while "reset" not in kinds:
            line = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
            kinds.append(json.loads(line.removeprefix(b"data: "))["kind"])
    assert kinds[0] == "faults"


async def test_a_run_is_written_down(page: ClientSession, sandbox: Sandbox) -> None:
    message = await post(page, "look")
    await post(page, "and more", thread_ts=message["ts"])
    await do(page, "faults", **FAULT)
    await do(page, "faults", **{**FAULT, "fault": "x"})  # refused, so it was not done
    recording = await look(page, "recording")
    first, second, third = recording["steps"]
    assert (first["n"], first["call"], first["form"]) == (1, "post", True)
    assert first["given"] == {"as": [ANA], "channel": [MASCOTS], "text": ["look"]}
    assert [file["name"] for file in first["files"]] == ["fox.png"]
    assert second["given"]["thread_ts"] == ["{{C0MASCOTS01#1}}"]
    assert (third["call"], third["given"]) == ("faults", FAULT)
    assert first["at"] <= second["at"] <= third["at"]
    assert list(recording["outcome"]["messages"]) == ["C0MASCOTS01#1", "C0MASCOTS01#1/1"]
    assert Recording.read(recording).start == {"seed": recording["start"]["seed"]}
    steps = (await look(page, "steps"))["steps"]
    assert [step["files"] for step in steps] == [["fox.png"], ["fox.png"], []]
    assert await do(page, "reset") == (200, {"ok": True})
    assert sandbox.controller.recorder.steps == []


async def test_a_run_plays_over_the_control_api(page: ClientSession, sandbox: Sandbox) -> None:
    message = await post(page, "look")
    await post(page, "and more", thread_ts=message["ts"])
    recording = await look(page, "recording")
    expected = {"ok": True, "steps": 2, "complete": True, "differences": []}
    assert await do(page, "replay", recording=recording) == (200, expected)
    (again,) = sandbox.slack.channel_messages("mascots")
    assert (again["text"], again["ts"] > message["ts"]) == ("look", True)
    _, answer = await do(page, "replay", recording=recording, until_step=0)
    assert (answer["steps"], sandbox.slack.channel_messages("mascots")) == (0, [])
    status, answer = await do(page, "replay", recording=recording, from_step=9)
    assert (status, answer["message"]) == (400, "the recording has steps 1 to 2")


async def test_one_replay_at_a_time(page: ClientSession, sandbox: Sandbox) -> None:
    await do(page, "conditions", name="cut")
    recording = await look(page, "recording")
    recording["steps"][0]["before"] = {"slack.chat.postMessage": 1}  # which never comes
    playing = asyncio.create_task(do(page, "replay", recording=recording))
    await sandbox.slack.wait_until(lambda: sandbox.controller.recorder.steps == [])
    await asyncio.sleep(0)
    assert (await do(page, "replay", recording=recording))[0] == 409
    assert (await do(page, "reset"))[1]["error"] == "busy"
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing


async def test_programs_can_arm_and_it_is_written_down(sandbox: Sandbox) -> None:
    await sandbox.controller.let("masko.create=429:2")
    await sandbox.controller.let("slack.late-delivery=1")
    assert [(step.call, step.given) for step in sandbox.controller.recorder.steps] == [
        ("faults", {"service": "masko", "operation": "collections.create", "fault": "429", "times": 2}),
        ("conditions", {"name": "late-delivery", "on": True, "value": "1"}),
    ]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({}, "this is no recording: start: Field required"),
        ({"masko_sandbox_recording": 2, "start": {}, "steps": [], "outcome": {}}, "Input should be 1"),
        ("x", "this is no recording: "),
    ],
)
def test_what_is_no_recording(found: Any, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        Recording.read(found)


async def test_seed_and_snapshot_as_files(page: ClientSession, sandbox: Sandbox) -> None:
    async with page.get("/_control/seed") as response:
        assert response.content_type == "application/yaml"
        seed = await response.text()
    assert [person["name"] for person in yaml.safe_load(seed)["people"]][:2] == ["ana", "ben"]
    only_zoe = "people: [{name: zoe}]\nchannels: [{name: foxes, members: [zoe, bot]}]"
    assert (await do(page, "reset", seed=only_zoe))[0] == 200
    assert [channel["name"] for channel in (await look(page, "state"))["channels"]] == ["foxes"]
    await sandbox.slack.post(user="zoe", channel="foxes", text="hi")
    snapshot = await look(page, "snapshot")
    assert (await do(page, "reset"))[0] == 200
    assert sandbox.slack.channel_messages("foxes") == []
    assert (await do(page, "reset", snapshot=snapshot))[0] == 200
    assert [message["text"] for message in sandbox.slack.channel_messages("foxes")] == ["hi"]


async def test_reading_the_record(page: ClientSession, sandbox: Sandbox) -> None:
    message = await post(page, "look")
    thread = f"{MASCOTS}/{message['ts']}"
    (entry,) = (await look(page, "inspector", after="0"))["entries"]
    assert (entry["kind"], entry["thread"]) == ("control", thread)
    told = (await look(page, "timeline", thread=thread))["timeline"]
    assert [bar["n"] for bar in told["bars"]] == [entry["n"]]
    assert (await look(page, "timeline", thread="C1/1.1"))["timeline"] is None
    n = str(entry["n"])
    assert (
        "ANA_POSTS_IN_MASCOTS = {" in (await look(page, f"inspector/{n}/copy", **{"as": "fixture"}))["text"]
    )
    assert (await look(page, f"inspector/{n}/copy", **{"as": "curl"}))["text"] is None
    assert (await look(page, f"inspector/{n}/copy", **{"as": "wget"}))["error"] == "invalid_arguments"
    assert (await look(page, "inspector/999/copy"))["error"] == "not_found"
