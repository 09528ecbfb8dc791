"""Nobody takes all places, and whoever waits gets one as soon as one of theirs is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.intake.fairness import FairLimit


class Places:
    """Places that are asked for by "person channel" and given back in any order."""

    def __init__(self) -> None:
        self.limit = FairLimit(4, person=2, channel=3)
        self.inside: list[str] = []
        self._leave: dict[asyncio.Task[None], asyncio.Event] = {}

    async def ask(self, *whose: str) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._hold(each)) for each in whose]
        for task in tasks:
            self._leave[task] = asyncio.Event()
        await self._settle()
        return tasks

    async def leave(self, task: asyncio.Task[None]) -> None:
        self._leave[task].set()
        await self._settle()

    async def cancel(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await self._settle()

    async def aclose(self) -> None:
        for task in self._leave:
            task.cancel()
        await asyncio.gather(*self._leave, return_exceptions=True)

    async def _hold(self, whose: str) -> None:
        person, channel = whose.split()
        async with self.limit.place(person=person, channel=channel):
            self.inside.append(whose)
            task = asyncio.current_task()
            assert task is not None
            try:
                await self._leave[task].wait()
            finally:
                self.inside.remove(whose)

    @staticmethod
    async def _settle() -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def places() -> AsyncIterator[Places]:
    async with AsyncExitStack() as stack:
        there = Places()
        stack.push_async_callback(there.aclose)
        yield there


@pytest.mark.parametrize(
    ("asked", "inside"),
    [
        (["ana here"] * 5, ["ana here"] * 2),
        (["ana here", "ana there", "ana dm"], ["ana here", "ana there"]),
        (["ana here"] * 5 + ["ben here"], ["ana here", "ana here", "ben here"]),
        (["ana here"] * 2 + ["ben here"] * 2, ["ana here", "ana here", "ben here"]),
        (["ana here"] * 5 + ["ben there"], ["ana here", "ana here", "ben there"]),
        (["a 1", "b 2", "c 3", "d 4", "e 5"], ["a 1", "b 2", "c 3", "d 4"]),
    ],
)
async def test_no_person_and_no_channel_takes_all(
    places: Places, asked: list[str], inside: list[str]
) -> None:
    await places.ask(*asked)
    assert places.inside == inside


async def test_a_place_given_back_goes_to_who_waits_for_it(places: Places) -> None:
    first, *_ = await places.ask("ana here", "ana here", "ana here", "ben here")
    await places.leave(first)
    assert places.inside == ["ana here", "ben here", "ana here"]


async def test_who_gave_up_waiting_takes_no_place(places: Places) -> None:
    first, _, waiting = await places.ask("ana here", "ana here", "ana here")
    await places.cancel(waiting)
    await places.leave(first)
    await places.ask("ben here", "ben there")
    assert places.inside == ["ana here", "ben here", "ben there"]


async def test_whoever_fails_inside_gives_the_place_back(places: Places) -> None:
    first, *_ = await places.ask("ana here", "ana here")
    await places.cancel(first)
    await places.ask("ana there")
    assert places.inside == ["ana here", "ana there"]
