"""Fencing: keep a worker whose job was taken over, perhaps while it was paused, from writing.

The first statement of each transaction of a job checks that the job is still this worker's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncSession

Fence = Callable[[AsyncSession], Awaitable[None]]

fence: ContextVar[Fence | None] = ContextVar("fence", default=None)
"""The check of the job that runs here; None outside of jobs, and where no other worker exists."""


async def check(session: AsyncSession) -> None:
    """Raise what the fence raises if the job is no longer this worker's."""
    if current := fence.get():
        await current(session)


@contextmanager
def lifted() -> Iterator[None]:
    """Write without the check, on behalf of all jobs."""
    token = fence.set(None)
    try:
        yield
    finally:
        fence.reset(token)
