from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.upload import Capacity


async def room_for(room: int, good: list[bool], order: list[int]) -> list[int]:
    """Which images get room when they arrive in `order` and some turn out not to be good."""
    capacity = Capacity(room, len(good))
    results: list[bool] = [False] * len(good)

    async def arrive(position: int) -> None:
        if good[position]:
            await capacity.set(position, True)
            results[position] = await capacity.take(position)
        else:
            await capacity.set(position, False)

    tasks = []
    for position in order:
        tasks.append(asyncio.create_task(arrive(position)))
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)
    return [position for position, taken in enumerate(results) if taken]


@pytest.mark.parametrize(
    ("room", "good", "order", "expected"),
    [
        (6, [True] * 3, [0, 1, 2], [0, 1, 2]),
        (2, [True] * 3, [2, 1, 0], [0, 1]),
        (2, [False, True, True], [2, 1, 0], [1, 2]),
        (2, [True, True, False], [2, 0, 1], [0, 1]),
        (0, [True, True], [0, 1], []),
        (1, [False, False, True], [2, 0, 1], [2]),
    ],
)
async def test_the_first_that_fit(room: int, good: list[bool], order: list[int], expected: list[int]) -> None:
    assert await room_for(room, good, order) == expected


@given(data=st.data(), room=st.integers(0, 6), good=st.lists(st.booleans(), max_size=9))
def test_arrival_order_does_not_matter(data: st.DataObject, room: int, good: list[bool]) -> None:
    order = data.draw(st.permutations(range(len(good))))
    expected = [position for position, is_good in enumerate(good) if is_good][:room]
    assert asyncio.run(room_for(room, good, order)) == expected


async def test_an_image_with_certain_room_does_not_wait_for_earlier_ones() -> None:
    capacity = Capacity(3, 3)
    async with asyncio.timeout(1):
        assert await capacity.take(2)


async def test_an_image_that_may_still_come_keeps_its_place() -> None:
    capacity = Capacity(1, 2)
    await capacity.set(0, True)
    assert not await capacity.take(1)
