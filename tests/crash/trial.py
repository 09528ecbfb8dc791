"""One trial from the first post to the verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TextIO

from tests.crash.dangers import AIMS, Dangers, plan
from tests.crash.databases import Database, database
from tests.crash.freezes import Freezes
from tests.crash.ground import BETWEEN_POSTS, HEAD_START, Ground, ground
from tests.crash.judge import judge
from tests.crash.report import Report, faults_in
from tests.crash.steps import Asked, Watch
from tests.crash.story import Post, story, threads
from tests.crash.toll import Toll
from tests.crash.workers import Workers

LOOKS = 3  # times in a row that nothing may be left to do


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes:
        database: `sqlite` or `postgresql`.
        freezes: how many workers are stopped for 75 s in the midst of their work.
        outage: seconds that the database is away in the midst.
        late: seconds after a worker's death until what it had under way takes effect.
        pause: seconds between two kills, at least and at most.
        standstill: seconds without any change after which nothing more is expected: longer than a frozen
            worker's work stays its own, and than the first waits of a backoff.
        aims: the steps at which a worker is killed, of `dangers.AIMS`.
    """

    database: str = "sqlite"
    posts: int = 200
    kills: int = 50
    workers: int = 1
    freezes: int = 0
    outage: float = 0.0
    late: float = 0.0
    seed: int = 1
    pause: tuple[float, float] = (0.1, 2.0)
    standstill: float = 180.0
    aims: tuple[str, ...] = AIMS

    async def run(self, folder: Path, tell: Callable[[str], object] = lambda _line: None) -> Report:
        """Carry it out.

        Args:
            folder: for the database and the workers' logs.
            tell: is given a line on the progress every few seconds.
        """
        posts = story(self.posts, self.seed)
        watch = Watch(Random(f"{self.seed} latency"), late=self.late)
        async with (
            database(self.database, folder) as base,
            ground(watch) as place,
            AsyncExitStack() as stack,
        ):
            requests = stack.enter_context((folder / "requests.log").open("w", buffering=1))
            workers = Workers(self.workers, folder, place.environment(base.url))
            kills = plan(self.kills, Random(f"{self.seed} plan"), self.aims)
            toll = Toll()
            dangers = Dangers(workers, toll, kills, Random(f"{self.seed} kills"), pause=self.pause)
            freezes = Freezes(workers, toll, Random(f"{self.seed} freezes"))
            watch.strikes = (freezes.strike, dangers.strike)
            watch.tell = partial(_write_down, requests, workers)
            place.tell_of_acknowledgements(dangers)
            workers.start()
            telling = asyncio.create_task(_tell(tell, place, toll, base))
            began = time.monotonic()
            try:
                await self._go_through(posts, place, dangers, freezes, base)
                left = await _until_done(place, base, self.standstill)
                seconds = time.monotonic() - began
            finally:
                telling.cancel()
                await workers.stop()
                (folder / "kills.log").write_text("\n".join(toll.journal) + "\n")
            return self._report(posts, place, toll, workers, left, seconds)

    async def _go_through(
        self, posts: Sequence[Post], place: Ground, dangers: Dangers, freezes: Freezes, base: Database
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_post_all(posts, place, dangers, Random(f"{self.seed} people")))
            tasks.create_task(dangers.kill_all())
            if self.freezes:
                tasks.create_task(_freeze(self.freezes, freezes, dangers))
            if self.outage:
                tasks.create_task(dangers.outage(0.6, self.outage, base.take_away))

    def _report(
        self,
        posts: Sequence[Post],
        place: Ground,
        toll: Toll,
        workers: Workers,
        left: tuple[int, int] | None,
        seconds: float,
    ) -> Report:
        mascots = place.mascots()
        return Report(
            tried=self.as_json(),
            posts=len(posts),
            images=sum(len(post.pictures) for post in posts),
            threads=len(threads(posts)),
            seconds=seconds,
            toll=toll,
            verdict=judge(posts, place.replies(posts), mascots),
            uploads=place.uploads,
            orphans=place.uploads - sum(map(len, mascots)),
            jobs_left=left[0] if left else None,
            jobs_given_up=left[1] if left else None,
            ended_by_themselves=workers.ended_by_themselves,
            faults=faults_in(workers.logged()),
            findings=place.findings,
        )

    def as_json(self) -> dict[str, Any]:
        """How it was set up."""
        return {"database": self.database, "workers": self.workers, "late": self.late, "seed": self.seed}


async def _post_all(posts: Sequence[Post], place: Ground, dangers: Dangers, random: Random) -> None:
    """Post at random instants, in step with the kills, so that they always find work in progress."""
    for post in posts:
        await asyncio.sleep(random.expovariate(1 / BETWEEN_POSTS))
        await dangers.progress((post.number - HEAD_START) / len(posts))
        await place.post(post, random)
    dangers.nothing_more_to_come()


async def _freeze(count: int, freezes: Freezes, dangers: Dangers) -> None:
    await dangers.share_done(0.2)
    await freezes.run(count)


async def _until_done(place: Ground, base: Database, standstill: float) -> tuple[int, int] | None:
    """Wait until nothing is left to do, or nothing has changed for long.

    Returns:
        How many jobs are left to do and how many were given up.
    """
    seen: object = None
    calm = 0
    since = time.monotonic()
    while True:
        left = await base.left()
        calm = calm + 1 if left and left[0] == 0 and place.heard else 0
        state = left, place.changes()
        if state != seen:
            seen, since = state, time.monotonic()
        if calm == LOOKS or time.monotonic() - since > standstill:
            return left[:2] if left else None
        await asyncio.sleep(0.5)


def _write_down(log: TextIO, workers: Workers, asked: Asked) -> None:
    """A line for each request, to see afterwards how something came about."""
    worker = workers.at(asked.port)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    log.write(f"{at} worker {worker.number if worker else '?'} {asked.step} {asked.about} {asked.said}\n")


async def _tell(tell: Callable[[str], object], place: Ground, toll: Toll, base: Database) -> None:
    began = time.monotonic()
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(5)
            left = await base.left()
            tell(
                f"{time.monotonic() - began:4.0f} s: {place.posted} posts, {place.unheard} unheard, "
                f"{toll.kills.total()} kills, {left[0] if left else '?'} jobs left"
            )
