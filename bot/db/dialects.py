"""Differences of the two databases in queries."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import Base


def is_postgres(session: AsyncSession) -> bool:
    """Return True on PostgreSQL, False on SQLite."""
    return session.sync_session.get_bind().dialect.name == "postgresql"


def insert(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an `INSERT` that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    rows: Any = table.__table__  # on the mapped class it takes twice as long
    return postgresql.insert(rows) if is_postgres(session) else sqlite.insert(rows)
