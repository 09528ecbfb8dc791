from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.db import Store, open_store
from bot.db.scope import Scoped
from bot.db.tables import JobRow
from bot.jobs import Again, Handler, Job, Queue, queue_on
from bot.jobs.sqlite import in_turns
from bot.telemetry.metrics import Metrics
from tests.jobs.rows import change


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def queue(store: Store) -> AsyncIterator[Queue]:
    queue = queue_on(store)
    yield queue
    await queue.stop(grace=1.0)


@pytest.fixture
async def impatient(store: Store) -> AsyncIterator[Queue]:
    """A queue that waits but a moment after a fault."""
    queue = queue_on(store, pause=lambda _faults: 0.02)
    yield queue
    await queue.stop(grace=1.0)


async def put(store: Store, queue: Queue, name: str, *, lock: str = "", key: str | None = None) -> None:
    async with store.write() as session:
        await queue.put(session, "work", lock=lock or name, payload={"name": name}, key=key)


def handle(
    queue: Queue,
    run: Callable[[Job], Awaitable[None]],
    gave_up: Callable[[Job], Awaitable[None]] | None = None,
) -> None:
    queue.handle("work", Handler(run, gave_up) if gave_up else Handler(run))


async def drained(queue: Queue) -> None:
    async with asyncio.timeout(40):
        await queue.drained("work")


async def test_jobs_with_one_lock_run_in_order_and_never_side_by_side(store: Store, queue: Queue) -> None:
    at_work, order = 0, []

    async def run(job: Job) -> None:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        await asyncio.sleep(0.002)
        order.append(job.payload["name"])
        at_work -= 1

    handle(queue, run)
    for number in range(5):
        await put(store, queue, str(number), lock="thread")
    await queue.start()
    await drained(queue)
    assert order == ["0", "1", "2", "3", "4"]


async def test_many_locks_run_side_by_side(store: Store, queue: Queue) -> None:
    everybody = asyncio.Barrier(4)

    async def run(_job: Job) -> None:
        await everybody.wait()

    handle(queue, run)
    await queue.start()
    for number in range(4):
        await put(store, queue, str(number))
    await drained(queue)


async def test_a_job_that_asks_for_it_runs_again_and_keeps_its_place(store: Store, queue: Queue) -> None:
    order = []

    async def run(job: Job) -> None:
        order.append((job.payload["name"], job.attempt))
        if job.payload["name"] == "first" and job.attempt < 2:
            raise Again(0.01)

    handle(queue, run)
    await put(store, queue, "first", lock="thread")
    await put(store, queue, "second", lock="thread")
    await queue.start()
    await drained(queue)
    assert order == [("first", 0), ("first", 1), ("first", 2), ("second", 0)]


@pytest.mark.parametrize("unsure", [True, False])
async def test_what_another_has_begun_is_looked_for_until_somebody_is_sure(
    store: Store, queue: Queue, unsure: bool
) -> None:
    looks: list[bool] = []

    async def run(job: Job) -> None:
        looks.append(job.begun)
        if len(looks) < 3:
            raise Again(0.01, failed=False, unsure=unsure)

    handle(queue, run)
    await put(store, queue, "left over")
    async with store.write() as session:
        await change(session, "begun", True)
    await queue.start()
    await drained(queue)
    assert looks == [True, unsure, unsure]


async def test_one_channels_many_jobs_do_not_hold_up_another_channels_one(store: Store, queue: Queue) -> None:
    order: list[str] = []

    async def run(job: Job) -> None:
        await asyncio.sleep(0.005)
        order.append(job.payload["name"])

    queue.handle("work", Handler(run, bulk=True))
    for number in range(100):
        await put(store, queue, f"many {number}", lock=f"thread:T:A:{number}")
    await put(store, queue, "one", lock="thread:T:B:1")
    await queue.start()
    await drained(queue)
    assert len(order) == 101
    assert order.index("one") < 40  # some thirty run at once


async def test_nothing_runs_when_the_transaction_fails(store: Store, queue: Queue) -> None:
    async def run(_job: Job) -> None:
        pytest.fail("this job was never written down")

    handle(queue, run)
    await queue.start()
    with pytest.raises(RuntimeError):
        async with store.write() as session:
            await queue.put(session, "work", lock="x", payload={})
            raise RuntimeError
    await drained(queue)


async def test_what_an_earlier_process_left_is_taken_up(store: Store) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def hang(_job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = queue_on(store)
    handle(first, hang)
    await first.start()
    await put(store, first, "job")
    await begun.wait()
    await first.stop(grace=0.01)

    async def finish(_job: Job) -> None:
        done.set()

    second = queue_on(store)
    handle(second, finish)
    await second.start()
    await drained(second)
    await second.stop()
    assert done.is_set()


async def test_what_no_database_takes_is_left_out_of_a_payload(store: Store, queue: Queue) -> None:
    names = []

    async def run(job: Job) -> None:
        names.append(job.payload["name"])

    handle(queue, run)
    await put(store, queue, "fe\0lix \ud800", lock="thread")
    await queue.start()
    await drained(queue)
    assert names == ["felix ?"]


async def test_a_job_put_twice_under_a_key_runs_once(store: Store, queue: Queue) -> None:
    runs = []

    async def run(job: Job) -> None:
        runs.append(job.payload["name"])

    handle(queue, run)
    await put(store, queue, "job", key="post:1")
    await put(store, queue, "job", key="post:1")
    await queue.start()
    await drained(queue)
    assert runs == ["job"]


async def test_a_job_that_waits_runs_at_once_when_it_is_put_again(store: Store, queue: Queue) -> None:
    done = asyncio.Event()

    async def run(_job: Job) -> None:
        done.set()

    handle(queue, run)
    await queue.start()
    async with store.write() as session:
        await queue.put(session, "work", lock="card", payload={"name": "card"}, key="card", delay=60.0)
    await put(store, queue, "card", key="card")
    async with asyncio.timeout(10):
        await done.wait()
    await drained(queue)


async def test_a_job_put_again_while_it_runs_runs_once_more(store: Store, queue: Queue) -> None:
    runs = 0

    async def run(_job: Job) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            await put(store, queue, "job", key="post:1")

    handle(queue, run)
    await put(store, queue, "job", key="post:1")
    await queue.start()
    await drained(queue)
    assert runs == 2


async def test_a_faulty_job_is_given_up_once_and_others_go_on(
    store: Store, impatient: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    queue = impatient
    given_up, done = [], []

    async def run(job: Job) -> None:
        if job.payload["name"] == "poison":
            raise ZeroDivisionError
        done.append(job.payload["name"])

    async def gave_up(job: Job) -> None:
        given_up.append((job.payload["name"], job.faults))

    handle(queue, run, gave_up)
    await put(store, queue, "poison", lock="thread")
    await put(store, queue, "after it", lock="thread")
    await queue.start()
    await drained(queue)
    assert given_up == [("poison", 4)]
    assert done == ["after it"]
    assert caplog.text.count("failed unexpectedly") == 5


@pytest.mark.parametrize("away", [OperationalError("UPDATE", {}, OSError()), PoolTimeout()], ids=repr)
async def test_nobody_is_left_untold_because_the_database_was_away(
    store: Store, impatient: Queue, away: Exception
) -> None:
    queue = impatient
    asked, told = [], []

    async def run(_job: Job) -> None:
        raise ZeroDivisionError

    async def gave_up(job: Job) -> None:
        asked.append(job.faults)
        if len(asked) == 1:
            raise away
        told.append(job.payload["name"])

    handle(queue, run, gave_up)
    await put(store, queue, "poison")
    await queue.start()
    await drained(queue)
    assert told == ["poison"]
    assert asked == [4, 4]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "done"),
        (Again(0.01), "retried"),
        (Again(0.01, failed=False), "waited"),
        (ValueError("a fault of ours"), "failed"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_runs_are_counted_by_how_they_end(store: Store, error: Exception | None, outcome: str) -> None:
    metrics, runs = Metrics(), 0
    queue = queue_on(store, pause=lambda _faults: 0.02, metrics=metrics)

    async def run(_job: Job) -> None:
        nonlocal runs
        runs += 1
        if error is not None and runs == 1:
            raise error

    handle(queue, run)
    await put(store, queue, "job")
    await queue.start()
    await drained(queue)
    await queue.stop()
    told = (await metrics.exposition()).decode()
    assert f'masko_slack_job_runs_total{{kind="work",outcome="{outcome}"}} 1.0' in told


async def test_a_job_that_waits_for_a_connection_is_not_at_fault(store: Store, impatient: Queue) -> None:
    faults = []

    async def run(job: Job) -> None:
        faults.append(job.faults)
        if len(faults) < 7:
            raise PoolTimeout

    handle(impatient, run)
    await put(store, impatient, "job")
    await impatient.start()
    await drained(impatient)
    assert faults == [0] * 7


async def test_stop_lets_running_work_finish(store: Store, queue: Queue) -> None:
    begun, finished = asyncio.Event(), asyncio.Event()

    async def run(_job: Job) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        finished.set()

    handle(queue, run)
    await queue.start()
    await put(store, queue, "job")
    await begun.wait()
    await queue.stop(grace=5.0)
    assert finished.is_set()
    assert await queue.unfinished("work") == 0


async def test_no_due_job_is_slept_through(store: Store, queue: Queue) -> None:
    """Each waits a few milliseconds: it becomes due while the loop is looking."""
    done = []

    async def run(job: Job) -> None:
        if job.attempt < 3:
            raise Again(0.001 + 0.004 * ((job.id * 7) % 10) / 10)
        done.append(job.id)

    handle(queue, run)
    await queue.start()
    for number in range(60):
        await put(store, queue, str(number))
    await drained(queue)
    assert len(done) == 60


async def test_waiting_for_a_turn_tries_no_patience(store: Store, queue: Queue) -> None:
    attempts = []

    async def run(job: Job) -> None:
        attempts.append(job.attempt)
        if len(attempts) < 4:
            raise Again(0.001, failed=len(attempts) == 1)

    handle(queue, run)
    await queue.start()
    await put(store, queue, "job")
    await drained(queue)
    assert attempts == [0, 1, 1, 1]


async def test_bulk_leaves_room_for_what_somebody_waits_for(store: Store, queue: Queue) -> None:
    released, pressed = asyncio.Event(), asyncio.Event()

    async def upload(_job: Job) -> None:
        await released.wait()

    async def rename(_job: Job) -> None:
        pressed.set()

    queue.handle("work", Handler(upload, bulk=True))
    queue.handle("rename", Handler(rename))
    await queue.start()
    for number in range(20):
        await put(store, queue, str(number))
    async with store.write() as session:
        await queue.put(session, "rename", lock="button", payload={})
    async with asyncio.timeout(5):
        await pressed.wait()
    released.set()
    await drained(queue)


async def test_a_job_whose_end_cannot_be_written_keeps_its_lock(tmp_path: Path) -> None:
    """A full disk must not make it run over and over."""
    store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    queue, runs, ran = queue_on(store, pause=lambda _faults: 0.02), 0, asyncio.Event()

    async def run(_job: Job) -> None:
        nonlocal runs
        runs += 1
        async with store.write() as session:
            await session.execute(text("ALTER TABLE job RENAME TO job_away"))
        ran.set()

    handle(queue, run)
    await queue.start()
    await put(store, queue, "job")
    await ran.wait()
    await asyncio.sleep(0.3)  # long enough to run it several times
    async with store.write() as session:
        await session.execute(text("ALTER TABLE job_away RENAME TO job"))
    await drained(queue)
    await queue.stop()
    await store.close()
    assert runs == 1


@pytest.mark.parametrize(
    ("locks", "running", "order"),
    [
        ([], [], []),
        (["t:A:1", "t:A:2", "t:B:3", "t:A:4", "t:B:5"], [], [1, 3, 2, 5, 4]),
        (["t:A:1", "t:B:2"], ["t:A:0"], [2, 1]),
        (["t:A:1", "t:A:2"], [], [1, 2]),
        (["card:1", "card:2", "t:A:3"], [], [1, 3, 2]),
        (["T1/t:A:1", "T1/t:B:2", "T1/t:C:3", "T2/t:D:4", "T2/t:D:5"], [], [1, 4, 2, 5, 3]),
        (["T1/t:A:1", "T1/t:A:2", "T1/t:B:3", "T2/t:D:4"], ["T2/t:D:0", "T2/t:E:0"], [1, 3, 2, 4]),
    ],
)
def test_flows_take_turns(locks: list[str], running: list[str], order: list[int]) -> None:
    jobs = [JobRow(id=int(lock[-1]), lock=lock) for lock in locks]
    assert [job.id for job in in_turns(jobs, running)] == order


async def test_one_workspace_leaves_room_for_others(database_url: str) -> None:
    store = await open_store(database_url)
    queue = queue_on(store, at_once=4)
    begun, full, other, go = list[str](), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def run(job: Job) -> None:
        begun.append(job.lock)
        if job.lock.startswith("T2/"):
            other.set()
        elif len(begun) == 3:
            full.set()
        await go.wait()

    async def put(team: str, count: int) -> None:
        async with Scoped(store, team).write() as session:
            for number in range(count):
                await queue.put(session, "work", lock=f"t:C{number}:1", payload={})

    queue.handle("work", Handler(run, bulk=True))
    await put("T1", 6)
    await queue.start()
    try:
        async with asyncio.timeout(30):
            await full.wait()
            await put("T2", 1)
            await other.wait()
        assert [lock[:2] for lock in begun] == ["T1", "T1", "T1", "T2"]
        go.set()
        await queue.drained("work")
        assert len(begun) == 7
    finally:
        await queue.stop()
        await store.close()
