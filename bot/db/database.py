"""The database, whichever it is: sessions to look things up, transactions to write them down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


class Store(ABC):
    """Sessions on one database.  Open it with `Store.open`, close it when done."""

    @classmethod
    async def open(cls, url: str) -> Store:
        """The store at `url`, brought up to the newest migration.

        Args:
            url: `sqlite:///path` or `postgresql://user:password@host/database`.

        Raises:
            DatabaseInUse: another process holds this SQLite file.
            DatabaseUnusable: it cannot be created, reached, written or read as this program's database.
        """
        if url.startswith("sqlite:"):
            from bot.db.sqlite import SqliteStore

            return await SqliteStore.at(url)
        from bot.db.postgres import PostgresStore

        return await PostgresStore.at(url)

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session to look things up with."""

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction: committed when the block ends, rolled back when it raises."""

    @abstractmethod
    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]], *, urgent: bool = False) -> T:
        """A transaction in one step: the cheap way to write, for all that is done often.

        Args:
            work: the queries; it may await nothing but the session.
            urgent: Slack waits for it; where writers queue up, it goes before all that are not.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of the database."""
