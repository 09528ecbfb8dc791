from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.app import manifest
from bot.sandbox.sandbox import Sandbox
from tests.cli.commands import STARTED


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest.manifest()) as sandbox:
        yield sandbox


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for a socket, whose path may have some hundred characters only."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
async def nothing_is_left_running() -> AsyncIterator[None]:
    """A test that fails must not leave a bot behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.returncode is None:
            process.kill()
            await process.communicate()
