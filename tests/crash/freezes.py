"""Workers that are stopped in the midst of their work, as a suspended machine is, and go on later."""

from __future__ import annotations

import asyncio
import time
from random import Random

from tests.crash.steps import Asked, Moment, Step
from tests.crash.toll import Toll
from tests.crash.workers import Worker, Workers

PATIENCE = 20.0  # seconds to wait for a certain step
LASTS = 75.0  # seconds: longer than a worker's work stays its own
ANY_TIME = "any time"
AIMS: tuple[str, ...] = (
    *(Step.DOWNLOAD, Step.CARD, Step.CREATE, ANY_TIME),
    *(Step.REPLY, Step.REFERENCE, Step.UPLOAD),
)


class Freezes:
    """Freezes workers, one after the other, each at another step; one always goes on.

    Args:
        workers: who may be frozen.
        toll: where it is written down.
        random: chooses whom to freeze at any time.
    """

    def __init__(self, workers: Workers, toll: Toll, random: Random) -> None:
        self._workers = workers
        self._toll = toll
        self._random = random
        self._aim: str | None = None
        self._froze = asyncio.Event()
        self._thawing: set[asyncio.Task[None]] = set()
        self._in_hand: dict[str, Worker] = {}  # file name → who fetched it last
        self._left_behind: dict[str, float] = {}  # file name → when its fetcher was frozen

    def strike(self, asked: Asked, moment: Moment) -> bool:
        """Who has what in hand, who takes over, whom to freeze; see `steps.Strike`."""
        if asked.step is Step.DOWNLOAD and moment is Moment.BEFORE:
            if (since := self._left_behind.pop(asked.about, None)) is not None:
                self._toll.takeovers.append(time.monotonic() - since)
            if holder := self._workers.at(asked.port):
                self._in_hand[asked.about] = holder
        if asked.step == self._aim and moment is Moment.AFTER:
            worker = self._workers.at(asked.port)
            if worker is not None and worker.mortal:
                self._freeze(worker, f"{asked.about} {asked.said}")
        return False

    async def run(self, count: int) -> None:
        """Freeze so many, and wait until the last has thawed."""
        for number in range(count):
            while self._thawing and len(self._thawing) >= len(self._workers.all) - 1:
                await asyncio.wait(self._thawing, return_when=asyncio.FIRST_COMPLETED)
            self._froze.clear()
            self._aim = AIMS[number % len(AIMS)]
            wait = self._random.uniform(0.0, 5.0) if self._aim == ANY_TIME else PATIENCE
            if not await self._froze_within(wait):
                self._freeze_anybody()
                await self._froze.wait()
        await asyncio.gather(*self._thawing)

    async def _froze_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._froze.wait()
        except TimeoutError:
            return False
        return True

    def _freeze_anybody(self) -> None:
        self._aim = ANY_TIME
        if able := self._workers.mortal():
            self._freeze(self._random.choice(able), "")
        else:
            asyncio.get_running_loop().call_later(0.1, self._freeze_anybody)

    def _freeze(self, worker: Worker, midst: str) -> None:
        worker.freeze()
        self._toll.freezes[str(self._aim)] += 1
        self._toll.note(f"worker {worker.number} frozen, {self._aim}, {midst}")
        self._aim = None
        self._left_behind |= {
            name: time.monotonic() for name, holder in self._in_hand.items() if holder is worker
        }
        thawing = asyncio.create_task(self._thaw(worker))
        self._thawing.add(thawing)
        thawing.add_done_callback(self._thawing.discard)
        self._froze.set()

    async def _thaw(self, worker: Worker) -> None:
        await asyncio.sleep(LASTS)
        worker.thaw()
        self._toll.note(f"worker {worker.number} thawed")
