"""A program that is killed by one of its jobs: `python -m tests.jobs.dying DATABASE_URL`.

The job `culprit` kills it, once the other jobs are under way.  Those end only when they are run again.  What
happens is printed, a line a happening.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bot.db import Store, open_store
from bot.db.postgres import PostgresStore
from bot.jobs import Handler, Job, Queue
from bot.jobs.postgres import PostgresQueue
from bot.jobs.sqlite import SqliteQueue

JOBS = ("innocent 1", "culprit", "innocent 2")


def _queue(store: Store) -> Queue:
    if isinstance(store, PostgresStore):
        return PostgresQueue(store, calm=0.0, heartbeat=0.2)
    return SqliteQueue(store, calm=0.0)


async def main(url: str) -> None:
    """Run what the database holds until nothing is left, or until this process is killed."""
    store = await open_store(url)
    queue = _queue(store)
    begun = 0

    def tell(what: str, job: Job) -> None:
        print(what, job.payload["name"], flush=True)

    async def run(job: Job) -> None:
        nonlocal begun
        begun += 1
        tell("began", job)
        if job.payload["name"] == "culprit":
            while not job.unended and begun < len(JOBS):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
        if not job.unended:
            await asyncio.Event().wait()
        tell("did", job)

    async def gave_up(job: Job) -> None:
        tell("gave up", job)

    queue.handle("work", Handler(run, gave_up))
    await queue.start()
    await queue.drained("work")
    await queue.stop()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
