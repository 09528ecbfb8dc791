"""What changed in the workspace, for whoever watches: the web page and waiting tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Found = TypeVar("Found")
Change = dict[str, Any]


class Changes:
    """A numbered stream of changes with any number of watchers."""

    def __init__(self) -> None:
        self.seq = 0
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def watched(self) -> bool:
        """Whether anybody gets the facts of changes, not only their wake-up."""
        return bool(self._queues)

    def publish(self, kind: str, **facts: Any) -> None:
        """Tell every watcher of one change and wake everybody who waits."""
        self.seq += 1
        change = {"seq": self.seq, "kind": kind, **facts}
        for listener in self._listeners:
            listener(change)
        for queue in self._queues:
            queue.put_nowait(change)
        self._changed.set()
        self._changed = asyncio.Event()

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call `listener` with every change from now on; it does not count as watching."""
        self._listeners.append(listener)

    async def until(self, predicate: Callable[[], Found | None]) -> Found:
        """The first true value of `predicate`, asked again after every change."""
        while True:
            changed = self._changed
            if found := predicate():
                return found
            await changed.wait()

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Change | None]]:
        """A queue that gets every change from now on, and `None` when the sandbox stops."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """End every watcher's stream."""
        for queue in self._queues:
            queue.put_nowait(None)
