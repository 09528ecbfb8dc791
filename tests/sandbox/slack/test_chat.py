"""chat.*: posting, editing, deleting and their refusals, through the SDK."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, section

MASCOTS, BRAND, SECRET = "C0MASCOTS01", "C0BRAND0002", "C0SECRET004"


async def refused(coroutine: Any) -> dict[str, Any]:
    """The answer of a refused call."""
    with pytest.raises(SlackApiError) as caught:
        await coroutine
    answer = caught.value.response.data
    assert isinstance(answer, dict)
    return answer


async def test_a_post_is_there_as_slack_writes_it(client: AsyncWebClient, slack: LocalSlack) -> None:
    answer = await client.chat_postMessage(channel=MASCOTS, text="hi", blocks=[section(), actions(button())])
    [message] = slack.channel_messages("mascots")
    assert answer["message"] == message
    assert answer["ts"] == message["ts"]
    assert message["bot_id"] == "B0SANDBOX01"
    assert message["user"] == slack.directory.app.bot_user_id
    assert all(block["block_id"] for block in message["blocks"])
    assert message["blocks"][1]["elements"][0]["text"]["emoji"] is True


async def test_replies_stand_in_the_thread_and_count(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    reply = await client.chat_postMessage(channel=MASCOTS, text="nice", thread_ts=root["ts"])
    thread = slack.thread("mascots", root["ts"])
    assert [message["text"] for message in thread] == ["look", "nice"]
    assert thread[0]["reply_count"] == 1
    assert thread[0]["latest_reply"] == reply["ts"]
    assert thread[1]["parent_user_id"] == root["user"]
    assert [message["text"] for message in slack.channel_messages("mascots")] == ["look"]


async def test_a_reply_to_a_reply_joins_its_thread(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    first = await client.chat_postMessage(channel=MASCOTS, text="one", thread_ts=root["ts"])
    second = await client.chat_postMessage(channel=MASCOTS, text="two", thread_ts=first["ts"])
    assert second["message"]["thread_ts"] == root["ts"]


async def test_a_broadcast_stands_in_both(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = await slack.post(user="ana", channel="mascots", text="look")
    await client.chat_postMessage(channel=MASCOTS, text="all", thread_ts=root["ts"], reply_broadcast=True)
    assert [m.get("subtype") for m in slack.channel_messages("mascots")] == [None, "thread_broadcast"]


async def test_a_persons_id_is_their_dm(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel="U0ANA000001", text="psst")
    assert answer["channel"] == "D0ANABOT005"
    opened = [await client.chat_postMessage(channel="U0BEN000002", text="psst") for _ in range(2)]
    assert opened[0]["channel"].startswith("D")
    assert opened[0]["channel"] == opened[1]["channel"]
    itself = await refused(client.chat_postMessage(channel="U0MASKOBOT1", text="psst"))
    assert itself["error"] == "channel_not_found"


async def test_long_text_is_cut(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=MASCOTS, text="x" * 40_001)
    assert len(answer["message"]["text"]) == 40_000


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE01", "text": "x"}, "channel_not_found"),
        ({"channel": BRAND, "text": "x"}, "not_in_channel"),
        ({"channel": MASCOTS, "text": ""}, "no_text"),
        ({"channel": MASCOTS, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": MASCOTS, "text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"channel": MASCOTS, "text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"channel": MASCOTS, "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": MASCOTS, "text": "x", "attachments": [{"fallback": "x"}] * 101}, "too_many_attachments"),
        ({"channel": MASCOTS, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": MASCOTS, "text": "x", "blocks": [section("x" * 2999)] * 5}, "msg_blocks_too_long"),
    ],
)
async def test_posts_are_refused(client: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    assert (await refused(client.api_call("chat.postMessage", json=arguments)))["error"] == error


async def test_a_private_channel_without_the_bot_is_not_there(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    slack.directory.channel(SECRET).members.remove(slack.directory.app.bot_user_id)
    assert (await refused(client.chat_postMessage(channel=SECRET, text="x")))["error"] == "channel_not_found"


async def test_public_channels_open_with_their_scope(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.directory.app.scopes.add("chat:write.public")
    assert (await client.chat_postMessage(channel=BRAND, text="x"))["ok"]


async def test_a_closed_messages_tab_takes_no_dm(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.directory.app.messages_tab = False
    answer = await refused(client.chat_postMessage(channel="D0ANABOT005", text="x"))
    assert answer["error"] == "messages_tab_disabled"


async def test_invalid_blocks_tell_where(client: AsyncWebClient) -> None:
    answer = await refused(client.chat_postMessage(channel=MASCOTS, text="x", blocks=[section("x" * 3001)]))
    line = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [line]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {line}"]}


async def test_update_keeps_what_is_not_given(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = (await client.chat_postMessage(channel=MASCOTS, text="one", blocks=[section("a")]))["ts"]
    await client.chat_update(channel=MASCOTS, ts=ts, text="two")
    [message] = slack.channel_messages("mascots")
    assert (message["text"], message["blocks"][0]["text"]["text"]) == ("two", "a")
    assert message["edited"]["user"] == slack.directory.app.bot_user_id
    await client.chat_update(channel=MASCOTS, ts=ts, text="three", blocks=[])
    assert "blocks" not in slack.channel_messages("mascots")[0]


async def test_an_update_brings_files(client: AsyncWebClient, slack: LocalSlack, png: NewFile) -> None:
    ts = str((await client.chat_postMessage(channel=MASCOTS, text="ours"))["ts"])
    uploaded = await client.files_upload_v2(file=png.content, filename="fox.png")
    await client.chat_update(channel=MASCOTS, ts=ts, text="ours", file_ids=[uploaded["file"]["id"]])
    [message] = slack.channel_messages("mascots")
    assert [file["name"] for file in message["files"]] == ["fox.png"]
    theirs = (await slack.post(user="ana", channel="brand", files=[png]))["files"][0]["id"]
    for file_id in ("F0NOWHERE01", theirs):
        answer = await refused(client.chat_update(channel=MASCOTS, ts=ts, text="x", file_ids=[file_id]))
        assert answer["error"] == "file_not_found"


async def test_updates_are_refused(client: AsyncWebClient, slack: LocalSlack) -> None:
    theirs = (await slack.post(user="ana", channel="mascots", text="mine"))["ts"]
    ours = (await client.chat_postMessage(channel=MASCOTS, text="ours"))["ts"]
    cases = {
        "cant_update_message": {"ts": theirs, "text": "x"},
        "message_not_found": {"ts": "1.000001", "text": "x"},
        "msg_too_long": {"ts": ours, "text": "x" * 4001},
        "no_text": {"ts": ours},
        "invalid_blocks": {"ts": ours, "blocks": [section("")]},
    }
    for error, arguments in cases.items():
        answer = await refused(client.api_call("chat.update", json={"channel": MASCOTS, **arguments}))
        assert answer["error"] == error


async def test_delete(client: AsyncWebClient, slack: LocalSlack) -> None:
    theirs = (await slack.post(user="ana", channel="mascots", text="mine"))["ts"]
    ours = (await client.chat_postMessage(channel=MASCOTS, text="ours"))["ts"]
    assert (await refused(client.chat_delete(channel=MASCOTS, ts=theirs)))["error"] == "cant_delete_message"
    await client.chat_delete(channel=MASCOTS, ts=ours)
    assert (await refused(client.chat_delete(channel=MASCOTS, ts=ours)))["error"] == "message_not_found"
    assert [message["text"] for message in slack.channel_messages("mascots")] == ["mine"]


async def test_the_root_of_a_thread_leaves_a_tombstone(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = (await client.chat_postMessage(channel=MASCOTS, text="root"))["ts"]
    await slack.post(user="ana", channel="mascots", text="reply", thread_ts=root)
    await client.chat_delete(channel=MASCOTS, ts=root)
    assert [m.get("subtype") for m in slack.thread("mascots", root)] == ["tombstone", None]


async def test_ephemeral_messages_are_seen_by_one(client: AsyncWebClient, slack: LocalSlack) -> None:
    await client.chat_postEphemeral(channel=MASCOTS, user="U0ANA000001", text="for you")
    assert slack.channel_messages("mascots", "ben") == []
    [message] = slack.channel_messages("mascots", "ana")
    assert message["is_ephemeral"] is True


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": MASCOTS, "user": "U0NOOR00005", "text": "x"}, "user_not_in_channel"),
        ({"channel": BRAND, "user": "U0ANA000001", "text": "x"}, "not_in_channel"),
        ({"channel": MASCOTS, "user": "U0ANA000001", "text": ""}, "no_text"),
        ({"channel": MASCOTS, "user": "U0ANA000001", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": MASCOTS, "text": "x"}, "invalid_arguments"),
    ],
)
async def test_ephemeral_refusals(client: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    assert (await refused(client.api_call("chat.postEphemeral", json=arguments)))["error"] == error


async def test_permalinks(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    reply = (await client.chat_postMessage(channel=MASCOTS, text="x", thread_ts=root))["ts"]
    link = (await client.chat_getPermalink(channel=MASCOTS, message_ts=reply))["permalink"]
    assert link.endswith(f"/archives/{MASCOTS}/p{reply.replace('.', '')}?thread_ts={root}&cid={MASCOTS}")
    answer = await refused(client.chat_getPermalink(channel=MASCOTS, message_ts="1.000001"))
    assert answer["error"] == "message_not_found"
