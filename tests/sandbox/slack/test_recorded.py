"""Interactions beside those that were recorded from Slack: the same keys, the same types."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, entered, modal
from tests.sandbox.slack.robot import Robot
from tests.sandbox.slack.shapes import recorded, shape

ANA, MASCOTS = "U0ANA000001", "C0MASCOTS01"
NEWER = {"/context_team_id": "str", "/context_enterprise_id": "null"}
"""In payloads today, as the Events API page shows them; the recordings are older."""


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def payload_of(robot: Robot, doing: Any) -> dict[str, Any]:
    task = asyncio.create_task(doing)
    envelope = await robot.receive()
    await robot.ack(envelope)
    await task
    payload: dict[str, Any] = envelope["payload"]
    return payload


def without(found: dict[str, str], *parts: str) -> dict[str, str]:
    """A shape without what depends on the blocks that were shown."""
    return {path: kind for path, kind in found.items() if not any(part in path for part in parts)}


def quiet(slack: LocalSlack) -> None:
    slack.directory.app.events = frozenset()


async def test_an_event_as_a_whole(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="D0ANABOT005", text="test")
    envelope = await robot.receive()
    assert shape(envelope["payload"]) == shape(recorded("messageIm.json")) | NEWER


async def test_a_file_share(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="D0ANABOT005", text="x", files=[NewFile("a.txt", b"hug a kitten")])
    envelope = await robot.receive()
    assert shape(envelope["payload"]) == shape(recorded("message_file_share.json")) | NEWER


async def test_a_deletion(robot: Robot, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="oops"))["ts"]
    await robot.event()
    slack.delete("mascots", ts, user="ana")
    found = shape((await robot.receive())["payload"])
    assert without(found, "/blocks") == shape(recorded("message_deleted.json")) | NEWER


@pytest.mark.parametrize("ephemeral", [False, True])
async def test_a_press(robot: Robot, client: AsyncWebClient, slack: LocalSlack, ephemeral: bool) -> None:
    quiet(slack)
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    about: dict[str, Any] = {"channel": MASCOTS, "text": "x", "thread_ts": root}
    about["blocks"] = [actions(button(style="primary") if ephemeral else button())]
    if ephemeral:
        ts = (await client.chat_postEphemeral(user=ANA, **about))["message_ts"]
    else:
        ts = (await client.chat_postMessage(**about))["ts"]
    payload = await payload_of(robot, slack.press("ana", "mascots", str(ts), "go"))
    example = recorded("modal.json")["ephemeralAction" if ephemeral else "action"]
    assert without(shape(payload), "/blocks") == without(shape(example), "/blocks")


async def test_a_submission(robot: Robot, client: AsyncWebClient, slack: LocalSlack) -> None:
    quiet(slack)
    trigger = slack.workspace.triggers.issue(ANA)
    close = {"type": "plain_text", "text": "Cancel"}
    opened = await client.views_open(trigger_id=trigger, view=modal(close=close))
    payload = await payload_of(robot, slack.submit("ana", opened["view"]["id"], entered("Felix")))
    for example in (recorded("modal.json"), recorded("slash_command.json")):
        mine, theirs = shape(payload), shape(example["viewSubmission"])
        skipped = ("/view/blocks", "/view/state/values")
        assert without(mine, *skipped) == without(theirs, *skipped)
