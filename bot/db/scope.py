"""A store that is limited to one workspace: every query of its sessions carries the team.

SQLAlchemy adds the condition to each SELECT, UPDATE and DELETE, wherever it names a table
(docs.sqlalchemy.org: Adding global WHERE / ON criteria), so no query can forget it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, delete, event, exists, inspect, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from bot.db.engine import TEAM, Store
from bot.db.tables import Base, MascotRow, OfMascot, OfPost, OfTeam, PostRow

_CRITERIA = "criteria"  # in `session.info`
_BATCH = 200  # rows


class Scoped(Store):
    """The part of a store that is one workspace's."""

    def __init__(self, store: Store, team: str) -> None:
        self.team = team
        self._store = store
        self._info = {TEAM: team, _CRITERIA: _criteria(team)}
        if not event.contains(Session, "do_orm_execute", _limit):
            event.listen(Session, "do_orm_execute", _limit)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._store.read() as session:
            session.info.update(self._info)
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._store.write() as session:
            session.info.update(self._info)
            yield session

    async def close(self) -> None:
        """Leave the store open, which others share."""

    async def erase(self) -> None:
        """Delete all that is kept about the workspace, a few rows at a time: others wait for each."""
        mapped = {each.local_table: each.class_ for each in Base.registry.mappers}
        tables = [mapped[table] for table in reversed(Base.metadata.sorted_tables) if table in mapped]
        tables.sort(key=lambda table: issubclass(table, OfTeam))  # first what is theirs by another row
        for table in tables:
            while issubclass(table, OfTeam | OfPost | OfMascot) and await self._erase_some(table):
                pass

    async def _erase_some(self, table: type[Any]) -> bool:
        key = inspect(table).primary_key
        async with self.write() as session:
            rows = (await session.execute(select(*key).select_from(table).limit(_BATCH))).all()
            these = delete(table).where(tuple_(*key).in_([tuple(row) for row in rows]))
            if rows:
                await session.execute(these.execution_options(synchronize_session=False))
        return bool(rows)


def _criteria(team: str) -> list[Any]:
    post, mascot = _alias(PostRow), _alias(MascotRow)
    limits = {
        OfTeam: lambda row: row.team == team,
        OfPost: lambda row: exists().where(post.c.id == row.post_id, post.c.team == team),
        OfMascot: lambda row: exists().where(mascot.c.id == row.mascot_id, mascot.c.team == team),
    }
    return [
        with_loader_criteria(mixin, limit, include_aliases=True, track_closure_variables=False)
        for mixin, limit in limits.items()
    ]


def _alias(table: type[Base]) -> Any:
    assert isinstance(table.__table__, Table)
    return table.__table__.alias()


def _limit(state: ORMExecuteState) -> None:
    criteria = state.session.info.get(_CRITERIA)
    if criteria and (state.is_select or state.is_update or state.is_delete):
        state.statement = state.statement.options(*criteria)
