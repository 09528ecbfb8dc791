"""A worker that was taken for dead must not write any more.

A machine may stop for a minute and wake in the middle of a job that another has taken over since.  Work from
the queue therefore runs behind a fence: a check that is the first statement of each of its transactions and
fails when the work is no longer this worker's to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncSession

Fence = Callable[[AsyncSession], Awaitable[None]]

fence: ContextVar[Fence | None] = ContextVar("fence", default=None)
"""Set by the queue around each job; None where nobody can take work over, and outside of jobs."""


async def check(session: AsyncSession) -> None:
    """Raise what the fence raises, if the transaction's work is no longer ours."""
    if standing := fence.get():
        await standing(session)


@contextmanager
def lifted() -> Iterator[None]:
    """For what is done on behalf of all jobs, whichever of them happened to begin it."""
    token = fence.set(None)
    try:
        yield
    finally:
        fence.reset(token)
