"""Shortcuts, menus that ask for their options, and the Home tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from bot.sandbox.slack.suggestions import NoOptions
from tests.sandbox.slack.conftest import actions, button, modal, section, text_input
from tests.sandbox.slack.robot import Robot
from tests.sandbox.slack.shapes import recorded, shape

ANA, MASCOTS, DM = "U0ANA000001", "C0MASCOTS01", "D0ANABOT005"
COMMON = {"type", "token", "team", "user", "api_app_id", "enterprise", "is_enterprise_install"}


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


@pytest.fixture
def quiet(slack: LocalSlack) -> None:
    """No events but Home's, so that a socket brings interactions alone."""
    slack.directory.app.events = frozenset({"app_home_opened"})


async def answering(robot: Robot, doing: Any, answer: Any = None) -> tuple[Any, dict[str, Any]]:
    """Acknowledge what comes of `doing`: its outcome and the payload."""
    task = asyncio.create_task(doing)
    envelope = await robot.receive()
    await robot.ack(envelope, answer)
    return await task, envelope["payload"]


def options(*words: str) -> dict[str, Any]:
    return {"options": [{"text": {"type": "plain_text", "text": word}, "value": word} for word in words]}


def menu(**more: Any) -> dict[str, Any]:
    return {"type": "external_select", "action_id": "which", "min_query_length": 1, **more}


async def test_a_global_shortcut(robot: Robot, slack: LocalSlack) -> None:
    delivery, payload = await answering(robot, slack.shortcut("ana", "new"))
    assert delivery.acknowledged
    assert set(payload) == COMMON | {"callback_id", "trigger_id", "action_ts"}
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "new")
    assert slack.workspace.triggers.redeem(payload["trigger_id"]) == ANA


@pytest.mark.usefixtures("quiet")
async def test_a_message_shortcut_carries_the_message(
    robot: Robot, slack: LocalSlack, http: ClientSession, png: NewFile
) -> None:
    message = await slack.post(user="ben", channel="brand", text="look", files=[png])
    shortcut = slack.shortcut("ana", "add", "brand", message["ts"])
    _, payload = await answering(robot, shortcut)
    assert set(payload) == COMMON | {
        *("callback_id", "trigger_id", "action_ts", "response_url", "message_ts", "channel", "message")
    }
    assert (payload["type"], payload["message_ts"]) == ("message_action", message["ts"])
    assert payload["message"]["files"][0]["name"] == "fox.png"
    async with http.post(payload["response_url"], json={"text": "done"}) as response:
        assert response.status == 200
    assert slack.channel_messages("brand", "ana")[-1]["text"] == "done"


async def test_only_declared_shortcuts(slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="x"))["ts"]
    for wrong in (("nothing",), ("add",), ("new", "mascots", ts), ("add", "mascots", "1.000001")):
        with pytest.raises(LookupError):
            await slack.shortcut("ana", *wrong)
    with pytest.raises(LookupError, match="for noor"):
        await slack.shortcut("noor", "new")
    slack.directory.app.scopes.discard("commands")
    with pytest.raises(LookupError):
        await slack.shortcut("ana", "new")


async def test_a_shortcut_that_nobody_takes(slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.03
    assert not (await slack.shortcut("ana", "new")).acknowledged
    [finding] = slack.workspace.inspector.findings()
    assert finding.finding == "shortcut was not acknowledged within 0.03 s"


async def test_shortcuts_need_interactivity(robot: Robot, slack: LocalSlack) -> None:
    slack.directory.app.interactivity = False
    await answering(robot, slack.shortcut("ana", "new"))
    [finding] = slack.workspace.inspector.findings()
    assert "does not enable interactivity" in (finding.finding or "")


async def in_a_modal(client: AsyncWebClient, slack: LocalSlack, **more: Any) -> str:
    """Open a modal with a menu that asks; its id."""
    label = {"type": "plain_text", "text": "Which"}
    block = {"type": "input", "block_id": "b", "label": label, "element": menu(**more)}
    trigger = slack.workspace.triggers.issue(ANA)
    return str((await client.views_open(trigger_id=trigger, view=modal(block)))["view"]["id"])


async def test_a_menu_in_a_modal_asks(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await in_a_modal(client, slack)
    offered, payload = await answering(robot, slack.options("ana", view_id, "which", "fe"), options("felix"))
    assert offered == options("felix")
    assert set(payload) == COMMON | {"container", "view", "action_id", "block_id", "value"}
    assert payload["container"] == {"type": "view", "view_id": view_id}
    assert (payload["action_id"], payload["block_id"], payload["value"]) == ("which", "b", "fe")


@pytest.mark.usefixtures("quiet")
async def test_a_menu_in_a_message_asks(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    blocks = [section(accessory=menu(), block_id="b")]
    ts = str((await client.chat_postMessage(channel=MASCOTS, text="x", blocks=blocks))["ts"])
    group = {"label": {"type": "plain_text", "text": "All"}, **options("felix")}
    asking = slack.options_in_message("ana", "mascots", ts, "which", "f")
    offered, payload = await answering(robot, asking, {"option_groups": [group]})
    assert offered == {"option_groups": [group]}
    assert payload["message"]["ts"] == ts
    assert payload["channel"]["id"] == MASCOTS


async def test_a_menu_asks_only_from_so_many_characters(client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await in_a_modal(client, slack, min_query_length=3)
    assert await slack.options("ana", view_id, "which", "fe") == {"options": []}
    assert slack.deliveries == []


@pytest.mark.parametrize(
    "answer",
    [None, {}, options("x") | {"option_groups": []}, options("x" * 76), options(*["x"] * 101), "nonsense"],
    ids=["nothing", "empty", "both", "too long", "too many", "words"],
)
async def test_options_are_checked(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, answer: Any
) -> None:
    view_id = await in_a_modal(client, slack)
    with pytest.raises(NoOptions):
        await answering(robot, slack.options("ana", view_id, "which", "f"), answer)
    [finding] = slack.workspace.inspector.findings()
    assert "the answer to block_suggestion is refused" in (finding.finding or "")


async def test_options_that_come_too_late(client: AsyncWebClient, slack: LocalSlack) -> None:
    view_id = await in_a_modal(client, slack)
    slack.socket.ack_timeout = 0.03
    with pytest.raises(NoOptions):
        await slack.options("ana", view_id, "which", "f")
    with pytest.raises(LookupError):
        await slack.options("ana", view_id, "other", "f")


@pytest.mark.parametrize("tab", ["home", "messages"])
async def test_opening_the_app_is_told_as_recorded(robot: Robot, slack: LocalSlack, tab: Any) -> None:
    slack.open_home("ana", tab)
    envelope = await robot.receive()
    event = envelope["payload"]["event"]
    assert (event["tab"], event["channel"], event["user"]) == (tab, DM, ANA)
    assert shape(event) == shape(recorded(f"app_home_opened_{tab}.json")["event"])


@pytest.mark.usefixtures("quiet")
async def test_a_home_is_published_seen_and_used(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    assert slack.home("ana") is None
    home = {"type": "home", "blocks": [actions(button()), text_input()]}
    view = (await client.views_publish(user_id=ANA, view=home))["view"]
    shown = slack.home("ana")
    assert shown is not None
    assert shown["id"] == view["id"]
    assert slack.home("ben") is None
    assert slack.view("ana") is None
    slack.open_home("ana")
    assert (await robot.event())["view"]["id"] == view["id"]
    typed = {"name": {"value": {"type": "plain_text_input", "value": "Felix"}}}
    pressing = slack.press_in_view("ana", view["id"], "go", entered=typed)
    _, payload = await answering(robot, pressing)
    assert set(payload) == COMMON | {"trigger_id", "container", "view", "actions"}
    assert payload["view"]["state"]["values"]["name"]["value"]["value"] == "Felix"
    with pytest.raises(LookupError, match="cannot be closed"):
        await slack.close_view("ana", view["id"])


async def test_a_home_opens_a_dm_and_needs_its_tab(robot: Robot, slack: LocalSlack) -> None:
    slack.open_home("ben")
    assert (await robot.event())["channel"] == slack.open_dm("ben", ["masko"])["id"]
    slack.directory.app.home_tab = slack.directory.app.messages_tab = False
    for tab in ("home", "messages"):
        with pytest.raises(LookupError, match=f"no {tab} tab"):
            slack.open_home("ana", tab)


async def test_home_events_only_when_subscribed(robot: Robot, slack: LocalSlack) -> None:
    slack.directory.app.events -= {"app_home_opened"}
    slack.open_home("ana")
    await slack.post(user="ana", channel="mascots", text="heard")
    assert (await robot.event())["text"] == "heard"


async def test_files_for_a_modal_reach_the_app_when_it_is_submitted(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    label, element = {"type": "plain_text", "text": "Picture"}, {"type": "file_input", "action_id": "f"}
    view = modal({"type": "input", "block_id": "b", "label": label, "element": element})
    opened = await client.views_open(trigger_id=slack.workspace.triggers.issue(ANA), view=view)
    file = slack.upload("ana", png)
    stored = slack.files.get(file["id"])
    assert stored is not None
    assert not slack.files.visible_to_bot(stored)
    values = {"b": {"f": {"type": "file_input", "files": [file["id"]]}}}
    _, payload = await answering(robot, slack.submit("ana", opened["view"]["id"], values))
    [sent] = payload["view"]["state"]["values"]["b"]["f"]["files"]
    assert (sent["name"], sent["url_private"]) == ("fox.png", file["url_private"])
    assert (await client.files_info(file=file["id"]))["file"]["id"] == file["id"]
