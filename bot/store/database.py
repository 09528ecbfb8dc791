"""Opening the database: one process per SQLite file, migrations applied, one writer at a time."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TextIO, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.errors import BotError
from bot.store.at_once import AtOnce
from bot.store.turns import Turns

T = TypeVar("T")

_MIGRATIONS = Path(__file__).parent / "migrations"


class StoreError(BotError):
    """The database cannot be used."""


class DatabaseInUse(StoreError):
    """Another process works on the same SQLite file."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(f"{path} is used by process {pid}")
        self.path = path
        self.pid = pid

    @property
    def words(self) -> str:
        return (
            f"Another masko-slack (process {self.pid}) already works on {self.path}. "
            "Stop it first, or give this one its own DATABASE_URL."
        )


class DatabaseUnusable(StoreError):
    """The file or folder cannot be opened or written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    @property
    def words(self) -> str:
        return f"The database {self.path} cannot be used: {self.reason}. Check DATABASE_URL."


class Store:
    """Sessions on one database.  Open it with `Store.open`, close it when done."""

    def __init__(self, engine: AsyncEngine, at_once: AtOnce, hold: TextIO) -> None:
        self._engine = engine
        self._at_once = at_once
        self._hold = hold
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._writing = Turns()

    @classmethod
    async def open(cls, url: str) -> Store:
        """The store at `url` (`sqlite:///path`), brought up to the newest migration.

        Raises:
            DatabaseInUse: another process holds this SQLite file.
            DatabaseUnusable: the file cannot be created, written or read as this program's database.
        """
        path = await asyncio.to_thread(Path(make_url(url).database or "").resolve)  # one lock a file
        hold = await asyncio.to_thread(_take_hold, path)
        try:
            await asyncio.to_thread(bring_up_to_date, path)
        except (SQLAlchemyError, sqlite3.Error, CommandError) as error:
            hold.close()
            raise DatabaseUnusable(path, str(getattr(error, "orig", None) or error)) from error
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 30})
        straight = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        for each in (engine.sync_engine, straight):
            event.listen(each, "connect", _durable)
        return cls(engine, AtOnce(straight), hold)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session to look things up with."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends, rolled back when it raises; one at a time."""
        async with self._sessions() as session, self._writing.take(), session.begin():
            yield session

    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]], *, urgent: bool = False) -> T:
        """A transaction in one step: the cheap way to write, for all that is done often.

        Args:
            work: the queries; it may await nothing but the session.
            urgent: Slack waits for it; it goes before all writes that are not.
        """
        async with self._writing.take(urgent=urgent):
            return await self._at_once.run(work)

    async def close(self) -> None:
        """Let go of the database."""
        await asyncio.to_thread(self._at_once.close)
        await self._engine.dispose()
        self._hold.close()


def bring_up_to_date(path: Path) -> None:
    """Set write-ahead logging, and apply every migration that is missing, all or none of them."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with closing(engine.raw_connection()) as straight:
            # Once and here: two connections that ask for it side by side lock each other out, and SQLite
            # does not wait for that lock (sqlite.org: PRAGMA journal_mode).  The file remembers it.
            straight.cursor().execute("PRAGMA journal_mode=WAL")
        with engine.begin() as connection:
            migrate(connection)
    finally:
        engine.dispose()


def migrate(connection: Connection) -> None:
    """Apply every migration that this database lacks."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    """Else sqlite3 commits each statement that changes the schema, and a kill leaves half a migration."""
    connection.isolation_level = None


def _take_hold(path: Path) -> TextIO:
    """A lock beside the database, held until closed; the system drops it when the process dies."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hold = path.with_name(path.name + ".lock").open("a+")
    except OSError as error:
        raise DatabaseUnusable(path, error.strerror or str(error)) from error
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with closing(hold):
            hold.seek(0)
            raise DatabaseInUse(path, hold.read().strip() or "unknown") from None
    hold.truncate(0)
    hold.write(str(os.getpid()))
    hold.flush()
    return hold


def _durable(connection: Any, _record: object) -> None:
    """An acknowledged post survives a power cut: a sync at every commit."""
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
