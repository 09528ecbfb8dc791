"""The count of a key's requests to Masko, shared by all processes on a database and kept across restarts."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, fence
from bot.db.dialects import insert, is_postgres
from bot.db.tables import MeterRow, PlaceRow

T = TypeVar("T")

_PLACE = cast(Table, PlaceRow.__table__)


class StoreMeter:
    """A key's count in the database.

    It goes by one clock: the server's on PostgreSQL, since those of the machines differ; on SQLite, which
    belongs to one process, that process's.

    Args:
        store: the database.
        key: the API key; only a hash of it is kept.
        now: seconds since 1970, for SQLite.
    """

    def __init__(self, store: Store, key: str, *, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._name = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._now = now

    async def change(self, act: Callable[[StoreTally], Awaitable[T]], *, urgent: bool = False) -> T:
        """Run `act` on the count, alone, as one transaction.

        Args:
            act: awaits nothing but the tally.
            urgent: somebody waits for it.
        """

        async def work(session: AsyncSession) -> T:
            state = await _alone_with(session, self._name)
            tally = StoreTally(session, self._name, await self._time(session), state)
            result = await act(tally)
            if tally.state != state:
                mine = MeterRow.name == self._name
                await session.execute(update(MeterRow).where(mine).values(state=tally.state))
            return result

        with fence.lifted():
            return await self._store.write_at_once(work, urgent=urgent)

    async def _time(self, session: AsyncSession) -> float:
        if not is_postgres(session):
            return self._now()
        # clock_timestamp() is when it is asked; now() would be when the wait for the row began.
        told = await session.execute(select(func.extract("epoch", func.clock_timestamp())))
        return float(told.scalar_one())


class StoreTally:
    """The count within one transaction; see `bot.masko.meter.Tally`, which this is."""

    def __init__(self, session: AsyncSession, meter: str, now: float, state: dict[str, Any]) -> None:
        self.now = now
        self.state = state
        self._session = session
        self._meter = meter
        self._mine = _PLACE.c.meter == meter

    async def count(self, after: float) -> int:
        counted = select(func.count()).select_from(_PLACE).where(self._mine, _PLACE.c.moment > after)
        return await self._session.scalar(counted) or 0

    async def newest(self, skip: int, most: int) -> Sequence[float]:
        latest_first = select(_PLACE.c.moment).where(self._mine).order_by(_PLACE.c.moment.desc())
        return list(await self._session.scalars(latest_first.offset(skip).limit(most)))

    async def add(self, places: Sequence[str], moment: float) -> None:
        rows = [{"id": place, "meter": self._meter, "moment": moment} for place in places]
        await self._session.execute(_PLACE.insert(), rows)

    async def move(self, moments: Mapping[str, float]) -> None:
        move = update(_PLACE).where(_PLACE.c.id == bindparam("place")).values(moment=bindparam("at"))
        rows = [{"place": place, "at": moment} for place, moment in moments.items()]
        await self._session.execute(move, rows)

    async def drop(self, places: Iterable[str]) -> None:
        await self._session.execute(delete(_PLACE).where(_PLACE.c.id.in_(list(places))))

    async def keep(self, since: float, until: float) -> None:
        outside = or_(_PLACE.c.moment < since, _PLACE.c.moment > until)
        await self._session.execute(delete(_PLACE).where(self._mine, outside))


async def _alone_with(session: AsyncSession, name: str) -> dict[str, Any]:
    """The meter's state; until the transaction ends nobody else gets here.

    On PostgreSQL the row is locked.  SQLite knows no such lock, and SQLAlchemy does not ask it for one:
    there the store has one writer at a time.
    """
    locked = select(MeterRow.state).where(MeterRow.name == name).with_for_update()
    state = await session.scalar(locked)
    if state is None:
        new = insert(session, MeterRow).values(name=name, state={}).on_conflict_do_nothing()
        await session.execute(new)
        state = await session.scalar(locked)
    return cast(dict[str, Any], state)
