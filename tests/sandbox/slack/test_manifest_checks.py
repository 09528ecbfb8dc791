"""What the sandbox says of a manifest that would not work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.conftest import manifest


def findings(wanted: dict[str, Any]) -> list[str | None]:
    inspector = Inspector()
    LocalSlack(wanted, inspector, origin="http://127.0.0.1:1")
    return [entry.finding for entry in inspector.findings()]


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert findings(manifest()) == []
    ours = Path(__file__).parents[3] / "manifest.yml"
    assert findings(yaml.safe_load(ours.read_text(encoding="utf-8"))) == []


def test_an_event_that_never_comes() -> None:
    wanted = manifest()
    wanted["settings"]["event_subscriptions"]["bot_events"].append("team_join")
    assert findings(wanted) == ["the manifest subscribes to team_join, which the sandbox never sends"]


@pytest.mark.parametrize(
    ("scope", "finding"),
    [
        ("reactions:read", "the manifest subscribes to reaction_added without the scope reactions:read"),
        ("im:history", "the manifest subscribes to message.im without the scope im:history"),
        ("commands", "the manifest declares commands or shortcuts without the scope commands"),
    ],
)
def test_a_scope_that_is_missing(scope: str, finding: str) -> None:
    wanted = manifest()
    wanted["oauth_config"]["scopes"]["bot"].remove(scope)
    assert finding in findings(wanted)


def test_shortcuts_need_interactivity() -> None:
    wanted = manifest()
    wanted["settings"]["interactivity"]["is_enabled"] = False
    assert findings(wanted) == ["the manifest declares shortcuts without interactivity"]
