"""SQLite: one process per file, one writer at a time."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from bot.db.engine import DatabaseInUse, DatabaseUnusable, Store, is_current, migrate

T = TypeVar("T")

OWN_FOLDER = ".masko"
"""Folder of the default `DATABASE_URL`; only this folder is made private, since others may be shared."""

log = logging.getLogger(__name__)


class SqliteStore(Store):
    """A SQLite file that is locked for this process while it is open.

    `write_at_once` uses a blocking connection on a thread: with aiosqlite, which changes threads for
    every statement, p99 of an acknowledgement is 300 ms instead of 50 ms
    (`tests.bench.acknowledgement`).
    """

    def __init__(self, path: Path, lock: TextIO) -> None:
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 30})
        self._sync_engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        for each in (self._engine.sync_engine, self._sync_engine):
            event.listen(each, "connect", _set_pragmas)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._sync_sessions = sessionmaker(self._sync_engine, expire_on_commit=False)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._lock = lock
        self._writer = PriorityLock()

    @classmethod
    async def open(cls, url: str) -> SqliteStore:
        """Open `sqlite:///path`; raises as `bot.db.open_store` does."""
        path = await asyncio.to_thread(Path(make_url(url).database or "").resolve)  # one lock per file
        lock = await asyncio.to_thread(_lock_file, path)
        try:
            await asyncio.to_thread(bring_up_to_date, path)
        except (SQLAlchemyError, sqlite3.Error) as error:
            lock.close()
            raise DatabaseUnusable(path, str(getattr(error, "orig", None) or error)) from error
        except DatabaseUnusable:
            lock.close()
            raise
        return cls(path, lock)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, self._writer.hold(), session.begin():
            yield session

    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]], *, urgent: bool = False) -> T:
        async with self._writer.hold(urgent=urgent):
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self._sync_engine.dispose()
        await self._engine.dispose()
        self._lock.close()

    def _run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a coroutine of queries to its end: each of its awaits returns at once."""
        with self._sync_sessions.begin() as session:
            coroutine = cast(Coroutine[Any, Any, T], work(cast(AsyncSession, _SyncSession(session))))
            try:
                coroutine.send(None)
            except StopIteration as ended:
                return cast(T, ended.value)
            coroutine.close()
            raise RuntimeError("only queries may be awaited within this transaction")


class _SyncSession:
    """The part of `AsyncSession` that queries use, on a session that blocks."""

    def __init__(self, session: Session) -> None:
        self.sync_session = session

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.execute(*arguments, **options)

    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.scalar(*arguments, **options)

    async def scalars(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.scalars(*arguments, **options)

    async def get(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.get(*arguments, **options)


class PriorityLock:
    """A lock for which at most one of those who are not urgent competes with the urgent ones, so that an
    event need not wait for dozens of jobs."""

    def __init__(self) -> None:
        self._lock, self._turn = asyncio.Lock(), asyncio.Lock()

    @asynccontextmanager
    async def hold(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Hold the lock while the block runs."""
        async with nullcontext() if urgent else self._turn, self._lock:
            yield


def bring_up_to_date(path: Path) -> None:
    """Set write-ahead logging, and apply the missing migrations in one transaction."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with closing(engine.raw_connection()) as raw:
            # Here, once: two connections that ask for it side by side lock each other out, and SQLite does
            # not wait for that lock (sqlite.org: PRAGMA journal_mode).  The file remembers the mode.
            raw.cursor().execute("PRAGMA journal_mode=WAL")
        if is_current(engine):
            return
        engine.dispose()
        # Otherwise sqlite3 commits each statement that changes the schema.
        event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.begin() as connection:
            migrate(connection, path)
    finally:
        engine.dispose()


def make_private(path: Path) -> None:
    """Create a database's file and folder if missing, and let only this user read and write them.

    SQLite gives `-wal` and `-shm` the same mode (sqlite.org: WAL-mode file format).  A file of another
    user is logged and used.  Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")]
    folder = [path.parent] if path.parent.name == OWN_FOLDER else []
    for each in (*folder, *files):
        try:
            if each.exists() and each.stat().st_mode & 0o077:
                each.chmod(0o700 if each.is_dir() else 0o600)
        except OSError as error:
            log.warning("%s can be read by other people of this machine: %s", each, error.strerror)


def _lock_file(path: Path) -> TextIO:
    """Lock a file beside the database; the system unlocks it when the process ends."""
    try:
        make_private(path)
        beside = path.with_name(path.name + ".lock")
        beside.touch(mode=0o600)
        lock = beside.open("a+")
    except OSError as error:
        raise DatabaseUnusable(path, error.strerror or str(error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with closing(lock):
            lock.seek(0)
            raise DatabaseInUse(path, lock.read().strip() or "unknown") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _set_pragmas(connection: Any, _record: object) -> None:
    """Sync to disk at every commit, so that an acknowledged post survives a power cut."""
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
