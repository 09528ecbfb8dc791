from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.seats import Seats


async def seated(room: int, good: list[bool], order: list[int]) -> list[int]:
    """Which images get a place when they arrive in `order` and some turn out not to be good."""
    seats = Seats(room, len(good))
    results: list[bool] = [False] * len(good)

    async def arrive(position: int) -> None:
        if good[position]:
            results[position] = await seats.take(position)
        else:
            await seats.give_up(position)

    arrivals = []
    for position in order:
        arrivals.append(asyncio.create_task(arrive(position)))
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await asyncio.gather(*arrivals)
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
    assert await seated(room, good, order) == expected


@given(data=st.data(), room=st.integers(0, 6), good=st.lists(st.booleans(), max_size=9))
def test_arrival_order_does_not_matter(data: st.DataObject, room: int, good: list[bool]) -> None:
    order = data.draw(st.permutations(range(len(good))))
    expected = [position for position, is_good in enumerate(good) if is_good][:room]
    assert asyncio.run(seated(room, good, order)) == expected


async def test_an_image_with_certain_room_does_not_wait_for_earlier_ones() -> None:
    seats = Seats(3, 3)
    async with asyncio.timeout(1):
        assert await seats.take(2)


async def test_an_image_that_may_still_come_keeps_its_place() -> None:
    seats = Seats(1, 2)
    await seats.keep(0)
    assert not await seats.take(1)
