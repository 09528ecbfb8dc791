"""What people do with messages and channels, and what the bot hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from bot.sandbox.slack.writing import NotYours
from tests.sandbox.slack.robot import Robot
from tests.sandbox.slack.shapes import recorded, shape

ANA, BEN, BOT = "U0ANA000001", "U0BEN000002", "U0MASKOBOT1"
MASCOTS, BRAND = "C0MASCOTS01", "C0BRAND0002"


@pytest.fixture
async def robot(sandbox: Sandbox) -> AsyncIterator[Robot]:
    async with Robot(sandbox) as connected:
        await connected.receive()
        yield connected


async def test_an_edit_is_told_with_both_wordings(robot: Robot, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="one"))["ts"]
    await robot.event()
    shown = await slack.edit("ana", "mascots", ts, "two")
    event = await robot.event()
    assert (shown["text"], shown["edited"]["user"]) == ("two", ANA)
    assert (event["subtype"], event["hidden"]) == ("message_changed", True)
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("two", "one")
    assert event["message"]["edited"] == shown["edited"]
    assert "edited" not in event["previous_message"]
    assert event["message"]["blocks"][0]["elements"][0]["elements"][0]["text"] == "two"


async def test_only_ones_own_are_edited_and_deleted(client: AsyncWebClient, slack: LocalSlack) -> None:
    ours = str((await client.chat_postMessage(channel=MASCOTS, text="ours"))["ts"])
    his = (await slack.post(user="ben", channel="mascots", text="his"))["ts"]
    for ts in (ours, his):
        with pytest.raises(NotYours) as edit:
            await slack.edit("ana", "mascots", ts, "x")
        with pytest.raises(NotYours) as deletion:
            slack.delete("mascots", ts, user="ana")
        assert (edit.value.code, deletion.value.code) == ("cant_update_message", "cant_delete_message")
    slack.delete("mascots", his, user="ben")
    with pytest.raises(LookupError):
        slack.delete("mascots", his, user="ben")


async def test_a_deleted_root_stays_as_a_tombstone(robot: Robot, slack: LocalSlack) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="root"))["ts"]
    reply = (await slack.post(user="ben", channel="mascots", text="reply", thread_ts=root))["ts"]
    slack.delete("mascots", root, user="ana")
    assert [message.get("subtype") for message in slack.thread("mascots", root)] == ["tombstone", None]
    events = [await robot.event() for _ in range(3)]
    assert events[2]["message"]["subtype"] == "tombstone"
    slack.delete("mascots", reply, user="ben")
    assert (await robot.event())["subtype"] == "message_deleted"


async def test_what_one_person_sees_is_dismissed_quietly(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    ts = (await client.chat_postEphemeral(channel=MASCOTS, user=ANA, text="psst"))["message_ts"]
    with pytest.raises(LookupError):
        slack.dismiss("ben", "mascots", ts)
    slack.dismiss("ana", "mascots", ts)
    assert slack.channel_messages("mascots", "ana") == []
    seen = (await slack.post(user="ana", channel="mascots", text="heard"))["ts"]
    assert (await robot.event())["text"] == "heard"
    with pytest.raises(LookupError, match="only what nobody else sees"):
        slack.dismiss("ana", "mascots", seen)


async def test_reactions_are_counted_and_told(robot: Robot, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    await robot.event()
    shown = slack.react("ben", "mascots", ts, ":fox_face:")
    assert shown["reactions"] == [{"name": "fox_face", "users": [BEN], "count": 1}]
    event = await robot.event()
    assert event.pop("event_ts")
    assert event == {
        "type": "reaction_added",
        "user": BEN,
        "reaction": "fox_face",
        "item": {"type": "message", "channel": MASCOTS, "ts": ts},
        "item_user": ANA,
    }
    slack.react("ben", "mascots", ts, "fox_face")
    assert "reactions" not in slack.react("ben", "mascots", ts, "fox_face", on=False)
    assert (await robot.event())["type"] == "reaction_removed"


async def test_the_bots_reactions_are_told_too(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    await client.reactions_add(channel=MASCOTS, timestamp=ts, name="eyes")
    await client.reactions_remove(channel=MASCOTS, timestamp=ts, name="eyes")
    events = [await robot.event() for _ in range(3)]
    assert [(event["type"], event["user"]) for event in events[1:]] == [
        ("reaction_added", BOT),
        ("reaction_removed", BOT),
    ]


@pytest.mark.parametrize(
    ("event", "scope"), [("reaction_added", "reactions:read"), ("member_joined_channel", "channels:read")]
)
async def test_an_event_needs_its_scope(robot: Robot, slack: LocalSlack, event: str, scope: str) -> None:
    slack.directory.app.events = frozenset({event, "message.groups"})
    slack.directory.app.scopes.discard(scope)
    ts = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    slack.react("ana", "mascots", ts, "eyes")
    slack.invite("ana", "mascots", "noor")
    await slack.post(user="ana", channel="unreleased", text="heard")
    assert (await robot.event())["text"] == "heard"


async def test_a_forwarded_post_lies_in_the_attachment(robot: Robot, slack: LocalSlack, png: NewFile) -> None:
    original = await slack.post(user="ben", channel="brand", text="our fox", files=[png])
    shown = await slack.forward(user="ana", channel="mascots", from_channel="brand", ts=original["ts"])
    event = await robot.event()
    assert event["text"] == ""
    assert "subtype" not in event
    assert "files" not in event
    [attachment] = event["attachments"]
    assert (attachment["is_share"], attachment["is_msg_unfurl"]) == (True, True)
    assert (attachment["channel_id"], attachment["author_id"], attachment["text"]) == (BRAND, BEN, "our fox")
    assert attachment["files"][0]["id"] == original["files"][0]["id"]
    assert attachment["from_url"].endswith(f"/archives/{BRAND}/p{original['ts'].replace('.', '')}")
    assert shown["attachments"] == event["attachments"]
    assert attachment["color"] == "D0D0D0"


async def test_a_forward_is_shaped_as_recorded(robot: Robot, slack: LocalSlack) -> None:
    """The recorded unfurl of a message, with what the recorded share has besides."""
    original = await slack.post(user="ben", channel="brand", text="our fox")
    await slack.forward(user="ana", channel="mascots", from_channel="brand", ts=original["ts"])
    [forwarded] = (await robot.event())["attachments"]
    [unfurled] = recorded("messageChange.json")["event"]["message"]["attachments"]
    of_unfurls, of_shares = {"/id": "int", "/original_url": "str"}, {"/is_share": "bool", "/color": "str"}
    assert shape(forwarded) == {
        path: kind for path, kind in (shape(unfurled) | of_shares).items() if path not in of_unfurls
    }


async def test_the_bot_may_fetch_what_was_forwarded_to_it(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    original = await slack.post(user="ben", channel="brand", files=[png])
    [file] = original["files"]
    stored = slack.files.get(file["id"])
    assert stored is not None
    assert not slack.files.visible_to_bot(stored)
    root = (await slack.post(user="ana", channel="mascots", text="root"))["ts"]
    await slack.forward(
        user="ana",
        channel="mascots",
        from_channel="brand",
        ts=original["ts"],
        text="look",
        thread_ts=root,
    )
    assert slack.thread("mascots", root)[-1]["text"] == "look"
    assert (await client.files_info(file=file["id"]))["file"]["id"] == file["id"]


async def test_a_forwarded_partners_file_is_a_stub(robot: Robot, slack: LocalSlack, png: NewFile) -> None:
    original = await slack.post(user="noor", channel="northwind", files=[png])
    await robot.event()
    await slack.forward(user="ana", channel="mascots", from_channel="northwind", ts=original["ts"])
    [attachment] = (await robot.event())["attachments"]
    assert attachment["files"][0]["file_access"] == "check_file_info"
    shown = slack.channel_messages("mascots")[-1]["attachments"][0]["files"][0]
    assert shown["name"] == "fox.png"


async def test_forwarding_needs_both_channels(slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="unreleased", text="secret"))["ts"]
    about = {"from_channel": "unreleased", "ts": ts}
    with pytest.raises(PermissionError):
        await slack.forward(user="ben", channel="mascots", **about)
    with pytest.raises(PermissionError):
        await slack.forward(user="noor", channel="northwind", **about)
    with pytest.raises(LookupError):
        await slack.forward(user="ana", channel="mascots", from_channel="unreleased", ts="1.000001")
    with pytest.raises(LookupError, match="no thread"):
        await slack.forward(user="ana", channel="mascots", thread_ts="1.000001", **about)


async def test_a_link_to_a_message_is_unfurled_as_recorded(
    robot: Robot, client: AsyncWebClient, slack: LocalSlack
) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="the fox"))["ts"]
    link = (await client.chat_getPermalink(channel=MASCOTS, message_ts=ts))["permalink"]
    await slack.post(user="ana", channel="mascots", text=str(link))
    event = [await robot.event() for _ in range(3)][2]
    assert event["message"]["attachments"][0]["text"] == "the fox"
    assert "edited" not in event["message"]
    assert shape(event) == shape(recorded("messageChange.json")["event"])


async def test_a_link_is_not_unfurled_for_who_may_not_see_it(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    ts = (await slack.post(user="ana", channel="unreleased", text="secret"))["ts"]
    link = (await client.chat_getPermalink(channel="C0SECRET004", message_ts=ts))["permalink"]
    message = await slack.post(user="ben", channel="mascots", text=str(link))
    assert "attachments" not in slack.thread("mascots", message["ts"])[0]


async def test_inviting_is_told_in_the_channel_and_as_an_event(robot: Robot, slack: LocalSlack) -> None:
    slack.invite("ana", "brand", "masko")
    line, joined = await robot.event(), await robot.event()
    assert (line["subtype"], line["text"]) == ("channel_join", f"<@{BOT}> has joined the channel")
    assert (line["user"], line["inviter"]) == (BOT, ANA)
    assert joined.pop("event_ts")
    assert joined == {
        "type": "member_joined_channel",
        "user": BOT,
        "channel": BRAND,
        "channel_type": "C",
        "team": "T0SANDBOX01",
        "inviter": ANA,
    }
    slack.invite("ana", "brand", "masko")
    assert slack.directory.channel("brand").members.count(BOT) == 1


async def test_who_may_invite_whom(slack: LocalSlack) -> None:
    with pytest.raises(PermissionError):
        slack.invite("ben", "unreleased", "gil")
    with pytest.raises(LookupError, match="direct message"):
        slack.invite("ana", "D0ANABOT005", "ben")
    with pytest.raises(LookupError, match="nobody"):
        slack.invite("ana", "mascots", "zoe")


async def test_the_bot_joins_by_itself(robot: Robot, client: AsyncWebClient) -> None:
    await client.conversations_join(channel=BRAND)
    assert [(await robot.event())["type"] for _ in range(2)] == ["message", "member_joined_channel"]


async def test_direct_messages_are_opened_once(slack: LocalSlack) -> None:
    assert slack.open_dm("ana", [BOT])["id"] == "D0ANABOT005"
    new = slack.open_dm("ben", ["masko"])
    assert (new["kind"], new["user"], new["members"]) == ("im", BEN, [BEN, BOT])
    assert slack.open_dm("ben", [BOT]) == new
    group = slack.open_dm("ana", ["ben", "chris"])
    assert (group["kind"], group["name"]) == ("mpim", "mpdm-ana--ben--chris-1")
    assert slack.open_dm("chris", ["ana", "ben"]) == group
    pair = slack.open_dm("ana", ["ben"])
    assert pair["kind"] == "im"
    direct = slack.directory.direct_message(BEN)
    assert direct is not None
    assert direct.id == new["id"]
    with pytest.raises(ValueError, match="between 2 and 9"):
        slack.open_dm("ana", ["ana"])


async def test_a_deleted_file_leaves_tombstones(robot: Robot, slack: LocalSlack, png: NewFile) -> None:
    message = await slack.post(user="ana", channel="mascots", files=[png])
    file_id = message["files"][0]["id"]
    with pytest.raises(NotYours):
        slack.delete_file("ben", file_id)
    slack.delete_file("ana", file_id)
    events: list[Any] = [await robot.event() for _ in range(3)]
    assert events[1]["message"]["files"] == [{"id": file_id, "mode": "tombstone"}]
    assert events[1]["previous_message"]["files"][0]["name"] == "fox.png"
    assert events[2].pop("event_ts")
    assert events[2] == {"type": "file_deleted", "file_id": file_id}
    with pytest.raises(LookupError):
        slack.delete_file("ana", file_id)


async def test_links_to_the_apps_domains_are_told(robot: Robot, slack: LocalSlack) -> None:
    text = "see https://app.masko.ai/m/7 and https://example.com/x"
    message = await slack.post(user="ana", channel="mascots", text=text)
    await robot.event()
    event = await robot.event()
    assert (event["type"], event["message_ts"]) == ("link_shared", message["ts"])
    assert event["links"] == [{"domain": "app.masko.ai", "url": "https://app.masko.ai/m/7"}]
    await slack.post(user="noor", channel="northwind", text="https://masko.ai/m/8")
    await slack.post(user="ana", channel="mascots", text="heard")
    assert [(await robot.event())["type"] for _ in range(2)] == ["message", "message"]


# -- where they are, and whether they are there -----------------------------------------------------


async def told(client: AsyncWebClient, user: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.users_info(user=user))["user"]
    return found


async def test_everybody_has_a_time_zone(client: AsyncWebClient, slack: LocalSlack) -> None:
    people = slack.directory.people
    people[ANA] = replace(people[ANA], time_zone="Asia/Kolkata")
    people[BEN] = replace(people[BEN], time_zone="Nowhere/Else")
    kolkata, nowhere, bot = await told(client, ANA), await told(client, BEN), await told(client, BOT)
    assert (kolkata["tz"], kolkata["tz_label"], kolkata["tz_offset"]) == (
        "Asia/Kolkata",
        "Kolkata Time",
        19800,
    )
    assert (nowhere["tz"], nowhere["tz_offset"]) == ("Nowhere/Else", 0)
    assert bot["tz"] == "Europe/Lisbon"
    assert bot["tz_offset"] in (0, 3600)


async def test_whoever_is_deactivated_does_nothing_any_more(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    slack.deactivate("ana")
    assert (await told(client, ANA))["deleted"] is True
    for act in (
        lambda: slack.post(user="ana", channel="mascots", text="again"),
        lambda: slack.edit("ana", "mascots", root, "again"),
        lambda: slack.command("ana", "mascots", "/masko"),
        lambda: slack.shortcut("ana", "new"),
        lambda: slack.press("ana", "mascots", root, "button"),
        lambda: slack.submit("ana", "V1", {}),
    ):
        with pytest.raises(PermissionError, match="ana is deactivated"):
            await act()
    with pytest.raises(PermissionError, match="ana is deactivated"):
        slack.react("ana", "mascots", root, "eyes")
    with pytest.raises(PermissionError, match="ana is deactivated"):
        slack.open_home("ana")
    assert [message["text"] for message in slack.channel_messages("mascots")] == ["look"]


async def test_whoever_is_deactivated_is_not_reached(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.deactivate("ana")
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await client.chat_postEphemeral(channel=MASCOTS, user=ANA, text="psst")
    with pytest.raises(SlackApiError, match="user_disabled"):
        await client.conversations_open(users=ANA)
    assert ANA not in (await client.conversations_members(channel=MASCOTS))["members"]
    assert ANA not in (await client.usergroups_users_list(usergroup="S0DESIGN001"))["users"]
    slack.deactivate("ana", on=False)
    assert (await told(client, ANA))["deleted"] is False
    assert ANA in (await client.conversations_members(channel=MASCOTS))["members"]
    assert (await slack.post(user="ana", channel="mascots", text="back"))["text"] == "back"


async def test_a_group_has_no_label_in_a_message(robot: Robot, slack: LocalSlack) -> None:
    await slack.post(user="ana", channel="mascots", text="@Masko review @designers, not @alumni")
    event = await robot.event()
    assert event["text"] == f"<@{BOT}> review <!subteam^S0DESIGN001>, not @alumni"
    elements = event["blocks"][0]["elements"][0]["elements"]
    assert {"type": "usergroup", "usergroup_id": "S0DESIGN001"} in elements
