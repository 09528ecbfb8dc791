"""The bot as processes that are killed, frozen and thawed; whatever ends is started again at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOPS_WITHIN = 15.0  # seconds that a worker gets to stop when it is told to
BREATH = 0.5  # seconds before a worker that ended by itself is started again


class Worker:
    """One `masko-slack run`, started again whenever it ends.

    Args:
        number: names its log, `worker-<number>.log` in `folder`.
        environment: all that it is told.
        ended: told of the exit code whenever it ends otherwise than by a kill of ours.
    """

    def __init__(
        self, number: int, folder: Path, environment: Mapping[str, str], ended: Callable[[int], None]
    ) -> None:
        self.number = number
        self.frozen = False
        self.log = folder / f"worker-{number}.log"
        self._folder = folder
        self._environment = environment
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._closing = False
        self._life: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def mortal(self) -> bool:
        """Whether it runs and may be killed."""
        return self.pid is not None and not self.frozen and not self._killed

    def start(self) -> None:
        """Run it until `stop`."""
        self._life = asyncio.create_task(self._live())

    def kill(self) -> None:
        """End it without a warning."""
        assert self._process is not None
        self._killed = True
        self._process.kill()

    def freeze(self) -> None:
        """Stop it from running, in the midst of whatever it does."""
        assert self._process is not None
        self.frozen = True
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it was."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
        self.frozen = False

    async def stop(self) -> None:
        """Tell it to stop, and see that it does."""
        self._closing = True
        if self.pid is not None:
            assert self._process is not None
            if self.frozen:
                self.thaw()
            self._process.terminate()
        if self._life is not None:
            await asyncio.wait({self._life}, timeout=STOPS_WITHIN)
            if not self._life.done() and self.pid is not None:
                self.kill()
            await self._life

    async def _live(self) -> None:
        while not self._closing:
            self._process = await self._new_process()
            self._killed = False
            code = await self._process.wait()
            if self._killed:
                continue
            if not (self._closing and code in (0, -signal.SIGTERM)):  # the latter while it starts
                self._ended(code)
                await asyncio.sleep(0 if self._closing else BREATH)

    async def _new_process(self) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._folder,
                env=dict(self._environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


class Workers:
    """All of them.

    Attributes:
        ended_by_themselves: exit codes of workers that nobody killed, counted.
    """

    def __init__(self, count: int, folder: Path, environment: Mapping[str, str]) -> None:
        self.ended_by_themselves: Counter[int] = Counter()
        whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
        self.all = [Worker(number, folder, whole, self._ended) for number in range(1, count + 1)]

    def _ended(self, code: int) -> None:
        self.ended_by_themselves[code] += 1

    def start(self) -> None:
        """Start every worker."""
        for worker in self.all:
            worker.start()

    async def stop(self) -> None:
        """Stop every worker."""
        await asyncio.gather(*(worker.stop() for worker in self.all))

    def mortal(self) -> list[Worker]:
        """Those that may be killed now."""
        return [worker for worker in self.all if worker.mortal]

    def at(self, port: int) -> Worker | None:
        """Whose connection comes from this port; None when its process is gone."""
        if len(self.all) == 1:
            return self.all[0]
        pids = {worker.pid: worker for worker in self.all if worker.pid is not None}
        owner = _owner(port, pids)
        return None if owner is None else pids[owner]

    def logged(self) -> Iterable[str]:
        """Every line that any worker wrote."""
        for worker in self.all:
            if worker.log.exists():
                yield from worker.log.read_text(errors="replace").splitlines()


def _owner(port: int, pids: Iterable[int]) -> int | None:
    """Which of these processes holds the connection from a local port (Linux: proc(5), /proc/net/tcp)."""
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = f":{port:04X}"
    inode = next((row[9] for row in map(str.split, table) if row[1].endswith(local)), None)
    wanted = f"socket:[{inode}]"
    return next((pid for pid in pids if wanted in _open_files(pid)), None)


def _open_files(pid: int) -> set[str]:
    try:
        return {os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
    except OSError:  # it died meanwhile
        return set()
