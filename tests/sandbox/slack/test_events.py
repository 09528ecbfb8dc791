"""What the bot hears of: which events, in which shape."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.robot import Robot

RECORDED = Path(__file__).parents[3] / "../shared/slack/payloads"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


def recorded(name: str) -> dict[str, Any]:
    file = RECORDED / name
    if not file.exists():
        pytest.skip("the recorded payloads are not beside this checkout")
    payload: dict[str, Any] = json.loads(file.read_text())
    return payload


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("mascots", "channel"), ("unreleased", "group"), ("D0ANABOT005", "im"), ("C0GROUP0006", "mpim")],
)
async def test_messages_of_every_kind_of_channel(
    robot: Robot, slack: LocalSlack, channel: str, kind: str
) -> None:
    await slack.post(user="ana", channel=channel, text="look")
    event = await robot.event()
    assert (event["type"], event["text"], event["channel_type"]) == ("message", "look", kind)


async def test_a_message_has_the_recorded_shape(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="D0ANABOT005", text="test")
    envelope = await robot.receive()
    example = recorded("messageIm.json")
    assert set(example) <= set(envelope["payload"])
    assert set(example["event"]) == set(envelope["payload"]["event"])
    assert set(example["authorizations"][0]) == set(envelope["payload"]["authorizations"][0])


async def test_a_file_share_has_the_recorded_shape(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="D0ANABOT005", text="x", files=[NewFile("a.txt", b"hug a kitten")])
    event, example = await robot.event(), recorded("message_file_share.json")["event"]
    assert set(example) == set(event)
    assert set(example["files"][0]) == set(event["files"][0])
    assert event["files"][0]["mode"] == example["files"][0]["mode"]


async def test_a_partners_file_share_has_the_recorded_stub(
    robot: Robot, slack: LocalSlack, png: NewFile
) -> None:
    await slack.post(user="noor", channel="northwind", files=[png])
    envelope = await robot.receive()
    assert envelope["payload"]["is_ext_shared_channel"] is True
    stub = envelope["payload"]["event"]["files"][0]
    assert set(stub) == set(recorded("message_file_share_slack_connect.json")["event"]["files"][0])


async def test_an_image_alone_has_an_empty_text(robot: Robot, slack: LocalSlack, png: NewFile) -> None:
    await slack.post(user="ana", channel="mascots", files=[png, png])
    event = await robot.event()
    assert (event["text"], event["subtype"], len(event["files"])) == ("", "file_share", 2)


async def test_a_broadcast_reply_carries_its_root_and_files(
    robot: Robot, slack: LocalSlack, png: NewFile
) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    await robot.event()
    await slack.post(user="ben", channel="mascots", files=[png], thread_ts=root["ts"], broadcast=True)
    event = await robot.event()
    assert (event["subtype"], event["root"]["ts"], len(event["files"])) == ("thread_broadcast", root["ts"], 1)


async def test_a_mention_comes_beside_the_message_but_not_in_a_dm(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="mascots", text="hey @Masko look")
    events = [await robot.event(), await robot.event()]
    assert [event["type"] for event in events] == ["message", "app_mention"]
    assert set(recorded("modal.json")["mention"]["event"]) == set(events[1])
    await slack.post(user="ana", channel="D0ANABOT005", text="hey @masko")
    await slack.post(user="ana", channel="D0ANABOT005", text="again")
    assert [(await robot.event())["type"] for _ in range(2)] == ["message", "message"]


async def test_the_bots_own_posts_edits_and_deletions_come_back(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    ts = str((await client.chat_postMessage(channel="#mascots", text="one"))["ts"])
    posted = await robot.event()
    assert posted["bot_id"] == "B0SANDBOX01"
    await client.chat_update(channel="C0MASCOTS01", ts=ts, text="two")
    changed = await robot.event()
    assert (changed["subtype"], changed["hidden"]) == ("message_changed", True)
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("two", "one")
    assert set(recorded("messageChange.json")["event"]) == set(changed)
    await client.chat_delete(channel="C0MASCOTS01", ts=ts)
    deleted = await robot.event()
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert set(recorded("message_deleted.json")["event"]) == set(deleted)


async def test_a_person_deletes(robot: Robot, slack: LocalSlack) -> None:
    message = await slack.post(user="ana", channel="mascots", text="oops")
    await robot.event()
    slack.delete("mascots", message["ts"])
    assert (await robot.event())["previous_message"]["text"] == "oops"


@pytest.mark.parametrize("spoilt", ["subscription", "scope", "membership"])
async def test_else_nothing_is_sent(robot: Robot, slack: LocalSlack, spoilt: str) -> None:
    app = slack.directory.app
    if spoilt == "subscription":
        app.events -= {"message.channels"}
    elif spoilt == "scope":
        app.scopes.discard("channels:history")
    else:
        slack.directory.channel("mascots").members.remove(app.bot_user_id)
    await slack.post(user="ana", channel="mascots", text="unheard")
    await slack.post(user="ana", channel="unreleased", text="heard")
    assert (await robot.event())["text"] == "heard"


async def test_ephemeral_messages_are_not_events(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    await client.chat_postEphemeral(channel="C0MASCOTS01", user="U0ANA000001", text="psst")
    await slack.post(user="ana", channel="mascots", text="heard")
    assert (await robot.event())["text"] == "heard"


async def test_people_post_only_where_they_are(slack: LocalSlack) -> None:
    with pytest.raises(PermissionError, match="ben is not in unreleased"):
        await slack.post(user="ben", channel="unreleased", text="x")
    with pytest.raises(LookupError, match="nobody"):
        await slack.post(user="zoe", channel="mascots", text="x")
    with pytest.raises(LookupError, match="no thread"):
        await slack.post(user="ana", channel="mascots", text="x", thread_ts="1.000001")
