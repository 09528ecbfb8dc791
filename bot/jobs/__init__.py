"""Work that outlives the process: the queue, on SQLite and on PostgreSQL, and the one retry policy."""

from __future__ import annotations

from typing import Any

from bot.db import Store
from bot.db.engine import permit
from bot.db.sqlite import SqliteStore
from bot.jobs.job import Again, Handler, Job
from bot.jobs.locks import LocalLocks
from bot.jobs.queue import Queue
from bot.jobs.retry import retry_later

__all__ = ["Again", "Handler", "Job", "LocalLocks", "Queue", "permit", "queue_on", "retry_later"]


def queue_on(store: Store, **how: Any) -> Queue:
    """Return the queue that fits a store; see `Queue`."""
    if isinstance(store, SqliteStore):
        from bot.jobs.sqlite import SqliteQueue

        return SqliteQueue(store, **how)
    from bot.db.postgres import PostgresStore
    from bot.jobs.postgres import PostgresQueue

    assert isinstance(store, PostgresStore)
    return PostgresQueue(store, **how)
