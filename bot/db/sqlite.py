"""SQLite: one process per file, one writer at a time."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from bot.db.engine import AFTER_COMMIT, DatabaseInUse, DatabaseUnusable, Store, is_current, migrate, revision

T = TypeVar("T")

OWN_FOLDER = ".masko"
"""Folder of the default `DATABASE_URL`; only this folder is made private, since others may be shared."""

log = logging.getLogger(__name__)

BUSY = 1.0  # seconds that a statement, and so the event loop, waits where another program locks the file


@dataclass(eq=False)
class _Group:
    """Transactions that are committed together, on one connection; then `woken` are set."""

    connection: Connection
    woken: set[asyncio.Event] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None


class SqliteStore(Store):
    """A SQLite file that is locked for this process while it is open.

    Statements run in the event loop's thread: one takes some 50 µs, less than a change of threads, which has
    to wait for the interpreter's lock.  Only commits, which wait for the disk, run on another thread.  A
    transaction that comes before the commit of another has begun is committed with it.
    """

    def __init__(self, path: Path, lock: TextIO) -> None:
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": BUSY},
            max_overflow=-1,  # a session never waits for a connection: that would stop the event loop
            hide_parameters=True,  # or errors quote what people wrote
        )
        event.listen(self._engine, "connect", _set_pragmas)
        self._sessions = sessionmaker(
            self._engine, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._lock = lock
        self._writer = asyncio.Lock()
        self._group: _Group | None = None
        self._committing: asyncio.Task[None] | None = None

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
    async def read(self) -> AsyncIterator[AsyncSession]:
        with self._sessions() as session:
            yield cast(AsyncSession, _SyncSession(session))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._writer:
            group = self._group or self._begin()
            with self._sessions(bind=group.connection) as session, session.begin():
                yield cast(AsyncSession, _SyncSession(session))
            group.woken |= session.info.get(AFTER_COMMIT, set())
        await group.ended.wait()
        if group.error is not None:
            raise group.error

    async def close(self) -> None:
        if self._committing is not None:
            await self._committing
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()
        self._lock.close()

    def _begin(self) -> _Group:
        """Lock the file for a group, which is committed as soon as those have been who wait by now."""
        connection = self._engine.connect()
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError:
            connection.close()
            raise
        self._group = _Group(connection)
        self._committing = asyncio.create_task(self._commit(self._group))
        return self._group

    async def _commit(self, group: _Group) -> None:
        async with self._writer:
            self._group = None
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, _commit, group.connection)
            except Exception as error:  # each of the group raises it
                group.error = error
        for each in (group.ended, *group.woken):  # first who waits for the commit, such as an acknowledgement
            each.set()


def _commit(connection: Connection) -> None:
    with connection:
        connection.commit()


class _SyncSession:
    """The part of `AsyncSession` that queries use, on a session that blocks."""

    def __init__(self, session: Session) -> None:
        self.sync_session = session
        self.info = session.info
        self.add = session.add

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.execute(*arguments, **options)

    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.scalar(*arguments, **options)

    async def scalars(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.scalars(*arguments, **options)

    async def get(self, *arguments: Any, **options: Any) -> Any:
        return self.sync_session.get(*arguments, **options)

    async def run_sync(self, work: Callable[[Session], T]) -> T:
        return work(self.sync_session)


def look(url: str) -> str | None:
    """Return a file's newest migration, None before the first; change nothing.  Raises DatabaseUnusable."""
    path = Path(make_url(url).database or "").resolve()
    try:
        folder = next(each for each in path.parents if each.exists())
        there = [folder, path] if path.exists() else [folder]
        if not folder.is_dir() or not all(os.access(each, os.W_OK) for each in there):
            raise DatabaseUnusable(path, "it cannot be written")
        if path not in there:
            return None
        # A file that nobody has open would get files beside it (sqlite.org: Read-Only WAL-Mode Databases).
        how = "mode=ro" if path.with_name(path.name + "-wal").exists() else "immutable=1"
        connect = partial(sqlite3.connect, f"{path.as_uri()}?{how}", uri=True)
        return revision(create_engine("sqlite://", creator=connect, poolclass=NullPool))
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnusable(path, str(getattr(error, "orig", None) or error)) from error


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
