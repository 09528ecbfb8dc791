"""What both databases have in common: the interface of a store, its errors, leases, and its migrations."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.tables import Base
from bot.errors import Refusal

T = TypeVar("T")

AFTER_COMMIT = "after_commit"  # in `session.info`: what SQLite's store calls then
TEAM = "team"  # in `session.info` of a workspace's session
MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseInUse(Refusal):
    """Another process has opened the same SQLite file."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(
            f"Another masko-slack (process {pid}) already works on {path}. "
            "Stop it first, or give this one its own DATABASE_URL."
        )
        self.pid = pid


class DatabaseUnusable(Refusal):
    """The database cannot be opened, reached, migrated or written; `place` holds no password."""

    def __init__(self, place: object, reason: str) -> None:
        super().__init__(f"The database {place} cannot be used: {reason}. Check DATABASE_URL.")


class DatabaseAway(DatabaseUnusable):
    """No server answers, or it takes no connections yet."""

    worth_retrying = True


class Store(ABC):
    """An open database, made by `bot.db.open_store`; `team`: the workspace that it is limited to, if any."""

    team = ""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session to read with."""

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a transaction: committed when the block ends, rolled back when it raises."""

    async def write_at_once(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` as a transaction, and return its result."""
        async with self.write() as session:
            return await work(session)

    @abstractmethod
    async def close(self) -> None:
        """Close all connections."""


def newest_revision() -> str:
    """Return the id of the newest migration; its file's name begins with it."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def revision(engine: Engine) -> str | None:
    """Return the id of the newest migration that has been applied, by one query and without Alembic."""
    with engine.connect() as connection:
        try:
            stored: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        except (OperationalError, ProgrammingError):  # no such table; others come again with `migrate`
            return None
    return stored


def is_current(engine: Engine) -> bool:
    """Return whether the newest migration has been applied."""
    return revision(engine) == newest_revision()


def migrate(connection: Connection, place: object) -> None:
    """Apply missing migrations.  Raises DatabaseUnusable for an unknown revision, as of a newer program."""
    from alembic import command  # takes a fifth of a second to import, and most starts need none
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnusable(place, str(error)) from error


def is_postgres(session: AsyncSession) -> bool:
    """Return True on PostgreSQL, False on SQLite."""
    return session.sync_session.get_bind().dialect.name == "postgresql"


def insert(session: AsyncSession, table: type[Base]) -> sqlite.Insert:
    """Return an `INSERT` that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    rows: Any = table.__table__  # on the mapped class it takes twice as long
    if is_postgres(session):
        from sqlalchemy.dialects import postgresql  # two megabytes that SQLite has no use for

        return cast(sqlite.Insert, postgresql.insert(rows))  # with the same methods
    return sqlite.insert(rows)


HEARTBEAT = 5.0  # seconds between two
LASTS = 20.0  # seconds that a heartbeat entitles its worker to act, by its own clock
TAKEN_FOR_DEAD = 30.0  # seconds without one, for the others; the difference covers one transaction or call


class LeaseLost(BaseException):
    """This worker may no longer act.  Like a cancellation: no handler of errors should catch it."""


class Lease:
    """One worker's right to act, while others must take it for alive; once lost, it does not come back.

    A worker without a heartbeat is taken for dead, and its jobs are run by others.  It may only have been
    frozen, so the lease is checked right before each act: a transaction, a call that changes something.

    Args:
        clock: seconds; it must go on while the process is stopped, as the monotonic clock does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self._last = clock()
        self._lost = False

    def renew(self, asked: float) -> None:
        """Note a heartbeat that was sent at the time `asked`.  Raises LeaseLost if that is too late."""
        self.check()
        self._last = max(self._last, asked)

    def lose(self) -> None:
        """Let nothing more be done under this lease."""
        self._lost = True

    @property
    def is_lost(self) -> bool:
        """Whether others may run this worker's jobs already."""
        self._lost = self._lost or self.now() - self._last >= LASTS
        return self._lost

    def check(self) -> None:
        """Raise LeaseLost if it is lost."""
        if self.is_lost:
            raise LeaseLost(f"no heartbeat for {LASTS:.0f} s, or a lost connection")


current: ContextVar[Lease | None] = ContextVar("lease", default=None)
"""The lease that a job runs under; None outside of jobs, and where there is one machine only."""


def permit() -> None:
    """Raise LeaseLost if the job that runs here may be run by another worker already.

    To be called right before anything is changed: in the database, in Slack, in Masko.
    """
    if lease := current.get():
        lease.check()
