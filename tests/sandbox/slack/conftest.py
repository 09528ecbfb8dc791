"""A running sandbox with every scope and event this project may ever want, and clients for it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, NewFile

SCOPES = [
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "links:read",
    "links:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
]
EVENTS = [
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_unarchive",
    "file_deleted",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_unarchive",
    "link_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
]


class NoMasko:
    """Stands where the local Masko would."""

    def application(self) -> web.Application:
        return web.Application()


def manifest(**settings: Any) -> dict[str, Any]:
    """An app manifest; `settings` go into `features.app_home`."""
    return {
        "display_information": {"name": "Masko"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, **settings},
            "bot_user": {"display_name": "Masko"},
            "slash_commands": [
                {"command": "/masko", "description": "Mascots", "usage_hint": "help"},
                {"command": "/tell", "description": "Tells somebody", "should_escape": True},
            ],
            "shortcuts": [
                {"name": "Add to Masko", "type": "message", "callback_id": "add", "description": "Adds it"},
                {"name": "New mascot", "type": "global", "callback_id": "new", "description": "Makes one"},
            ],
            "unfurl_domains": ["masko.ai"],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
        },
    }


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest(), masko=NoMasko()) as running:
        yield running


@pytest.fixture
def slack(sandbox: Sandbox) -> LocalSlack:
    return sandbox.slack


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    """The SDK's client with the bot token and no retries."""
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api_url, retry_handlers=[])


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    """A plain HTTP client on the sandbox's origin, with the bot token."""
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with ClientSession(base_url=sandbox.page_url, headers=headers) as session:
        yield session


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    """A page's HTTP client: no token, the sandbox's own header."""
    async with ClientSession(base_url=sandbox.page_url, headers={"X-Masko-Sandbox": "1"}) as session:
        yield session


@pytest.fixture
def png() -> NewFile:
    return picture("fox.png")


def picture(name: str, kind: str = "PNG") -> NewFile:
    """A small red picture."""
    data = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(data, kind)
    return NewFile(name, data.getvalue())


def section(text: str = "hello", **more: Any) -> dict[str, Any]:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    """A button element."""
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Go"}, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def text_input(block_id: str = "name", **more: Any) -> dict[str, Any]:
    """An input block with a text field `value`; `more` goes into the field."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "Name"},
        "element": {"type": "plain_text_input", "action_id": "value", **more},
    }


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal view with a submit button."""
    return {
        "type": "modal",
        "callback_id": "rename",
        "title": {"type": "plain_text", "text": "Rename"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks) or [text_input()],
        **more,
    }


def entered(value: str, block_id: str = "name") -> dict[str, dict[str, dict[str, Any]]]:
    """What a person typed into `text_input`."""
    return {block_id: {"value": {"type": "plain_text_input", "value": value}}}
