"""Which queue fits a database."""

from __future__ import annotations

from collections.abc import Callable

from bot.store import Store
from bot.store.sqlite import SqliteStore
from bot.work.local import LocalQueue
from bot.work.queue import Queue, backoff


def queue_on(store: Store, *, pause: Callable[[int], float] = backoff) -> Queue:
    """The queue of one machine on SQLite, of many on PostgreSQL.

    Args:
        store: where jobs are written down.
        pause: seconds to wait after fault number n, from 0.
    """
    if isinstance(store, SqliteStore):
        return LocalQueue(store, pause=pause)
    from bot.store.postgres import PostgresStore
    from bot.work.postgres import PostgresQueue

    assert isinstance(store, PostgresStore)
    return PostgresQueue(store, pause=pause)
