from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, open_store
from bot.db.tables import MascotRow, ThreadRow


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


async def test_one_that_fails_spoils_no_other_that_is_committed_with_it(store: Store) -> None:
    async def add(number: int) -> None:
        async with store.write() as session:
            await mascots.thread(session, "T1", "C1", f"{number}.000001")
            if number % 2:
                raise ZeroDivisionError

    outcomes = await asyncio.gather(*map(add, range(6)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), ZeroDivisionError] * 3
    async with store.read() as session:
        known = [await mascots.known_thread(session, "T1", "C1", f"{number}.000001") for number in range(6)]
    assert [each is not None for each in known] == [True, False] * 3


@pytest.mark.parametrize("steps", range(8))
async def test_whenever_a_cancellation_comes_the_others_are_written(store: Store, steps: int) -> None:
    def add(number: int) -> asyncio.Task[ThreadRow]:
        ts = f"{number}.000001"
        return asyncio.create_task(store.write_at_once(lambda s: mascots.thread(s, "T1", "C1", ts)))

    tasks = [add(number) for number in range(3)]
    for _ in range(steps):
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with store.read() as session:
        assert await mascots.known_thread(session, "T1", "C1", "0.000001")
        assert await mascots.known_thread(session, "T1", "C1", "2.000001")
    async with asyncio.timeout(1):
        await store.write_at_once(add_thread)


async def test_when_another_program_has_let_go_of_the_file_it_is_written_again(
    store: Store, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "masko.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with store.read() as session:
            assert await mascots.known_thread(session, "T1", "C1", "1.000001") is None
        with pytest.raises(OperationalError):
            await store.write_at_once(add_thread)
    assert await store.write_at_once(add_thread)
