"""That code, manifest and documents agree."""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_bolt.async_app import AsyncApp

from bot.app import manifest
from bot.sandbox.slack.event_kinds import KINDS
from bot.sandbox.slack.methods import METHODS

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "slack"


def modules() -> Iterator[tuple[str, Path]]:
    for top in ("bot", "handlers"):
        for path in (ROOT / top).rglob("*.py"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_the_manifest_is_valid(version: str) -> None:
    schema = SHARED / f"manifest.schema.{version}.json"
    if not schema.is_file():
        pytest.skip("Slack's manifest schemas are not beside this checkout")
    jsonschema.validate(manifest.manifest(), json.loads(schema.read_text()))


def test_the_manifest_keeps_slacks_lengths() -> None:
    shown = manifest.manifest()["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140


def listeners() -> Iterator[dict[str, Any]]:
    """What `handlers` registers, as calls of the app's methods."""
    for name, path in modules():
        if within(name, "handlers"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "app"
                ):
                    yield {"kind": node.func.attr, "arguments": node.args}


def test_every_declared_event_has_a_listener_and_the_other_way_round() -> None:
    declared = {
        event.split(".")[0] for event in manifest.manifest()["settings"]["event_subscriptions"]["bot_events"]
    }
    heard = {call["arguments"][0].value for call in listeners() if call["kind"] == "event"}
    assert heard == declared


def heard(kind: str) -> set[str]:
    """The names that listeners of a kind are registered for, where they are constants."""
    named: dict[str, Any] = {}
    for name, path in modules():
        if within(name, "handlers"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                    named |= {
                        each.id: node.value.value for each in node.targets if isinstance(each, ast.Name)
                    }
    arguments = [call["arguments"][0] for call in listeners() if call["kind"] == kind]
    rest = "ANYTHING"  # what `handlers.middleware` answers is declared nowhere any more
    return {
        named[each.id] if isinstance(each, ast.Name) else each.value
        for each in arguments
        if not (isinstance(each, ast.Name) and each.id == rest)
    }


def test_every_declared_command_and_shortcut_has_a_listener_and_the_other_way_round() -> None:
    features = manifest.manifest()["features"]
    assert heard("command") == {command["command"] for command in features["slash_commands"]}
    assert heard("shortcut") == {shortcut["callback_id"] for shortcut in features["shortcuts"]}


def test_shortcuts_keep_slacks_lengths_and_their_kinds() -> None:
    shortcuts = manifest.manifest()["features"]["shortcuts"]
    assert {shortcut["type"] for shortcut in shortcuts} == {"message", "global"}
    assert all(len(shortcut["name"]) <= 24 for shortcut in shortcuts)
    assert all(len(shortcut["description"]) <= 150 for shortcut in shortcuts)


CHANNELS_LIVE = ("channel_id_changed", "member_joined_channel", "member_left_channel")
ENDS = ("archive", "deleted", "left", "unarchive")
CONVERSATIONS = {"conversations.info", "conversations.members"}
NEEDED_FOR = {
    "app_mentions:read": {"app_mention"},
    "channels:history": {"message.channels", "conversations.history", "conversations.replies"},
    "channels:read": {*CHANNELS_LIVE, *(f"channel_{what}" for what in ENDS), *CONVERSATIONS},
    "chat:write": {"chat.delete", "chat.postEphemeral", "chat.postMessage", "chat.update"},
    "commands": {"/masko", "add_to_masko", "new_mascot"},
    "files:read": {"file_deleted", "files.info"},
    "files:write": {"files.completeUploadExternal", "files.getUploadURLExternal"},
    "groups:history": {"message.groups", "conversations.history", "conversations.replies"},
    "groups:read": {*CHANNELS_LIVE, *(f"group_{what}" for what in ENDS), *CONVERSATIONS},
    "im:history": {"message.im", "conversations.history", "conversations.replies"},
    "im:read": CONVERSATIONS,
    "im:write": {"conversations.open"},
    "mpim:history": {"message.mpim", "conversations.history", "conversations.replies"},
    "mpim:read": CONVERSATIONS,
    "reactions:read": {"reaction_added", "reaction_removed"},
    "reactions:write": {"reactions.add", "reactions.remove"},
    "usergroups:read": {"usergroups.list", "usergroups.users.list"},
    "users:read": {"users.info"},
}
"""Scope → the methods, events, commands and shortcuts that need it (docs.slack.dev: the page of each)."""


def called() -> set[str]:
    """The Web API methods that the program calls, by Slack's names."""
    return {
        node.attr.replace("_", ".")
        for name, path in modules()
        if not within(name, "bot.sandbox")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr.replace("_", ".") in METHODS
    }


def test_every_declared_scope_is_needed_and_every_needed_one_declared() -> None:
    events = set(manifest.manifest()["settings"]["event_subscriptions"]["bot_events"])
    used = called() | events | heard("command") | heard("shortcut")
    assert set(NEEDED_FOR) == set(manifest.bot_scopes())
    assert {scope: uses for scope, uses in NEEDED_FOR.items() if not uses & used} == {}
    scoped = {name for name in called() if METHODS[name].scopes and METHODS[name].token == "bot"} | {
        name for name in events if KINDS[name].scopes
    }
    assert scoped - set().union(*NEEDED_FOR.values()) == set()


def test_the_scopes_are_those_that_slack_asks_for() -> None:
    asked = {name: method.scopes for name, method in METHODS.items()}
    asked |= {name: kind.scopes for name, kind in KINDS.items()}
    wrong = [
        f"{use} does not need {scope}"
        for scope, uses in NEEDED_FOR.items()
        for use in uses
        if use in asked and scope not in asked[use]
    ]
    assert wrong == []


def test_listeners_use_methods_that_bolt_has() -> None:
    assert all(hasattr(AsyncApp, call["kind"]) for call in listeners())


def test_every_message_event_has_the_scope_that_it_needs() -> None:
    events = manifest.manifest()["settings"]["event_subscriptions"]["bot_events"]
    needed = {f"{event.removeprefix('message.')}:history" for event in events if event.startswith("message.")}
    assert needed <= set(manifest.bot_scopes())


def test_the_hook_prints_the_manifest_as_json() -> None:
    hooks = json.loads((ROOT / ".slack" / "hooks.json").read_text())["hooks"]
    command = [sys.executable, *shlex.split(hooks["get-manifest"])[1:]]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == yaml.safe_load((ROOT / "manifest.yml").read_text())
