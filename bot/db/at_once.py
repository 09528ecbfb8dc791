"""Transactions in one step.

Through aiosqlite every statement is a journey from the event loop to a thread and back, and on a busy
machine each costs milliseconds: four of them, one after the other, were most of an acknowledgement's time,
and all that while nobody else can write.  Here a whole transaction is one journey.

Queries are written once, as coroutines; within this transaction their awaits return at once, so that a
coroutine runs from its beginning to its end like a function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker

T = TypeVar("T")


class AtOnce:
    """One thread with a connection of its own.

    Args:
        engine: a synchronous engine; disposed of by `close`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` as one transaction: committed when it returns, rolled back when it raises.

        Args:
            work: queries only; it may await nothing but the session.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def close(self) -> None:
        """End the thread and its connection."""
        self._thread.shutdown()
        self._engine.dispose()

    def _run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        with self._sessions.begin() as session:
            return _to_its_end(cast(Coroutine[Any, Any, T], work(cast(AsyncSession, _Session(session)))))


class _Session:
    """The part of `AsyncSession` that queries use, over a session that does not wait."""

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


def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as ended:
        return cast(T, ended.value)
    work.close()
    raise RuntimeError("only queries may be awaited within this transaction")
