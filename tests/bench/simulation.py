"""A workspace's day under a simulated clock, with the bot's own rate limiter, order of jobs and retry policy.

Every workspace has a key of its own, so each can be looked at by itself.  People post single images for
eight hours at random, nine of ten in one busy channel.  An image takes an upload and a creation, each with a
slot of the key; what was uploaded is not uploaded again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist
from typing import Final

from bot.db.tables import JobRow
from bot.jobs.job import Job
from bot.jobs.queue import Queue
from bot.jobs.retry import next_try
from bot.jobs.sqlite import in_turns
from bot.masko.errors import MaskoRateLimited
from bot.masko.rate_limit import RateLimiter, in_bulk, parse_limits
from bot.settings import Settings
from tests.bench.sides import CREATE, DOWNLOAD, UPLOAD, WEB_API

HOURS = 8
BUSY: Final = 0.9  # of the posts are in the busy channel
QUIET = 20  # other channels
WORKSPACES, IMAGES = 1_000, 1_000_000  # and images a day, of all of them
SPREAD = (
    1.5  # sigma of the logarithms of the images a day: one workspace in a hundred has 33 times the median's
)
CALLS = 2  # an image: upload and create


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop without waiting: when there is nothing to do, its time jumps to what comes next."""

    _now = 0.0
    _ready: list[object]
    _scheduled: list[asyncio.TimerHandle]

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now = max(self._now, self._scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


@dataclass(frozen=True)
class Day:
    """What came of it: seconds from post to card, in the busy channel and in the others."""

    busy: list[float]
    quiet: list[float]
    ended: float  # hours after the first post

    @property
    def all(self) -> list[float]:
        return sorted([*self.busy, *self.quiet])


@dataclass(eq=False)
class Image:
    """A post on its way."""

    job: Job
    posted: float
    due: float
    steps: list[float] = field(default_factory=lambda: [DOWNLOAD + UPLOAD, CREATE])  # still to do, seconds


class Workspace:
    """One key, and the jobs of one process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waited: dict[str, list[float]] = {"busy": [], "quiet": []}
        self._now = loop.time
        self._limiter = RateLimiter(parse_limits(Settings().masko_limits), now=self._now)
        self._waiting: dict[int, Image] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    async def day(self, images: int, hours: float) -> None:
        """Let people post for a day, and work until nothing is left."""
        working = asyncio.create_task(self._work())
        for image in _posts(images, hours):
            await asyncio.sleep(image.posted - self._now())
            self._waiting[image.job.id] = image
            self._woken.set()
        while self._waiting or self._running:
            self._woken.clear()
            await asyncio.sleep(1.0)
        working.cancel()

    async def _work(self) -> None:
        """Begin jobs as `bot.jobs.sqlite` does."""
        while True:
            self._woken.clear()
            now = self._now()
            due = [each for each in self._waiting.values() if each.due <= now]
            rows = [JobRow(id=each.job.id, lock=each.job.lock) for each in due]
            for row in in_turns(rows, self._running)[: Queue.at_once - len(self._running)]:
                task = asyncio.create_task(self._perform(self._waiting.pop(row.id)))
                self._running[row.lock] = task
            later = min((each.due for each in self._waiting.values() if each.due > now), default=now + 3600.0)
            try:
                async with asyncio.timeout(later - now):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _perform(self, image: Image) -> None:
        try:
            with in_bulk():
                while image.steps:
                    slot = await self._limiter.take()
                    await asyncio.sleep(image.steps[0])
                    self._limiter.end(slot)
                    del image.steps[0]
            await asyncio.sleep(WEB_API)
            self.waited[image.job.kind].append(self._now() - image.posted)
        except MaskoRateLimited as error:
            again = next_try(image.job, error)
            assert again is not None, "nobody is given up for waiting"
            image.due = self._now() + again.seconds
            self._waiting[image.job.id] = image
        finally:
            del self._running[image.job.lock]
            self._woken.set()


def simulate(images: int, hours: float = HOURS) -> Day:
    """Return how long people wait in a workspace that posts so many images in so many hours of a day."""
    loop = SimulatedLoop()
    try:
        workspace = Workspace(loop)
        loop.run_until_complete(workspace.day(images, hours))
        return Day(
            **{kind: sorted(waited) for kind, waited in workspace.waited.items()}, ended=loop.time() / 3600
        )
    finally:
        loop.close()


def sizes() -> list[float]:
    """Return the images a day of each workspace, ascending: log-normal, as sizes of teams are."""
    normal = NormalDist(sigma=SPREAD)
    raw = [2.718281828 ** normal.inv_cdf((n + 0.5) / WORKSPACES) for n in range(WORKSPACES)]
    return [each * IMAGES / sum(raw) for each in raw]


def share_above(images: float) -> tuple[int, float]:
    """Return how many workspaces post more a day, and which part of all images they post."""
    above = [each for each in sizes() if each > images]
    return len(above), sum(above) / IMAGES


def _posts(images: int, hours: float) -> Iterator[Image]:
    random = Random(images)
    moments = sorted(random.uniform(0, hours * 3600) for _ in range(images))
    for number, at in enumerate(moments, 1):
        kind = "busy" if random.random() < BUSY else "quiet"
        channel = "busy" if kind == "busy" else f"quiet-{random.randrange(QUIET)}"
        yield Image(Job(number, kind, f"thread:T:{channel}:{number}"), at, at)
