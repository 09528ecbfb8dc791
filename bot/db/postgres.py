"""PostgreSQL: any number of processes on any number of machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from bot.db import engine as lease
from bot.db.engine import DatabaseAway, DatabaseUnusable, Store, migrate, newest_revision, revision

try:
    import psycopg
except ImportError:  # the extra `postgres` is not installed
    psycopg = None  # type: ignore[assignment]

_MIGRATION_LOCK = 0x6D61736B6F  # number of the advisory lock that a migrating process holds

_ESCAPES = "in user and password write % as %25, @ as %40, : as %3A, / as %2F and a space as %20"

CONNECT_OPTIONS: dict[str, Any] = {
    # A process that stops in the middle of a transaction must not hold its row locks: the server ends the
    # transaction.  A machine that vanished is noticed by keepalives.
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
"""Options of every connection (postgresql.org: runtime-config-client, libpq-connect)."""


class PostgresStore(Store):
    """A PostgreSQL database, shared with other processes; `conninfo` (for libpq) holds the password."""

    def __init__(self, engine: AsyncEngine, conninfo: str) -> None:
        self.conninfo = conninfo
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def open(cls, url: str) -> PostgresStore:
        """Open `postgresql://…`; raises as `bot.db.open_store` does."""
        await asyncio.to_thread(look, url, migrating=True)
        engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=lambda: psycopg.AsyncConnection.connect(url, **CONNECT_OPTIONS),
            pool_size=8,
            max_overflow=4,  # with the queue's own, at most 18 a process; PostgreSQL's default is 100 in all
            pool_pre_ping=True,  # after a restart of the server its old connections are dead
            hide_parameters=True,  # or errors quote what people wrote
        )
        return cls(engine, url)

    def read(self) -> AsyncSession:
        return self._sessions()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        lease.permit()
        async with self._sessions() as session, session.begin():
            yield session

    async def connect(self) -> AsyncConnection:
        """Open a connection of its own, which commits each statement."""
        return await (await self._engine.connect()).execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        await self._engine.dispose()


def look(url: str, *, migrating: bool = False) -> str | None:
    """Return the id of the newest migration of `postgresql://…`, None before the first; then change nothing,
    or apply the missing ones.  Raises DatabaseUnusable or, of these, DatabaseAway.
    """
    if psycopg is None:
        raise DatabaseUnusable("PostgreSQL", "install masko-slack[postgres] to use it")
    place = _without_password(url)
    away = _is_away(url)  # asked first, since it may come up at any time
    try:
        return bring_up_to_date(url, place, migrating=migrating)
    except (SQLAlchemyError, psycopg.Error) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise (DatabaseAway if away else DatabaseUnusable)(place, reason) from error


def bring_up_to_date(url: str, place: object = "PostgreSQL", *, migrating: bool = True) -> str | None:
    """Apply the missing migrations in one transaction, one process at a time; `place` names it in errors.

    Return the id of the newest one before.
    """
    options = CONNECT_OPTIONS | {"options": "-c TimeZone=UTC"}
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url, **options))
    try:
        if (found := revision(engine)) == newest_revision() or not migrating:
            return found
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
            migrate(connection, place)
        return found
    finally:
        engine.dispose()


def _is_away(url: str) -> bool:
    """Return whether no server answers, or it takes no connections yet (postgresql.org: PQpingParams)."""
    conninfo = psycopg.conninfo.make_conninfo(url, connect_timeout=2)
    return psycopg.pq.PGconn.ping(conninfo.encode()) in (psycopg.pq.Ping.REJECT, psycopg.pq.Ping.NO_RESPONSE)


def _without_password(url: str) -> str:
    """Return the address without user and password.  The error omits libpq's text, which may quote it."""
    unreadable = DatabaseUnusable("address", f"it cannot be read; {_ESCAPES}")
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise unreadable from None
    host, port, database = (str(parts.get(name, "")) for name in ("host", "port", "dbname"))
    if "@" in host + port + database:  # libpq ended the user's part early: the rest of the password is here
        raise unreadable
    if any(each and not (each.isdecimal() and int(each) < 2**16) for each in port.split(",")):
        raise unreadable
    return f"postgresql://{host}{port and ':'}{port}/{database}"
