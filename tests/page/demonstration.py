"""A Bolt app that shows what the page can do: commands, shortcuts, a Home, forms with every kind of field."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.page import forms
from tests.sandbox.slack.conftest import actions, button, section

Json = dict[str, Any]

COMMANDS = [
    {
        "command": "/demo",
        "description": "Show what the page can do",
        "usage_hint": "form | whisper | say words",
    },
    {"command": "/demo-late", "description": "Answers after the three seconds that Slack waits"},
    {"command": "/mascots", "description": "List the mascots of this channel", "usage_hint": "[all]"},
]
SHORTCUTS = [
    {
        "name": "Add to a mascot",
        "type": "message",
        "callback_id": "add",
        "description": "Take the images of this message",
    },
    {"name": "New mascot", "type": "global", "callback_id": "new", "description": "Start one from a form"},
]
SCOPES = [
    *("app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:read"),
    *("groups:history", "im:history", "mpim:history", "im:write", "reactions:read", "reactions:write"),
]
EVENTS = [
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
]


def manifest(*, home: bool = True) -> Json:
    """The app's manifest."""
    return {
        "display_information": {"name": "Masko"},
        "features": {
            "app_home": {"home_tab_enabled": home, "messages_tab_enabled": True},
            "bot_user": {"display_name": "Masko"},
            "slash_commands": [dict(command) for command in COMMANDS],
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
        },
    }


class Demonstration:
    """The app's listeners, and what they were told.

    Attributes:
        commands: what was typed after each command.
        shortcuts: the payloads of shortcuts.
        pressed: the payloads of buttons, menus and fields.
        submitted: `state.values` of each form that was taken.
        opened: the tabs at which people opened the app, in order.
    """

    def __init__(self, app: AsyncApp) -> None:
        self.commands: list[str] = []
        self.shortcuts: list[Json] = []
        self.pressed: list[Json] = []
        self.submitted: list[Json] = []
        self.opened: list[str] = []
        self._visits: dict[str, int] = {}
        for command in ("/demo", "/mascots"):
            app.command(command)(self.demo)
        app.command("/demo-late")(self.late)
        app.shortcut("add")(self.add)
        app.shortcut("new")(self.new)
        app.event("app_home_opened")(self.home_opened)
        app.event("message")(self.message)
        app.event("app_mention")(self.nothing)
        app.action("visit")(self.visit)
        app.action("deeper")(self.deeper)
        app.action(re.compile(""))(self.press)
        app.options("mascot")(self.suggest)
        app.options("several")(self.suggest)
        app.view("everything")(self.take)
        app.view("deeper")(self.refuse_once)

    async def demo(self, ack: Any, command: Json, respond: Any, client: AsyncWebClient) -> None:
        await ack()
        self.commands.append(f"{command['command']} {command['text']}".strip())
        what, _, words = command["text"].partition(" ")
        if what == "form":
            await client.views_open(trigger_id=command["trigger_id"], view=forms.everything())
        elif what == "say":
            await respond(text=words, response_type="in_channel")
        else:
            await respond(text="Felix the Fox · 2 of 6 references\nOtto the Octopus · in review")

    async def late(self, command: Json) -> None:
        self.commands.append(command["command"])

    async def add(self, ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        self.shortcuts.append(shortcut)
        await client.chat_postEphemeral(
            channel=shortcut["channel"]["id"],
            user=shortcut["user"]["id"],
            text=f"“{shortcut['message']['text']}” is noted.",
        )

    async def new(self, ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        self.shortcuts.append(shortcut)
        await client.views_open(trigger_id=shortcut["trigger_id"], view=forms.short())

    async def home_opened(self, event: Json, client: AsyncWebClient) -> None:
        self.opened.append(event["tab"])
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=forms.home(self._seen(event["user"])))

    async def visit(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        user = body["user"]["id"]
        self._visits[user] = self._seen(user) + 1
        await client.views_publish(user_id=user, view=forms.home(self._seen(user)))

    async def message(self, event: Json, client: AsyncWebClient) -> None:
        if event.get("files") and not event.get("thread_ts"):
            await client.chat_postMessage(
                channel=event["channel"], thread_ts=event["ts"], text="A card", blocks=forms.card()
            )
        elif event.get("text") == "zoo":
            await client.chat_postMessage(channel=event["channel"], text="Every block", blocks=forms.zoo())

    async def nothing(self) -> None:
        """Mentions come as messages too."""

    async def press(self, ack: Any, body: Json) -> None:
        await ack()
        self.pressed.append(body)

    async def deeper(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=forms.deeper())

    async def suggest(self, ack: Any, payload: Json) -> None:
        names = ["Felix the Fox", "Otto the Octopus", "Bruno the Bear", "Robbie the Robot"]
        await ack(options=[forms.option(name) for name in names if payload["value"].lower() in name.lower()])

    async def take(self, ack: Any, view: Json) -> None:
        self.submitted.append(view["state"]["values"])
        await ack()

    async def refuse_once(self, ack: Any, view: Json) -> None:
        name = view["state"]["values"]["name"]["value"]["value"]
        if name == "taken":
            await ack(response_action="errors", errors={"name": "There is a mascot of this name already."})
            return
        self.submitted.append(view["state"]["values"])
        await ack()

    def _seen(self, user: str) -> int:
        return self._visits.get(user, 0)


async def whisper(client: AsyncWebClient, channel: str, user: str, text: str) -> None:
    """Tell one person something that nobody else sees.

    Raises:
        SlackApiError: Slack refuses it.
    """
    await client.chat_postEphemeral(
        channel=channel, user=user, text=text, blocks=[section(text), actions(button())]
    )


__all__ = ["COMMANDS", "SHORTCUTS", "Demonstration", "manifest", "whisper"]
