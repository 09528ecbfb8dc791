"""The memory over many posts, after warm-up.  Both services answer at once, so that it goes fast."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from tests.bench.figures import Figure, Plot, Result, Size
from tests.bench.sides import picture, side

AT_ONCE = 16  # posts without a card
LOOKS = 40


async def measure(size: Size, folder: Path) -> Result:
    memory = list[tuple[float, float]]()
    pictures = [picture(number) for number in range(AT_ONCE)]
    async with side(folder / "here", latency=0.0) as here:
        await here.start()
        for number in range(size.many):
            await here.cards(most=AT_ONCE - 1)
            await here.post([pictures[number % AT_ONCE]], number)
            if number % max(1, size.many // LOOKS) == 0:
                memory.append((number, here.memory()))
        await here.cards()
    second, last = (mean(mib for at, mib in memory if at // (size.many / 4) == quarter) for quarter in (1, 3))
    title = f"Memory over {size.many:,} posts"
    lines = {"here": memory}
    return Result(
        [Figure(f"Memory growth, second to last quarter of {size.many:,} posts", "MiB", last - second)],
        [Plot("long-run", title, "Posts", "Memory in MiB, decoders included", lines)],
    )
