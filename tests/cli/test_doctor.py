from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.db import open_store
from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox
from bot.settings import Settings
from tests.cli.commands import findings, set_revision, settings


async def test_doctor_finds_nothing_wrong_where_nothing_is(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(settings(sandbox, tmp_path))
    services = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY", "MASKO_LIMITS"]
    assert list(found) == [*services, "clock", "DATABASE_URL", "RETENTION_DAYS", "disk"]
    assert all(finding.ok for finding in found.values())
    assert found["MASKO_API_KEY"].says == "new mascots go to Sandbox"
    assert found["MASKO_LIMITS"].says == "60/minute,1000/hour; Masko says that 59 requests are left"
    assert re.fullmatch(r"\d s off Slack's, \d s off Masko's", found["clock"].says)
    assert found["DATABASE_URL"].says == "at revision none yet, this program at 0001"
    assert found["RETENTION_DAYS"].says == "not set: everything is kept"
    assert found["disk"].says.endswith(f" MB free in {tmp_path}")
    assert not any(finding.mend for finding in found.values())
    assert os.listdir(tmp_path) == []


async def test_doctor_says_how_long_finished_posts_are_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(settings(sandbox, tmp_path, retention_days=90))
    assert found["RETENTION_DAYS"].says == "what is finished is kept for 90 days"


async def test_doctor_names_what_is_missing(tmp_path: Path) -> None:
    found = await findings(Settings.model_validate({"database_url": f"sqlite:///{tmp_path}/masko.db"}))
    wrong = {check for check, finding in found.items() if not finding.ok}
    assert wrong == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY"}
    assert all(finding.mend for check, finding in found.items() if check in wrong)


async def test_doctor_finds_lacking_scopes(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.slack.directory.app.scopes.discard("files:read")
    found = await findings(settings(sandbox, tmp_path))
    assert not found["SLACK_BOT_TOKEN"].ok
    assert found["SLACK_BOT_TOKEN"].says.endswith("lacks files:read")


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"slack_bot_token": SecretStr("xoxb-sandbox-x")}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": SecretStr("xapp-sandbox-x")}, "SLACK_APP_TOKEN"),
        ({"masko_api_key": SecretStr("masko_" + "1" * 64)}, "MASKO_API_KEY"),
        ({"masko_api_url": "http://127.0.0.1:9/v1"}, "MASKO_API_URL"),
        ({"masko_project_id": "nobody"}, "MASKO_PROJECT_ID"),
        ({"database_url": "sqlite:////dev/null/masko.db"}, "DATABASE_URL"),
    ],
    ids=["bot token", "app token", "key", "Masko away", "project", "database"],
)
async def test_doctor_finds_each_wrong_setting_and_says_how_to_mend_it(
    sandbox: Sandbox, tmp_path: Path, wrong: dict[str, object], check: str
) -> None:
    found = await findings(settings(sandbox, tmp_path, **wrong))
    assert [name for name, finding in found.items() if not finding.ok] == [check]
    assert found[check].mend


async def test_doctor_lists_the_projects_to_choose_from(sandbox: Sandbox, tmp_path: Path) -> None:
    assert isinstance(sandbox.masko, LocalMasko)
    second = sandbox.masko.add_project("Second")
    found = await findings(settings(sandbox, tmp_path))
    assert f"{second.id} (Second)" in found["MASKO_PROJECT_ID"].says


@asynccontextmanager
async def a_masko(**headers: str) -> AsyncIterator[str]:
    """The address of a Masko with one project, whose answers have these headers."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "p1", "name": "One"}]}, headers=headers)

    application = web.Application()
    application.router.add_get("/v1/projects", answer)
    async with TestServer(application) as masko:
        yield str(masko.make_url("/v1"))


async def test_doctor_says_that_the_limit_is_used_up(sandbox: Sandbox, tmp_path: Path) -> None:
    async with a_masko(**{"X-RateLimit-Remaining": "0"}) as url:
        found = await findings(settings(sandbox, tmp_path, masko_api_url=url, masko_limits="none"))
    assert [name for name, finding in found.items() if not finding.ok] == ["MASKO_LIMITS"]
    assert found["MASKO_LIMITS"].says == "none; Masko says that 0 requests are left"
    assert found["MASKO_LIMITS"].mend.startswith("Wait a minute")


async def test_doctor_finds_a_clock_that_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    async with a_masko(Date=format_datetime(later, usegmt=True)) as url:
        found = await findings(settings(sandbox, tmp_path, masko_api_url=url))
    assert [name for name, finding in found.items() if not finding.ok] == ["clock"]
    assert re.fullmatch(r"\d s off Slack's, [89]\d s off Masko's", found["clock"].says)
    assert "clock" in found["clock"].mend


async def test_doctor_says_what_fits_a_database_of_a_newer_program(
    sandbox: Sandbox, tmp_path: Path, database_url: str
) -> None:
    await (await open_store(database_url)).close()
    told = settings(sandbox, tmp_path, database_url=database_url)
    assert (await findings(told))["DATABASE_URL"].says == "at revision 0001, this program at 0001"
    set_revision(database_url, "9999")
    found = (await findings(told))["DATABASE_URL"]
    assert (found.ok, found.says) == (False, "at revision 9999, this program at 0001")
    assert found.mend.startswith("A newer program has used it: run that one")


async def test_doctor_brings_no_database_up_to_date(
    sandbox: Sandbox, tmp_path: Path, database_url: str
) -> None:
    await (await open_store(database_url)).close()
    set_revision(database_url, "0000")
    for _ in range(2):
        found = await findings(settings(sandbox, tmp_path, database_url=database_url))
        assert found["DATABASE_URL"].ok
        assert found["DATABASE_URL"].says == "at revision 0000, this program at 0001"


def contents(folder: Path) -> dict[str, bytes]:
    """What the files of a folder hold; readers leave marks in `-shm`, so of that only its name."""
    return {path.name: b"" if path.match("*-shm") else path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("running", [False, True])
async def test_doctor_changes_no_file(sandbox: Sandbox, tmp_path: Path, running: bool) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    if running:
        async with store.write():
            pass
    else:
        await store.close()
    before = contents(tmp_path)
    found = await findings(settings(sandbox, tmp_path))
    assert found["DATABASE_URL"].says == "at revision 0001, this program at 0001"
    assert contents(tmp_path) == before
    await store.close()


async def test_doctor_says_that_postgresql_is_away(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port: int
) -> None:
    nowhere = f"postgresql://masko:hunter2@127.0.0.1:{unused_tcp_port}/masko"
    found = (await findings(settings(sandbox, tmp_path, database_url=nowhere)))["DATABASE_URL"]
    assert "refused" in found.says
    assert "hunter2" not in found.says
    assert found.mend == "Start PostgreSQL, or correct host and port."


async def test_doctor_says_what_postgresql_refuses(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str
) -> None:
    wrong = postgres_url.replace("//postgres:", "//nobody:")
    found = (await findings(settings(sandbox, tmp_path, database_url=wrong)))["DATABASE_URL"]
    assert 'role "nobody" does not exist' in found.says
    assert found.mend == "Mend that, or correct DATABASE_URL."


async def test_doctor_says_that_a_file_is_no_database(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "masko.db").write_bytes(b"no database at all" * 100)
    found = (await findings(settings(sandbox, tmp_path)))["DATABASE_URL"]
    assert "file is not a database" in found.says
    assert found.mend == "Choose another file that can be written."


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder without room that can be written")
async def test_doctor_finds_a_full_disk(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(settings(sandbox, tmp_path, database_url="sqlite:////proc/masko.db"))
    assert found["disk"].says.endswith("0 MB free in /proc")
    assert found["disk"].mend == "Make room: 200 MB are needed."
