from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.commands import app
from bot.sandbox.sandbox import Sandbox
from tests.cli.commands import ROOT, environment, findings, settings, start
from tests.proxy import a_proxy

pytestmark = pytest.mark.slow

ODD = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("ALL_PROXY", "all_proxy"), "socks5://127.0.0.1:1080"),
    "NO_PROXY": "localhost,fd07:b51a:cc66:f0::/64",
    "SSL_CERT_FILE": "/nope.pem",
}


async def test_a_try_needs_no_proxy_whatever_the_environment_says(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **ODD}
    process = await start(tmp_path, environ, "try")
    told, _ = await process.communicate()
    assert process.returncode == 0
    assert "1 of 6 references" in told.decode()


async def test_nor_does_the_sandbox(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **ODD}
    process = await start(tmp_path, environ, "sandbox", "--port", "0")
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert b"The sandbox is open" in await process.stdout.readline()
    process.terminate()
    await process.communicate()


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "URL scheme should be 'http' or 'https'"),
        ("HTTPS_PROXY", "http://proxy:port", "Input should be a valid URL, invalid port number"),
        ("SSL_CERT_FILE", "/nope.pem", "/nope.pem cannot be read (No such file or directory)"),
        ("SSL_CERT_FILE", "README.md", "README.md holds no certificates"),
        ("SSL_CERT_DIR", "/nope", "Path does not point to a directory"),
    ],
)
def test_a_network_that_cannot_be_used_is_one_line(
    command: str, variable: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    ended = CliRunner().invoke(app, [command], env={variable: value})
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"masko-slack: {variable}: {says}")
    assert ended.stderr.count("\n") == 1


async def test_run_and_doctor_reach_slack_and_masko_through_a_proxy(sandbox: Sandbox, tmp_path: Path) -> None:
    slack = sandbox.slack_api_url.replace("127.0.0.1", "slack-of-the-company")
    masko = sandbox.masko_api_url.replace("127.0.0.1", "masko-of-the-company")
    async with a_proxy() as proxy:
        environ = environment(
            sandbox,
            tmp_path,
            SLACK_API_URL=slack,
            MASKO_API_URL=masko,
            HTTP_PROXY=proxy.url,
            NO_PROXY="fd07:b51a:cc66:f0::/64",
        )
        process = await start(tmp_path, environ, "run")
        await sandbox.slack.wait_connected(timeout=30)
        process.terminate()
        await process.communicate()
        assert process.returncode == 0
        assert proxy.asked == [f"POST {slack}auth.test", f"POST {slack}apps.connections.open"]
        told = settings(sandbox, tmp_path, slack_api_url=slack, masko_api_url=masko, http_proxy=proxy.url)
        assert all(finding.ok for finding in (await findings(told)).values())
        assert f"GET {masko}/projects" in proxy.asked[-1]
