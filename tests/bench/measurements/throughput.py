"""Images a second without Masko's limit: more and more processes on one PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from tests.bench.figures import Figure, Plot, Result, Size
from tests.bench.sides import HERE, picture, side
from tests.crash.databases import database


async def measure(size: Size, folder: Path) -> Result:
    rates = list[tuple[float, float]]()
    async with (
        database("postgresql", folder) as base,
        side(folder / "here", HERE, {"DATABASE_URL": base.url}) as here,
    ):
        for processes in size.processes:
            while len(here.processes) < processes:
                await here.start()
            pictures = [picture(number) for number in range(size.images)]
            posts = [await here.post([each], number) for number, each in enumerate(pictures)]
            await here.cards(timeout=300)
            last = max(post.sent + post.seconds for post in posts)
            rates.append((processes, size.images / (last - posts[0].sent)))
            here.forget()
    figures = [
        Figure(
            f"Throughput, {processes} process{'es' if processes > 1 else ''} on PostgreSQL", "images/s", rate
        )
        for processes, rate in rates
    ]
    lines = {"here": rates}
    return Result(
        figures, [Plot("throughput", "Throughput on PostgreSQL", "Processes", "Images a second", lines)]
    )
