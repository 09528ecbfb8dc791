"""The memory over many posts, after warm-up.  Both services answer at once, so that it goes fast."""

from __future__ import annotations

from pathlib import Path

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
    warm = [mib for number, mib in memory if number >= size.many / 4]
    grown = (sum(warm[-3:]) - sum(warm[:3])) / 3
    title = f"Memory over {size.many:,} posts"
    lines = {"here": memory}
    return Result(
        [Figure(f"Growth over the last three quarters of {size.many:,} posts", "MiB", grown)],
        [Plot("long-run", title, "Posts", "Memory in MiB, decoders included", lines)],
    )
