from __future__ import annotations

import asyncio

import pytest

from bot.jobs.queue import Quarantine, Quarantined


async def test_calm_is_a_matter_of_how_long_the_process_is_up() -> None:
    now = 100.0
    quarantine = Quarantine(15.0, lambda: now)
    async with quarantine.turn(0):
        pass
    with pytest.raises(Quarantined) as waits:
        async with quarantine.turn(1):
            pytest.fail("it is too early")
    assert waits.value.retry_after == 15.0
    now += 15.0
    async with quarantine.turn(1):
        pass


async def test_one_piece_of_suspected_work_at_a_time() -> None:
    quarantine = Quarantine(0.0)
    at_work = 0

    async def work() -> None:
        nonlocal at_work
        async with quarantine.turn(1):
            at_work += 1
            assert at_work == 1
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(work() for _ in range(5)))
