"""How long people wait in workspaces of different sizes, simulated (`tests.bench.simulation`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.figures import Figure, Plot, Result, Size, percentile
from tests.bench.simulation import simulate


async def measure(size: Size, _folder: Path) -> Result:
    figures, lines = list[Figure](), dict[str, list[tuple[float, float]]]()
    for images in size.days:
        day = await asyncio.to_thread(simulate, images)
        for where, waited in (("busy channel", day.busy), ("quiet channels", day.quiet)):
            late = percentile(waited, 95)
            figures.append(Figure(f"{images:,} images a day, {where}, p95", "s", late))
            lines.setdefault(f"{where}, p95", []).append((images, late))
            lines.setdefault(f"{where}, p50", []).append((images, percentile(waited, 50)))
    title = "From post to card within Masko's limits (simulated)"
    return Result(figures, [Plot("workspaces", title, "Images a day", "Seconds", lines)])
