"""The Web API's front: tokens, scopes, forms of calls, limits, and what the inspector holds against a bot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack

REAL_BOT_TOKEN = "-".join(["xoxb", "123456789012", "1234567890123", "x" * 24])
REAL_APP_TOKEN = "-".join(["xapp", "1", "A0123456789", "1234567890123", "0" * 64])


def last_finding(slack: LocalSlack) -> str | None:
    return slack.workspace.inspector.after(0)[-1].finding


async def call(http: ClientSession, method: str, **request: Any) -> dict[str, Any]:
    async with http.post(f"/api/{method}", **request) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_the_sdk_finds_itself(client: AsyncWebClient, slack: LocalSlack) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == slack.directory.app.bot_user_id
    assert answer.headers["x-oauth-scopes"].startswith("app_mentions:read,channels:history")
    assert answer.headers["x-slack-req-id"]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Authorization": ""}, "not_authed"),
        ({"Authorization": "Basic abc"}, "not_authed"),
        ({"Authorization": "Bearer xoxb-sandbox-wrong"}, "invalid_auth"),
        ({"Authorization": f"Bearer {REAL_BOT_TOKEN}"}, "invalid_auth"),
        ({"Authorization": f"Bearer {REAL_APP_TOKEN}"}, "invalid_auth"),
    ],
)
async def test_tokens_are_checked(
    http: ClientSession, slack: LocalSlack, headers: dict[str, str], error: str
) -> None:
    assert await call(http, "auth.test", headers=headers) == {"ok": False, "error": error}
    assert error in (last_finding(slack) or "")


async def test_a_real_token_is_refused_loudly_and_not_written_down(
    http: ClientSession, slack: LocalSlack
) -> None:
    await call(http, "auth.test", headers={"Authorization": f"Bearer {REAL_BOT_TOKEN}"})
    entry = slack.workspace.inspector.after(0)[-1]
    assert "REAL TOKEN" in (entry.finding or "")
    assert REAL_BOT_TOKEN not in json.dumps(entry.as_json())


async def test_token_kinds(sandbox: Sandbox, client: AsyncWebClient, http: ClientSession) -> None:
    app = {"Authorization": f"Bearer {sandbox.app_token}"}
    opened = await call(http, "apps.connections.open", headers=app)
    assert opened["url"].startswith("ws://127.0.0.1:")
    assert (await call(http, "apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await call(http, "auth.test", headers=app))["error"] == "not_allowed_token_type"


async def test_the_app_token_needs_its_scope(sandbox: Sandbox, http: ClientSession) -> None:
    sandbox.slack.directory.app.app_level_scopes.clear()
    app = {"Authorization": f"Bearer {sandbox.app_token}"}
    assert (await call(http, "apps.connections.open", headers=app))["needed"] == "connections:write"


async def test_a_token_may_come_in_the_form_but_not_in_query_or_json(
    sandbox: Sandbox, http: ClientSession
) -> None:
    none, token = {"Authorization": ""}, {"token": sandbox.bot_token}
    assert (await call(http, "auth.test", headers=none, data=token))["ok"]
    assert (await call(http, "auth.test", headers=none, params=token))["error"] == "not_authed"
    assert (await call(http, "auth.test", headers=none, json=token))["error"] == "not_authed"


async def test_missing_scope_names_needed_and_provided(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.directory.app.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="#mascots", text="hi")
    answer = caught.value.response
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "chat:write"
    assert answer["provided"].split(",") == sorted(slack.directory.app.scopes)


async def test_unknown_methods_are_told(http: ClientSession, slack: LocalSlack) -> None:
    answer = await call(http, "users.list")
    assert answer == {"ok": False, "error": "unknown_method", "req_method": "users.list"}
    assert last_finding(slack) == "unknown_method"


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"channel": "C0MASCOTS01", "text": "hi", "blocks": None}},
        {"data": {"channel": "C0MASCOTS01", "text": "hi"}},
        {"params": {"channel": "#mascots", "text": "hi"}},
        {"data": {"channel": "C0MASCOTS01", "blocks": '[{"type": "divider"}]'}},
        {"params": {"channel": "C0MASCOTS01"}, "data": {"text": "hi"}},
    ],
    ids=["json", "form", "query", "blocks in a form", "query and form"],
)
async def test_arguments_come_in_any_form(
    http: ClientSession, slack: LocalSlack, request_: dict[str, Any]
) -> None:
    assert (await call(http, "chat.postMessage", **request_))["ok"]
    assert last_finding(slack) is None


@pytest.mark.parametrize(
    ("body", "error"),
    [("{", "invalid_json"), ("[]", "json_not_object"), ('"x"', "json_not_object")],
)
async def test_bad_json(http: ClientSession, body: str, error: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await call(http, "chat.postMessage", data=body, headers=headers))["error"] == error


async def test_missing_and_malformed_arguments(http: ClientSession) -> None:
    answer = await call(http, "chat.update", json={"text": "x"})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel [json-pointer:/channel]",
        "[ERROR] missing required field: ts [json-pointer:/ts]",
    ]
    answer = await call(
        http, "chat.postMessage", json={"channel": "#mascots", "text": "x", "mrkdwn": "perhaps"}
    )
    assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("method", "request_", "finding"),
    [
        (
            "chat.postMessage",
            {"json": {"channel": "#mascots", "txt": "x", "text": "x"}},
            "knows no argument txt",
        ),
        ("files.info", {"json": {"file": "F1"}}, "takes no JSON body"),
        ("auth.test", {"json": {"a": 1}, "params": {"b": 2}}, "must not be mixed"),
        ("auth.test", {"params": {"token": "xoxb-sandbox-1"}}, "tokens cannot be sent in the query"),
    ],
)
async def test_what_slack_lets_pass_is_a_finding(
    http: ClientSession, slack: LocalSlack, method: str, request_: dict[str, Any], finding: str
) -> None:
    await call(http, method, **request_)
    assert finding in (last_finding(slack) or "")


async def test_bolts_team_id_is_no_finding(http: ClientSession, slack: LocalSlack) -> None:
    assert (await call(http, "auth.test", json={"team_id": "T0SANDBOX01"}))["ok"]
    assert slack.workspace.inspector.findings() == []


async def test_posting_is_limited_per_channel(client: AsyncWebClient) -> None:
    for _ in range(5):
        await client.chat_postMessage(channel="#mascots", text="hi")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="#mascots", text="hi")
    assert caught.value.response.status_code == 429
    assert caught.value.response.data == {"ok": False, "error": "ratelimited"}
    assert caught.value.response.headers["Retry-After"] == "1"
    assert (await client.chat_postMessage(channel="#northwind", text="hi"))["ok"]


async def test_limits_can_be_lifted(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.rate_limits.enforced = False
    for _ in range(10):
        await client.chat_postMessage(channel="#mascots", text="hi")


async def test_the_next_calls_can_be_rate_limited(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.faults.rate_limit("auth.test", calls=1, retry_after=0)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    assert (await client.auth_test())["ok"]
    outcomes = [entry.ok for entry in slack.workspace.inspector.after(0)]
    assert outcomes == [False, True]
    assert slack.workspace.inspector.findings() == []


async def test_the_next_call_can_fail_in_any_way(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.faults.fail("auth.test", "internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.auth_test()
    assert (await client.auth_test())["ok"]


async def test_api_test_echoes(client: AsyncWebClient) -> None:
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    with pytest.raises(SlackApiError, match="my_error"):
        await client.api_test(error="my_error")


async def test_a_circumstance_is_not_held_against_the_bot(client: AsyncWebClient, slack: LocalSlack) -> None:
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel="C0MASCOTS01", ts="1.000001", text="x")
    assert slack.workspace.inspector.findings() == []
    with pytest.raises(SlackApiError, match="no_text"):
        await client.api_call("chat.postMessage", json={"channel": "C0MASCOTS01"})
    assert [entry.finding for entry in slack.workspace.inspector.findings()] == ["no_text"]
