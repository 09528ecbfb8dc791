"""A sandbox with the demonstration app in it, and a browser to look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from tests.browser import SLOW
from tests.page.demonstration import Demonstration, manifest
from tests.sandbox.slack.conftest import NoMasko


@dataclass
class Stage:
    """What a test of the page stands on."""

    sandbox: Sandbox
    demo: Demonstration
    client: AsyncWebClient

    @property
    def slack(self) -> LocalSlack:
        """The local Slack."""
        return self.sandbox.slack

    def id(self, name: str) -> str:
        """The id of a person (`ana`) or channel (`#mascots`)."""
        directory = self.slack.directory
        return directory.channel(name).id if name.startswith("#") else directory.person(name).id

    def address(self, channel: str = "#mascots", user: str = "ana", rest: str = "") -> str:
        """Where the page shows a channel to a person; `rest` is a thread's ts or `home`."""
        place = f"{self.id(channel)}/{rest}" if rest else self.id(channel)
        return f"{self.sandbox.page_url}?as={self.id(user)}#{place}"


@asynccontextmanager
async def staged(**settings: Any) -> AsyncIterator[Stage]:
    """A sandbox with the demonstration app connected; `settings` go into its manifest."""
    async with Sandbox(manifest(**settings), masko=NoMasko()) as sandbox:
        sandbox.slack.rate_limits.enforced = False
        sandbox.slack.files.processing_delay = 0
        # A loaded machine must not look like a slow app: a test about that sets its own time.
        sandbox.slack.socket.ack_timeout = sandbox.slack.workspace.triggers.lifetime = SLOW / 1000
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api_url, retry_handlers=[])
        app = AsyncApp(client=client, process_before_response=True)
        demo = Demonstration(app)
        handler = AsyncSocketModeHandler(app, sandbox.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await sandbox.slack.wait_connected()
        try:
            yield Stage(sandbox, demo, client)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
            # Bolt's client cancels its tasks without waiting for them.
            await asyncio.sleep(0)


async def opened(browser: Browser, address: str, **settings: Any) -> Page:
    """A tab at an address of the page, once the page is there."""
    page = await browser.new_page(**{"viewport": {"width": 1360, "height": 900}, **settings})
    await page.goto(address)
    await page.locator("[data-test=channel-pane] h1").wait_for()
    return page
