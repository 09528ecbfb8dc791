"""Tokens that expire, and what renews them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.tokens import looks_real
from tests.sandbox.slack.conftest import NoMasko, picture
from tests.sandbox.slack.oauth import Installer, distributed

HOURS = 3600


@pytest.fixture
async def installer() -> AsyncIterator[Installer]:
    rotating = distributed(token_rotation_enabled=True)
    async with Sandbox(rotating, masko=NoMasko()) as sandbox, ClientSession(sandbox.page_url) as http:
        yield Installer(sandbox, http)


@pytest.fixture
def other(installer: Installer) -> LocalSlack:
    return installer.sandbox.add_workspace("Northwind")


async def error(installer: Installer, token: str) -> str | None:
    return (await installer.call("auth.test", token)).get("error")


async def test_a_token_expires_after_twelve_hours(installer: Installer, other: LocalSlack) -> None:
    answer = await installer.install("T1SANDBOX01")
    token = answer["access_token"]
    assert token.startswith("xoxe.xoxb-")
    assert answer["refresh_token"].startswith("xoxe-")
    assert not looks_real(token)
    assert not looks_real(answer["refresh_token"])
    assert answer["expires_in"] == 12 * HOURS
    installer.sandbox.pass_time(12 * HOURS - 60)
    assert (await installer.call("auth.test", token))["expires_in"] in (59, 60)
    installer.sandbox.pass_time(60)
    assert await error(installer, token) == "token_expired"


async def test_a_refresh_token_works_once(installer: Installer, other: LocalSlack) -> None:
    first = await installer.install("T1SANDBOX01")
    second = await installer.refresh(first["refresh_token"])
    assert {"team", "enterprise", "app_id", "bot_user_id", "scope"} <= second.keys()
    assert second["token_type"] == "bot"
    assert second["expires_in"] == 12 * HOURS
    assert second["access_token"] != first["access_token"]
    assert (await installer.refresh(first["refresh_token"]))["error"] == "invalid_refresh_token"
    [entry] = installer.sandbox.inspector.findings()
    assert entry.finding == "a refresh token was used a second time: each is good once"
    assert (await installer.refresh(second["refresh_token"]))["ok"]


async def test_the_old_token_lives_until_it_expires(installer: Installer, other: LocalSlack) -> None:
    first = await installer.install("T1SANDBOX01")
    installer.sandbox.pass_time(11 * HOURS)
    second = await installer.refresh(first["refresh_token"])
    assert await error(installer, first["access_token"]) is None
    installer.sandbox.pass_time(HOURS)
    assert await error(installer, first["access_token"]) == "token_expired"
    assert await error(installer, second["access_token"]) is None


async def test_at_most_two_tokens_are_active(installer: Installer, other: LocalSlack) -> None:
    first = await installer.install("T1SANDBOX01")
    second = await installer.refresh(first["refresh_token"])
    third = await installer.refresh(second["refresh_token"])
    answers = [await error(installer, each["access_token"]) for each in (first, second, third)]
    assert answers == ["token_revoked", None, None]


async def test_tokens_expire_on_demand_and_are_renewed(installer: Installer, other: LocalSlack) -> None:
    answer = await installer.install("T1SANDBOX01")
    other.expire_tokens()
    assert await error(installer, answer["access_token"]) == "token_expired"
    renewed = await installer.refresh(answer["refresh_token"])
    assert await error(installer, renewed["access_token"]) is None


async def test_one_workspaces_tokens_expire_alone(installer: Installer, other: LocalSlack) -> None:
    first, second = await installer.install("T0SANDBOX01"), await installer.install("T1SANDBOX01")
    other.expire_tokens()
    assert await error(installer, first["access_token"]) is None
    assert await error(installer, second["access_token"]) == "token_expired"


async def test_what_was_there_before_lasts(installer: Installer) -> None:
    """The first workspace's token is none that OAuth handed out."""
    installer.sandbox.slack.expire_tokens()
    installer.sandbox.pass_time(1000 * HOURS)
    assert await error(installer, installer.sandbox.bot_token) is None


async def test_rotation_is_a_switch(installer: Installer, other: LocalSlack) -> None:
    installer.sandbox.token_rotation = False
    answer = await installer.install("T1SANDBOX01")
    assert answer["access_token"].startswith("xoxb-")
    assert not {"expires_in", "refresh_token"} & answer.keys()


async def test_after_uninstalling_nothing_is_renewed(installer: Installer, other: LocalSlack) -> None:
    answer = await installer.install("T1SANDBOX01")
    await other.uninstall(events=())
    assert (await installer.refresh(answer["refresh_token"]))["error"] == "invalid_refresh_token"


async def test_an_expired_token_downloads_nothing(installer: Installer, other: LocalSlack) -> None:
    token = await installer.into(other)
    message = await other.post(user="ana", channel="mascots", files=[picture("fox.png")])
    headers = {"Authorization": f"Bearer {token}"}
    url = message["files"][0]["url_private"]
    async with installer.http.get(url, headers=headers) as answer:
        assert answer.content_type == "image/png"
    other.expire_tokens()
    async with installer.http.get(url, headers=headers) as answer:
        assert answer.content_type == "text/html"
