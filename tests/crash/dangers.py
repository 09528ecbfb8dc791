"""When a worker is killed, or left without its database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.crash.steps import Asked, Moment, Step
from tests.crash.toll import Toll
from tests.crash.workers import Worker, Workers

ANY_TIME = "any time"
ACKNOWLEDGE = "acknowledge"
AIMS: tuple[str, ...] = (
    *(Step.DOWNLOAD, Step.UPLOAD, Step.CREATE, Step.REFERENCE, Step.REPLY),
    *(Step.CARD, ACKNOWLEDGE, ANY_TIME),
)
HUNGRY_AFTER = 1.0  # seconds without the step that a kill waits for, after which more is posted
PATIENCE = 6.0  # seconds that it waits further, until any step will do


@dataclass(frozen=True)
class Kill:
    """A kill to come: at which step (or `ANY_TIME`, `ACKNOWLEDGE`), and where in it."""

    aim: str
    moment: Moment


def plan(kills: int, random: Random, aimed_at: Sequence[str] = AIMS) -> list[Kill]:
    """That many kills, spread over these steps and all moments, in random order."""
    moments = list(Moment)
    aims = len(aimed_at)
    planned = [Kill(aimed_at[n % aims], moments[(n % aims + n // aims) % len(moments)]) for n in range(kills)]
    random.shuffle(planned)
    return planned


class Dangers:
    """Carries out what is planned.

    Args:
        workers: the victims.
        toll: where it is written down.
        kills: in this order, one at a time.
        random: draws the pauses between them.
        pause: seconds between two kills, the shortest and the longest.
    """

    def __init__(
        self,
        workers: Workers,
        toll: Toll,
        kills: Sequence[Kill],
        random: Random,
        *,
        pause: tuple[float, float],
    ) -> None:
        self._toll = toll
        self._workers = workers
        self._kills = kills
        self._random = random
        self._pause = pause
        self._armed: Kill | None = None
        self._struck = asyncio.Event()
        self._moved = asyncio.Condition()
        self._done = 0
        self._more_to_come = True
        self._hungry = False

    # -- what comes from the requests -----------------------------------------------------------

    def strike(self, asked: Asked, moment: Moment) -> bool:
        """See `steps.Strike`."""
        kill = self._armed
        if kill is None or kill.aim not in (asked.step, ANY_TIME) or kill.moment is not moment:
            return False
        worker = self._workers.at(asked.port)
        if worker is None or not worker.mortal:
            return False
        self._execute(worker, asked.step, moment)
        return True

    def acknowledging(self, moment: Moment) -> None:
        """The event of a post is on its way to a worker (`before`), or acknowledged (`after`)."""
        kill = self._armed
        if (
            kill is None
            or kill.aim != ACKNOWLEDGE
            or (kill.moment is Moment.AFTER) != (moment is Moment.AFTER)
        ):
            return
        if victims := self._workers.mortal():
            delay = 0.0 if kill.moment is not Moment.UNDER_WAY else self._random.uniform(0.0, 0.02)
            self._armed = None
            victim = self._random.choice(victims)
            asyncio.get_running_loop().call_later(delay, self._execute, victim, kill.aim, kill.moment)

    def _execute(self, worker: Worker, aim: str, moment: Moment) -> None:
        self._armed = None
        if worker.mortal:
            worker.kill()
            self._toll.kills[aim, moment] += 1
            self._toll.note(f"worker {worker.number} killed, {aim}, {moment}")
        self._struck.set()

    # -- what comes from the clock ----------------------------------------------------------------

    async def kill_all(self) -> None:
        """Every planned kill, one after the other."""
        for kill in self._kills:
            await asyncio.sleep(self._random.uniform(*self._pause))
            while not await self._kill(kill):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # they are all being started, or frozen
            await self._move(done=1)

    async def _kill(self, kill: Kill) -> bool:
        """Whether somebody died of it."""
        before = self._toll.kills.total()
        self._struck.clear()
        if kill.aim == ANY_TIME:
            self._at_random()
        else:
            await self._lie_in_wait(kill)
        return self._toll.kills.total() > before

    async def _lie_in_wait(self, kill: Kill) -> None:
        """Kill at the planned step; where there is none for long, at any; where nothing is done, anyway."""
        self._armed = kill
        if await self._struck_within(HUNGRY_AFTER):
            return
        await self._move(hungry=True)
        if self._more_to_come and await self._struck_within(PATIENCE):
            return
        self._armed = Kill(ANY_TIME, kill.moment)
        if not await self._struck_within(HUNGRY_AFTER):
            self._armed = None
            self._at_random()

    def _at_random(self) -> None:
        if victims := self._workers.mortal():
            self._execute(self._random.choice(victims), ANY_TIME, Moment.BEFORE)

    async def _struck_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._struck.wait()
        except TimeoutError:
            return False
        return True

    async def _move(self, *, done: int = 0, hungry: bool = False) -> None:
        async with self._moved:
            self._done += done
            self._hungry = hungry
            self._moved.notify_all()

    async def progress(self, share: float) -> None:
        """Wait until this share of the kills is done, or until they lack work to interrupt."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._hungry or self._done >= share * len(self._kills))
            self._hungry = False

    def nothing_more_to_come(self) -> None:
        """Everything is posted: it is of no use to wait for a certain step."""
        self._more_to_come = False

    async def share_done(self, share: float) -> None:
        """Wait until this share of the kills is done."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._done >= share * len(self._kills))

    async def outage(
        self, share: float, seconds: float, take_away: Callable[[float], Awaitable[None]]
    ) -> None:
        """After this share of the kills the database is away for so long."""
        await self.share_done(share)
        began = time.monotonic()
        await take_away(seconds)
        self._toll.outage = time.monotonic() - began
