"""That the image, `compose.yaml` and the service for systemd work as far as this can be seen without them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.server.process import STOP_WITHIN
from bot.settings import load, variables
from tests.documents import ROOT, read

SYSTEMD = shutil.which("systemd-analyze")
STRACE = shutil.which("strace")
SERVICE = ROOT / "docs" / "masko-slack.service"

Steps = list[tuple[str, str]]


def stages() -> list[Steps]:
    """Return the instructions of each stage of the Dockerfile, as (`RUN`, `…`)."""
    text = re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE).replace("\\\n", "")
    steps = [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word]
    starts = [number for number, (word, _) in enumerate(steps) if word == "FROM"]
    return [steps[begin:end] for begin, end in zip(starts, [*starts[1:], None], strict=True)]


def of(steps: Steps, wanted: str) -> list[str]:
    return [rest for word, rest in steps if word == wanted]


def tool(name: str) -> str:
    """Return the path of a linter; skip the test where it is not installed."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_linter_finds_nothing_in_the_dockerfile() -> None:
    linted = run(tool("hadolint"), "Dockerfile", cwd=ROOT)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_only_what_is_copied_gets_into_the_build() -> None:
    ignore = [line for line in read(".dockerignore").splitlines() if not line.startswith("#")]
    copied = {source for rest in of(stages()[0], "COPY") for source in rest.split()[:-1]}
    assert ignore[0] == "*"
    assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == copied


def test_the_image_stops_and_runs_as_it_should() -> None:
    build, image = stages()
    assert of(build, "FROM")[0].split()[0] == of(image, "FROM")[0]
    (user,) = of(image, "USER")
    assert f"useradd --system --uid {user} " in of(image, "RUN")[0]
    assert of(image, "STOPSIGNAL") == ["SIGTERM"]
    assert of(image, "VOLUME") == [
        f"{of(image, 'WORKDIR')[0]}/{Path(load({}, None).database_url).parent.name}"
    ]
    assert not re.search("TOKEN|KEY|SECRET|PASSWORD", read("Dockerfile"))


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Serve `/healthz` with a status; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_asks_the_program_and_no_proxy(status: int, healthy: bool) -> None:
    (check,) = of(stages()[1], "HEALTHCHECK")
    program, *arguments = json.loads(check.partition("CMD ")[2])
    assert program == "python"
    with answering(status) as port:
        environ = {"HEALTH_PORT": str(port), "HTTP_PROXY": "http://127.0.0.1:1"}
        assert (run(sys.executable, *arguments, env=environ).returncode == 0) is healthy


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_steps_of_the_dockerfile_make_a_program_that_works(tmp_path: Path) -> None:
    """Run each RUN and COPY below a folder, in the place of `/`; only the user is not made."""
    build, image = stages()
    (folder,) = of(build, "WORKDIR")

    def inside(text: str) -> str:
        return re.sub(r"(?<![\w.)*-])/(src|wheels|opt)\b", rf"{tmp_path}/\1", text)

    base = tmp_path / "base"  # the interpreter of the image that all begins with
    subprocess.run([sys.executable, "-m", "venv", base], check=True)
    source = Path(inside(folder))
    source.mkdir()
    for step, rest in build:
        if step == "COPY":
            *names, target = rest.split()
            for name in names:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, source / target / ("" if target == "./" else "."))
        elif step == "RUN":
            environ = {**os.environ, "PATH": f"{base / 'bin'}:{os.environ['PATH']}"}
            ran = run("sh", "-ec", inside(rest), cwd=source, env=environ)
            assert ran.returncode == 0, ran.stderr
    (copied,) = of(image, "COPY")
    _, kept, target = copied.split()
    assert kept == target, "a virtual environment cannot be moved"
    assert [each.split()[0] for each in of(image, "RUN")] == ["useradd"]
    shutil.rmtree(source)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    given = dict(each.split("=", 1) for each in shlex.split(inside(of(image, "ENV")[0])))
    environ = {**given, "PATH": given["PATH"].replace("$PATH", os.environ["PATH"])}
    (program,) = json.loads(of(image, "ENTRYPOINT")[0])
    found = shutil.which(program, path=environ["PATH"]) or ""
    assert found.startswith(inside(target))
    version = run(found, "--version", cwd=elsewhere, env=environ)
    assert version.stdout.startswith("masko-slack "), version.stderr
    tried = run(found, "try", "--json", cwd=elsewhere, env=environ)
    assert json.loads(tried.stdout)["mascot"]["references"] == "1 of 6 references"
    extras = "import psycopg, procrastinate, cryptography"
    assert run(f"{inside(target)}/bin/python", "-c", extras, cwd=elsewhere).returncode == 0


def test_compose_waits_for_the_database_and_sets_nothing_unknown() -> None:
    services = yaml.safe_load(read("compose.yaml"))["services"]
    bot, database = services["bot"], services["database"]
    assert set(bot["environment"]) <= set(variables())
    assert bot["env_file"] == ".env"
    assert bot["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert database["healthcheck"]["test"][1] == "pg_isready"
    assert {each["restart"] for each in services.values()} == {"unless-stopped"}
    assert int(bot["stop_grace_period"].removesuffix("s")) > STOP_WITHIN
    password = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}")
    url = password.sub("secret", bot["environment"]["DATABASE_URL"])
    assert load({"DATABASE_URL": url}, None).database_url == url
    assert password.fullmatch(database["environment"]["POSTGRES_PASSWORD"])
    assert not any("ports" in each for each in services.values())


def test_compose_is_valid() -> None:
    checked = run(
        tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml", cwd=ROOT
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is not installed")
def test_the_service_is_valid_and_confined(tmp_path: Path) -> None:
    unit = tmp_path / SERVICE.name
    folder, program = tmp_path / "masko", tmp_path / "masko" / ".venv" / "bin" / "masko-slack"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    unit.write_text(SERVICE.read_text().replace("/opt/masko-slack", str(folder)))
    verified = run(str(SYSTEMD), "verify", "--man=no", str(unit))
    assert (verified.returncode, verified.stderr) == (0, "")
    confined = run(str(SYSTEMD), "security", "--offline=yes", "--threshold=20", str(unit))
    assert confined.returncode == 0, confined.stdout


def test_the_service_waits_until_the_program_has_ended() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", SERVICE.read_text(), re.MULTILINE)
    assert int(seconds) > STOP_WITHIN


@pytest.mark.slow
@pytest.mark.skipif(SYSTEMD is None or STRACE is None, reason="systemd-analyze or strace is not installed")
def test_the_service_allows_every_system_call_of_the_program(tmp_path: Path) -> None:
    """Decoders among them: `try` starts one."""
    (allowed,) = re.findall(r"^SystemCallFilter=(.+)$", SERVICE.read_text(), re.MULTILINE)
    names, groups = set[str](), [allowed]
    while groups:
        for line in run(str(SYSTEMD), "syscall-filter", groups.pop()).stdout.splitlines():
            name = line.strip()
            if name.startswith("@") and line.startswith(" "):
                groups.append(name)
            elif line.startswith(" ") and not name.startswith("#"):
                names.add(name)
    log = tmp_path / "calls"
    program = [sys.executable, "-m", "bot", "try", "--json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    tried = run(str(STRACE), "-f", "-qq", "-o", str(log), *program, cwd=tmp_path, env=environ)
    assert json.loads(tried.stdout)["mascot"]
    called = set(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
    assert {"setrlimit", "prlimit64"} & called
    assert called - names == set()
