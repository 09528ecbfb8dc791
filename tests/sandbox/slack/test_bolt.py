"""The real Bolt with its real Socket Mode client against the local Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile
from tests.sandbox.slack.conftest import actions, button, entered, modal


class Listeners:
    """A tiny app: answers images with a card, opens a modal, takes a name."""

    def __init__(self, app: AsyncApp) -> None:
        self.heard: list[dict[str, Any]] = []
        self.names: list[str] = []
        self.refuse = 0
        app.event("message")(self.message)
        app.event("app_mention")(self.mention)
        app.action("go")(self.go)
        app.view("rename")(self.rename)

    async def message(self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient) -> None:
        self.heard.append(body)
        if self.refuse:
            self.refuse -= 1
            raise RuntimeError("not written down")
        if event.get("files"):
            blocks = [actions(button())]
            await client.chat_postMessage(
                channel=event["channel"], thread_ts=event["ts"], text="card", blocks=blocks
            )

    async def mention(self, body: dict[str, Any]) -> None:
        self.heard.append(body)

    async def go(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    async def rename(self, ack: Any, view: dict[str, Any]) -> None:
        name = view["state"]["values"]["name"]["value"]["value"]
        if name == "taken":
            await ack(response_action="errors", errors={"name": "taken"})
            return
        self.names.append(name)
        await ack()


@pytest.fixture
async def listeners(sandbox: Sandbox, client: AsyncWebClient) -> AsyncIterator[Listeners]:
    app = AsyncApp(client=client, process_before_response=True)
    listeners = Listeners(app)
    handler = AsyncSocketModeHandler(app, sandbox.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await sandbox.slack.wait_connected()
    yield listeners
    await handler.close_async()  # type: ignore[no-untyped-call]
    # Bolt's client cancels its tasks without waiting for them.
    await asyncio.sleep(0)


async def test_from_an_image_to_a_renamed_card(listeners: Listeners, slack: LocalSlack, png: NewFile) -> None:
    root = (await slack.post(user="ana", channel="mascots", files=[png]))["ts"]
    [card] = await slack.wait_until(lambda: slack.thread("mascots", root)[1:])
    pressed = await slack.press("ana", "mascots", card["ts"], "go")
    assert pressed.acknowledged
    view = await slack.wait_until(lambda: slack.view("ana"))
    assert (await slack.submit("ana", view["id"], entered("taken"))).errors == {"name": "taken"}
    assert (await slack.submit("ana", view["id"], entered("Felix"))).view is None
    assert listeners.names == ["Felix"]
    assert slack.workspace.inspector.findings() == []


async def test_what_bolt_does_not_acknowledge_comes_again(listeners: Listeners, slack: LocalSlack) -> None:
    slack.socket.ack_timeout = 0.2
    listeners.refuse = 2
    await slack.post(user="ana", channel="mascots", text="look")
    [delivery] = slack.socket.deliveries
    await slack.wait_until(lambda: delivery.acknowledged)
    assert [body["event_id"] for body in listeners.heard] == [delivery.payload["event_id"]] * 3


async def test_bolt_reconnects_and_hears_again(listeners: Listeners, slack: LocalSlack) -> None:
    await slack.disconnect()
    await slack.wait_connected()
    await slack.post(user="ana", channel="mascots", text="still there?")
    await slack.wait_until(lambda: listeners.heard)
    assert listeners.heard[0]["event"]["text"] == "still there?"


async def test_a_redelivery_reaches_the_listener(listeners: Listeners, slack: LocalSlack) -> None:
    message = await slack.post(user="ana", channel="mascots", text="once")
    await slack.wait_until(lambda: listeners.heard)
    event = listeners.heard[0]["event"]
    same = await slack.send_event(event, event_id=listeners.heard[0]["event_id"], retry_attempt=1)
    other = await slack.send_event(event)
    assert same.acknowledged
    assert other.acknowledged
    assert [body["event"]["ts"] for body in listeners.heard] == [message["ts"]] * 3
    assert len({body["event_id"] for body in listeners.heard}) == 2
