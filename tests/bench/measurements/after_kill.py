"""A kill -9 in the midst of many posts: from the restart to the last card.

The posts come evenly over a second, and the kill after most of the way of the first: so some are being
downloaded, some uploaded, and some created.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.figures import Figure, Plot, Result, Size
from tests.bench.sides import LIMIT, Side, both, picture

WITHIN = 1.0  # seconds for all posts
PATIENCE = (240.0, 5.0)  # seconds for the last card; the afternoon bot has stored nothing to go on with


async def measure(size: Size, folder: Path) -> Result:
    lines = {}
    async with both(folder) as sides:
        for name, side, patience in zip(("here", "afternoon bot"), sides, PATIENCE, strict=True):
            await side.start()
            lines[name] = await _interrupt(side, size.interrupted, patience)
    here, afternoon = lines.values()
    figures = [
        Figure("Restart → last card", "s", _last(here), _last(afternoon), LIMIT),
        Figure(f"Cards after all, of {size.interrupted}", "", len(here), len(afternoon)),
    ]
    title = f"A kill -9 in the midst of {size.interrupted} posts"
    return Result(figures, [Plot("after-kill", title, "Seconds from the restart", "Cards", lines)])


async def _interrupt(side: Side, count: int, patience: float) -> list[tuple[float, float]]:
    """Return (seconds from the restart, cards by then)."""
    pictures = [picture(number) for number in range(count)]
    posts = []
    for number, each in enumerate(pictures):
        posts.append(await side.post([each], number))
        await asyncio.sleep(WITHIN / count)
    await side.stop(kill=True)
    began = time.monotonic()
    await side.start()
    with suppress(TimeoutError):
        await side.cards(timeout=patience)
    cards = sorted(post.card - began for post in posts if post.card is not None)
    return [(at, count + 1.0) for count, at in enumerate(cards)]


def _last(cards: list[tuple[float, float]]) -> float | None:
    return cards[-1][0] if cards else None
