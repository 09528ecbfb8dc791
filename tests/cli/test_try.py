from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.app import manifest
from bot.cli.commands import app
from tests.cli.commands import ROOT, start
from tests.e2e.page import Page
from tests.e2e.team import drawn, picture
from tests.e2e.trouble import a_quick_team


def test_try_prints_the_thread() -> None:
    ended = CliRunner().invoke(app, ["try"])
    assert ended.exit_code == 0
    assert "1 of 6 references" in ended.stdout


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


@pytest.mark.slow
def test_try_stops_at_its_limit_and_says_what_it_waited_for() -> None:
    ended = CliRunner().invoke(app, ["try", "--fault", "masko.any=503:always", "--timeout", "6"])
    assert ended.exit_code == 1
    assert "After 6 s I stopped waiting until the images are in Masko." in ended.stderr


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
    assert says in ended.stderr
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


@pytest.mark.slow
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
        "12",
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
