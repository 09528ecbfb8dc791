"""PostgreSQL: any number of processes on any number of machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from alembic.util.exc import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.db import fence
from bot.db.database import Store
from bot.db.errors import DatabaseUnusable
from bot.db.schema import migrate

try:
    import psycopg
except ImportError:  # the extra `postgres` is not installed
    psycopg = None  # type: ignore[assignment]

T = TypeVar("T")

_MIGRATING = 0x6D61736B6F  # the advisory lock that one machine at a time holds while it migrates

_ESCAPES = "in user and password write % as %25, @ as %40, : as %3A, / as %2F and a space as %20"

PATIENCE: dict[str, Any] = {
    # A machine that stops in the middle of a transaction must not hold up the others by its row locks: the
    # server ends the transaction.  One that vanished is noticed by keepalives.
    "options": (
        "-c idle_in_transaction_session_timeout=10s -c lock_timeout=20s -c statement_timeout=30s "
        "-c TimeZone=UTC"
    ),
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds; keepalives do not run while something sent is unanswered
    "application_name": "masko-slack",
}
"""How every connection of this program is opened (postgresql.org: runtime-config-client, libpq-connect)."""


class PostgresStore(Store):
    """A PostgreSQL database, shared with the other processes on it.

    Attributes:
        conninfo: where it is, as libpq takes it; holds the password.
    """

    def __init__(self, engine: AsyncEngine, conninfo: str) -> None:
        self.conninfo = conninfo
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def at(cls, url: str) -> PostgresStore:
        """The store at `postgresql://…`; raises as `Store.open` does."""
        if psycopg is None:
            raise DatabaseUnusable("PostgreSQL", "install masko-slack[postgres] to use it")
        place = _place(url)
        try:
            await asyncio.to_thread(bring_up_to_date, url)
        except (SQLAlchemyError, psycopg.Error, CommandError) as error:
            raise DatabaseUnusable(place, _reason(error)) from error
        engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=lambda: psycopg.AsyncConnection.connect(url, **PATIENCE),
            pool_size=8,
            max_overflow=4,  # with the queue's own, at most 18 a machine; PostgreSQL's default is 100 in all
            pool_pre_ping=True,  # after a restart of the server its old connections are dead
        )
        return cls(engine, url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, session.begin():
            await fence.check(session)
            yield session

    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]], *, urgent: bool = False) -> T:
        async with self.write() as session:
            return await work(session)

    async def close(self) -> None:
        await self._engine.dispose()


def bring_up_to_date(url: str) -> None:
    """Apply every migration that is missing, all or none; one machine at a time."""
    patient = PATIENCE | {"options": "-c TimeZone=UTC"}
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url, **patient))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATING})
            migrate(connection)
    finally:
        engine.dispose()


def _place(url: str) -> str:
    """Where a database is, without who asks for it.

    Raises:
        DatabaseUnusable: it cannot be read.  libpq quotes what it cannot read, the password perhaps.
    """
    unreadable = DatabaseUnusable("address", f"it cannot be read; {_ESCAPES}")
    try:
        told = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise unreadable from None
    host, port, database = (str(told.get(name, "")) for name in ("host", "port", "dbname"))
    if "@" in host + port + database:  # libpq ends the user's part early: the rest of the password is there
        raise unreadable
    return f"postgresql://{host}{port and ':'}{port}/{database}"


def _reason(error: Exception) -> str:
    """The database's own words on one line; of an address that can be read they hold no password."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
