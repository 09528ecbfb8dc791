"""That the commands in the documents work: run if they need nothing from outside, else parsed.

`<!-- run: NAME -->` above a block means that a test here runs it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import typer

from bot.cli.commands import app
from bot.db import Store, open_store
from bot.db.tables import PersonRow
from bot.sandbox.scenarios.controller import on_offer
from bot.settings import load
from tests.databases import fresh_url, server
from tests.documents import DOCS, ROOT, WRITTEN, blocks, code, commands, marked, name_of, prose, read

PROGRAM = typer.main.get_command(app)
SUBCOMMANDS: dict[str, typer.core.TyperCommand] = PROGRAM.commands  # type: ignore[attr-defined]
PROJECT = tomllib.loads(read("pyproject.toml"))["project"]

OUTSIDE = {
    *("chgrp", "chmod", "cp", "curl", "docker", "grep", "install", "pg_dump", "pg_restore", "rm", "sqlite3"),
    *("systemctl", "useradd"),
}
"""Programs of others that the documents may use."""
COMMANDS = [
    pytest.param(words, id=f"{name_of(page)}: {' '.join(words)}")
    for page in WRITTEN
    for block in blocks(page.read_text("utf-8"))
    if block.kind == "sh"
    for words in commands(block.text)
]
INLINE = [
    pytest.param(text.split(), id=f"{name_of(page)}: {text}")
    for page in WRITTEN
    for text in code(prose(page.read_text("utf-8")))
    if re.match(r"(\.venv/bin/)?masko-slack [a-z-]", text) and not re.search(r"[A-Z…]", text)
]


@pytest.mark.parametrize("words", [*COMMANDS, *INLINE])
def test_every_command_in_the_documents_is_one(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program, arguments = Path(words[0]).name, words[1:]
    match program:
        case "masko-slack":
            _parse(arguments)
        case "python" | "python3":
            if arguments[0] == "-c":
                compile(arguments[1], "<document>", "exec")
                return
            assert arguments[0] == "-m"
            _find(arguments[1], arguments[2:])
        case "pip":
            assert arguments[0] == "install"
            extras = re.findall(r"\[(\w+)\]", " ".join(arguments))
            assert set(extras) <= set(PROJECT["optional-dependencies"])
        case _:
            tools = {"cyclonedx-py": "cyclonedx-bom", "lint-imports": "import-linter"}
            installed = [each for extra in PROJECT["optional-dependencies"].values() for each in extra]
            known = any(each.startswith(tools.get(program, program)) for each in installed)
            assert known or program in OUTSIDE | {"pre-commit"}


def _parse(arguments: list[str]) -> None:
    """Let the program read its arguments; files that they name exist."""
    if arguments[0].startswith("-"):
        assert arguments[0] in {option for each in PROGRAM.params for option in each.opts}
        return
    for argument in arguments[1:]:
        if re.fullmatch(r"[\w-]+\.\w+", argument):
            Path(argument).touch()
    if len(arguments) == 1:
        assert arguments[0] in SUBCOMMANDS
        return
    SUBCOMMANDS[arguments[0]].make_context(arguments[0], arguments[1:])
    for option, value in pairwise(arguments):
        if option == "--fault" and value != "help":
            offer = on_offer()
            assert all(re.search(rf"\b{re.escape(part)}\b", offer) for part in _fault(value)), value


def _fault(value: str) -> list[str]:
    """Return what `--fault` may name only if it is on offer."""
    name, _, what = value.partition("=")
    service, _, call = name.partition(".")
    condition = f"  {name}" in on_offer()
    return [name] if condition else [service, call, what.partition(":")[0]]


def _find(module: str, options: list[str]) -> None:
    """Check that a module can be run, and knows its options."""
    if module == "venv":
        return
    found = importlib.util.find_spec(module)
    assert found is not None
    if found.submodule_search_locations is not None:
        found = importlib.util.find_spec(f"{module}.__main__")
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).read_text("utf-8")
    assert [each for each in options if each.startswith("--") and f'"{each}"' not in source] == []


ZENSICAL = shutil.which("zensical", path=str(Path(sys.executable).parent)) or shutil.which("zensical")


@pytest.mark.skipif(ZENSICAL is None, reason="the extra `docs` is not installed")
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    command = [str(ZENSICAL), "build", "--strict"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = {page.name.removesuffix(".md") for page in DOCS.glob("*.md")} - {"README"}
    assert {page.parent.name for page in (tmp_path / "site").glob("*/index.html")} == pages
    assert "googleapis" not in (tmp_path / "site" / "index.html").read_text("utf-8")


@pytest.mark.skipif(ZENSICAL is None, reason="the extra `docs` is not installed")
@pytest.mark.parametrize("link", ["missing.md", "using.md#missing"])
def test_a_broken_link_breaks_the_build(link: str, tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    with (tmp_path / "docs" / "README.md").open("a") as page:
        page.write(f"\n[broken]({link})\n")
    command = [str(ZENSICAL), "build", "--strict"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


RUN = {
    ("docs/command-line.md", "run: try"),
    ("docs/operations.md", "run: back up PostgreSQL"),
    ("docs/operations.md", "run: back up SQLite"),
    ("docs/operations.md", "run: restore PostgreSQL"),
    ("docs/operations.md", "run: restore SQLite"),
    ("docs/sandbox.md", "run: faults"),
    ("docs/workspaces.md", "run: make an encryption key"),
}
"""Every block that is said to be run, and is."""


def test_what_is_marked_to_be_run_is_run_here() -> None:
    found = {
        (name_of(page), block.mark)
        for page in WRITTEN
        for block in blocks(page.read_text("utf-8"))
        if block.mark.startswith("run: ")
    }
    assert found == RUN


def run(name: str, mark: str, folder: Path, path: str = "", **environ: str) -> str:
    """Run a block in a folder, as a reader would; return what it printed."""
    assert (name, f"run: {mark}") in RUN
    programs = f"{path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", marked(name, f"run: {mark}")]
    ended = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": programs, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_try_prints_the_document_that_is_described(tmp_path: Path) -> None:
    printed = json.loads(run("docs/command-line.md", "try", tmp_path))
    page = read("docs/command-line.md")
    assert all(f"| `{field}` |" in page for field in printed)
    assert all(f"`{field}`" in page for field in [*printed["mascot"], *printed["images"][0]])
    assert printed["mascot"]["references"] == "1 of 6 references"


@pytest.mark.slow
def test_faults_are_waited_out_and_listed(tmp_path: Path) -> None:
    printed = run("docs/sandbox.md", "faults", tmp_path)
    assert "1 of 6 references" in printed
    assert "slack.post=429:3: struck 3" in printed
    assert "masko.CALL" in printed


def test_a_key_that_is_made_as_described_is_one(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    key = run("docs/workspaces.md", "make an encryption key", tmp_path).strip()
    settings = load({"ENCRYPTION_KEYS": key}, None)
    assert settings.encryption_keys is not None
    assert settings.encryption_keys.get_secret_value() == key


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()


async def add_person(store: Store, user: str) -> None:
    async with store.write() as session:
        session.add(PersonRow(team="T1", user=user, ignored=True))


async def has_person(store: Store, user: str) -> bool:
    async with store.read() as session:
        return await session.get(PersonRow, ("T1", user)) is not None


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def leave(wal: Path) -> None:
    """Write what a process leaves that was killed."""
    wal.write_bytes(b"of the database that was there before")


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the program sqlite3 is not installed")
async def test_sqlite_is_backed_up_and_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = "sqlite:///.masko/masko.db"
    async with opened(url) as store:
        await add_person(store, "before")
        run("docs/operations.md", "back up SQLite", tmp_path)
        await add_person(store, "after")
    assert mode_of(tmp_path / "masko-backup.db") == 0o600
    leave(tmp_path / ".masko" / "masko.db-wal")
    run("docs/operations.md", "restore SQLite", tmp_path)
    async with opened(url) as store:
        assert await has_person(store, "before")
        assert not await has_person(store, "after")
    assert mode_of(tmp_path / ".masko" / "masko.db") == 0o600


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from fresh_url("postgresql", request)


@pytest.mark.slow
async def test_postgresql_is_backed_up_and_restored(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    programs = str(server(request.config).programs)
    async with opened(database) as store:
        await add_person(store, "before")
        run("docs/operations.md", "back up PostgreSQL", tmp_path, programs, DATABASE_URL=database)
        await add_person(store, "after")
    run("docs/operations.md", "restore PostgreSQL", tmp_path, programs, DATABASE_URL=database)
    async with opened(database) as store:
        assert await has_person(store, "before")
        assert not await has_person(store, "after")
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
