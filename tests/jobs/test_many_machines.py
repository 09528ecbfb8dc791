"""Several queues on one PostgreSQL, as on several machines that die, freeze, or lose the database."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import open_store
from bot.db.engine import LeaseLost, current
from bot.db.postgres import PostgresStore, bring_up_to_date
from bot.jobs import Again, Handler, Job, permit
from bot.jobs.postgres import PostgresQueue

pytestmark = pytest.mark.slow


class Machine:
    """One process's store and queue."""

    def __init__(self, store: PostgresStore, queue: PostgresQueue) -> None:
        self.store = store
        self.queue = queue

    async def put(self, name: str, *, lock: str = "") -> None:
        async with self.store.write() as session:
            await self.queue.put(session, "work", lock=lock or name, payload={"name": name})

    async def drained(self) -> None:
        async with asyncio.timeout(20):
            await self.queue.drained("work")


@asynccontextmanager
async def machine(
    url: str, run: Callable[[Job], Awaitable[None]], *, heartbeat: float = 0.2, at_once: int = 32
) -> AsyncIterator[Machine]:
    store = await open_store(url)
    assert isinstance(store, PostgresStore)
    queue = PostgresQueue(store, pause=lambda _faults: 0.05, heartbeat=heartbeat, at_once=at_once)
    queue.handle("work", Handler(run))
    await queue.start()
    try:
        yield Machine(store, queue)
    finally:
        await queue.stop(grace=0.5)
        await store.close()


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return list(connection.execute(query.encode()))


def take_for_dead(url: str) -> None:
    """Let those who run something have had no heartbeat for a minute."""
    ask(
        url,
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' "
        "WHERE id IN (SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing') RETURNING id",
    )


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_machines_share_the_work_and_keep_the_locks(postgres_url: str) -> None:
    at_work: Counter[str] = Counter()
    done: list[tuple[str, str]] = []

    def worker(name: str) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            at_work[job.lock] += 1
            assert at_work[job.lock] == 1
            await asyncio.sleep(0.02)
            at_work[job.lock] -= 1
            done.append((job.lock, name))

        return run

    async with machine(postgres_url, worker("one")) as one, machine(postgres_url, worker("two")) as two:
        for number in range(40):
            await (one if number % 2 else two).put(str(number), lock=f"thread {number % 8}")
        await one.drained()
    assert len(done) == 40
    assert {name for _, name in done} == {"one", "two"}


async def test_the_work_of_a_dead_machine_is_taken_over_and_it_may_not_end_it(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun, thawed, lost = asyncio.Event(), asyncio.Event(), asyncio.Event()
    runs: list[str] = []

    async def freeze() -> None:
        begun.set()
        await thawed.wait()
        mine = current.get()
        assert mine is not None
        mine.lose()  # as its clock tells it after half a minute
        try:
            async with first.store.write():
                runs.append("wrote after it was taken for dead")
        except LeaseLost:
            lost.set()
            raise

    async def run(job: Job) -> None:
        if not job.begun:
            await freeze()
        runs.append("again")
        thawed.set()  # the first wakes while the second is in the middle of the same job
        await lost.wait()

    # who is frozen fetches nothing: its only slot stays taken
    async with machine(postgres_url, run, heartbeat=60, at_once=1) as first:
        await first.put("job")
        await begun.wait()
        async with machine(postgres_url, run) as second:
            take_for_dead(postgres_url)
            await second.drained()
    assert runs == ["again"]
    assert "left to others" in caplog.text
    assert ask(postgres_url, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


async def test_a_machine_that_lost_its_lease_works_on_afterwards(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The database was away for long, and is back before anybody else took the job."""
    runs: list[bool] = []

    async def run(job: Job) -> None:
        runs.append(job.begun)
        mine = current.get()
        assert mine is not None
        if not job.begun:
            mine.lose()
        permit()

    async with machine(postgres_url, run) as only:
        await only.put("job")
        async with asyncio.timeout(20):
            while ask(postgres_url, "SELECT count(*) FROM procrastinate_workers") != [(4,)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        take_for_dead(postgres_url)
        await only.drained()
    assert runs == [False, True]
    assert "its end is not written down" in caplog.text  # else asyncio complains that nobody looked at that


async def test_a_job_whose_end_was_not_written_is_run_again(postgres_url: str) -> None:
    """The database refuses it once; the worker lives on, so nobody takes it for dead."""
    runs: list[bool] = []

    async def run(job: Job) -> None:
        runs.append(job.begun)
        if not job.begun:
            ask(postgres_url, f"DELETE FROM procrastinate_events WHERE job_id = {job.id} RETURNING id")
            monkey.setattr(JobManager, "finish_job", refuse)
        else:
            monkey.undo()

    async def refuse(*_: object, **__: object) -> None:
        raise ConnectorException("the connection was lost")

    with pytest.MonkeyPatch.context() as monkey:
        async with machine(postgres_url, run) as only:
            await only.put("job")
            await only.drained()
    assert runs == [False, True]


async def test_a_stopped_machine_hands_back_what_it_could_not_finish(postgres_url: str) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def hang(_job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def finish(_job: Job) -> None:
        done.set()

    async with machine(postgres_url, hang) as first:
        await first.put("job")
        await begun.wait()
    async with machine(postgres_url, finish) as second:
        await second.drained()
    assert done.is_set()


@pytest.mark.parametrize("away", [False, True])
async def test_a_machine_stopped_while_it_puts_a_job_off_loses_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Whether the database takes the job a moment later, or does not answer any more."""
    putting, stopped, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    write = PostgresStore.write

    async def put_off(_job: Job) -> None:
        monkeypatch.setattr(PostgresStore, "write", slow_write)
        raise Again(0.0)

    @asynccontextmanager
    async def slow_write(store: PostgresStore, *how: Any) -> AsyncIterator[AsyncSession]:
        putting.set()
        await stopped.wait()
        async with write(store, *how) as session:
            yield session

    async def finish(_job: Job) -> None:
        done.set()

    async with machine(postgres_url, put_off) as first:
        await first.put("job")
        await putting.wait()
        if not away:
            asyncio.get_running_loop().call_later(0.8, stopped.set)
    monkeypatch.undo()
    take_for_dead(postgres_url)
    async with machine(postgres_url, finish) as second:
        await second.drained()
    assert done.is_set()


async def test_a_lost_database_is_waited_for(postgres_url: str) -> None:
    """Every connection is cut while a job runs and others wait, as when the server restarts."""
    begun, cut = asyncio.Event(), asyncio.Event()
    done: set[str] = set()

    async def run(job: Job) -> None:
        begun.set()
        await cut.wait()
        done.add(str(job.payload["name"]))

    async with machine(postgres_url, run) as only:
        await only.put("running", lock="thread")
        await only.put("waiting", lock="thread")
        await begun.wait()
        ask(
            postgres_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        cut.set()
        await only.drained()
    assert done == {"running", "waiting"}


async def test_a_machine_can_be_stopped_while_its_database_is_away(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the end of its workers fails, and must not pass for that of a worker who is to be replaced."""

    async def nothing(_job: Job) -> None:
        return None

    async def away(_self: object, worker_id: int) -> None:
        raise ConnectorException(f"worker {worker_id} cannot be unregistered")

    async with machine(postgres_url, nothing) as only:
        await only.put("job")
        await only.drained()
        monkeypatch.setattr(JobManager, "unregister_worker", away)
        async with asyncio.timeout(10):
            await only.queue.stop(grace=0.5)


async def test_a_lock_counts_on_all_machines_and_goes_with_its_connection(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    inside = 0
    held = asyncio.Event()
    done: list[str] = []
    machines: dict[str, Machine] = {}

    def worker(name: str) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            nonlocal inside
            async with machines[name].queue.locks.of("mascot:1"):
                inside += 1
                assert inside == 1
                if job.payload["name"] == "freezes" and not job.begun:
                    held.set()
                    inside -= 1
                    await asyncio.Event().wait()
                await asyncio.sleep(0.01)
                inside -= 1
                done.append(str(job.payload["name"]))

        return run

    async with machine(postgres_url, worker("one")) as one:
        machines["one"] = one
        for number in range(6):
            await one.put(str(number))
        await one.drained()
        await one.put("freezes")
        await held.wait()
        async with machine(postgres_url, worker("two")) as two:
            machines["two"] = two
            await two.put("waits")
            ask(  # what the server does when a machine is frozen
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            await until(lambda: "is interrupted" in caplog.text)  # either may have had both jobs
            take_for_dead(postgres_url)
            await two.drained()
    assert sorted(done) == ["0", "1", "2", "3", "4", "5", "freezes", "waits"]


async def test_machines_that_start_together_migrate_once(postgres_url: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    empty = f"{name}_empty"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {empty}".encode())
    url = postgres_url.replace(f"/{name}", f"/{empty}")
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            bring_up_to_date(url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert failures == []
    assert ask(url, "SELECT count(*) FROM alembic_version") == [(1,)]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {empty} WITH (FORCE)".encode())
