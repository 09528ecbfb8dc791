"""Which queue fits a database."""

from __future__ import annotations

from collections.abc import Callable

from bot.db import Store
from bot.db.sqlite import SqliteStore
from bot.jobs import local
from bot.jobs.queue import Queue
from bot.jobs.retry import backoff
from bot.telemetry.metrics import Metrics


def queue_on(
    store: Store,
    *,
    pause: Callable[[int], float] = backoff,
    faster: float = 1.0,
    metrics: Metrics | None = None,
) -> Queue:
    """The queue of one machine on SQLite, of many on PostgreSQL.

    Args:
        store: where jobs are written down.
        pause: seconds to wait after fault number n, from 0.
        faster: how many times sooner than usual jobs come again.
        metrics: told how runs of jobs end.
    """
    if isinstance(store, SqliteStore):
        return local.LocalQueue(store, pause=pause, calm=local.CALM / faster, faster=faster, metrics=metrics)
    from bot.db.postgres import PostgresStore
    from bot.jobs import postgres

    assert isinstance(store, PostgresStore)
    return postgres.PostgresQueue(
        store, pause=pause, calm=postgres.CALM / faster, faster=faster, metrics=metrics
    )
