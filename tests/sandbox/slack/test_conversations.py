"""conversations.*, reactions.*, users.info and their neighbours, through the SDK."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack

MASCOTS, BRAND, SECRET, DM = "C0MASCOTS01", "C0BRAND0002", "C0SECRET004", "D0ANABOT005"


async def refusal(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, params=arguments)
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    ("channel", "flag"),
    [(MASCOTS, "is_channel"), (SECRET, "is_group"), (DM, "is_im"), ("C0GROUP0006", "is_mpim")],
)
async def test_info_tells_the_kind(client: AsyncWebClient, channel: str, flag: str) -> None:
    found = (await client.conversations_info(channel=channel, include_num_members=True))["channel"]
    kinds = ("is_channel", "is_group", "is_im", "is_mpim")
    assert [kind for kind in kinds if found.get(kind)] == [flag]
    assert found["num_members"] >= 2


async def test_members_come_in_pages(client: AsyncWebClient, slack: LocalSlack) -> None:
    found: list[str] = []
    async for page in await client.conversations_members(channel=MASCOTS, limit=2):
        found += page["members"]
    assert found == slack.directory.channel("mascots").members


async def test_history_is_newest_first_and_replies_oldest_first(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    root = await slack.post(user="ana", channel="mascots", text="one")
    await slack.post(user="ben", channel="mascots", text="two")
    await slack.post(user="ben", channel="mascots", text="reply", thread_ts=root["ts"])
    history = await client.conversations_history(channel=MASCOTS)
    assert [message["text"] for message in history["messages"]] == ["two", "one"]
    thread = await client.conversations_replies(channel=MASCOTS, ts=root["ts"])
    assert [message["text"] for message in thread["messages"]] == ["one", "reply"]


async def test_history_has_pages_and_a_window(client: AsyncWebClient, slack: LocalSlack) -> None:
    posts = [await slack.post(user="ana", channel="mascots", text=str(n)) for n in range(5)]
    page = await client.conversations_history(channel=MASCOTS, limit=2)
    assert page["has_more"] is True
    page = await client.conversations_history(
        channel=MASCOTS, limit=2, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [message["text"] for message in page["messages"]] == ["2", "1"]
    window = await client.conversations_history(
        channel=MASCOTS, oldest=posts[1]["ts"], latest=posts[3]["ts"], inclusive=True
    )
    assert [message["text"] for message in window["messages"]] == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.info", {"channel": "C0NOWHERE01"}, "channel_not_found"),
        ("conversations.info", {}, "invalid_arguments"),
        ("conversations.members", {"channel": MASCOTS, "cursor": "?"}, "invalid_cursor"),
        ("conversations.history", {"channel": BRAND}, "not_in_channel"),
        ("conversations.history", {"channel": MASCOTS, "cursor": "bmV4dDo="}, "invalid_cursor"),
        ("conversations.history", {"channel": MASCOTS, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.replies", {"channel": MASCOTS}, "thread_not_found"),
        ("conversations.replies", {"channel": MASCOTS, "ts": "1.000001"}, "thread_not_found"),
        ("conversations.replies", {"ts": "1.000001"}, "channel_not_found"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NOBODY001"}, "user_not_found"),
        ("conversations.open", {"users": "U0BEN000002", "prevent_creation": "true"}, "channel_not_found"),
        ("conversations.open", {"channel": MASCOTS}, "method_not_supported_for_channel_type"),
        ("conversations.open", {"users": ",".join(["U0BEN000002"] * 9)}, "too_many_users"),
        ("conversations.join", {"channel": SECRET}, "method_not_supported_for_channel_type"),
        ("users.info", {"user": "U0NOBODY001"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NOBODY001"}, "no_such_subteam"),
        ("usergroups.users.list", {"usergroup": "S0RETIRED02"}, "no_such_subteam"),
        ("usergroups.users.list", {}, "invalid_arguments"),
        ("bots.info", {"bot": "B0NOBODY001"}, "bot_not_found"),
        ("team.info", {"team": "T0NOWHERE01"}, "team_not_found"),
        ("reactions.add", {"channel": MASCOTS, "timestamp": "1.000001", "name": "fox"}, "message_not_found"),
        ("reactions.add", {"channel": MASCOTS, "timestamp": "now", "name": "fox"}, "bad_timestamp"),
        ("reactions.add", {"name": "fox"}, "no_item_specified"),
        ("reactions.add", {"channel": MASCOTS, "timestamp": "1.000001", "name": "a fox"}, "invalid_name"),
    ],
)
async def test_refusals(client: AsyncWebClient, method: str, arguments: dict[str, Any], error: str) -> None:
    assert await refusal(client, method, **arguments) == error


@pytest.mark.parametrize(
    ("scope", "method", "arguments"),
    [
        ("groups:history", "conversations.history", {"channel": SECRET}),
        ("im:read", "conversations.info", {"channel": DM}),
        ("im:write", "conversations.open", {"users": "U0BEN000002"}),
        ("channels:join", "conversations.join", {"channel": BRAND}),
        ("users:read", "users.info", {"user": "U0ANA000001"}),
        ("usergroups:read", "usergroups.list", {}),
        ("usergroups:read", "usergroups.users.list", {"usergroup": "S0DESIGN001"}),
    ],
)
async def test_each_kind_needs_its_scope(
    client: AsyncWebClient, slack: LocalSlack, scope: str, method: str, arguments: dict[str, Any]
) -> None:
    assert (await client.api_call(method, params=arguments))["ok"]
    slack.directory.app.scopes.discard(scope)
    assert await refusal(client, method, **arguments) == "missing_scope"


async def test_open_finds_or_makes_a_conversation(client: AsyncWebClient, slack: LocalSlack) -> None:
    known = await client.conversations_open(users="U0ANA000001")
    assert known["already_open"] is True
    assert known["channel"]["id"] == DM
    made = (await client.conversations_open(users="U0BEN000002"))["channel"]["id"]
    assert (await client.conversations_open(users="U0BEN000002"))["channel"]["id"] == made
    group = (await client.conversations_open(users="U0BEN000002,U0CHRIS0003", return_im=True))["channel"]
    assert group["is_mpim"] is True
    assert (await client.chat_postMessage(channel=group["id"], text="hi"))["ok"]


async def test_join(client: AsyncWebClient) -> None:
    await client.conversations_join(channel=BRAND)
    assert (await client.conversations_join(channel=BRAND))["warning"] == "already_in_channel"
    assert (await client.chat_postMessage(channel=BRAND, text="here"))["ok"]


async def test_people(client: AsyncWebClient, slack: LocalSlack) -> None:
    ana = (await client.users_info(user="U0ANA000001"))["user"]
    assert (ana["real_name"], ana["is_restricted"], ana["is_stranger"]) == ("Ana Lima", False, False)
    assert (await client.users_info(user="U0GIL000004"))["user"]["is_restricted"] is True
    assert (await client.users_info(user="U0NOOR00005"))["user"]["is_stranger"] is False
    slack.directory.channel("northwind").members.remove("U0MASKOBOT1")
    assert (await client.users_info(user="U0NOOR00005"))["user"]["is_stranger"] is True
    assert (await client.bots_info())["bot"]["app_id"] == "A0SANDBOX01"
    assert (await client.team_info())["team"]["name"] == "Sandbox Studio"


async def test_user_groups(client: AsyncWebClient) -> None:
    [designers] = (await client.usergroups_list())["usergroups"]
    assert (designers["handle"], designers["date_delete"]) == ("designers", 0)
    assert not {"users", "user_count"} & set(designers)
    everything = await client.usergroups_list(include_disabled=True, include_users=True, include_count=True)
    assert [group["user_count"] for group in everything["usergroups"]] == [2, 1]
    members = (await client.usergroups_users_list(usergroup="S0DESIGN001"))["users"]
    assert members == everything["usergroups"][0]["users"] == ["U0ANA000001", "U0CHRIS0003"]
    retired = await client.usergroups_users_list(usergroup="S0RETIRED02", include_disabled=True)
    assert retired["users"] == ["U0BEN000002"]


async def test_reactions(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    what = {"channel": MASCOTS, "timestamp": ts, "name": "fox_face"}
    assert await refusal(client, "reactions.remove", **what) == "no_reaction"
    await client.api_call("reactions.add", params=what)
    assert await refusal(client, "reactions.add", **what) == "already_reacted"
    [reaction] = slack.channel_messages("mascots")[0]["reactions"]
    assert (reaction["name"], reaction["count"]) == ("fox_face", 1)
    await client.api_call("reactions.remove", params=what)
    assert "reactions" not in slack.channel_messages("mascots")[0]
