"""From the start of the process to its open socket, with a database that has its tables.

Two calls of Slack's Web API are needed: auth.test, and apps.connections.open for the socket's address.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, Result, Size
from tests.bench.sides import WEB_API, Side, both


async def measure(size: Size, folder: Path) -> Result:
    seconds: dict[Side, list[float]] = {}
    async with both(folder) as sides:
        for run in range(size.runs + 1):
            for side in sides:
                started = await side.start()
                await side.stop()
                if run:  # the first one makes the tables, and warms the disk's cache
                    seconds.setdefault(side, []).append(started)
    here, afternoon = (median(seconds[side]) for side in sides)
    return Result([Figure("Process start → connected", "s", here, afternoon, 2 * WEB_API, 1.2)], [])
