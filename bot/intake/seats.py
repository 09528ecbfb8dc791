"""Who gets one of the free places when images arrive at their own pace.

Images of one post are fetched side by side, yet the first that fit are added, in the order in which
they were posted.  So an image may be uploaded as soon as it is certain that enough places are left
for it, whatever becomes of the images before it.
"""

from __future__ import annotations

import asyncio


class Seats:
    """Places for references, given to images by their order.

    Args:
        room: how many places are free.
        images: how many images may ask.
    """

    def __init__(self, room: int, images: int) -> None:
        self._room = room
        self._taken: list[bool | None] = [None] * images
        self._changed = asyncio.Condition()

    async def take(self, position: int) -> bool:
        """Ask for a place for a good image; waits while earlier images may still need it."""
        await self._set(position, True)
        async with self._changed:
            while True:
                before = self._taken[:position]
                if sum(taken is not False for taken in before) < self._room:
                    return True
                if sum(taken is True for taken in before) >= self._room:
                    return False
                await self._changed.wait()

    async def give_up(self, position: int) -> None:
        """Say that this image needs no place: it was refused or is there already."""
        await self._set(position, False)

    async def keep(self, position: int) -> None:
        """Say that this image may still come: it holds a place."""
        await self._set(position, True)

    async def _set(self, position: int, taken: bool) -> None:
        async with self._changed:
            self._taken[position] = taken
            self._changed.notify_all()
