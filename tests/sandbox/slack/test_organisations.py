"""Enterprise Grid: one installation, and one token, for all workspaces of an organisation."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import Enterprise
from tests.sandbox.slack.conftest import NoMasko, modal, picture
from tests.sandbox.slack.oauth import Installer, distributed

GROUP = Enterprise("E0NORTHWIND", "Northwind Group")
SCOPES = ",".join(distributed()["oauth_config"]["scopes"]["bot"])


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(distributed(org_deploy_enabled=True), masko=NoMasko()) as running:
        yield running


@pytest.fixture
async def installer(sandbox: Sandbox) -> AsyncIterator[Installer]:
    async with ClientSession(sandbox.page_url) as http:
        yield Installer(sandbox, http)


@pytest.fixture
def north(sandbox: Sandbox) -> LocalSlack:
    return sandbox.add_workspace("North", enterprise=GROUP)


@pytest.fixture
def south(sandbox: Sandbox, north: LocalSlack) -> LocalSlack:
    return sandbox.add_workspace("South", enterprise=GROUP)


@pytest.fixture
async def token(installer: Installer, north: LocalSlack, south: LocalSlack) -> str:
    """Of the organisation; the bot is in both #mascots."""
    answer = await installer.install(GROUP.id, scope=SCOPES)
    for slack in (north, south):
        slack.invite("ana", "mascots", slack.directory.bot.id)
    token: str = answer["access_token"]
    return token


@pytest.fixture
async def heard(sandbox: Sandbox) -> AsyncIterator[list[dict[str, Any]]]:
    payloads: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        payloads.append(await request.json() if request.content_type == "application/json" else {})
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        sandbox.slack.use_request_url(str(server.make_url("/slack/events")), faster=1e4)
        yield payloads
        await sandbox.slack.platform.stop()


async def test_the_page_offers_organisations_to_apps_that_are_ready(
    installer: Installer, south: LocalSlack
) -> None:
    _, text = await installer.page()
    offered = re.findall(r'name="place" value="(\w+)"', text)
    assert offered == ["T0SANDBOX01", "T1SANDBOX01", "T2SANDBOX01", "E0NORTHWIND"]
    assert "Northwind Group, organisation" in text
    async with Sandbox(distributed(), masko=NoMasko()) as unready, ClientSession(unready.page_url) as http:
        unready.add_workspace("North", enterprise=GROUP)
        _, text = await Installer(unready, http).page()
    assert "organisation" not in text


async def test_an_organisation_is_no_team(installer: Installer, north: LocalSlack, south: LocalSlack) -> None:
    answer = await installer.install(GROUP.id)
    assert answer["team"] is None
    assert answer["enterprise"] == {"id": GROUP.id, "name": GROUP.name}
    assert answer["is_enterprise_install"] is True
    assert answer["bot_user_id"] == north.directory.bot.id == south.directory.bot.id
    assert north.installed
    assert south.installed
    who = await installer.call("auth.test", answer["access_token"])
    assert who["is_enterprise_install"] is True
    assert (who["team_id"], who["team"], who["enterprise_id"]) == (GROUP.id, GROUP.name, GROUP.id)
    assert (who["user_id"], who["bot_id"]) == (north.directory.bot.id, north.directory.app.bot_id)


async def test_a_workspace_of_an_organisation_may_have_the_app_alone(
    installer: Installer, north: LocalSlack, south: LocalSlack, heard: list[dict[str, Any]]
) -> None:
    answer = await installer.install("T2SANDBOX01", scope=SCOPES)
    assert answer["team"] == {"id": "T2SANDBOX01", "name": "South"}
    assert answer["enterprise"] == {"id": GROUP.id, "name": GROUP.name}
    assert answer["is_enterprise_install"] is False
    assert not north.installed
    who = await installer.call("auth.test", answer["access_token"])
    assert (who["team_id"], who["enterprise_id"], who["is_enterprise_install"]) == (
        "T2SANDBOX01",
        GROUP.id,
        False,
    )
    channel = north.directory.channel("mascots").id
    refused = await installer.call("conversations.info", answer["access_token"], channel=channel)
    assert refused["error"] == "channel_not_found"
    south.open_home("ana")
    await south.wait_until(lambda: heard)
    [authorization] = heard[0]["authorizations"]
    assert authorization["team_id"] == "T2SANDBOX01"
    assert (authorization["enterprise_id"], authorization["is_enterprise_install"]) == (GROUP.id, False)


async def test_one_token_reaches_whichever_workspace_is_named(
    installer: Installer, north: LocalSlack, south: LocalSlack, token: str
) -> None:
    for slack in (north, south):
        directory = slack.directory
        channel, ben = directory.channel("mascots").id, directory.person("ben").id
        sent = await installer.call("chat.postMessage", token, channel=channel, text="hi")
        assert slack.channel_messages("mascots")[-1]["ts"] == sent["ts"]
        assert (await installer.call("users.info", token, user=ben))["user"]["team_id"] == directory.team.id
        opened = await installer.call("conversations.open", token, users=ben)
        assert opened["channel"]["id"] in directory.channels
        message = await slack.post(user="ana", channel="mascots", files=[picture("fox.png")])
        [file] = message["files"]
        assert (await installer.call("files.info", token, file=file["id"]))["file"]["id"] == file["id"]
        headers = {"Authorization": f"Bearer {token}"}
        async with installer.http.get(file["url_private"], headers=headers) as answer:
            assert answer.content_type == "image/png"
        said = await installer.call("users.info", token, user=ben, team_id=directory.team.id)
        assert said["ok"]


async def test_the_given_team_goes_first(
    installer: Installer, north: LocalSlack, south: LocalSlack, token: str
) -> None:
    channel = north.directory.channel("mascots").id
    given = {"channel": channel, "team_id": "T2SANDBOX01"}
    assert (await installer.call("conversations.info", token, **given))["error"] == "channel_not_found"


async def test_other_workspaces_are_not_reached(
    sandbox: Sandbox, installer: Installer, north: LocalSlack, south: LocalSlack, token: str
) -> None:
    refused = await installer.call("usergroups.list", token, team_id="T0SANDBOX01")
    assert refused["error"] == "team_access_not_granted"
    foreign = sandbox.slack.directory.channel("mascots").id
    assert (await installer.call("conversations.info", token, channel=foreign))[
        "error"
    ] == "channel_not_found"
    late = sandbox.add_workspace("East", enterprise=GROUP)
    channel = late.directory.channel("mascots").id
    refused = await installer.call("conversations.info", token, channel=channel)
    assert refused["error"] == "team_access_not_granted"
    assert (await installer.install(GROUP.id))["access_token"] == token
    assert (await installer.call("conversations.info", token, channel=channel))["ok"]


@pytest.mark.parametrize("method", ["usergroups.list", "usergroups.users.list", "bots.info"])
async def test_some_methods_need_the_team(
    sandbox: Sandbox, installer: Installer, north: LocalSlack, south: LocalSlack, token: str, method: str
) -> None:
    group = next(iter(south.directory.groups))
    given = {"usergroup": group} if method == "usergroups.users.list" else {}
    refused = await installer.call(method, token, **given)
    assert refused["error"] == "missing_argument"
    assert (await installer.call(method, token, **given, team_id="T2SANDBOX01"))["ok"]
    assert (await installer.call(method, sandbox.bot_token))["ok"] is (not given)


async def test_a_channel_is_not_named_by_its_name(
    installer: Installer, north: LocalSlack, token: str
) -> None:
    refused = await installer.call("chat.postMessage", token, channel="#mascots", text="hi")
    assert refused["error"] == "channel_not_found"


async def test_what_is_uploaded_can_be_shared_in_any_workspace(
    installer: Installer, north: LocalSlack, south: LocalSlack, token: str
) -> None:
    """An upload names no workspace: where it is used decides."""
    for slack in (north, south):
        file = picture("fox.png")
        asked = await installer.call(
            "files.getUploadURLExternal", token, filename=file.name, length=str(len(file.content))
        )
        async with installer.http.post(asked["upload_url"], data=file.content) as answer:
            assert answer.status == 200
        files = json.dumps([{"id": asked["file_id"]}])
        for each in (north, south):
            each.files.processing_delay = 0
        assert (await installer.call("files.completeUploadExternal", token, files=files))["ok"]
        image = {"type": "image", "alt_text": "a fox", "slack_file": {"id": asked["file_id"]}}
        channel = slack.directory.channel("mascots").id
        sent = await installer.call(
            "chat.postMessage", token, channel=channel, text="x", blocks=json.dumps([image])
        )
        assert sent["ok"], sent
        assert slack.files.get(asked["file_id"]) is not None


async def test_events_name_the_workspace_and_authorize_the_organisation(
    installer: Installer,
    north: LocalSlack,
    south: LocalSlack,
    token: str,
    heard: list[dict[str, Any]],
) -> None:
    await south.post(user="ana", channel="mascots", text="look")
    event = await south.wait_until(lambda: next((each for each in heard if "event" in each), None))
    assert (event["team_id"], event["enterprise_id"]) == ("T2SANDBOX01", GROUP.id)
    assert (event["context_team_id"], event["context_enterprise_id"]) == ("T2SANDBOX01", GROUP.id)
    assert event["authorizations"] == [
        {
            "enterprise_id": GROUP.id,
            "team_id": None,
            "user_id": south.directory.bot.id,
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ]


async def test_interactions_and_commands_name_the_organisation(
    installer: Installer, south: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    asked = (await south.command("ana", "mascots", "/masko")).payload
    assert (asked["team_id"], asked["enterprise_id"]) == ("T2SANDBOX01", GROUP.id)
    assert (asked["enterprise_name"], asked["is_enterprise_install"]) == (GROUP.name, "true")
    used = (await south.shortcut("ana", "new")).payload
    assert used["enterprise"] == {"id": GROUP.id, "name": GROUP.name}
    assert used["is_enterprise_install"] is True
    assert used["team"]["enterprise_id"] == GROUP.id
    opened = await installer.call(
        "views.open", token, trigger_id=used["trigger_id"], view=json.dumps(modal())
    )
    values = {"name": {"value": {"type": "plain_text_input", "value": "Felix"}}}
    await south.submit("ana", opened["view"]["id"], values)
    sent = south.deliveries[-1].payload
    assert sent["type"] == "view_submission"
    assert sent["team"] is None
    assert sent["user"]["team_id"] == sent["view"]["app_installed_team_id"] == "T2SANDBOX01"


async def test_an_organisation_uninstalls_as_a_whole(
    installer: Installer, north: LocalSlack, south: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    heard.clear()
    await south.uninstall()
    assert not north.installed
    assert not south.installed
    assert (await installer.call("auth.test", token))["error"] == "account_inactive"
    told = [each for each in heard if each["event"]["type"] in ("tokens_revoked", "app_uninstalled")]
    assert [each["event"]["type"] for each in told] == ["tokens_revoked", "app_uninstalled"]
    assert all(each["enterprise_id"] == GROUP.id for each in told)
    assert not any("team_id" in each or "authorizations" in each for each in told)


async def test_an_organisations_app_is_not_installed_below_it(
    installer: Installer, south: LocalSlack, token: str
) -> None:
    refused = await installer.install("T2SANDBOX01")
    assert refused["error"] == "cannot_install_an_org_installed_app"


async def test_an_installation_above_takes_in_those_below(
    installer: Installer, north: LocalSlack, south: LocalSlack
) -> None:
    """A workspace's token lives on; uninstalling the organisation's app ends it too."""
    below = (await installer.install("T1SANDBOX01", scope="users:read"))["access_token"]
    above = (await installer.install(GROUP.id, scope="users:read"))["access_token"]
    assert above != below
    assert (await installer.call("auth.test", below))["team_id"] == "T1SANDBOX01"
    await north.uninstall(events=())
    errors = [(await installer.call("auth.test", each))["error"] for each in (below, above)]
    assert errors == ["account_inactive", "account_inactive"]
