"""The bot's own time for one image: wall time less the time spent waiting for the two services.

    python -m tests.bench.own_time [RUNS]

Wall time runs from the post's event being sent to the card being shown.  Waiting is the union of the times
during which at least one request of the bot's was under way, taken where the two HTTP libraries send.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import aiohttp
import httpx

from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.e2e.team import a_team

Interval = tuple[float, float]


def watched(send: Callable[..., Any], intervals: list[Interval]) -> Callable[..., Any]:
    """`send`, with the times of each call written down."""

    async def sending(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return await send(*arguments, **options)
        finally:
            intervals.append((start, time.perf_counter()))

    return sending


def union(intervals: list[Interval]) -> float:
    """Seconds covered by at least one interval."""
    covered, until = 0.0, float("-inf")
    for start, end in sorted(intervals):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered


async def once() -> tuple[float, float]:
    """(wall, waiting) in seconds."""
    intervals: list[Interval] = []
    real = httpx.AsyncClient.send, aiohttp.ClientSession._request
    httpx.AsyncClient.send = watched(real[0], intervals)  # type: ignore[method-assign]
    aiohttp.ClientSession._request = watched(real[1], intervals)  # type: ignore[method-assign]
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with a_team(f"sqlite:///{folder}/masko.db") as team:
                intervals.clear()
                first = samples()[0]
                start = time.perf_counter()
                await team.post([NewFile(first.file, first.read())])
                return time.perf_counter() - start, union(intervals)
    finally:
        httpx.AsyncClient.send, aiohttp.ClientSession._request = real  # type: ignore[method-assign]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    measured = [asyncio.run(once()) for _ in range(runs)]
    wall = median(wall for wall, _ in measured)
    own = median(wall - waiting for wall, waiting in measured)
    print(f"one image, median of {runs}: wall {wall * 1000:.0f} ms, of it the bot's own {own * 1000:.0f} ms")


if __name__ == "__main__":
    main()
