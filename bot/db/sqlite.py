"""SQLite: one process per file, one writer at a time."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TextIO, TypeVar

from alembic.util.exc import CommandError
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.db.at_once import AtOnce
from bot.db.at_rest import make_private
from bot.db.database import Store
from bot.db.errors import DatabaseInUse, DatabaseUnusable
from bot.db.schema import migrate
from bot.db.turns import Turns

T = TypeVar("T")


class SqliteStore(Store):
    """A SQLite file that belongs to this process for as long as it is open."""

    def __init__(self, engine: AsyncEngine, at_once: AtOnce, hold: TextIO) -> None:
        self._engine = engine
        self._at_once = at_once
        self._hold = hold
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._writing = Turns()

    @classmethod
    async def at(cls, url: str) -> SqliteStore:
        """The store at `sqlite:///path`; raises as `Store.open` does."""
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
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, self._writing.take(), session.begin():
            yield session

    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]], *, urgent: bool = False) -> T:
        async with self._writing.take(urgent=urgent):
            return await self._at_once.run(work)

    async def close(self) -> None:
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


def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    """Else sqlite3 commits each statement that changes the schema, and a kill leaves half a migration."""
    connection.isolation_level = None


def _take_hold(path: Path) -> TextIO:
    """A lock beside the database, held until closed; the system drops it when the process dies."""
    try:
        make_private(path)
        beside = path.with_name(path.name + ".lock")
        beside.touch(mode=0o600)
        hold = beside.open("a+")
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
