"""What happens to a channel as a whole, and what the bot hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.robot import Robot

ANA, BEN, BOT = "U0ANA000001", "U0BEN000002", "U0MASKOBOT1"
MASCOTS, BRAND, SECRET = "C0MASCOTS01", "C0BRAND0002", "C0SECRET004"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def code(client: AsyncWebClient, channel: str, thread_ts: str | None = None) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=channel, text="x", thread_ts=thread_ts)
    return str(refused.value.response["error"])


@pytest.mark.parametrize(("channel", "kind"), [("mascots", "channel"), ("unreleased", "group")])
async def test_an_archived_channel_is_told_and_closed_until_it_is_taken_up_again(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, channel: str, kind: str
) -> None:
    where = slack.directory.channel(channel).id
    slack.archive("ana", channel)
    slack.archive("ana", channel)
    line, told = await robot.event(), await robot.event()
    assert (line["subtype"], told["type"]) == (f"{kind}_archive", f"{kind}_archive")
    assert (told["channel"], told["user"]) == (where, ANA)
    assert await code(client, where) == "is_archived"
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postEphemeral(channel=where, user=ANA, text="x")
    assert (await client.conversations_info(channel=where))["channel"]["is_archived"] is True
    with pytest.raises(PermissionError, match="archived"):
        await slack.post(user="ana", channel=channel, text="x")
    slack.unarchive("ana", channel)
    assert [(await robot.event())["type"] for _ in range(2)] == ["message", f"{kind}_unarchive"]
    await slack.post(user="ana", channel=channel, text="again")
    assert (await robot.event())["text"] == "again"


async def test_of_public_channels_the_whole_workspace_hears(robot: Robot, slack: LocalSlack) -> None:
    assert BOT not in slack.directory.channel("brand").members
    slack.archive("ana", "brand")
    assert (await robot.event())["channel"] == BRAND


@pytest.mark.parametrize(("channel", "kind"), [("mascots", "channel"), ("unreleased", "group")])
async def test_a_deleted_channel_is_gone(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, png: NewFile, channel: str, kind: str
) -> None:
    where = slack.directory.channel(channel).id
    post = await slack.post(user="ana", channel=channel, files=[png])
    await robot.event()
    slack.delete_channel("ana", channel)
    told = await robot.event()
    assert (told["type"], told["channel"]) == (f"{kind}_deleted", where)
    assert await code(client, where) == "channel_not_found"
    with pytest.raises(LookupError):
        slack.thread(channel, post["ts"])
    with pytest.raises(SlackApiError):
        await client.files_info(file=post["files"][0]["id"])


async def test_a_private_channel_gets_another_id_with_all_that_is_in_it(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    post = await slack.post(user="ana", channel="unreleased", files=[png])
    reply = await client.chat_postMessage(channel=SECRET, text="nice", thread_ts=post["ts"])
    await robot.event()
    await robot.event()
    new = slack.share_externally("ana", "unreleased")["id"]
    told = await robot.event()
    told.pop("event_ts")
    assert told == {"type": "channel_id_changed", "old_channel_id": SECRET, "new_channel_id": new}
    assert await code(client, SECRET) == "channel_not_found"
    await client.chat_update(channel=new, ts=str(reply["ts"]), text="nicer")
    await client.chat_postMessage(channel=new, text="more", thread_ts=post["ts"])
    assert [each["text"] for each in slack.thread(new, post["ts"])] == ["", "nicer", "more"]
    assert (await client.files_info(file=post["files"][0]["id"]))["file"]["groups"] == [new]
    with pytest.raises(LookupError, match="only a private channel"):
        slack.share_externally("ana", "mascots")


@pytest.mark.parametrize(("channel", "event"), [("mascots", "channel_left"), ("unreleased", "group_left")])
async def test_the_bot_hears_once_that_it_was_removed(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, channel: str, event: str
) -> None:
    where = slack.directory.channel(channel).id
    slack.remove("ana", channel, "masko")
    slack.remove("ana", channel, "masko")
    told = await robot.event()
    assert (told["type"], told["channel"], told["actor_id"]) == (event, where, ANA)
    assert await code(client, where) in ("not_in_channel", "channel_not_found")
    await slack.post(user="ana", channel=channel, text="unheard")
    await slack.post(user="ana", channel="northwind", text="heard")
    assert (await robot.event())["text"] == "heard"


async def test_of_others_it_hears_that_they_left(robot: Robot, slack: LocalSlack) -> None:
    slack.remove("ben", "mascots", "ben")
    told = await robot.event()
    assert (told["type"], told["user"], told["channel"]) == ("member_left_channel", BEN, MASCOTS)
    with pytest.raises(LookupError, match="direct message"):
        slack.remove("ana", "D0ANABOT005", "masko")


async def test_a_reply_to_a_deleted_root_is_posted_in_the_channel(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    slack.delete("mascots", root["ts"], "ana")
    answer = await client.chat_postMessage(channel=MASCOTS, text="nice", thread_ts=root["ts"])
    assert answer["ok"] is True
    assert "thread_ts" not in answer["message"]
    assert [each["text"] for each in slack.channel_messages("mascots")] == ["nice"]
    assert await code(client, MASCOTS, thread_ts="1.000001") == "thread_not_found"


async def test_a_deleted_root_with_replies_keeps_its_thread(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    await client.chat_postMessage(channel=MASCOTS, text="one", thread_ts=root["ts"])
    slack.delete("mascots", root["ts"], "ana")
    answer = await client.chat_postMessage(channel=MASCOTS, text="two", thread_ts=root["ts"])
    assert answer["message"]["thread_ts"] == root["ts"]
