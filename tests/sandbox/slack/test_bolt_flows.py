"""Whole flows of a small Bolt app, over Socket Mode and over HTTP with Bolt's own verification."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, entered, modal, section, text_input

ANA = "U0ANA000001"


def menu_view(words: str) -> dict[str, Any]:
    """A modal with a line of words, a name and a menu that asks the app for its options."""
    menu = {
        **text_input("kind"),
        "optional": True,
        "element": {"type": "external_select", "action_id": "which", "min_query_length": 0},
    }
    return modal(section(words), text_input(), menu)


class Desk:
    """An app with a command, a modal, shortcuts, a Home and a menu."""

    def __init__(self, app: AsyncApp) -> None:
        self.names: list[str] = []
        self.closed: list[bool] = []
        app.command("/masko")(self.command)
        app.shortcut("add")(self.add)
        app.shortcut("new")(self.new)
        app.event("app_home_opened")(self.home)
        app.event("message")(self.message)
        app.action("more")(self.more)
        app.options("which")(self.which)
        app.view("rename")(self.rename)
        app.view_closed("rename")(self.close)

    async def command(self, ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"] == "help":
            await ack("type something else")
            return
        await ack()
        opened = await client.views_open(trigger_id=command["trigger_id"], view=menu_view("loading"))
        view = menu_view("ready") | {"notify_on_close": True}
        await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=view)

    async def add(self, ack: Any, shortcut: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(f"added {shortcut['message']['text']}")

    async def new(self, ack: Any, shortcut: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=menu_view("new"))

    async def home(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [section(event["tab"]), actions(button("more"))]}
        await client.views_publish(user_id=event["user"], view=view)

    async def message(self) -> None:
        """What the bot itself posted comes back."""

    async def more(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=menu_view("more"))

    async def which(self, ack: Any, payload: dict[str, Any]) -> None:
        words = [word for word in ("fox", "owl") if payload["value"] in word]
        await ack(options=[{"text": {"type": "plain_text", "text": word}, "value": word} for word in words])

    async def rename(self, ack: Any, view: dict[str, Any]) -> None:
        name = view["state"]["values"]["name"]["value"]["value"]
        if name == "taken":
            await ack(response_action="errors", errors={"name": "taken already"})
            return
        self.names.append(name)
        if name == "Ada":
            await ack(response_action="update", view=modal(section("hello Ada")))
        else:
            await ack()

    async def close(self, ack: Any, body: dict[str, Any]) -> None:
        self.closed.append(body["is_cleared"])
        await ack()


@pytest.fixture(params=["socket mode", "http"])
async def desk(
    request: pytest.FixtureRequest, sandbox: Sandbox, client: AsyncWebClient
) -> AsyncIterator[Desk]:
    app = AsyncApp(client=client, signing_secret=sandbox.signing_secret, process_before_response=True)
    desk = Desk(app)
    if request.param == "http":
        async with TestServer(app.web_app("/slack/events"), host="127.0.0.1") as server:
            http = sandbox.slack.use_request_url(str(server.make_url("/slack/events")))
            assert await http.verify()
            yield desk
            await sandbox.slack.workspace.stop()
        return
    handler = AsyncSocketModeHandler(app, sandbox.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await sandbox.slack.wait_connected()
    yield desk
    await handler.close_async()  # type: ignore[no-untyped-call]
    await asyncio.sleep(0)  # Bolt's client cancels its tasks without waiting for them


async def test_a_command_opens_a_modal_that_takes_a_name(desk: Desk, slack: LocalSlack) -> None:
    assert (await slack.command("ana", "mascots", "/masko", "new")).acknowledged
    view = slack.view("ana")
    assert view is not None
    assert view["blocks"][0]["text"]["text"] == "ready"
    assert await slack.options("ana", view["id"], "which", "ow") == {
        "options": [{"text": {"type": "plain_text", "text": "owl"}, "value": "owl"}]
    }
    refused = await slack.submit("ana", view["id"], entered("taken"))
    assert refused.errors == {"name": "taken already"}
    assert (await slack.submit("ana", view["id"], entered("Felix"))).view is None
    assert desk.names == ["Felix"]
    assert slack.workspace.inspector.findings() == []


async def test_a_modal_is_updated_by_its_submission_and_closed(desk: Desk, slack: LocalSlack) -> None:
    await slack.command("ana", "mascots", "/masko", "new")
    view = slack.view("ana")
    assert view is not None
    updated = (await slack.submit("ana", view["id"], entered("Ada"))).view
    assert updated is not None
    assert updated.body["blocks"][0]["text"]["text"] == "hello Ada"
    assert await slack.close_view("ana", view["id"]) is None
    await slack.command("ana", "mascots", "/masko", "new")
    again = slack.view("ana")
    assert again is not None
    await slack.close_view("ana", again["id"])
    assert desk.closed == [False]


async def test_a_command_answers_in_its_acknowledgement(desk: Desk, slack: LocalSlack) -> None:
    await slack.command("ana", "brand", "/masko", "help")
    assert [message["text"] for message in slack.channel_messages("brand", "ana")] == ["type something else"]
    assert slack.channel_messages("brand", "ben") == []


async def test_shortcuts_and_their_answers(desk: Desk, slack: LocalSlack) -> None:
    ts = (await slack.post(user="ben", channel="brand", text="a fox"))["ts"]
    assert (await slack.shortcut("ana", "add", "brand", ts)).acknowledged
    assert slack.channel_messages("brand", "ana")[-1]["text"] == "added a fox"
    assert (await slack.shortcut("ana", "new")).acknowledged
    assert slack.view("ana") is not None


async def test_a_home_is_published_and_its_button_opens_a_modal(desk: Desk, slack: LocalSlack) -> None:
    slack.open_home("ana")
    home = await slack.wait_until(lambda: slack.home("ana"))
    assert home["blocks"][0]["text"]["text"] == "home"
    assert (await slack.press_in_view("ana", home["id"], "more")).acknowledged
    assert slack.view("ana") is not None
    assert slack.workspace.inspector.findings() == []


async def test_wrongly_signed_requests_are_refused_by_bolt(sandbox: Sandbox, client: AsyncWebClient) -> None:
    app = AsyncApp(client=client, signing_secret="another", process_before_response=True)
    Desk(app)
    slack = sandbox.slack
    async with TestServer(app.web_app("/slack/events"), host="127.0.0.1") as server:
        slack.use_request_url(str(server.make_url("/slack/events")), faster=1e6)
        delivery = await slack.command("ana", "mascots", "/masko", "help")
        event = await slack.send_event({"type": "message", "text": "x"}, resend=True)
        await slack.workspace.stop()
    assert [attempt.status for attempt in delivery.attempts] == [401]
    assert [attempt.status for attempt in event.attempts] == [401] * 4


async def test_the_sdk_uploads_posts_and_updates(
    client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    root = (await slack.post(user="ana", channel="mascots", text="look"))["ts"]
    uploaded = await client.files_upload_v2(
        file_uploads=[
            {"file": png.content, "filename": name, "alt_txt": name} for name in ("a.png", "b.png")
        ],
        channel="C0MASCOTS01",
        thread_ts=root,
        initial_comment="two",
    )
    assert [file["name"] for file in uploaded["files"]] == ["a.png", "b.png"]
    shared = slack.thread("mascots", root)[-1]
    assert (shared["text"], shared["subtype"], len(shared["files"])) == ("two", "file_share", 2)
    posted = await client.chat_postMessage(channel="C0MASCOTS01", text="one", thread_ts=root)
    await client.chat_update(channel="C0MASCOTS01", ts=str(posted["ts"]), text="two")
    history = await client.conversations_replies(channel="C0MASCOTS01", ts=root)
    assert [message["text"] for message in history["messages"]] == ["look", "two", "two"]
