"""Rate limiter for one Masko API key, shared through the database by all processes that use the key.

Documented limits per key: 60 requests a minute and 1,000 an hour (masko.ai, API reference).

A sliding log: one row per key holds the timestamps of the last hour's requests.  A short transaction
locks the row and adds one, or returns when the next slot is free.  Masko counts a request some time
between its slot and its answer, so its timestamp is the slot's time plus `IN_FLIGHT`, later the
answer's time.  Bulk requests leave one slot in fifty free for interactive ones.

limits, pyrate-limiter and aiolimiter have no priorities, and none works on both SQLite and PostgreSQL and
obeys the server's headers.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import InitVar, dataclass, replace

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store
from bot.db.engine import insert, is_postgres
from bot.db.tables import RateLimitRow
from bot.masko.errors import MaskoRateLimited
from bot.masko.responses import LONGEST_CLOSURE

_PATIENCE = (5.0, 20.0)
"""Seconds that an interactive and a bulk request wait here; a longer wait belongs in the caller's queue."""

IN_FLIGHT = 5.0  # seconds within which a request surely reaches Masko

UNLIMITED = sys.maxsize

_LOOK_AGAIN = 5.0  # seconds; another process's answers may free a slot sooner
_REFUSED_AT_LEAST = 0.5  # seconds: a 429 that does not say for how long
_KEPT_FREE = 50  # one slot in so many is not for bulk requests
_CLOCK_SKEW = 0.0005  # of a window: NTP slews a clock by up to 500 ppm
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_LIMIT = re.compile(r"(\d{1,9})\s*/\s*(second|minute|hour|day)s?", re.IGNORECASE)
_bulk: ContextVar[bool] = ContextVar("masko_bulk", default=False)


@contextmanager
def in_bulk() -> Iterator[None]:
    """Give the requests inside, also of tasks that are started inside, the lower of the two priorities."""
    token = _bulk.set(True)
    try:
        yield
    finally:
        _bulk.reset(token)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float

    @property
    def window(self) -> float:
        """Seconds, by our clock, after which a request no longer counts by the server's."""
        return self.seconds * (1 + _CLOCK_SKEW)

    def of(self, *, bulk: bool) -> int:
        """Return the requests that may be in the window after one more of this priority."""
        return self.requests - self.requests // _KEPT_FREE if bulk else self.requests


def parse_limits(text: str) -> tuple[Limit, ...]:
    """Read limits such as `60/minute,1000/hour` (second, minute, hour, day); `none` or nothing gives none."""
    if text.strip().lower() in {"", "none"}:
        return ()
    limits = []
    for piece in text.split(","):
        match = _LIMIT.fullmatch(piece.strip())
        if match is None or int(match[1]) == 0:
            raise ValueError(f"{piece.strip()!r} is not a limit: write 60/minute, 1000/hour or none")
        limits.append(Limit(int(match[1]), _UNITS[match[2].lower()]))
    return tuple(limits)


@dataclass(slots=True)
class Slot:
    """Permission for one request; `RateLimiter.end` records how the request ended.

    Attributes:
        at, ended: by the log's clock; `began` is `at` by the process's clock.
        closed_for: seconds after `ended` in which no request can succeed, by the response.
        refused: the response is a 429; else it only says that nothing remains.
    """

    at: float
    began: float = 0.0
    ended: float = 0.0
    closed_for: float = 0.0
    refused: bool = False

    @property
    def timestamp(self) -> float:
        return self.at + IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Log:
    """A key's requests as ascending timestamps; Masko refuses requests until `closed_until`.  Pure."""

    timestamps: tuple[float, ...] = ()
    closed_until: float = 0.0

    def after(self, ended: Sequence[Slot], limits: Sequence[Limit], now: float) -> Log:
        """Return the log with the ends of these slots, without old times and those ahead of the clock.

        A response that says that nothing remains is ignored where the log says so too: a sliding window has
        room again when its oldest request leaves it, perhaps before the response's time.
        """
        timestamps, closed_until = list(self.timestamps), self.closed_until
        for slot in ended:
            if slot.ended < slot.timestamp in timestamps:
                timestamps.remove(slot.timestamp)
                timestamps.append(slot.ended)
            until = slot.ended + max(slot.closed_for, _REFUSED_AT_LEAST if slot.refused else 0.0)
            known = not Log(tuple(timestamps)).room(limits, slot.at, bulk=False)
            if until > max(closed_until, now) and (slot.refused or not known):
                closed_until = until
        oldest = now - max((limit.window for limit in limits), default=0.0)
        return Log(
            tuple(sorted(at for at in timestamps if oldest < at < now + 2 * IN_FLIGHT)),
            closed_until if closed_until <= now + LONGEST_CLOSURE else 0.0,
        )

    def room(self, limits: Sequence[Limit], now: float, *, bulk: bool) -> int:
        """Return how many requests could go out now."""
        if self.closed_until > now:
            return 0
        left = (limit.of(bulk=bulk) - len(self._within(limit, now)) for limit in limits)
        return max(0, min(left, default=UNLIMITED))

    def wait(self, limits: Sequence[Limit], now: float, *, bulk: bool) -> float:
        """Return the seconds until the next request could go out."""
        waits = [0.0, self.closed_until - now]
        for limit in limits:
            recent = self._within(limit, now)
            too_many = len(recent) - limit.of(bulk=bulk)
            if too_many >= 0:
                waits.append(recent[too_many] + limit.window - now)
        return max(waits)

    def _within(self, limit: Limit, now: float) -> list[float]:
        since = now - limit.window
        return [at for at in self.timestamps if at > since]


@dataclass
class RateLimiter:
    """Slots for the requests of one key; all clients of the key in this process share it.

    Without `limits`, only Masko's responses limit it.

    Args:
        store: shared by all processes; None: the log is of this process alone.
        key: the API key; only a hash is kept.
        now: seconds since 1970; PostgreSQL uses the server's clock, since those of machines differ.
    """

    limits: Sequence[Limit] = ()
    store: Store | None = None
    key: InitVar[str] = ""
    now: Callable[[], float] = time.time

    def __post_init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._log = Log()  # without a store
        self._ended: list[Slot] = []  # not written down yet
        self._turns = (asyncio.Lock(), asyncio.Lock())  # first come, first served, in each priority
        self._refused_until = [0.0, 0.0]

    async def take(self, request: str = "") -> Slot:
        """Take a slot, waiting a while.  Raises MaskoRateLimited with `retry_after`, SQLAlchemyError."""
        bulk = _bulk.get()
        deadline = self.now() + _PATIENCE[bulk]
        async with self._turns[bulk]:
            while True:
                wait = await self._slot_or_wait(bulk)
                if isinstance(wait, Slot):
                    self._refused_until[bulk] = 0.0
                    return wait
                if self.now() + wait > deadline:
                    self._refused_until[bulk] = self.now() + wait
                    raise MaskoRateLimited("held back here", request=request, retry_after=wait)
                await asyncio.sleep(min(max(wait, 0.01), _LOOK_AGAIN))

    def end(self, slot: Slot, *, closed_for: float = 0.0, refused: bool = False) -> None:
        """Record how a slot's request ended; see `Slot`."""
        slot.ended = slot.at + max(0.0, self.now() - slot.began)
        slot.closed_for, slot.refused = closed_for, refused
        self._ended.append(slot)

    def check(self, request: str = "") -> None:
        """Raise MaskoRateLimited if `take` did so a short while ago and would do so again."""
        bulk = _bulk.get()
        if (wait := self._refused_until[bulk] - self.now()) > _PATIENCE[bulk]:
            raise MaskoRateLimited("held back here", request=request, retry_after=wait)

    async def room(self) -> int:
        """Return how many requests of the caller's priority could go out now."""
        if self.store is None:
            log, now = self._log, self.now()
        else:
            async with self.store.read() as session:
                log, now = await self._read(session), await self._time(session)
        return log.after(self._ended, self.limits, now).room(self.limits, now, bulk=_bulk.get())

    async def _slot_or_wait(self, bulk: bool) -> Slot | float:
        ended, self._ended = self._ended, []

        def decide(log: Log, now: float) -> tuple[Log, Slot | float]:
            log = log.after(ended, self.limits, now)
            if (wait := log.wait(self.limits, now, bulk=bulk)) > 0:
                return log, wait
            slot = Slot(now, self.now())
            return replace(log, timestamps=(*log.timestamps, slot.timestamp)) if self.limits else log, slot

        async def work(session: AsyncSession) -> Slot | float:
            # The row is locked until the transaction ends; on SQLite the store has a single writer.
            new = insert(session, RateLimitRow).values(key=self._key, timestamps=[], closed_until=0.0)
            await session.execute(new.on_conflict_do_nothing())
            before = await self._read(session, lock=True)
            log, decided = decide(before, await self._time(session))
            if log != before:
                columns = {"timestamps": list(log.timestamps), "closed_until": log.closed_until}
                mine = update(RateLimitRow).where(RateLimitRow.key == self._key)
                await session.execute(mine.values(columns))
            return decided

        try:
            if self.store is not None:
                return await self.store.write_at_once(work)
            self._log, decided = decide(self._log, self.now())
            return decided
        except BaseException:
            self._ended = ended + self._ended
            raise

    async def _read(self, session: AsyncSession, *, lock: bool = False) -> Log:
        columns = select(RateLimitRow.timestamps, RateLimitRow.closed_until)
        query = columns.where(RateLimitRow.key == self._key)
        row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
        return Log() if row is None else Log(tuple(row.timestamps), row.closed_until)

    async def _time(self, session: AsyncSession) -> float:
        if not is_postgres(session):
            return self.now()
        # clock_timestamp() is when it is asked; now() would be when the wait for the row began.
        told = await session.execute(select(func.extract("epoch", func.clock_timestamp())))
        return float(told.scalar_one())
