"""One workspace becomes one of many on the same database, as docs/workspaces.md says."""

from __future__ import annotations

import aiohttp
from aiohttp.test_utils import unused_port

from bot.app import running
from bot.app.manifest import for_workspaces
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.server.process import listening
from bot.settings import load
from bot.slack.blocks import RETRY
from tests.e2e.team import Team, picture
from tests.e2e.workspaces import ENCRYPTION_KEY, Workspace, Workspaces


async def test_threads_and_mascots_go_on(database_url: str) -> None:
    port, inspector, key = unused_port(), Inspector(), obviously_fake_key()
    url = f"http://127.0.0.1:{port}"
    masko = LocalMasko(api_key=key, inspector=inspector)
    given = {"DATABASE_URL": database_url, "PORT": str(port), "ENCRYPTION_KEYS": ENCRYPTION_KEY}
    async with (
        Sandbox(for_workspaces(url), inspector=inspector, masko=masko, masko_api_key=key) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        sandbox.slack.use_request_url(f"{url}/slack/events", faster=100.0)
        async with running(load(sandbox.environment | given, None)) as one, listening(one):
            team = Team(sandbox, one)
            fox = await team.post([picture("fox.png")])
            assert "1 of 6 references" in team.words(fox)[0]
        async with running(load(sandbox.environment_for_workspaces | given, None)) as many, listening(many):
            program = Workspaces(sandbox, many, url, http)
            await program.install(sandbox.slack)
            workspace = Workspace(program, sandbox.slack)
            bear = await workspace.post([picture("bear.png", "teal")])
            assert "An admin can connect it with /masko connect." in workspace.words(bear)[0]
            assert "is connected to Masko" in await workspace.connect(key)
            await workspace.press(workspace.card(bear), RETRY)
            await workspace.all_done()
            assert "1 of 6 references" in workspace.words(bear)[0]
            await workspace.post([picture("side.png", "navy")], thread=fox)
            await workspace.all_done()
            assert "2 of 6 references" in workspace.words(fox)[0]
            assert program.findings() == []
