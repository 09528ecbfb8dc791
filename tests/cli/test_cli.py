from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
import yaml
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier
from typer.testing import CliRunner

from bot.cli import app, manifest
from bot.cli.doctor import Finding, examine
from bot.db import Store
from bot.sandbox.masko import LocalMasko, faults
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from bot.settings import Settings
from tests.e2e.page import Page
from tests.e2e.team import drawn, picture
from tests.e2e.trouble import a_quick_team
from tests.proxy import a_proxy

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest.manifest()) as sandbox:
        yield sandbox


def environment(sandbox: Sandbox, folder: Path, **other: str) -> dict[str, str]:
    """What `masko-slack run` is told to work with the sandbox."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.slack_api_url,
        "MASKO_API_KEY": sandbox.masko_api_key,
        "MASKO_API_URL": sandbox.masko_api_url,
        "DATABASE_URL": f"sqlite:///{folder}/masko.db",
        **other,
    }


async def start(folder: Path, environ: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "bot", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environ, stdout=pipe, stderr=pipe
    )
    STARTED.append(process)
    return process


STARTED: list[asyncio.subprocess.Process] = []


@pytest.fixture(autouse=True)
async def nothing_is_left_running() -> AsyncIterator[None]:
    """A test that fails must not leave a bot behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.returncode is None:
            process.kill()
            await process.communicate()


# -- try and manifest -----------------------------------------------------------------------------


def test_try_prints_the_thread() -> None:
    ended = CliRunner().invoke(app, ["try"])
    assert ended.exit_code == 0
    assert "1 of 6 references" in ended.stdout
    assert "Name and prompt detected from the image" in ended.stdout


def test_try_works_with_the_older_masko() -> None:
    ended = CliRunner().invoke(app, ["try", "--json", "--masko", "older"])
    assert ended.exit_code == 0
    mascot = json.loads(ended.stdout)["mascot"]
    assert mascot["collection_id"].startswith("col_")
    assert mascot["name"]
    assert "stand-in" in mascot["prompt"]


def test_a_masko_that_never_was_ends_in_2() -> None:
    assert CliRunner().invoke(app, ["try", "--masko", "oldest"]).exit_code == 2


def test_try_gives_one_json_document(tmp_path: Path) -> None:
    names = ("a.png", "b.png", "bad.png", "notes.txt")
    for name, content in zip(names, (drawn("teal"), drawn("navy"), b"", b"hello"), strict=True):
        (tmp_path / name).write_bytes(content)
    ended = CliRunner().invoke(app, ["try", "--json", *(str(tmp_path / name) for name in names)])
    assert ended.exit_code == 0
    told = json.loads(ended.stdout)
    assert set(told) == {"thread", "mascot", "images", "faults"}
    assert told["faults"] == []
    assert set(told["mascot"]) == {"name", "prompt", "references", "collection_id"}
    assert told["mascot"]["references"] == "2 of 6 references"
    assert [set(message) for message in told["thread"]] == [{"user", "text"}] * 2
    assert [(image["name"], image["outcome"]) for image in told["images"]] == [
        ("a.png", "added"),
        ("b.png", "added"),
        ("bad.png", "refused"),
        ("notes.txt", "ignored"),
    ]
    assert "bad.png is empty" in told["images"][2]["detail"]


def test_try_without_a_mascot_ends_in_1(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    ended = CliRunner().invoke(app, ["try", str(tmp_path / "bad.png")])
    assert ended.exit_code == 1
    assert "bad.png is empty" in ended.stdout


def test_try_with_a_file_that_is_not_there_ends_in_2(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["try", str(tmp_path / "nowhere.png")]).exit_code == 2


def test_try_tells_which_faults_struck() -> None:
    wanted = ("masko.create=lost-answer", "slack.update=429", "masko.rename=500", "slack.duplicate-delivery")
    options = [word for fault in wanted for word in ("--fault", fault)]
    ended = CliRunner().invoke(app, ["try", "--json", *options])
    assert ended.exit_code == 0
    told = json.loads(ended.stdout)
    assert told["mascot"]["references"] == "1 of 6 references"
    assert told["faults"] == [
        {"fault": fault, "struck": struck} for fault, struck in zip(wanted, (1, 1, 0, None), strict=True)
    ]


def test_try_ends_in_1_when_a_fault_leaves_no_mascot() -> None:
    ended = CliRunner().invoke(app, ["try", "--fault", "masko.any=401:always"])
    assert ended.exit_code == 1
    assert "masko.any=401:always: struck" in ended.stdout


def test_try_lists_the_faults() -> None:
    ended = CliRunner().invoke(app, ["try", "--fault", "help"])
    assert ended.exit_code == 0
    for words in (
        "masko.CALL  upload create",
        "lost-answer",
        "slack.CALL  post",
        "slack.missing-scope=SCOPE",
    ):
        assert words in ended.stdout


@pytest.mark.parametrize("command", ["try", "sandbox"])
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("masko.create=rain", "--fault masko.create=rain: masko.create has no fault 'rain'"),
        ("rain", "--fault rain: 'rain' is not of the form SERVICE.CALL=FAULT"),
    ],
)
def test_a_fault_that_is_not_on_offer_ends_in_2_and_lists_all(command: str, fault: str, says: str) -> None:
    ended = CliRunner().invoke(app, [command, "--fault", fault])
    assert ended.exit_code == 2
    assert says in ended.stderr.splitlines()[0]
    assert "lost-answer" in ended.stderr


def test_a_condition_with_a_value_that_it_cannot_take_ends_in_2() -> None:
    ended = CliRunner().invoke(app, ["try", "--fault", "slack.late-delivery=soon"])
    assert ended.exit_code == 2
    assert ended.stderr.startswith(
        "masko-slack: --fault slack.late-delivery=soon: late-delivery: 'soon' is not"
    )


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("people: []", "--seed seed.yml: people: List should have at least 1 item"),
        (
            "people: [{name: zoe}]\nchannels: [{name: a, members: [zoe]}]\nmascots: [{references: [x]}]",
            "--seed: ",
        ),
    ],
)
def test_a_seed_that_cannot_be_used_is_one_line_and_ends_in_2(tmp_path: Path, seed: str, says: str) -> None:
    (tmp_path / "seed.yml").write_text(seed)
    ended = CliRunner().invoke(app, ["sandbox", "--port", "0", "--seed", str(tmp_path / "seed.yml")])
    assert ended.exit_code == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"masko-slack: {says}")


async def test_replay_tells_whether_the_same_came_of_it(tmp_path: Path) -> None:
    async with a_quick_team(tmp_path) as team, Page(team) as page:
        await page.post(picture("fox.png", size=128))
        recording = await page.get("recording")
    for mascot in recording["outcome"]["mascots"].values():
        mascot["name"] = "Somebody else"  # the command's own Masko sees more in a picture than this one did
    (tmp_path / "run.json").write_text(json.dumps(recording))
    process = await start(
        tmp_path,
        {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        "replay",
        "run.json",
        "--json",
        "--patience",
        "4",
    )
    out, _ = await process.communicate()
    told = json.loads(out)
    assert (process.returncode, told["steps"], told["complete"]) == (1, 1, True)
    assert any("recorded 'Somebody else'" in words for words in told["differences"])


def test_replay_of_what_is_no_recording_ends_in_2(tmp_path: Path) -> None:
    for content, says in (("{}", "this is no recording: start: Field required"), ("x", "Expecting value")):
        (tmp_path / "run.json").write_text(content)
        ended = CliRunner().invoke(app, ["replay", str(tmp_path / "run.json")])
        assert (ended.exit_code, says in ended.stderr) == (2, True)


def test_manifest() -> None:
    as_yaml = CliRunner().invoke(app, ["manifest"])
    as_json = CliRunner().invoke(app, ["manifest", "--json"])
    assert yaml.safe_load(as_yaml.stdout) == json.loads(as_json.stdout) == manifest.manifest()


@pytest.mark.parametrize("command", ["run", "sandbox", "try", "doctor", "manifest"])
def test_every_command_has_help(command: str) -> None:
    ended = CliRunner().invoke(app, [command, "--help"])
    assert ended.exit_code == 0
    assert "Usage:" in ended.stdout


async def test_a_taken_port_for_the_sandbox_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        process = await start(tmp_path, environ, "sandbox", "--port", port)
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith(f"masko-slack: --port: nothing can listen on {port}")


# -- company networks ---------------------------------------------------------------------------------

ODD = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("ALL_PROXY", "all_proxy"), "socks5://127.0.0.1:1080"),
    "NO_PROXY": "localhost,fd07:b51a:cc66:f0::/64",
    "SSL_CERT_FILE": "/nope.pem",
}


async def test_a_try_needs_no_proxy_whatever_the_environment_says(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **ODD}
    process = await start(tmp_path, environ, "try")
    told, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
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
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "SOCKS is not supported"),
        ("HTTPS_PROXY", "http://proxy:port", "should be the address of an HTTP proxy"),
        ("NO_PROXY", "10.0.0.0/99", "10.0.0.0/99 is no host, address or range"),
        ("SSL_CERT_FILE", "/nope.pem", "/nope.pem cannot be read (No such file or directory)"),
        ("SSL_CERT_FILE", "README.md", "README.md holds no certificates"),
        ("SSL_CERT_DIR", "/nope", "/nope is no folder"),
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


# -- run ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "SLACK_BOT_TOKEN: is not set"),
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
    store = await Store.open(f"sqlite:///{tmp_path}/masko.db")
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
    assert "Slack did not accept SLACK_BOT_TOKEN (invalid_auth)" in errors.decode()


async def test_an_app_token_that_slack_does_not_know_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    environ = environment(sandbox, tmp_path, SLACK_APP_TOKEN="xapp-sandbox-wrong")
    process = await start(tmp_path, environ, "run")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert "Slack did not accept SLACK_APP_TOKEN (invalid_auth)" in errors.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_can_be_stopped_before_it_has_begun(
    sandbox: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    """Python imports for long enough that a signal may come in the middle of it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Kill:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == 'bot.server.process': os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Kill())\n"
    )
    environ = environment(sandbox, tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    process = await start(tmp_path, environ, "run")
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_a_slack_that_is_down_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    port, health = unused_tcp_port_factory(), unused_tcp_port_factory()
    environ = environment(
        sandbox, tmp_path, SLACK_API_URL=f"http://127.0.0.1:{port}/api/", HEALTH_PORT=str(health)
    )
    process = await start(tmp_path, environ, "run")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{health}") as http:
        await _alive(http)
        async with http.get("/readyz") as answer:
            assert (answer.status, (await answer.json())["slack"]) == (503, "not there")
        async with http.get("/metrics") as answer:
            assert "masko_slack_process_cpu_seconds_total" in await answer.text()
    process.terminate()
    async with asyncio.timeout(5):
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert "Slack cannot be reached (auth.test: unreachable); trying again" in errors.decode()


async def test_health_is_told_on_a_port_of_its_own(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port: int
) -> None:
    process = await start(tmp_path, environment(sandbox, tmp_path, HEALTH_PORT=str(unused_tcp_port)), "run")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as http:
        await _alive(http)
        report = await _ready(http)
        assert report == {"ready": True, "database": "ok", "slack": "ok", "masko": "ok"}
        async with http.post("/slack/events", data="{}") as answer:
            assert answer.status == 404
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def _ready(http: aiohttp.ClientSession) -> dict[str, object]:
    """What `/readyz` says, once it is ready or has not become so for long."""
    report: dict[str, object] = {}
    for _ in range(200):
        async with http.get("/readyz") as answer:
            report = await answer.json()
            assert (answer.status == 200) is report["ready"]
        if report["ready"]:
            break
        await asyncio.sleep(0.1)
    return report


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


async def test_over_http_only_signed_requests_count(
    sandbox: Sandbox, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    port, health = unused_tcp_port_factory(), unused_tcp_port_factory()
    environ = environment(
        sandbox, tmp_path, PORT=str(port), HEALTH_PORT=str(health), SLACK_SIGNING_SECRET="signing"
    )
    process = await start(tmp_path, environ, "run")
    origin = f"http://127.0.0.1:{port}"
    body = json.dumps({"type": "url_verification", "challenge": "c4all3nge", "token": "x"})
    now = str(int(time.time()))
    signature = SignatureVerifier("signing").generate_signature(timestamp=now, body=body) or ""
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": now}
    async with aiohttp.ClientSession(origin) as http:
        await _alive(http)
        signed = {**headers, "X-Slack-Signature": signature}
        async with http.post("/slack/events", data=body, headers=signed) as answer:
            assert (answer.status, "c4all3nge" in await answer.text()) == (200, True)
        forged = {**headers, "X-Slack-Signature": "v0=" + "0" * 64}
        async with http.post("/slack/events", data=body, headers=forged) as answer:
            assert answer.status == 401
        odd = {**signed, "X-Slack-Request-Timestamp": "yesterday"}
        async with http.post("/slack/events", data=body, headers=odd) as answer:
            assert answer.status == 401
        async with http.post("/slack/events", data="{not json", headers=signed) as answer:
            assert answer.status == 401
        for rubbish in (
            b"\x16\x03\x01 no HTTP at all\r\n\r\n",
            b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            _begun(now, b"Content-Length: 99999"),
            _begun(now, b"Transfer-Encoding: chunked") + b"no size\r\n",
        ):
            await _send_and_leave(port, rubbish)
        for path in ("/readyz", "/metrics"):  # they are not for everybody
            async with http.get(path) as answer:
                assert answer.status == 404
    async with aiohttp.ClientSession(f"http://127.0.0.1:{health}") as http:
        report = await _ready(http)
        assert report == {"ready": True, "database": "ok", "slack": "ok", "masko": "ok"}
        async with http.get("/metrics") as answer:
            told = await answer.text()
            assert 'acknowledgement_seconds_count{kind="unsigned",outcome="refused"} 4.0' in told
    process.terminate()
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors


def _begun(now: str, how_long: bytes) -> bytes:
    """A request that looks like Slack's as far as it goes."""
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slack-Signature: v0=" + b"0" * 64
    return head + b"\r\nX-Slack-Request-Timestamp: " + now.encode() + b"\r\n" + how_long + b"\r\n\r\n"


async def _send_and_leave(port: int, data: bytes) -> None:
    """Send this and hear what is answered, if anything is, for as long as a body could still come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def _alive(http: aiohttp.ClientSession) -> None:
    for _ in range(400):
        try:
            async with http.get("/healthz") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    pytest.fail("the bot does not listen")


# -- doctor ---------------------------------------------------------------------------------------


def settings(sandbox: Sandbox, folder: Path, **other: object) -> Settings:
    given = {
        "slack_bot_token": SecretStr(sandbox.bot_token),
        "slack_app_token": SecretStr(sandbox.app_token),
        "slack_api_url": sandbox.slack_api_url,
        "masko_api_key": SecretStr(sandbox.masko_api_key),
        "masko_api_url": sandbox.masko_api_url,
        "database_url": f"sqlite:///{folder}/masko.db",
    }
    return Settings.model_validate({**given, **other})


async def findings(told: Settings) -> dict[str, Finding]:
    return {finding.check: finding async for finding in examine(told)}


async def test_doctor_finds_nothing_wrong_where_nothing_is(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(settings(sandbox, tmp_path))
    assert list(found) == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY", "DATABASE_URL"]
    assert all(finding.ok for finding in found.values())
    assert found["MASKO_API_KEY"].says == "new mascots go to Sandbox"


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
        ({"database_url": "sqlite:////proc/nowhere/masko.db"}, "DATABASE_URL"),
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
