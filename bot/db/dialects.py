"""The little in which the two databases differ for our queries."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import Base


def is_postgres(session: AsyncSession) -> bool:
    """True on PostgreSQL, False on SQLite."""
    return session.sync_session.get_bind().dialect.name == "postgresql"


def insert(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An `INSERT` that can say what happens on conflict; both databases mean the same by it.

    On the table rather than the mapped class: half the time, and Slack waits for some of these.
    """
    rows: Any = table.__table__
    return postgresql.insert(rows) if is_postgres(session) else sqlite.insert(rows)
