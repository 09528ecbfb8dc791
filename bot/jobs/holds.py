"""Locks that count on all machines: rows of the database that belong to a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Store
from bot.jobs import lease
from bot.jobs.locks import LocalLocks

LOOK = 0.1  # seconds between looks whether another machine has let go

_TAKE = text("INSERT INTO hold (name, worker_id) VALUES (:name, :me) ON CONFLICT DO NOTHING RETURNING name")
_LET_GO = text("DELETE FROM hold WHERE name = :name AND worker_id = :me")


class Holds:
    """Locks for jobs.  With the worker that is taken for dead go its holds (a foreign key sees to it)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._here = LocalLocks()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """The lock of this name; only within a job."""
        working = lease.current.get()
        assert working is not None, "locks on all machines are for jobs"
        row = {"name": name, "me": working.worker_id}
        async with self._here.of(name):  # so that one at a time of this machine asks the database
            while not await self._take(row):  # noqa: ASYNC110 - no event comes from other machines
                await asyncio.sleep(LOOK)
            try:
                yield
            finally:
                await self._let_go(row)

    async def _take(self, row: Mapping[str, object]) -> bool:
        async with self._store.write() as session:
            return await session.scalar(_TAKE, row) is not None

    async def _let_go(self, row: Mapping[str, object]) -> None:
        """Until it is done, or until this worker counts for nothing, its holds included."""
        while True:
            try:
                async with self._store.write() as session:
                    await session.execute(_LET_GO, row)
            except SQLAlchemyError:
                await asyncio.sleep(LOOK)
                lease.permit()
            else:
                return
