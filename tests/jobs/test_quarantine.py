from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from bot.db import Store, open_store
from bot.jobs import Again, Handler, Job, Queue, queue_on
from bot.jobs.queue import Quarantine, Quarantined
from tests.jobs.dying import JOBS
from tests.jobs.rows import change, rows

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


async def put(store: Store, queue: Queue, name: str, key: str | None = None) -> None:
    async with store.write() as session:
        await queue.put(session, "work", lock=name, payload={"name": name}, key=key)


async def unended(store: Store) -> list[int]:
    async with store.read() as session:
        return [row["unended"] for row in await rows(session)]


async def life(url: str) -> tuple[int, list[str]]:
    """One life of the program: its exit code, and what happened."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.jobs.dying", url), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode().splitlines()


async def test_what_kills_the_program_is_given_up_after_the_second_time_and_nothing_else(
    database_url: str,
) -> None:
    store = await open_store(database_url)
    queue = queue_on(store)
    queue.handle("work", Handler(never))
    for name in JOBS:
        await put(store, queue, name)
    await store.close()
    told: list[str] = []
    codes: list[int] = []
    while not codes or codes[-1] == -signal.SIGKILL:
        assert len(codes) < 4, "it is a loop"
        code, said = await life(database_url)
        codes.append(code)
        told += said
        if database_url.startswith("postgresql"):
            bury(database_url)
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert told.count("began culprit") == 2
    assert told.count("gave up culprit") == 1
    assert sorted(line for line in told if line.startswith("did")) == ["did innocent 1", "did innocent 2"]
    assert not any(line.startswith("gave up innocent") for line in told)


def bury(url: str) -> None:
    """What other machines do with the workers of a dead one after half a minute."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_workers")


async def test_a_stop_on_purpose_counts_for_nothing(store: Store) -> None:
    for _ in range(3):
        begun = asyncio.Event()

        async def hang(_job: Job, begun: asyncio.Event = begun) -> None:
            begun.set()
            await asyncio.Event().wait()

        queue = queue_on(store)
        queue.handle("work", Handler(hang))
        await queue.start()
        if not await unended(store):
            await put(store, queue, "job")
        await begun.wait()
        await queue.stop(grace=0.01)
        assert await unended(store) == [0]


async def never(_job: Job) -> None:
    pytest.fail("this queue only takes jobs")


@pytest.mark.parametrize("ends", ["fault", "again", "put again"])
async def test_a_run_that_ends_in_whatever_way_has_ended(store: Store, ends: str) -> None:
    seen: list[tuple[int, int]] = []

    async def run(job: Job) -> None:
        seen.append((job.unended, job.faults))
        if len(seen) > 1:
            return
        if ends == "fault":
            raise ZeroDivisionError
        if ends == "again":
            raise Again(0.01)
        await put(store, queue, "job", key="key")

    queue = queue_on(store, pause=lambda _faults: 0.01)
    queue.handle("work", Handler(run))
    await put(store, queue, "job", key="key")
    await queue.start()
    async with asyncio.timeout(20):
        await queue.drained("work")
    await queue.stop(grace=0.1)
    assert seen == [(0, 0), (0, int(ends == "fault"))]


async def test_suspected_work_waits_for_calm_and_keeps_nobody_waiting(store: Store) -> None:
    done: list[str] = []

    async def run(job: Job) -> None:
        done.append(job.payload["name"])

    queue = queue_on(store)
    queue.handle("work", Handler(run))
    await put(store, queue, "suspected")
    async with store.write() as session:
        await change(session, "unended", 1)
    await put(store, queue, "fresh")
    await queue.start()
    async with asyncio.timeout(10):
        while not done or not await _is_postponed(store):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await queue.stop(grace=0.1)
    assert done == ["fresh"]
    assert await unended(store) == [1]


async def _is_postponed(store: Store) -> bool:
    async with store.read() as session:
        return any(row["seconds"] > 5 for row in await rows(session))


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
