"""The sandbox as a pytest fixture, for any bot. Only this module needs pytest and pytest-asyncio.

    # conftest.py, or `-p bot.sandbox.pytest_plugin`
    pytest_plugins = ["bot.sandbox.pytest_plugin"]

    # a test
    @pytest.mark.sandbox(faults=["masko.create=lost-answer"], seed="tests/studio.yml")
    async def test_once(sandbox):
        bot = start_my_bot(environment=sandbox.environment)
        await sandbox.slack.wait_connected()
        post = await sandbox.slack.post(user="ana", channel="mascots", files=[…])
        await sandbox.slack.wait_until(lambda: len(sandbox.slack.thread("mascots", post["ts"])) > 1)
        assert sandbox.inspector.findings() == []

The app's manifest is read from the file that the ini option `sandbox_manifest` names, `manifest.yml` in the
root directory when not given.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.seed import Seed, parsed

_MANIFEST = "sandbox_manifest"
_MARK = (
    "sandbox(faults=[...], seed=FILE): what goes wrong in the fixture `sandbox`, and who is in it at first"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option."""
    parser.addini(_MANIFEST, "The app's manifest, for the fixture `sandbox`.", default="manifest.yml")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def sandbox_manifest(pytestconfig: pytest.Config) -> dict[str, Any]:
    """The app's manifest; a test or a conftest.py may give another."""
    path = pytestconfig.rootpath / str(pytestconfig.getini(_MANIFEST))
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


@pytest_asyncio.fixture
async def sandbox(sandbox_manifest: dict[str, Any], request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """A fresh local Slack and local Masko, with what the marker `sandbox` asks for."""
    mark = request.node.get_closest_marker("sandbox")
    wanted: dict[str, Any] = mark.kwargs if mark else {}
    async with Sandbox(sandbox_manifest) as running:
        if "seed" in wanted:
            await running.controller.reset(seed=_seed(request.config.rootpath / wanted["seed"]))
        for fault in wanted.get("faults", ()):
            await running.controller.let(fault)
        yield running


def _seed(path: Path) -> Seed:
    return parsed(path.read_text("utf-8"))
