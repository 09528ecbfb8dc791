"""What `run` imports: nothing that only other commands, another database or the decoder need."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from tests.cli.commands import ROOT, environment, start
from tests.e2e.team import drawn

NEEDLESS = {
    "alembic": "while no migration is due",
    "mako": "Alembic's",
    "sqlalchemy.dialects.postgresql": "of another database",
    "psycopg": "of another database",
    "procrastinate": "of another database",
    "bot.db.postgres": "of another database",
    "bot.jobs.postgres": "of another database",
    "PIL": "in the decoder only",
    "pillow_heif": "in the decoder only",
    "resvg_py": "in the decoder only",
    "bot.images.decoder": "in the decoder only",
    "bot.sandbox": "of other commands",
    "bot.cli.commands": "of other commands",
    "typer": "of other commands",
    "yaml": "of other commands",
    "click": "of httpx's own command, which it imports where click is installed, as for tests",
    "rich": "of httpx's own command",
    "pygments": "of httpx's own command",
    "multiprocessing": "of nobody",
    "requests": "of nobody",
    "unittest": "of nobody",
}


def needless(names: set[str]) -> set[str]:
    """Those of these modules that are needless, or within such a package; what httpx imports is its own."""
    told = subprocess.run(
        [sys.executable, "-c", "import httpx, sys; print(*sys.modules)"], capture_output=True, check=True
    )
    own = names - set(told.stdout.decode().split())
    return {name for name in own if any(f"{name}.".startswith(f"{each}.") for each in NEEDLESS)}


def test_the_app_imports_nothing_needless() -> None:
    command = [sys.executable, "-c", "import bot.app, sys; print(*sys.modules)"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    imported = set(told.stdout.decode().split())
    assert "slack_bolt" in imported
    assert needless(imported) == set()


@pytest.mark.slow
async def test_a_run_that_does_the_job_imports_nothing_needless(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(sandbox, tmp_path)
    first = await start(tmp_path, environ, "run")  # makes the tables
    await sandbox.slack.wait_connected(timeout=20)
    first.terminate()
    await first.communicate()
    process = await start(tmp_path, {**environ, "PYTHONPROFILEIMPORTTIME": "1"}, "run")
    told = asyncio.create_task(process.communicate())
    await sandbox.slack.wait_connected(timeout=20)
    post = await sandbox.slack.post(user="ana", channel="mascots", files=[NewFile("fox.png", drawn())])
    await sandbox.slack.wait_until(
        lambda: "1 of 6 references" in str(sandbox.slack.thread("mascots", post["ts"])) or None, timeout=20
    )
    process.terminate()
    _, errors = await told
    imported = set(re.findall(r"^import time: .*\| +(\S+)$", errors.decode(), re.MULTILINE))
    assert "bot.jobs.sqlite" in imported
    assert needless(imported) == set()
