"""Several workspaces behind one origin: nothing of one reaches another, and each tells whose it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.conftest import NoMasko, actions, button, modal, picture
from tests.sandbox.slack.oauth import Installer, distributed
from tests.sandbox.slack.robot import Robot


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(distributed(), masko=NoMasko()) as running:
        yield running


@pytest.fixture
async def installer(sandbox: Sandbox) -> AsyncIterator[Installer]:
    async with ClientSession(sandbox.page_url) as http:
        yield Installer(sandbox, http)


@pytest.fixture
def other(sandbox: Sandbox) -> LocalSlack:
    return sandbox.add_workspace("Northwind")


@pytest.fixture
async def token(installer: Installer, other: LocalSlack) -> str:
    """Of the other workspace."""
    return await installer.into(other)


@pytest.fixture
async def heard(sandbox: Sandbox) -> AsyncIterator[list[dict[str, Any]]]:
    """What comes to the app's one request URL, parsed."""
    payloads: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        text = await request.text()
        if request.content_type == "application/json":
            payloads.append(json.loads(text))
        else:
            form = {name: values[0] for name, values in parse_qs(text).items()}
            payloads.append(json.loads(form["payload"]) if "payload" in form else form)
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        sandbox.slack.use_request_url(str(server.make_url("/slack/events")), faster=1e4)
        yield payloads
        await sandbox.slack.platform.stop()


def ids(slack: LocalSlack) -> Iterator[str]:
    directory = slack.directory
    yield directory.team.id
    yield directory.app.bot_id
    yield from (*directory.people, *directory.channels, *directory.groups)


def test_no_id_is_in_two_workspaces(sandbox: Sandbox, other: LocalSlack) -> None:
    third = sandbox.add_workspace("Third")
    of_each = [list(ids(slack)) for slack in (sandbox.slack, other, third)]
    together = [each for found in of_each for each in found]
    assert len(set(together)) == len(together)
    assert other.directory.team.name == "Northwind"
    assert other.directory.app.id == sandbox.slack.directory.app.id


def test_there_is_an_end_of_workspaces(sandbox: Sandbox) -> None:
    for n in range(1, 36):
        sandbox.add_workspace(f"Workspace {n}")
    with pytest.raises(ValueError, match="at most 36"):
        sandbox.add_workspace("One too many")


async def test_before_it_is_installed_the_app_is_nowhere(
    sandbox: Sandbox, other: LocalSlack, heard: list[dict[str, Any]]
) -> None:
    bot = other.directory.bot
    assert not any(bot.id in channel.members for channel in other.directory.channels.values())
    with pytest.raises(PermissionError, match="deactivated"):
        other.invite("ana", "mascots", bot.id)
    with pytest.raises(LookupError, match="not a valid command"):
        await other.command("ana", "mascots", "/masko")
    with pytest.raises(LookupError, match="no global shortcut"):
        await other.shortcut("ana", "new")
    with pytest.raises(LookupError, match="no home tab"):
        other.open_home("ana")
    await other.post(user="ana", channel="mascots", text=f"<@{bot.id}>")
    await sandbox.slack.post(user="ana", channel="mascots", text="there it is")
    await sandbox.slack.wait_until(lambda: heard)
    assert [payload["team_id"] for payload in heard] == ["T0SANDBOX01"]


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("conversations.info", {"channel": "CHANNEL"}),
        ("conversations.history", {"channel": "CHANNEL"}),
        ("chat.postMessage", {"channel": "CHANNEL", "text": "x"}),
        ("chat.update", {"channel": "CHANNEL", "ts": "TS", "text": "x"}),
        ("reactions.add", {"channel": "CHANNEL", "timestamp": "TS", "name": "eyes"}),
        ("users.info", {"user": "USER"}),
        ("conversations.open", {"users": "USER"}),
        ("files.info", {"file": "FILE"}),
        ("usergroups.users.list", {"usergroup": "GROUP"}),
    ],
)
async def test_a_token_reaches_its_own_workspace_alone(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str, method: str, given: dict[str, str]
) -> None:
    """A stranger's `team_id` changes nothing either (docs.slack.dev: it is accepted and ignored)."""

    async def named(slack: LocalSlack) -> dict[str, str]:
        message = await slack.post(user="ana", channel="mascots", files=[picture("fox.png")])
        directory = slack.directory
        return {
            "CHANNEL": directory.channel("mascots").id,
            "TS": message["ts"],
            "USER": directory.person("ben").id,
            "FILE": message["files"][0]["id"],
            "GROUP": next(iter(directory.groups)),
        }

    tokens, scopes = (sandbox.bot_token, token), sandbox.slack.directory.app.scopes
    other.directory.app.scopes |= scopes
    both = [await named(sandbox.slack), await named(other)]
    for own, foreign in ((0, 1), (1, 0)):
        names, team = both[foreign], f"T{foreign}SANDBOX01"
        refused = await installer.call(
            method, tokens[own], **{name: names.get(value, value) for name, value in given.items()}
        )
        assert refused["ok"] is False
        assert re_found(refused["error"])
        with_team = {name: names.get(value, value) for name, value in given.items()} | {"team_id": team}
        assert (await installer.call(method, tokens[own], **with_team))["error"] == refused["error"]
    own_names = {name: both[1].get(value, value) for name, value in given.items()}
    answer = await installer.call(method, token, **own_names)
    assert answer["ok"] or answer["error"] == "cant_update_message"


def re_found(error: str) -> bool:
    """Whether an error says that something is not there."""
    return error.endswith("_not_found") or error == "no_such_subteam"


async def test_files_are_for_the_token_of_their_workspace(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str
) -> None:
    message = await other.post(user="ana", channel="mascots", files=[picture("fox.png")])
    url = message["files"][0]["url_private"]
    for bearer, kind in ((sandbox.bot_token, "text/html"), (token, "image/png")):
        async with installer.http.get(url, headers={"Authorization": f"Bearer {bearer}"}) as answer:
            assert answer.content_type == kind
    [finding] = [entry.finding for entry in sandbox.inspector.findings()]
    assert finding is not None
    assert "token of another workspace" in finding
    assert (sandbox.slack.calls["download"], other.calls["download"]) == (0, 2)


async def test_uploads_stay_in_their_workspace(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str
) -> None:
    file = picture("fox.png")
    asked = await installer.call(
        "files.getUploadURLExternal", token, filename=file.name, length=str(len(file.content))
    )
    async with installer.http.post(asked["upload_url"], data=file.content) as answer:
        assert answer.status == 200
    files = json.dumps([{"id": asked["file_id"]}])
    channel = other.directory.channel("mascots").id
    method = "files.completeUploadExternal"
    refused = await installer.call(method, sandbox.bot_token, files=files)
    assert refused["error"] == "file_not_found"
    assert (await installer.call(method, token, files=files, channel_id=channel))["ok"]
    assert other.channel_messages("mascots")[-1]["files"][0]["id"] == asked["file_id"]
    assert sandbox.slack.files.all() == []


async def test_each_delivery_tells_its_workspace(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    """One URL hears of both: events, presses, commands, shortcuts, forms and Home."""
    other.directory.app.scopes |= sandbox.slack.directory.app.scopes
    for slack, bearer in ((sandbox.slack, sandbox.bot_token), (other, token)):
        heard.clear()
        team, ana = slack.directory.team.id, slack.directory.person("ana").id
        channel = slack.directory.channel("mascots").id
        await slack.post(user="ana", channel="mascots", text="look")
        event = await slack.wait_until(lambda: next(iter(heard), None))
        assert event["team_id"] == event["context_team_id"] == team
        assert [each["team_id"] for each in event["authorizations"]] == [team]
        assert event["authorizations"][0]["user_id"] == slack.directory.bot.id
        assert event["event"]["channel"] == channel
        blocks = json.dumps([actions(button("go"))])
        sent = await installer.call("chat.postMessage", bearer, channel=channel, text="x", blocks=blocks)
        pressed = await slack.press("ana", "mascots", sent["ts"], "go")
        assert pressed.payload["team"]["id"] == pressed.payload["user"]["team_id"] == team
        assert f"/actions/{team}/" in pressed.payload["response_url"]
        view = json.dumps(modal())
        opened = await installer.call(
            "views.open", bearer, trigger_id=pressed.payload["trigger_id"], view=view
        )
        assert opened["view"]["app_installed_team_id"] == opened["view"]["team_id"] == team
        asked = await slack.command("ana", "mascots", "/masko", "help")
        assert asked.payload["team_id"] == team
        shortcut = await slack.shortcut("ana", "new")
        assert shortcut.payload["team"]["id"] == team
        assert {each["user"]["id"] for each in heard if "user" in each} == {ana}


async def test_answers_go_to_the_response_url_of_their_workspace(
    installer: Installer, sandbox: Sandbox, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    await installer.install("T1SANDBOX01", scope="commands")
    asked = await other.command("ana", "mascots", "/masko")
    url = asked.payload["response_url"]
    async with installer.http.post(url, json={"text": "hi", "response_type": "in_channel"}) as answer:
        assert answer.status == 200
    assert other.channel_messages("mascots")[-1]["text"] == "hi"
    assert sandbox.slack.channel_messages("mascots") == []
    async with installer.http.post(url.replace("/T1", "/T0"), json={"text": "hi"}) as answer:
        assert answer.status == 404


async def test_sockets_are_the_apps(sandbox: Sandbox, other: LocalSlack, token: str) -> None:
    other.directory.app.scopes |= sandbox.slack.directory.app.scopes
    async with Robot(sandbox) as robot:
        assert (await robot.receive())["type"] == "hello"
        for slack in (sandbox.slack, other):
            await slack.wait_connected()
            await slack.post(user="ana", channel="mascots", text="look")
            payload: dict[str, Any] = {"event": {}}
            while payload["event"].get("text") != "look":  # the bot's own joining was told as well
                envelope = await robot.receive()
                await robot.ack(envelope)
                payload = envelope["payload"]
            assert payload["team_id"] == slack.directory.team.id


async def test_faults_and_limits_are_each_workspaces(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str
) -> None:
    other.faults.fail("auth.test", "internal_error")
    assert (await installer.call("auth.test", sandbox.bot_token))["ok"]
    assert (await installer.call("auth.test", token))["error"] == "internal_error"
    assert (sandbox.slack.calls["auth.test"], other.calls["auth.test"]) == (1, 1)
    assert (sandbox.slack.effects["auth.test"], other.effects["auth.test"]) == (1, 0)


async def test_everything_shows_in_one_inspector(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    other.directory.app.scopes |= sandbox.slack.directory.app.scopes
    before = sandbox.inspector.after(0)[-1].n
    await other.post(user="ana", channel="mascots", text="look")
    await other.wait_until(lambda: other.deliveries and other.deliveries[-1].acknowledged)
    await installer.call("users.info", token, user=other.directory.bot.id)
    kinds = [(entry.kind, entry.title) for entry in sandbox.inspector.after(before)]
    assert ("envelope", "message") in kinds
    assert ("web_api", "users.info") in kinds


@pytest.mark.parametrize(
    "order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")]
)
async def test_uninstalling_revokes_tells_and_silences(
    sandbox: Sandbox,
    installer: Installer,
    other: LocalSlack,
    token: str,
    heard: list[dict[str, Any]],
    order: tuple[str, ...],
) -> None:
    bot = other.directory.bot.id
    deliveries = await other.uninstall(order)
    assert [delivery.acknowledged for delivery in deliveries] == [True, True]
    assert [payload["event"]["type"] for payload in heard] == list(order)
    assert {payload["team_id"] for payload in heard} == {"T1SANDBOX01"}
    assert all("authorizations" not in payload for payload in heard)
    told = {payload["event"]["type"]: payload["event"] for payload in heard}
    assert told["tokens_revoked"]["tokens"] == {"oauth": [], "bot": [bot]}
    assert told["app_uninstalled"] == {"type": "app_uninstalled"}
    assert (await installer.call("auth.test", token))["error"] == "account_inactive"
    assert (await installer.call("auth.test", sandbox.bot_token))["ok"]
    assert not other.installed
    await other.post(user="ana", channel="mascots", text=f"<@{bot}>?")
    assert len(other.deliveries) == 2
    with pytest.raises(LookupError, match="not installed in Northwind"):
        await other.uninstall()


async def test_what_the_manifest_leaves_out_is_not_told(
    heard: list[dict[str, Any]], other: LocalSlack
) -> None:
    async with Sandbox({"display_information": {"name": "Bot"}}, masko=NoMasko()) as quiet:
        assert await quiet.slack.uninstall() == []
        assert not quiet.slack.installed


async def test_after_uninstalling_it_may_be_installed_again(
    installer: Installer, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    await other.uninstall(events=())
    assert heard == []
    answer = await installer.install("T1SANDBOX01", scope="chat:write")
    assert answer["access_token"] != token
    assert answer["scope"] == "chat:write"
    assert (await installer.call("auth.test", token))["error"] == "account_inactive"
    channel = other.directory.channel("mascots").id
    posting = {"channel": channel, "text": "back"}
    assert (await installer.call("chat.postMessage", answer["access_token"], **posting))[
        "error"
    ] == "not_in_channel"
    other.invite("ana", "mascots", other.directory.bot.id)
    assert (await installer.call("chat.postMessage", answer["access_token"], **posting))["ok"]


async def test_the_first_workspace_can_begin_without_the_app(sandbox: Sandbox, installer: Installer) -> None:
    await sandbox.slack.uninstall(events=())
    assert (await installer.call("auth.test", sandbox.bot_token))["error"] == "account_inactive"
    token = await installer.into(sandbox.slack)
    assert token != sandbox.bot_token
    assert (await installer.call("auth.test", token))["team_id"] == "T0SANDBOX01"


async def test_presses_go_nowhere_once_it_is_uninstalled(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    channel, blocks = other.directory.channel("mascots").id, json.dumps([actions(button("go"))])
    sent = await installer.call("chat.postMessage", token, channel=channel, text="x", blocks=blocks)
    await other.uninstall(events=())
    with pytest.raises(LookupError, match="not installed"):
        await other.press("ana", "mascots", sent["ts"], "go")


async def test_revoking_leaves_it_installed(
    installer: Installer, other: LocalSlack, token: str, heard: list[dict[str, Any]]
) -> None:
    [delivery] = await other.revoke_tokens()
    assert delivery.acknowledged
    assert [payload["event"]["type"] for payload in heard] == ["tokens_revoked"]
    assert (await installer.call("auth.test", token))["error"] == "token_revoked"
    assert other.installed
    fresh = await installer.install("T1SANDBOX01")
    assert (await installer.call("auth.test", fresh["access_token"]))["ok"]


async def test_a_refused_token_is_nothing_against_the_bot(
    sandbox: Sandbox, installer: Installer, other: LocalSlack, token: str
) -> None:
    """A bot that is correct can meet it: what was in the queue runs after somebody uninstalled."""
    await other.uninstall(events=())
    await installer.call("auth.test", token)
    assert sandbox.inspector.findings() == []
