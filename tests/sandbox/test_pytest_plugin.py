"""The sandbox as a pytest fixture, in a project that knows nothing of this one's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]

TESTS = """
import pytest
from slack_sdk.web.async_client import AsyncWebClient


async def test_a_fresh_workspace(sandbox):
    client = AsyncWebClient(token=sandbox.environment["SLACK_BOT_TOKEN"], base_url=sandbox.slack_api_url)
    assert (await client.auth_test())["team"] == "Sandbox Studio"
    assert sandbox.slack.directory.app.name == "Other"


@pytest.mark.sandbox(seed="studio.yml", faults=["masko.create=lost-answer", "slack.late-delivery=2"])
async def test_what_the_marker_asks_for(sandbox):
    assert [person.name for person in sandbox.slack.directory.people.values()] == ["zoe", "other"]
    assert [fault["operation"] for fault in sandbox.controller.armed()] == ["collections.create"]
    assert sandbox.controller.conditions.on() == {"late-delivery": 2}
"""

STUDIO = """
people: [{name: zoe}]
channels: [{name: foxes, members: [zoe, bot]}]
"""

INI = """
[pytest]
asyncio_mode = auto
sandbox_manifest = app.yml
addopts = --strict-markers -p no:cacheprovider
"""


def test_the_plugin_gives_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(TESTS)
    (tmp_path / "app.yml").write_text("display_information: {name: Other}")
    (tmp_path / "studio.yml").write_text(STUDIO)
    (tmp_path / "pytest.ini").write_text(INI)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "bot.sandbox.pytest_plugin", str(tmp_path)]
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout


def test_nobody_else_needs_pytest() -> None:
    code = "import sys, bot.cli.local, bot.sandbox.sandbox; sys.exit('pytest' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert ended.returncode == 0
