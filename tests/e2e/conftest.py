from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.team import Team, a_team


@pytest.fixture
async def team(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """A team in a fresh sandbox; the queue's second chances must not hide a fault of ours."""
    async with a_team(tmp_path) as team:
        yield team
    assert "failed unexpectedly" not in caplog.text
