"""Jobs about a channel that gets another id, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.db import Store
from bot.jobs import Job, Queue
from bot.jobs.queue import readdressed
from tests.jobs.test_queue import drained, handle, queue, store

__all__ = ["queue", "store"]  # fixtures

OLD, NEW = "G1", "C2"


async def put(store: Store, queue: Queue, lock: str, **payload: Any) -> None:
    async with store.write() as session:
        await queue.put(session, "work", lock=lock, payload=payload)


async def readdress(store: Store, queue: Queue) -> None:
    await store.write_at_once(lambda session: queue.readdress(session, OLD, NEW))


async def test_jobs_that_wait_run_under_the_new_id_in_their_order(store: Store, queue: Queue) -> None:
    ran = list[tuple[str, Any]]()

    async def run(job: Job) -> None:
        ran.append((job.lock, dict(job.payload)))

    handle(queue, run)
    await put(store, queue, f"thread:T1:{OLD}:1.0", post=1, spot={"channel": OLD, "user": "U1"})
    await put(store, queue, f"thread:T1:{OLD}:1.0", post=2)
    await put(store, queue, "asked:T1:U1", place={"channel": OLD, "about": [OLD, f"in {OLD}"]})
    await put(store, queue, "thread:T1:G11:1.0", spot={"channel": "G11"})
    await readdress(store, queue)
    await queue.start()
    await drained(queue)
    assert sorted(ran, key=lambda each: each[0]) == [
        ("asked:T1:U1", {"place": {"channel": NEW, "about": [NEW, f"in {OLD}"]}}),
        (f"thread:T1:{NEW}:1.0", {"post": 1, "spot": {"channel": NEW, "user": "U1"}}),
        (f"thread:T1:{NEW}:1.0", {"post": 2}),
        ("thread:T1:G11:1.0", {"spot": {"channel": "G11"}}),
    ]


async def test_a_job_that_runs_is_not_run_twice_at_once(store: Store, queue: Queue) -> None:
    begun, go_on, ran = asyncio.Event(), asyncio.Event(), list[int]()

    async def run(job: Job) -> None:
        ran.append(job.payload["n"])
        begun.set()
        await go_on.wait()

    handle(queue, run)
    await put(store, queue, f"thread:T1:{OLD}:1.0", n=1)
    await put(store, queue, f"thread:T1:{OLD}:1.0", n=2)
    await queue.start()
    async with asyncio.timeout(20):
        await begun.wait()
    await readdress(store, queue)
    await put(store, queue, "another", n=3)  # once it has run, the queue has looked for what is due
    async with asyncio.timeout(20):
        while 3 not in ran:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert ran == [1, 3]
    go_on.set()
    await drained(queue)
    assert ran == [1, 3, 2]


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ({"channel": OLD, "n": 1}, {"channel": NEW, "n": 1}),
        ({"places": [{"at": OLD}, None]}, {"places": [{"at": NEW}, None]}),
        ({"words": f"see {OLD}"}, {"words": f"see {OLD}"}),
    ],
)
def test_only_the_id_itself_is_replaced(value: Any, after: Any) -> None:
    assert readdressed(value, OLD, NEW) == after
