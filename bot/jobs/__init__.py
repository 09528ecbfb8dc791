"""Work that outlives the process: the queue, on SQLite and on PostgreSQL, and the one retry policy."""

from __future__ import annotations

from typing import Any

from bot.db import Store
from bot.db.engine import LeaseLost, permit
from bot.db.sqlite import SqliteStore
from bot.jobs.job import Again, Handler, Job
from bot.jobs.queue import CRASHES, LocalLocks, Locks, Quarantine, Queue
from bot.jobs.retry import retry_later

__all__ = [
    "CRASHES",
    "Again",
    "Handler",
    "Job",
    "LeaseLost",
    "LocalLocks",
    "Locks",
    "Quarantine",
    "Queue",
    "permit",
    "queue_on",
    "retry_later",
]


def queue_on(store: Store, *, faster: float = 1.0, **how: Any) -> Queue:
    """Return the queue that fits a store; see `Queue`."""
    if isinstance(store, SqliteStore):
        from bot.jobs import sqlite

        return sqlite.SqliteQueue(store, calm=sqlite.CALM / faster, faster=faster, **how)
    from bot.db.postgres import PostgresStore
    from bot.jobs import postgres

    assert isinstance(store, PostgresStore)
    return postgres.PostgresQueue(store, calm=postgres.CALM / faster, faster=faster, **how)
