from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from bot.db import open_store
from bot.sandbox.masko import LocalMasko, faults
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from tests.cli.commands import ROOT, alive, environment, ready, set_revision, start
from tests.e2e.team import drawn


async def test_run_names_all_that_is_missing(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MASKO_API_KEY": "masko_"}
    process = await start(tmp_path, environ, "run")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert [line.partition(" (")[0] for line in errors.decode().splitlines()] == [
        "masko-slack: SLACK_BOT_TOKEN: is not set",
        "SLACK_APP_TOKEN: is not set",
        "MASKO_API_KEY: is still as in .env.example",
    ]


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SLACK_BOT_TOKEN": "hunter2"}, "SLACK_BOT_TOKEN: should begin with xoxb-"),
        ({"PORT": "http"}, "PORT: Input should be a valid integer"),
    ],
)
async def test_run_with_bad_settings_is_one_line_and_exit_code_2(
    tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    process = await start(tmp_path, {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}, "run")
    _, errors = await process.communicate()
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert says in line
    assert "hunter2" not in line


async def test_limits_that_cannot_be_read_are_one_line_and_exit_code_2(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path, MASKO_LIMITS="a lot"), "run")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().splitlines()[-1].startswith("masko-slack: MASKO_LIMITS: 'a lot' is not a limit")


async def test_run_does_the_job_and_stops_when_told_to(sandbox: Sandbox, tmp_path: Path) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path, LOG_LEVEL="DEBUG"), "run")
    await sandbox.slack.wait_connected(timeout=20)
    post = await sandbox.slack.post(user="ana", channel="mascots", files=[NewFile("fox.png", drawn())])
    await sandbox.slack.wait_until(
        lambda: "1 of 6 references" in str(sandbox.slack.thread("mascots", post["ts"])) or None, timeout=20
    )
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert time.monotonic() - told < 10
    log = errors.decode()
    for secret in (sandbox.bot_token, sandbox.app_token, sandbox.masko_api_key):
        assert secret not in log


async def test_a_second_run_on_the_same_database_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    process = await start(tmp_path, environment(sandbox, tmp_path), "run")
    _, errors = await process.communicate()
    await store.close()
    assert process.returncode == 1
    assert f"Another masko-slack (process {os.getpid()}) already works on" in errors.decode()


async def test_a_token_that_slack_does_not_know_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(sandbox, tmp_path, SLACK_BOT_TOKEN="xoxb-sandbox-wrong")
    process = await start(tmp_path, environ, "run")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert "Slack didn't accept SLACK_BOT_TOKEN (invalid_auth)" in errors.decode()


async def test_an_app_token_that_slack_does_not_know_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(sandbox, tmp_path, SLACK_APP_TOKEN="xapp-sandbox-wrong")
    process = await start(tmp_path, environ, "run")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert "Slack didn't accept SLACK_APP_TOKEN (invalid_auth)" in errors.decode()


async def test_a_slack_that_is_down_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    port, health = unused_tcp_port_factory(), unused_tcp_port_factory()
    environ = environment(
        sandbox, tmp_path, SLACK_API_URL=f"http://127.0.0.1:{port}/api/", HEALTH_PORT=str(health)
    )
    process = await start(tmp_path, environ, "run")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{health}") as http:
        await alive(http)
        async with http.get("/readyz") as answer:
            assert (answer.status, (await answer.json())["slack"]) == (503, "not there")
        async with http.get("/metrics") as answer:
            assert "masko_slack_process_cpu_seconds_total" in await answer.text()
    process.terminate()
    async with asyncio.timeout(5):
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert "Slack cannot be reached (auth.test: unreachable); trying again" in errors.decode()


async def test_a_database_that_is_not_there_yet_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str, short_folder: Path, unused_tcp_port: int
) -> None:
    beginning, _, sockets = postgres_url.partition("?host=")
    later = short_folder / "later"
    environ = environment(
        sandbox, tmp_path, DATABASE_URL=f"{beginning}?host={later}", HEALTH_PORT=str(unused_tcp_port)
    )
    process = await start(tmp_path, environ, "run")
    assert process.stderr is not None
    async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as http, asyncio.timeout(30):
        while b"waiting for the database, trying again in" not in await process.stderr.readline():
            pass
        await alive(http)
        async with http.get("/readyz") as answer:
            report = await answer.json()
            assert (answer.status, report["database"]) == (503, "cannot be reached; it is tried again")
        later.symlink_to(sockets)
        assert (await ready(http))["database"] == "ok"
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_it_can_be_stopped_while_it_waits_for_the_database(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port: int
) -> None:
    nowhere = f"postgresql://masko:hunter2@127.0.0.1:{unused_tcp_port}/masko"
    process = await start(tmp_path, environment(sandbox, tmp_path, DATABASE_URL=nowhere), "run")
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while b"waiting for the database" not in (line := await process.stderr.readline()):
            pass
    assert b"hunter2" not in line
    process.terminate()
    async with asyncio.timeout(5):
        await process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("part", "wrong", "says"),
    [
        ("//postgres:", "//nobody:secret", 'role "nobody" does not exist'),
        ("?host=", "_gone?host=", "does not exist"),
        ("?host=", "?port=54321x&host=", "it cannot be read"),
    ],
    ids=["role", "database", "port"],
)
async def test_a_database_that_waiting_does_not_mend_ends_it(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str, part: str, wrong: str, says: str
) -> None:
    environ = environment(sandbox, tmp_path, DATABASE_URL=postgres_url.replace(part, wrong))
    await _ends_with(tmp_path, environ, says)


async def test_a_database_of_a_newer_program_ends_it(
    sandbox: Sandbox, tmp_path: Path, database_url: str
) -> None:
    await (await open_store(database_url)).close()
    set_revision(database_url, "9999")
    environ = environment(sandbox, tmp_path, DATABASE_URL=database_url)
    await _ends_with(tmp_path, environ, "Can't locate revision identified by '9999'")


async def _ends_with(folder: Path, environ: dict[str, str], says: str) -> None:
    process = await start(folder, environ, "run")
    async with asyncio.timeout(20):
        _, errors = await process.communicate()
    assert process.returncode == 1
    told = errors.decode().splitlines()[-1]
    assert told.startswith("masko-slack: The database ")
    assert says in told


async def test_health_is_told_on_a_port_of_its_own(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port: int
) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path, HEALTH_PORT=str(unused_tcp_port)), "run")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as http:
        await alive(http)
        report = await ready(http)
        assert report == {"ready": True, "database": "ok", "slack": "ok", "masko": "ok"}
        async with http.post("/slack/events", data="{}") as answer:
            assert answer.status == 404
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_a_second_signal_ends_it_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path), "run")
    await sandbox.slack.wait_connected(timeout=20)
    assert isinstance(sandbox.masko, LocalMasko)
    sandbox.masko.faults.add("upload", faults.delay(30.0))
    post = await sandbox.slack.post(user="ana", channel="mascots", files=[NewFile("fox.png", drawn())])
    await sandbox.slack.wait_until(
        lambda: len(sandbox.slack.thread("mascots", post["ts"])) > 1 or None, timeout=20
    )
    process.terminate()
    assert process.stderr is not None
    async with asyncio.timeout(5):
        while b"stopping" not in await process.stderr.readline():
            pass
    process.terminate()
    async with asyncio.timeout(5):
        await process.communicate()
    assert process.returncode == -signal.SIGTERM


async def test_what_hangs_does_not_keep_it_longer_than_ten_seconds(sandbox: Sandbox, tmp_path: Path) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path), "run")
    await sandbox.slack.wait_connected(timeout=20)
    assert isinstance(sandbox.masko, LocalMasko)
    sandbox.masko.faults.add("upload", faults.delay(30.0))
    post = await sandbox.slack.post(user="ana", channel="mascots", files=[NewFile("fox.png", drawn())])
    await sandbox.slack.wait_until(
        lambda: len(sandbox.slack.thread("mascots", post["ts"])) > 1 or None, timeout=20
    )
    told = time.monotonic()
    process.terminate()
    async with asyncio.timeout(20):
        await process.communicate()
    assert process.returncode == 0
    assert time.monotonic() - told < 11


async def test_it_can_be_stopped_while_slack_cannot_be_reached(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.slack.faults.rate_limit("apps.connections.open", calls=1000, retry_after=30)
    process = await start(tmp_path, environment(sandbox, tmp_path), "run")
    await sandbox.slack.wait_until(lambda: _asked(sandbox, "apps.connections.open") or None, timeout=20)
    process.terminate()
    async with asyncio.timeout(5):
        await process.communicate()
    assert process.returncode == 0


def _asked(sandbox: Sandbox, method: str) -> bool:
    return any(entry.title == method for entry in sandbox.inspector.after(0))


async def test_a_port_in_use_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        environ = environment(sandbox, tmp_path, PORT=port, SLACK_SIGNING_SECRET="signing")
        process = await start(tmp_path, environ, "run")
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert f"PORT: nothing can listen on {port}" in errors.decode()
