"""Many posts with a large file each at once: the last card, and the memory meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from statistics import median

from PIL import Image

from bot.sandbox.slack import NewFile
from tests.bench.figures import Figure, Plot, Result, Size
from tests.bench.sides import LIMIT, Side, both

LOOK = 0.1  # seconds between two looks at the memory
SETTLED = 2.0  # seconds after which a bot that was started is idle
RUNS = 3


async def measure(size: Size, folder: Path) -> Result:
    files = [_noise(number, size.megabytes) for number in range(size.large)]
    last: dict[Side, list[float]] = {}
    peak: dict[Side, list[float]] = {}
    idle: dict[Side, float] = {}
    lines: dict[Side, list[tuple[float, float]]] = {}
    async with both(folder) as sides:
        for side in sides:
            await side.start()
            await asyncio.sleep(SETTLED)
            idle[side] = side.memory()
        for _ in range(min(RUNS, size.runs)):
            for side in sides:
                async with _watched(side) as memory:
                    posts = [await side.post([file], number) for number, file in enumerate(files)]
                    await side.cards()
                last.setdefault(side, []).append(max(post.seconds for post in posts))
                peak.setdefault(side, []).append(max(mib for _, mib in memory))
                lines[side] = memory
                side.forget()
    here, afternoon = sides
    posts_of = f"{size.large} posts × {size.megabytes:g} MB at once"
    mib = "Memory in MiB, decoders included"
    return Result(
        [
            Figure(f"{posts_of}, last card", "s", median(last[here]), median(last[afternoon]), LIMIT),
            Figure("Peak memory then", "MiB", median(peak[here]), median(peak[afternoon]), target=160),
            Figure("Memory, idle", "MiB", idle[here], idle[afternoon], target=100),
        ],
        [Plot("memory", posts_of, "Seconds", mib, {"here": lines[here], "afternoon bot": lines[afternoon]})],
    )


@asynccontextmanager
async def _watched(side: Side) -> AsyncIterator[list[tuple[float, float]]]:
    """Fill a list with (seconds, MiB) while the block runs."""
    loop = asyncio.get_running_loop()
    began, seen = loop.time(), list[tuple[float, float]]()

    async def watch() -> None:
        while True:
            mib = await asyncio.to_thread(side.memory)
            seen.append((loop.time() - began, mib))
            await asyncio.sleep(LOOK)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _noise(number: int, megabytes: float) -> NewFile:
    """A PNG of noise, which no compression makes smaller."""
    side = int((megabytes * 1e6 / 3) ** 0.5)
    out = BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "PNG", compress_level=1)
    return NewFile(f"{number}.png", out.getvalue())
