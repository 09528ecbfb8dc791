"""Many workspaces in one program: installed, connected, used and removed, with nothing crossing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.e2e.team import picture
from tests.e2e.workspaces import Workspaces, a_program


@pytest.fixture
async def program(database_url: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Workspaces]:
    async with a_program(database_url) as program:
        yield program
        assert program.findings() == []
    assert "failed unexpectedly" not in caplog.text


async def test_two_workspaces_are_served_side_by_side(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    fox = await north.post([picture("fox.png")])
    bear = await south.post([picture("bear.png", "teal")])
    assert "1 of 6 references" in north.words(fox)[0]
    assert "1 of 6 references" in south.words(bear)[0]
