"""What is checked of each call, whichever method it is: token, its kind, scopes, pace, JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.methods import METHODS, NOT_IMITATED
from bot.sandbox.slack.rate_limits import POSTING, TIERS
from tests.sandbox.slack.conftest import modal

WITH_TOKEN = [name for name, method in METHODS.items() if method.token != "none"]
WITH_SCOPES = [name for name, method in METHODS.items() if method.scopes]
MASCOTS = "C0MASCOTS01"
NONSENSE: list[Any] = [
    *("", "x", "\x00", -1, 10**30, 1.5, True, [], {}, [None], ["x"], {"type": []}),
    [{"type": []}],
    [{"id": []}],
    {**modal(), "external_id": []},
]


async def error(http: ClientSession, name: str, token: str | None, **given: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}" if token else ""}
    async with http.post(f"/api/{name}", headers=headers, data=given) as response:
        answer: dict[str, Any] = await response.json()
        return answer | {"status": response.status, "retry": response.headers.get("Retry-After")}


@pytest.mark.parametrize("name", WITH_TOKEN)
async def test_the_token_is_there_known_and_of_its_kind(
    http: ClientSession, sandbox: Sandbox, name: str
) -> None:
    kinds = {"bot": sandbox.bot_token, "app": sandbox.app_token}
    own = kinds.pop(METHODS[name].token)
    [other] = kinds.values()
    assert (await error(http, name, None))["error"] == "not_authed"
    assert (await error(http, name, "xoxb-sandbox-unknown"))["error"] == "invalid_auth"
    assert (await error(http, name, other))["error"] == "not_allowed_token_type"
    accepted = await error(http, name, own)
    assert accepted.get("error") not in {"not_authed", "invalid_auth", "not_allowed_token_type"}


@pytest.mark.parametrize("name", WITH_SCOPES)
async def test_one_of_its_scopes_is_needed(
    http: ClientSession, sandbox: Sandbox, slack: LocalSlack, name: str
) -> None:
    method, app = METHODS[name], slack.directory.app
    token = sandbox.bot_token if method.token == "bot" else sandbox.app_token
    granted = app.scopes if method.token == "bot" else app.app_level_scopes
    assert (await error(http, name, token)).get("error") != "missing_scope"
    granted -= set(method.scopes)
    refused = await error(http, name, token)
    assert (refused["error"], refused["needed"]) == ("missing_scope", ",".join(method.scopes))


@pytest.mark.parametrize("name", METHODS)
async def test_its_tier_is_kept(http: ClientSession, sandbox: Sandbox, slack: LocalSlack, name: str) -> None:
    method = METHODS[name]
    posting = name == "chat.postMessage"
    key, limit = (f"{name} {MASCOTS}", POSTING) if posting else (name, TIERS[method.tier])
    token = sandbox.app_token if method.token == "app" else sandbox.bot_token
    assert (await error(http, name, token, channel=MASCOTS)).get("error") != "ratelimited"
    while slack.rate_limits.wait_for(key, limit) is None:
        pass
    refused = await error(http, name, token, channel=MASCOTS)
    assert (refused["status"], refused["error"]) == (429, "ratelimited")
    assert int(refused["retry"]) >= 1


@pytest.mark.parametrize("name", [*NOT_IMITATED, "chat.scheduledMessages.list", "nonsense"])
async def test_any_other_method_is_unknown_and_told(
    http: ClientSession, sandbox: Sandbox, slack: LocalSlack, name: str
) -> None:
    assert (await error(http, name, sandbox.bot_token))["error"] == "unknown_method"
    [entry] = slack.workspace.inspector.findings()
    assert (entry.title, entry.finding) == (name, "unknown_method")


@pytest.mark.parametrize("name", METHODS)
async def test_nonsense_gets_an_error_code_and_breaks_nothing(
    http: ClientSession, sandbox: Sandbox, slack: LocalSlack, name: str
) -> None:
    slack.rate_limits.enforced = False
    method = METHODS[name]
    token = sandbox.app_token if method.token == "app" else sandbox.bot_token
    headers = {"Authorization": f"Bearer {token}"}
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    sensible = {"channel": MASCOTS, "ts": root, "timestamp": root, "message_ts": root, "text": "x"}
    for argument in method.arguments:
        for nonsense in NONSENSE:
            given = {**sensible, "view": modal(), argument.name: nonsense}
            as_text = {
                key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
            }
            for body in ({"json": given}, {"data": as_text}):
                async with http.post(f"/api/{name}", headers=headers, **body) as response:
                    assert response.status == 200, (argument.name, nonsense)


async def test_what_is_wrong_with_blocks_is_told_in_full(
    http: ClientSession, sandbox: Sandbox, slack: LocalSlack
) -> None:
    blocks = '[{"type": "header", "text": {"type": "plain_text", "text": "' + "x" * 151 + '"}}]'
    refused = await error(http, "chat.postMessage", sandbox.bot_token, channel=MASCOTS, blocks=blocks)
    assert refused["error"] == "invalid_blocks"
    assert "findings" not in refused
    [entry] = slack.workspace.inspector.findings()
    assert entry.response["findings"] == [
        {
            "code": "too_long",
            "message": "must be less than 151 characters",
            "pointer": "/blocks/0/text/text",
            "constraint": {"max_length": 150},
        }
    ]
