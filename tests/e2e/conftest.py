from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.e2e.team import Team, a_team


@pytest.fixture
async def team(database_url: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """A team in a fresh sandbox; the queue's second chances must not hide a fault of ours."""
    async with a_team(database_url) as team:
        yield team
    assert "failed unexpectedly" not in caplog.text
