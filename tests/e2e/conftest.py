from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.scene import Scene, a_scene
from tests.e2e.team import Team, a_team


@pytest.fixture
async def team(database_url: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """A team in a fresh sandbox; the queue's second chances must not hide a fault of ours."""
    async with a_team(database_url) as team:
        yield team
    assert "failed unexpectedly" not in caplog.text


@pytest_asyncio.fixture(loop_scope="session")
async def scene(browser: Browser, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Scene]:
    """Ana at the page, with our bot behind it."""
    async with a_scene(browser) as scene:
        yield scene
        assert scene.team.findings() == []
    assert "failed unexpectedly" not in caplog.text
