"""Locks by name, for what must not happen side by side within this process."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """`async with locks.of("mascot:abc"):`; a lock lives as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, name: str) -> asyncio.Lock:
        """The lock of this name."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock
