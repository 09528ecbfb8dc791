"""The control calls for everything that people do."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, modal, text_input
from tests.sandbox.slack.paging import form, read, write
from tests.sandbox.slack.robot import Robot

ANA, BEN, BOT = "U0ANA000001", "U0BEN000002", "U0MASKOBOT1"
MASCOTS, BRAND = "C0MASCOTS01", "C0BRAND0002"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    """A bot that hears of commands and interactions only."""
    sandbox.slack.directory.app.events = frozenset()
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def answered(robot: Robot, doing: Any, answer: Any = None) -> tuple[Any, dict[str, Any]]:
    """Acknowledge what comes of a control call: its outcome and the payload."""
    task = asyncio.create_task(doing)
    envelope = await robot.receive()
    await robot.ack(envelope, answer)
    return await task, envelope["payload"]


async def test_commands(page: ClientSession, robot: Robot, slack: LocalSlack) -> None:
    call = write(page, "command", **{"as": ANA}, channel=MASCOTS, command="/masko", text="list")
    outcome, payload = await answered(robot, call, {"text": "here"})
    assert outcome == (200, {"ok": True})
    assert payload["text"] == "list"
    assert slack.channel_messages("mascots", "ana")[0]["text"] == "here"
    in_thread = write(
        page, "command", **{"as": ANA}, channel=MASCOTS, command="/masko", text="", thread_ts="1.1"
    )
    assert await in_thread == (
        400,
        {"error": "not_in_threads", "message": "/masko is not supported in threads. Sorry!"},
    )
    unknown = await write(page, "command", **{"as": ANA}, channel=MASCOTS, command="/x", text="")
    assert unknown[1] == {"error": "not_found", "message": "/x is not a valid command"}


async def test_a_command_that_times_out(page: ClientSession, robot: Robot, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.05
    status, answer = await write(page, "command", **{"as": ANA}, channel=MASCOTS, command="/masko")
    assert (status, answer["error"]) == (504, "timeout")
    assert answer["message"] == '/masko failed with the error "operation_timeout"'


async def test_shortcuts(page: ClientSession, robot: Robot, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ben", channel="mascots", text="look"))["ts"]
    call = write(page, "shortcut", **{"as": ANA}, callback_id="add", channel=MASCOTS, message_ts=ts)
    outcome, payload = await answered(robot, call)
    assert outcome == (200, {"ok": True})
    assert payload["message"]["text"] == "look"
    outcome, payload = await answered(robot, write(page, "shortcut", **{"as": ANA}, callback_id="new"))
    assert (outcome[0], payload["type"]) == (200, "shortcut")
    assert (await write(page, "shortcut", **{"as": ANA}, callback_id="x"))[0] == 404


async def test_editing_deleting_and_reacting(page: ClientSession, slack: LocalSlack) -> None:
    mine = (await slack.post(user="ana", channel="mascots", text="one"))["ts"]
    his = (await slack.post(user="ben", channel="mascots", text="his"))["ts"]
    about = {"as": ANA, "channel": MASCOTS}
    _, answer = await write(page, "edit", **about, ts=mine, text="two")
    assert answer["message"]["text"] == "two"
    _, answer = await write(page, "react", **about, ts=his, name="eyes", on=True)
    assert answer["message"]["reactions"] == [{"name": "eyes", "users": [ANA], "count": 1}]
    _, answer = await write(page, "react", **about, ts=his, name="eyes", on=False)
    assert "reactions" not in answer["message"]
    status, answer = await write(page, "edit", **about, ts=his, text="x")
    assert (status, answer["error"]) == (403, "cant_update_message")
    status, answer = await write(page, "delete", **about, ts=his)
    assert (status, answer["error"]) == (403, "cant_delete_message")
    assert await write(page, "delete", **about, ts=mine) == (200, {"ok": True})
    assert [message["text"] for message in slack.channel_messages("mascots")] == ["his"]


async def test_dismissing(page: ClientSession, client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = (await client.chat_postEphemeral(channel=MASCOTS, user=ANA, text="psst"))["message_ts"]
    assert (await write(page, "dismiss", **{"as": BEN}, channel=MASCOTS, ts=ts))[0] == 404
    assert await write(page, "dismiss", **{"as": ANA}, channel=MASCOTS, ts=ts) == (200, {"ok": True})
    assert slack.channel_messages("mascots", "ana") == []


async def test_forwarding_joining_and_direct_messages(page: ClientSession, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ben", channel="brand", text="fox"))["ts"]
    _, answer = await write(
        page, "forward", **{"as": ANA}, channel=MASCOTS, from_channel=BRAND, ts=ts, text="see"
    )
    assert answer["message"]["attachments"][0]["is_share"] is True
    assert await write(page, "join", **{"as": ANA}, channel=BRAND, user=BOT) == (200, {"ok": True})
    assert BOT in slack.directory.channel("brand").members
    _, answer = await write(page, "open_dm", **{"as": BEN}, users=[BOT])
    assert (answer["channel"]["kind"], answer["channel"]["user"]) == ("im", BEN)
    status, answer = await write(page, "open_dm", **{"as": BEN}, users=[])
    assert (status, answer["error"]) == (400, "invalid_arguments")


async def test_what_is_done_with_channels(page: ClientSession, slack: LocalSlack) -> None:
    at, secret = {"as": ANA, "channel": MASCOTS}, {"as": ANA, "channel": "unreleased"}
    assert await write(page, "remove", **at, user=BOT) == (200, {"ok": True})
    assert BOT not in slack.directory.channel("mascots").members
    for what, archived in (("archive", True), ("unarchive", False)):
        assert await write(page, "channel", **at, what=what) == (200, {"ok": True})
        assert slack.directory.channel("mascots").is_archived is archived
    before = slack.directory.channel("unreleased").id
    assert (await write(page, "channel", **secret, what="share"))[0] == 200
    assert slack.directory.channel("unreleased").id != before
    assert (await write(page, "channel", **secret, what="delete"))[0] == 200
    assert (await write(page, "channel", **secret, what="delete"))[0] == 404
    assert (await write(page, "channel", **at, what="paint"))[0] == 400


async def test_home(page: ClientSession, client: AsyncWebClient, slack: LocalSlack) -> None:
    assert await read(page, "home", **{"as": ANA}) == {"view": None}
    await client.views_publish(user_id=ANA, view={"type": "home", "blocks": [actions(button())]})
    assert (await read(page, "home", **{"as": ANA}))["view"]["type"] == "home"
    assert await write(page, "home", **{"as": ANA}, tab="home") == (200, {"ok": True})
    assert (await write(page, "home", **{"as": ANA}, tab="elsewhere"))[0] == 400
    slack.directory.app.home_tab = False
    assert (await write(page, "home", **{"as": ANA}, tab="home"))[0] == 404


async def test_options(page: ClientSession, client: AsyncWebClient, robot: Robot, slack: LocalSlack) -> None:
    menu = {"type": "external_select", "action_id": "which", "min_query_length": 1}
    block = {**text_input("b"), "element": menu}
    trigger_id = slack.workspace.triggers.issue(ANA)
    view_id = (await client.views_open(trigger_id=trigger_id, view=modal(block)))["view"]["id"]
    posted = await client.chat_postMessage(channel=MASCOTS, text="x", blocks=[actions(menu, block_id="b")])
    offered = {"options": [{"text": {"type": "plain_text", "text": "Felix"}, "value": "1"}]}
    about = {"as": ANA, "action_id": "which", "block_id": "b", "value": "F"}
    for place in ({"view_id": view_id}, {"channel": MASCOTS, "message_ts": posted["ts"]}):
        outcome, payload = await answered(robot, write(page, "options", **about, **place), offered)
        assert outcome == (200, offered)
        assert payload["value"] == "F"
    outcome, _ = await answered(robot, write(page, "options", **about, view_id=view_id), {"options": "x"})
    assert (outcome[0], outcome[1]["error"]) == (504, "timeout")


async def test_what_stands_in_a_views_fields_goes_along(
    page: ClientSession, client: AsyncWebClient, robot: Robot, slack: LocalSlack
) -> None:
    trigger_id = slack.workspace.triggers.issue(ANA)
    view = modal(actions(button()), text_input())
    view_id = (await client.views_open(trigger_id=trigger_id, view=view))["view"]["id"]
    values = {"name": {"value": {"type": "plain_text_input", "value": "Fel"}}}
    press = write(page, "action", **{"as": ANA}, view_id=view_id, action_id="go", values=values)
    outcome, payload = await answered(robot, press)
    assert outcome == (200, {"ok": True})
    assert payload["view"]["state"]["values"]["name"]["value"]["value"] == "Fel"


async def test_uploads_for_modals(page: ClientSession, slack: LocalSlack, png: NewFile) -> None:
    data = form(as_=ANA)
    data.add_field("file", io.BytesIO(png.content), filename="fox.png")
    async with page.post("/_control/upload", data=data) as response:
        file = (await response.json())["file"]
    assert (file["name"], file["filetype"]) == ("fox.png", "png")
    async with page.post("/_control/upload", data=form(as_=ANA)) as response:
        assert (await response.json())["error"] == "missing_argument"
    _, answer = await write(page, "delete_file", **{"as": BEN}, file=file["id"])
    assert answer["error"] == "cant_delete_file"
    assert await write(page, "delete_file", **{"as": ANA}, file=file["id"]) == (200, {"ok": True})


@pytest.mark.parametrize("body", ["[]", "nonsense", '"x"'])
async def test_only_objects_are_taken(page: ClientSession, body: str) -> None:
    async with page.post("/_control/react", data=body) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_arguments")


async def test_a_long_channel_comes_page_by_page(page: ClientSession, slack: LocalSlack) -> None:
    posted = [(await slack.post(user="ana", channel="brand", text=str(n)))["ts"] for n in range(7)]
    about = {"channel": BRAND, "as": ANA, "limit": "3"}
    newest = await read(page, "messages", **about)
    assert [message["ts"] for message in newest["messages"]] == posted[4:]
    assert (newest["has_more"], newest["total"]) == (True, 7)
    older = await read(page, "messages", **about, before=posted[4])
    assert [message["ts"] for message in older["messages"]] == posted[1:4]
    oldest = await read(page, "messages", **about, before=posted[1])
    assert ([message["ts"] for message in oldest["messages"]], oldest["has_more"]) == (posted[:1], False)
    assert (await read(page, "messages", **about, before=posted[0]))["messages"] == []
    assert len((await read(page, "messages", channel=BRAND, **{"as": ANA}))["messages"]) == 7
    async with page.get("/_control/messages", params={**about, "limit": "0"}) as response:
        assert response.status == 400


async def test_homes_and_channels_are_streamed(
    page: ClientSession, client: AsyncWebClient, slack: LocalSlack
) -> None:
    async with page.get("/_control/events") as stream:
        await stream.content.readuntil(b"\n\n")
        await client.views_publish(user_id=ANA, view={"type": "home", "blocks": [actions(button())]})
        slack.open_dm("ben", [BOT])
        slack.invite("ana", "brand", "gil")
        seen: list[dict[str, Any]] = []
        while len([change for change in seen if change["kind"] in ("home", "channel")]) < 3:
            line = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
            seen.append(json.loads(line.removeprefix(b"data: ")))
    home, dm, brand = [change for change in seen if change["kind"] in ("home", "channel")]
    assert (home["user"], home["view"]["type"]) == (ANA, "home")
    assert dm["channel"]["members"] == [BEN, BOT]
    assert brand["channel"]["name"] == "brand"
