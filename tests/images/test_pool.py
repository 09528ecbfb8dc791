"""Decoders in processes of their own: kept ready, and never more than one file in a process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.images import pool
from bot.images.errors import DecodingFailed
from bot.images.formats import ImageFormat
from bot.images.pool import prepare
from tests.images.conftest import Preparing
from tests.images.samples import ENDLESS, Write, sample

ALONE = """
import asyncio, sys
from pathlib import Path
import bot.app
from bot.images.pool import prepare
ready = asyncio.run(prepare(Path(sys.argv[1]), name="hero", folder=Path(sys.argv[1]).parent))
decoders = sorted({"PIL", "pillow_heif", "resvg_py"} & sys.modules.keys())
print(ready.facts.width, decoders)
"""


@pytest.mark.parametrize("image_format", [ImageFormat.PNG, ImageFormat.SVG])
def test_the_bots_own_process_has_no_decoder(write: Write, image_format: ImageFormat) -> None:
    path = write(sample(image_format))
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    width = 2048 if image_format is ImageFormat.SVG else 160
    assert (done.stdout, done.stderr) == (f"{width} []\n", "")


@pytest.fixture
def no_decoder() -> Iterator[None]:
    """None runs that an earlier test has started."""
    pool.close()
    yield
    pool.close()


def _children(pid: str = "self") -> set[str]:
    """Processes that a process started, of whichever thread: Linux keeps them apart."""
    found: set[str] = set()
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            found.update(each.read_text().split())
    return found


class Endless:
    """A file whose decoding never ends, while it is decoded.

    Attributes:
        decoder: the process that waits for jobs.
        worker: the process that decodes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def start(self) -> asyncio.Task[object]:
        before = _children()
        waiting = asyncio.create_task(prepare(self._path, name="endless.svg", folder=self._path.parent))
        (self.decoder,) = await _some(lambda: _children() - before)
        (self.worker,) = await _some(lambda: _children(self.decoder))
        return waiting


async def _some(look: Callable[[], set[str]]) -> set[str]:
    for _ in range(6000):
        if found := look():
            return found
        await asyncio.sleep(0.01)
    raise TimeoutError


def _wait_for_end(pid: str) -> None:
    """Wait until a process has ended, also one that nobody has waited for yet."""
    with suppress(OSError):
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)


@pytest.mark.usefixtures("no_decoder")
async def test_who_stops_waiting_leaves_no_process_behind(write: Write) -> None:
    endless = Endless(write(ENDLESS))
    waiting = await endless.start()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    _wait_for_end(endless.worker)


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("which", ["decoder", "worker"])
async def test_a_process_that_was_told_to_stop_does_not_blame_the_file(write: Write, which: str) -> None:
    endless = Endless(write(ENDLESS))
    waiting = await endless.start()
    os.kill(int(getattr(endless, which)), signal.SIGTERM)
    with pytest.raises(DecodingFailed):
        await waiting


@pytest.mark.usefixtures("no_decoder")
async def test_a_decoder_serves_one_file_after_the_other(preparing: Preparing) -> None:
    before = _children()
    await preparing(sample(ImageFormat.PNG))
    first = _children() - before
    await preparing(sample(ImageFormat.SVG))
    assert len(first) == 1
    assert _children() - before == first


@pytest.mark.usefixtures("no_decoder")
def test_a_decoder_serves_one_event_loop_after_the_other(write: Write) -> None:
    before = _children()
    for _ in range(2):
        path = write(sample(ImageFormat.PNG))
        asyncio.run(prepare(path, name="hero", folder=path.parent))
    assert len(_children() - before) == 1


@pytest.mark.usefixtures("no_decoder")
async def test_a_decoder_without_work_ends_and_is_replaced(
    preparing: Preparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "PROGRAM", pool.PROGRAM.replace("main()", "main(idle=0.01)"))
    before = _children()
    await preparing(sample(ImageFormat.PNG))
    (first,) = _children() - before
    _wait_for_end(first)
    assert (await preparing(sample(ImageFormat.PNG))).facts.width == 160
    assert _children() - before != {first}


@pytest.mark.usefixtures("no_decoder")
async def test_a_decoder_serves_one_file_beside_the_other(write: Write, tmp_path: Path) -> None:
    endless = Endless(write(ENDLESS))
    waiting = await endless.start()
    path = tmp_path / "beside"
    path.write_bytes(sample(ImageFormat.PNG))
    assert (await prepare(path, name="hero", folder=tmp_path)).facts.width == 160
    assert not waiting.done()
    waiting.cancel()


@pytest.mark.usefixtures("no_decoder")
async def test_a_process_that_decodes_can_answer_for_no_other(write: Write) -> None:
    path = write(ENDLESS)
    first = Endless(path)
    waiting = await first.start()
    second = asyncio.create_task(prepare(path, name="", folder=path.parent))
    (worker,) = await _some(lambda: _children(first.decoder) - {first.worker})
    await _some(lambda: set() if _sockets(worker) else {worker})
    waiting.cancel()
    second.cancel()


def _sockets(pid: str) -> list[str]:
    return [
        name for each in Path(f"/proc/{pid}/fd").iterdir() if (name := os.readlink(each))[:7] == "socket:"
    ]


CALLER = """
import asyncio, sys
from pathlib import Path
from bot.images.pool import prepare
asyncio.run(prepare(Path(sys.argv[1]), name="", folder=Path(sys.argv[1]).parent))
"""


async def test_a_decoder_whose_caller_died_ends_with_what_it_works_on(write: Write) -> None:
    caller = await asyncio.create_subprocess_exec(sys.executable, "-c", CALLER, str(write(ENDLESS)))
    (decoding,) = await _some(lambda: _children(str(caller.pid)))
    (worker,) = await _some(lambda: _children(decoding))
    caller.kill()
    await caller.wait()
    _wait_for_end(worker)
    _wait_for_end(decoding)


async def test_a_process_that_cannot_work_is_not_the_files_fault(tmp_path: Path) -> None:
    with pytest.raises(DecodingFailed, match="FileNotFoundError"):
        await pool.decode(tmp_path / "target", ImageFormat.SVG, source=str(tmp_path / "gone"))
