"""Locks by name, for what must not happen side by side."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from weakref import WeakValueDictionary


class Locks(Protocol):
    """`async with locks.of("mascot:abc"):`, whoever else works on the same database."""

    def of(self, name: str) -> AbstractAsyncContextManager[Any]:
        """The lock of this name."""
        ...


class LocalLocks:
    """Locks within this process; each lives as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, name: str) -> asyncio.Lock:
        """The lock of this name."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock
