"""The real Bolt with its OAuth flow and token rotation, installed in two workspaces and an organisation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import Enterprise
from tests.sandbox.slack.conftest import NoMasko
from tests.sandbox.slack.oauth import distributed

GROUP = Enterprise("E0NORTHWIND", "Northwind Group")

# slack_sdk sends client id and secret by aiohttp's BasicAuth, which aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


class Bolt:
    """A distributed app that answers each message with the workspace that it came from."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.store = FileInstallationStore(base_dir=str(folder / "installed"))
        whole = distributed()["oauth_config"]["scopes"]["bot"]
        client = AsyncWebClient(base_url=sandbox.slack_api_url)
        settings = AsyncOAuthSettings(
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
            scopes=whole,
            installation_store=self.store,
            state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(folder / "states")),
            authorization_url=sandbox.authorize_url,
            state_validation_enabled=False,  # the cookie that it checks is for HTTPS alone
        )
        # Bolt's own rotator has a client of its own, which knows slack.com alone.
        settings.authorize.token_rotator = AsyncTokenRotator(  # type: ignore[attr-defined]
            client_id=sandbox.client_id, client_secret=sandbox.client_secret, client=client
        )
        self.app = AsyncApp(
            signing_secret=sandbox.signing_secret,
            client=client,
            process_before_response=True,
            oauth_settings=settings,
        )
        self.app.event("message")(self.answer)
        self.app.event("member_joined_channel")(self.nothing)
        self.app.enable_token_revocation_listeners()

    async def answer(self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient) -> None:
        if "bot_id" not in event:
            await client.chat_postMessage(channel=event["channel"], text=f"{body['team_id']} hears you")

    async def nothing(self) -> None:
        pass

    async def handle(self, request: web.Request) -> web.Response:
        flow, asked = self.app.oauth_flow, await to_bolt_request(request)
        assert flow is not None
        match request.path:
            case "/slack/install":
                return await to_aiohttp_response(await flow.handle_installation(asked))
            case "/slack/oauth_redirect":
                return await to_aiohttp_response(await flow.handle_callback(asked))
            case _:
                return await to_aiohttp_response(await self.app.async_dispatch(asked))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    settings = {"token_rotation_enabled": True, "org_deploy_enabled": True}
    async with Sandbox(distributed(**settings), masko=NoMasko()) as running:
        await running.slack.uninstall(events=())
        yield running


@pytest.fixture
async def install(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Any]:
    """Install the app as a person does: from its own page over Slack's and back."""
    bolt = Bolt(sandbox, tmp_path)
    web_app = web.Application()
    web_app.router.add_route("*", "/slack/{path}", bolt.handle)
    async with TestServer(web_app, host="127.0.0.1") as server, ClientSession() as browser:
        sandbox.redirect_urls = [str(server.make_url("/slack/oauth_redirect"))]
        sandbox.slack.use_request_url(str(server.make_url("/slack/events")), faster=1e4)

        async def installed(place: str) -> str:
            async with browser.get(server.make_url("/slack/install")) as page:
                [link] = [part for part in (await page.text()).split('"') if "/oauth/v2/authorize" in part]
            form = {"choice": "allow", "place": place}
            async with browser.post(link.replace("&amp;", "&"), data=form) as done:
                return f"{done.status} {await done.text()}"

        yield installed
        await sandbox.slack.platform.stop()


async def answered(slack: LocalSlack) -> str:
    """What the bot says to a post in #mascots, which it is brought into."""
    slack.invite("ana", "mascots", slack.directory.bot.id)
    said = len(slack.channel_messages("mascots"))
    await slack.post(user="ana", channel="mascots", text="hello")
    [answer] = await slack.wait_until(lambda: slack.channel_messages("mascots")[said + 1 :])
    text: str = answer["text"]
    return text


async def test_one_bot_serves_two_workspaces(sandbox: Sandbox, install: Any) -> None:
    other = sandbox.add_workspace("Northwind")
    for slack in (sandbox.slack, other):
        team = slack.directory.team.id
        assert (await install(team)).startswith("200")
        assert await answered(slack) == f"{team} hears you"
    assert sandbox.inspector.findings() == []


async def test_its_tokens_are_renewed_when_they_are_about_to_expire(
    sandbox: Sandbox, install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later on, by the clock that the rotator reads."""
    slack = sandbox.slack
    await install("T0SANDBOX01")
    assert await answered(slack) == "T0SANDBOX01 hears you"
    assert slack.calls["oauth.v2.access"] == 1
    await slack.wait_until(lambda: all(delivery.acknowledged for delivery in slack.deliveries))
    later = time.time() + 11 * 3600
    monkeypatch.setattr("slack_sdk.oauth.token_rotation.async_rotator.time", lambda: later)
    sandbox.pass_time(11 * 3600)
    await slack.post(user="ana", channel="mascots", text="hello again")
    await slack.wait_until(lambda: slack.effects["chat.postMessage"] == 2)
    assert slack.effects["oauth.v2.access"] == 2


async def test_one_installation_serves_an_organisation(sandbox: Sandbox, install: Any) -> None:
    both = [sandbox.add_workspace(name, enterprise=GROUP) for name in ("North", "South")]
    assert (await install(GROUP.id)).startswith("200")
    assert [await answered(slack) for slack in both] == ["T1SANDBOX01 hears you", "T2SANDBOX01 hears you"]


async def test_what_is_uninstalled_is_forgotten(sandbox: Sandbox, install: Any, tmp_path: Path) -> None:
    await install("T0SANDBOX01")
    store = FileInstallationStore(base_dir=str(tmp_path / "installed"))
    assert store.find_installation(enterprise_id=None, team_id="T0SANDBOX01") is not None
    deliveries = await sandbox.slack.uninstall()
    assert [delivery.acknowledged for delivery in deliveries] == [True, True]
    assert store.find_installation(enterprise_id=None, team_id="T0SANDBOX01") is None
