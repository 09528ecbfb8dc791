from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, open_store
from bot.db.sqlite import PriorityLock
from bot.db.tables import MascotRow


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    yield store
    await store.close()


async def add_thread(session: AsyncSession) -> int:
    return (await mascots.thread(session, "T1", "C1", "1.000001")).id


async def test_it_is_committed_and_gives_what_the_work_gives(store: Store) -> None:
    thread_id = await store.write_at_once(add_thread)
    async with store.read() as session:
        assert (await mascots.thread_by_id(session, thread_id)).thread_ts == "1.000001"


async def test_a_failure_rolls_back(store: Store) -> None:
    async def fail(session: AsyncSession) -> None:
        await add_thread(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write_at_once(fail)
    async with store.read() as session:
        assert await mascots.known_thread(session, "T1", "C1", "1.000001") is None


async def test_awaiting_anything_but_the_session_is_refused(store: Store) -> None:
    async def wait(session: AsyncSession) -> None:
        await add_thread(session)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="only queries"):
        await store.write_at_once(wait)
    async with store.read() as session:
        assert await mascots.known_thread(session, "T1", "C1", "1.000001") is None


async def test_both_kinds_of_write_see_each_others_rows(store: Store) -> None:
    async with store.write() as session:
        session.add(MascotRow(id="m1", team="T1", reference_ids=[]))

    async def bind(session: AsyncSession) -> None:
        thread = await mascots.thread(session, "T1", "C1", "1.000001")
        await mascots.change_thread(session, thread.id, mascot_id="m1")

    await store.write_at_once(bind)
    async with store.read() as session:
        assert len(await mascots.threads_of(session, "m1")) == 1


async def test_it_is_synced_to_disk_as_well(store: Store) -> None:
    async def synchronous(session: AsyncSession) -> object:
        return await session.scalar(text("PRAGMA synchronous"))

    assert await store.write_at_once(synchronous) == 2


async def test_the_urgent_go_first_and_nobody_is_forgotten() -> None:
    lock, order = PriorityLock(), []

    async def take(name: str, *, urgent: bool) -> None:
        async with lock.hold(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    names = [("first", False), ("job 1", False), ("job 2", False), ("event 1", True), ("event 2", True)]
    await asyncio.gather(*(take(name, urgent=urgent) for name, urgent in names))
    assert order == ["first", "event 1", "event 2", "job 1", "job 2"]


async def test_a_cancelled_turn_is_passed_on() -> None:
    lock, taken = PriorityLock(), []

    async def take(name: str) -> None:
        async with lock.hold():
            taken.append(name)
            await asyncio.sleep(0.01)

    first, second, third = (asyncio.create_task(take(name)) for name in "abc")
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert taken == ["a", "c"]


@pytest.mark.parametrize("steps", range(8))
async def test_whenever_a_cancellation_comes_the_next_gets_its_turn(steps: int) -> None:
    lock = PriorityLock()

    async def take() -> None:
        async with lock.hold():
            await asyncio.sleep(0)

    first, second = asyncio.create_task(take()), asyncio.create_task(take())
    for _ in range(steps):
        await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    async with asyncio.timeout(1):
        await take()
