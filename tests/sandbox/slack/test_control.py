"""The control API that the page lives on."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, entered, modal
from tests.sandbox.slack.paging import form, read, write
from tests.sandbox.slack.robot import Robot

ANA = "U0ANA000001"
MASCOTS = "C0MASCOTS01"


async def test_state(page: ClientSession) -> None:
    state = await read(page, "state")
    assert state["team"]["name"] == "Sandbox Studio"
    assert state["app"]["home_tab"] is True
    assert [person["name"] for person in state["people"]] == ["ana", "ben", "chris", "gil", "noor", "masko"]
    kinds = [channel["kind"] for channel in state["channels"]]
    assert kinds == ["channel", "channel", "channel", "private", "im", "mpim"]
    assert state["channels"][4]["user"] == ANA
    assert [person["name"] for person in state["people"] if person["is_restricted"]] == ["gil"]
    assert [channel["name"] for channel in state["channels"] if channel["is_ext_shared"]] == ["northwind"]
    assert state["commands"][0] == {"command": "/masko", "description": "Mascots", "usage_hint": "help"}
    assert [(each["callback_id"], each["type"]) for each in state["shortcuts"]] == [
        ("add", "message"),
        ("new", "global"),
    ]
    assert state["bot_connected"] is False
    assert isinstance(state["samples"], list)


async def test_posting_with_files(page: ClientSession, slack: LocalSlack, png: NewFile) -> None:
    data = form(as_=ANA, channel=MASCOTS, text="look", alt="a red fox")
    for name in ("a.png", "b.png"):
        data.add_field("file", io.BytesIO(png.content), filename=name)
    async with page.post("/_control/post", data=data) as response:
        message = (await response.json())["message"]
    assert message == slack.channel_messages("mascots")[0]
    assert [file["name"] for file in message["files"]] == ["a.png", "b.png"]
    assert [file.get("alt_txt") for file in message["files"]] == ["a red fox", None]
    async with page.get(f"/_control/file/{message['files'][0]['id']}") as response:
        assert await response.read() == png.content
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


async def test_every_sample_can_be_seen_and_posted(page: ClientSession) -> None:
    samples = (await read(page, "state"))["samples"]
    assert samples
    for sample in samples:
        async with page.get(sample["url"]) as response:
            assert response.content_type.startswith("image/")
        async with page.post(
            "/_control/post", data=form(as_=ANA, channel=MASCOTS, sample=sample["name"])
        ) as response:
            [file] = (await response.json())["message"]["files"]
        assert sample["file"].endswith(file["name"])
    wrong = form(as_=ANA, channel=MASCOTS, sample="nobody")
    async with page.post("/_control/post", data=wrong) as response:
        assert (await response.json())["error"] == "not_found"


async def test_reading_channels_and_threads(
    page: ClientSession, client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="root"))["ts"]
    data = form(as_=ANA, channel=MASCOTS, text="both", thread_ts=root, broadcast="1")
    await page.post("/_control/post", data=data)
    await client.chat_postEphemeral(channel=MASCOTS, user=ANA, text="psst")
    found = await read(page, "messages", channel=MASCOTS, **{"as": ANA})
    assert [message["text"] for message in found["messages"]] == ["root", "both", "psst"]
    found = await read(page, "messages", channel=MASCOTS, thread_ts=root, **{"as": "ben"})
    assert [message["text"] for message in found["messages"]] == ["root", "both"]


@pytest.mark.parametrize(
    ("path", "given", "status", "error"),
    [
        ("action", {"as": ANA, "channel": MASCOTS, "message_ts": "1.1", "action_id": "x"}, 404, "not_found"),
        ("action", {"as": ANA}, 400, "missing_argument"),
        ("view/submit", {"as": ANA, "view_id": "V1", "values": {}}, 404, "not_found"),
        ("view/close", {"as": "zoe", "view_id": "V1"}, 404, "not_found"),
    ],
)
async def test_errors_are_json(
    page: ClientSession, path: str, given: dict[str, Any], status: int, error: str
) -> None:
    found, answer = await write(page, path, **given)
    assert (found, answer["error"]) == (status, error)
    assert answer["message"]


async def test_posting_where_one_is_not(page: ClientSession) -> None:
    data = form(as_="U0BEN000002", channel="C0SECRET004", text="x")
    async with page.post("/_control/post", data=data) as response:
        assert (response.status, (await response.json())["error"]) == (403, "not_in_channel")


async def test_foreign_pages_are_kept_out(page: ClientSession, sandbox: Sandbox) -> None:
    async with page.get("/_control/state", headers={"Host": "evil.example"}) as response:
        assert (await response.json())["error"] == "wrong_host"
    async with page.get("/", headers={"Host": "evil.example"}) as response:
        assert response.status == 403
    async with (
        ClientSession(base_url=sandbox.page_url) as foreign,
        foreign.post("/_control/post", data={"as": ANA}) as response,
    ):
        assert (await response.json())["error"] == "header_missing"


async def test_the_page_comes_under_a_strict_policy(page: ClientSession) -> None:
    async with page.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    for wrong in ("/static/..%2Fsandbox.py", "/static/nothing.js", "/static/.hidden"):
        async with page.get(wrong) as response:
            assert response.status == 404


async def test_pressing_and_modals(
    page: ClientSession, client: AsyncWebClient, slack: LocalSlack, sandbox: Sandbox
) -> None:
    slack.directory.app.events = frozenset()
    posted = await client.chat_postMessage(
        channel=MASCOTS, text="x", blocks=[actions(button(), block_id="b")]
    )
    press = {"as": ANA, "channel": MASCOTS, "message_ts": posted["ts"], "block_id": "b", "action_id": "go"}
    async with Robot(sandbox) as robot:
        await robot.receive()
        pressing = asyncio.create_task(write(page, "action", **press))
        envelope = await robot.receive()
        await robot.ack(envelope)
        assert await pressing == (200, {"ok": True})
        await client.views_open(trigger_id=envelope["payload"]["trigger_id"], view=modal())
        view = (await read(page, "view", **{"as": ANA}))["view"]
        submit = {"as": ANA, "view_id": view["id"]}
        status, answer = await write(page, "view/submit", **submit, values={})
        assert (status, answer["ok"], list(answer["errors"])) == (200, False, ["name"])
        submitting = asyncio.create_task(write(page, "view/submit", **submit, values=entered("Felix")))
        await robot.ack(await robot.receive())
        assert await submitting == (200, {"ok": True, "view": None})


async def test_trouble_is_told(page: ClientSession, client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    trigger_id = slack.workspace.triggers.issue(ANA)
    view = modal(actions(button()))
    view_id = (await client.views_open(trigger_id=trigger_id, view=view))["view"]["id"]
    trouble = {"error": "timeout", "message": "We had some trouble connecting. Try again?"}
    assert await write(page, "action", view_id=view_id, action_id="go", **{"as": ANA}) == (504, trouble)
    assert await write(page, "view/submit", view_id=view_id, values={}, **{"as": ANA}) == (504, trouble)
    assert await write(page, "view/close", view_id=view_id, **{"as": ANA}) == (
        200,
        {"ok": True, "view": None},
    )


async def test_the_inspector_hides_secrets(
    page: ClientSession, client: AsyncWebClient, sandbox: Sandbox
) -> None:
    await client.chat_postMessage(channel=MASCOTS, text=sandbox.bot_token)
    entries = (await read(page, "inspector", after="0"))["entries"]
    assert [entry["title"] for entry in entries] == ["chat.postMessage"]
    assert sandbox.bot_token not in json.dumps(entries)
    assert (await read(page, "inspector", after=str(entries[-1]["n"])))["entries"] == []


async def test_changes_are_streamed(page: ClientSession, client: AsyncWebClient, slack: LocalSlack) -> None:
    async with page.get("/_control/events") as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
        await client.chat_postMessage(channel=MASCOTS, text="reply", thread_ts=root)
        seen: list[dict[str, Any]] = []
        while len(seen) < 5:
            line = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
            seen.append(json.loads(line.removeprefix(b"data: ")))
    assert [change["kind"] for change in seen] == [
        *("inspector", "message", "message", "message_changed", "inspector")
    ]
    assert seen[3]["message"]["reply_count"] == 1
    assert [change["seq"] for change in seen] == list(range(1, 6))
