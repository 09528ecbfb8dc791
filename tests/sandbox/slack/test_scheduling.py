"""Scheduled messages and unfurled links, through the SDK."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.schedule import Schedule, Scheduled
from tests.sandbox.slack.conftest import section
from tests.sandbox.slack.test_chat import refused

MASCOTS, BRAND = "C0MASCOTS01", "C0BRAND0002"
LINK = "https://app.masko.ai/m/7"


def in_seconds(seconds: float) -> int:
    return int(time.time() + seconds)


async def test_a_message_waits_for_its_time(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="root"))["ts"]
    answer = await client.chat_scheduleMessage(
        channel="#mascots", post_at=in_seconds(600), text="later", blocks=[section("b")], thread_ts=root
    )
    assert answer["channel"] == MASCOTS
    assert answer["message"]["type"] == "delayed_message"
    assert answer["scheduled_message_id"].startswith("Q")
    assert len(slack.thread("mascots", root)) == 1
    slack.workspace.schedule.deliver(answer["scheduled_message_id"])
    [_, posted] = slack.thread("mascots", root)
    assert (posted["text"], posted["bot_id"]) == ("later", "B0SANDBOX01")
    slack.workspace.schedule.deliver(answer["scheduled_message_id"])
    assert len(slack.thread("mascots", root)) == 2


async def test_it_is_posted_by_itself() -> None:
    posted: asyncio.Queue[str] = asyncio.Queue()
    schedule = Schedule(lambda scheduled: posted.put_nowait(scheduled.id), now=lambda: 1000.0)
    schedule.add(Scheduled("Q2", MASCOTS, 2000, {}))
    schedule.add(Scheduled("Q1", MASCOTS, 1000, {}))
    async with asyncio.timeout(5):
        assert await posted.get() == "Q1"
    schedule.close()
    assert posted.empty()


async def test_it_is_taken_back(client: AsyncWebClient, slack: LocalSlack) -> None:
    answer = await client.chat_scheduleMessage(channel=MASCOTS, post_at=in_seconds(600), text="later")
    waiting = str(answer["scheduled_message_id"])
    wrong = await refused(client.chat_deleteScheduledMessage(channel=BRAND, scheduled_message_id=waiting))
    assert wrong["error"] == "invalid_scheduled_message_id"
    assert (await client.chat_deleteScheduledMessage(channel=MASCOTS, scheduled_message_id=waiting))["ok"]
    again = await refused(client.chat_deleteScheduledMessage(channel=MASCOTS, scheduled_message_id=waiting))
    assert again["error"] == "invalid_scheduled_message_id"
    slack.workspace.schedule.deliver(waiting)
    assert slack.channel_messages("mascots") == []


async def test_in_the_last_minute_it_is_too_late(client: AsyncWebClient) -> None:
    answer = await client.chat_scheduleMessage(channel=MASCOTS, post_at=in_seconds(50), text="soon")
    late = client.chat_deleteScheduledMessage(
        channel=MASCOTS, scheduled_message_id=str(answer["scheduled_message_id"])
    )
    assert (await refused(late))["error"] == "invalid_scheduled_message_id"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"post_at": "soon"}, "invalid_time"),
        ({"post_at": in_seconds(-10)}, "time_in_past"),
        ({"post_at": in_seconds(121 * 24 * 3600)}, "time_too_far"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"channel": BRAND}, "not_in_channel"),
        ({"channel": "C0NOWHERE01"}, "channel_not_found"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"blocks": [section("")]}, "invalid_blocks"),
    ],
)
async def test_what_cannot_be_scheduled(
    client: AsyncWebClient, arguments: dict[str, Any], error: str
) -> None:
    about = {"channel": MASCOTS, "post_at": in_seconds(600), "text": "x", **arguments}
    assert (await refused(client.api_call("chat.scheduleMessage", json=about)))["error"] == error


async def test_thirty_within_five_minutes(client: AsyncWebClient, slack: LocalSlack) -> None:
    at = in_seconds(3600)
    for n in range(30):
        await client.chat_scheduleMessage(channel=MASCOTS, post_at=at + n, text="x")
    crowded = client.chat_scheduleMessage(channel=MASCOTS, post_at=at, text="x")
    assert (await refused(crowded))["error"] == "restricted_too_many"
    assert (await client.chat_scheduleMessage(channel=MASCOTS, post_at=at + 3600, text="x"))["ok"]


async def test_a_link_is_unfurled(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text=f"see {LINK}"))["ts"]
    for words in ("one", "two"):
        await client.chat_unfurl(channel=MASCOTS, ts=ts, unfurls={LINK: {"blocks": [section(words)]}})
    [message] = slack.channel_messages("mascots")
    [attachment] = message["attachments"]
    assert attachment["blocks"][0]["text"]["text"] == "two"
    assert (attachment["is_app_unfurl"], attachment["app_unfurl_url"]) == (True, LINK)
    assert "edited" not in message


async def test_a_link_is_unfurled_by_the_id_of_its_event(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ana", channel="mascots", text=LINK))["ts"]
    about = {"unfurl_id": f"{MASCOTS}-{ts}", "source": "conversations_history"}
    about |= {"unfurls": json.dumps({LINK: {"text": "Felix"}})}
    assert (await client.api_call("chat.unfurl", data=about))["ok"]
    [message] = slack.channel_messages("mascots")
    assert message["attachments"][0]["text"] == "Felix"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": None}, "missing_channel"),
        ({"ts": None}, "missing_ts"),
        ({"unfurls": None}, "missing_unfurls"),
        ({"unfurls": "x"}, "invalid_unfurls_format"),
        ({"channel": "C0NOWHERE01"}, "cannot_find_channel"),
        ({"ts": "1.000001"}, "cannot_find_message"),
        ({"unfurls": {"https://masko.ai/other": {"text": "x"}}}, "cannot_unfurl_message"),
        ({"unfurls": {"https://example.com/x": {"text": "x"}}}, "cannot_unfurl_url"),
        ({"unfurls": {LINK: "x"}}, "cannot_parse_attachment"),
        ({"unfurls": {LINK: {"blocks": [section("")]}}}, "cannot_parse_attachment"),
        ({"unfurl_id": "x"}, "missing_source"),
        ({"unfurl_id": "x", "source": "composer"}, "invalid_unfurl_id"),
        ({"unfurl_id": "x", "source": "elsewhere"}, "invalid_source"),
        ({"channel": None, "ts": None, "source": "composer"}, "missing_unfurl_id"),
    ],
)
async def test_what_cannot_be_unfurled(
    client: AsyncWebClient, slack: LocalSlack, arguments: dict[str, Any], error: str
) -> None:
    text = f"see {LINK} and https://example.com/x"
    ts = (await slack.post(user="ana", channel="mascots", text=text))["ts"]
    about = {"channel": MASCOTS, "ts": ts, "unfurls": {LINK: {"text": "x"}}, **arguments}
    assert (await refused(client.api_call("chat.unfurl", json=about)))["error"] == error
