"""What tests look at and change in the table of jobs, on either database."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import is_postgres


def table_on(url: str) -> str:
    """Return the name of the table of jobs."""
    return "procrastinate_jobs" if url.startswith("postgres") else "job"


async def rows(session: AsyncSession) -> list[dict[str, Any]]:
    """The jobs in the order in which they were put, as kind, lock, key, payload, attempt, faults, begun,
    seconds (until it may run) and dead."""
    if is_postgres(session):
        query = (
            "SELECT task_name AS kind, lock, args->>'key' AS key, args->'payload' AS payload, "
            "(args->>'attempt')::int AS attempt, "
            "(args->>'faults')::int AS faults, (args->>'begun')::bool AS begun, "
            "status = 'failed' AS dead, "
            "coalesce(extract(epoch FROM scheduled_at - now()), 0)::float AS seconds "
            "FROM procrastinate_jobs ORDER BY id"
        )
    else:
        query = (
            "SELECT kind, lock, key, payload, attempts AS attempt, faults, begun, "
            "dead_at IS NOT NULL AS dead, "
            "(julianday(run_at) - julianday('now')) * 86400.0 AS seconds FROM job ORDER BY id"
        )
    found = [dict(row) for row in (await session.execute(text(query))).mappings()]
    for row in found:
        if isinstance(row["payload"], str):
            row["payload"] = json.loads(row["payload"])
    return found


async def change(
    session: AsyncSession, column: str, value: object, *, kind: str = "%", failed: bool = False
) -> int:
    """Change `attempt` or `begun` of the jobs of a kind; with `failed`, of those tried in vain.

    Returns:
        How many there are.
    """
    if is_postgres(session):
        query = (
            f"UPDATE procrastinate_jobs SET args = jsonb_set(args, '{{{column}}}', to_jsonb(:value)) "
            "WHERE task_name LIKE :kind AND (NOT :failed OR (args->>'attempt')::int > 0)"
        )
        query = query.replace("to_jsonb(:value)", f"'{str(value).lower()}'")
        found = await session.execute(text(query), {"kind": kind, "failed": failed})
    else:
        name = {"attempt": "attempts"}.get(column, column)
        query = f"UPDATE job SET {name} = :value WHERE kind LIKE :kind AND (NOT :failed OR attempts > 0)"
        found = await session.execute(text(query), {"value": value, "kind": kind, "failed": failed})
    return int(found.rowcount)  # type: ignore[attr-defined]


async def forget(session: AsyncSession, kind: str) -> None:
    """Take the jobs of a kind away."""
    table, name = ("procrastinate_jobs", "task_name") if is_postgres(session) else ("job", "kind")
    await session.execute(text(f"DELETE FROM {table} WHERE {name} = :kind"), {"kind": kind})
