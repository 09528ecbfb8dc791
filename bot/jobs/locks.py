"""Locks by name, within a job: of this process, or of all who work on the same PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import engine as lease
from bot.db.engine import TAKEN_FOR_DEAD

if TYPE_CHECKING:
    from bot.db.postgres import PostgresStore

LOOK = 0.1  # seconds between looks whether another machine has let go
_IDLE = text(f"SET idle_session_timeout = '{TAKEN_FOR_DEAD:.0f}s'")


class LocalLocks:
    """Locks within this process; each lives as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, name: str) -> asyncio.Lock:
        """Return the lock of this name."""
        return self._locks.setdefault(name, asyncio.Lock())


class AdvisoryLocks:
    """Locks that count on all machines (postgresql.org: Advisory Locks), all held by one connection.

    While the process is frozen that connection is idle, and the server ends it, and its locks: after the
    lease, and no later than others take the worker for dead.
    """

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._here = LocalLocks()
        self._connection: AsyncConnection | None = None
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Hold the lock of this name."""
        async with self._here.of(name):  # so that one at a time of this machine asks the database
            while not await self._ask("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))", name):  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
            try:
                yield
            finally:
                await self._ask("SELECT pg_advisory_unlock(hashtextextended(:name, 0))", name)

    async def keep(self) -> None:
        """Keep the connection from being idle for too long."""
        if self._connection is not None:
            await self._ask("SELECT 1")

    async def _ask(self, query: str, name: str | None = None) -> Any:
        """Ask to the end, also for a job that is cancelled meanwhile: all locks hang on this connection."""
        return await asyncio.shield(self._query(query, {"name": name} if name else {}))

    async def _query(self, query: str, values: dict[str, str]) -> Any:
        async with self._alone:
            try:
                if self._connection is None:
                    self._connection = await self._store.connect()
                    await self._connection.execute(_IDLE)
                return await self._connection.scalar(text(query), values)
            except SQLAlchemyError:  # with the connection all locks are gone, and with them the lease
                if held := lease.current.get():
                    held.lose()
                await self.close()
                raise

    async def close(self) -> None:
        """Let go of all."""
        gone, self._connection = self._connection, None
        if gone is not None:
            await gone.invalidate()
            await gone.close()
