"""From a post's event to its card, and to the first word in its thread."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, Result, Size
from tests.bench.sides import LIMIT, WEB_API, Side, both, picture


async def measure(size: Size, folder: Path) -> Result:
    one: dict[Side, list[float]] = {}
    six: dict[Side, list[float]] = {}
    sign: dict[Side, list[float]] = {}
    async with both(folder) as sides:
        for side in sides:
            await side.start()
            await side.warm_up(6)
        for _ in range(size.runs):
            for side in sides:
                seconds, signed = await _post(side, 1)
                one.setdefault(side, []).append(seconds)
                sign.setdefault(side, []).append(signed)
                six.setdefault(side, []).append((await _post(side, 6))[0])
    rows = (
        ("1 image, event → card", one, LIMIT, 1.34),
        ("6 images in one post", six, LIMIT, 1.40),
        ("First sign of life", sign, WEB_API, 0.09),
    )
    here, afternoon = sides
    return Result(
        [Figure(what, "s", median(of[here]), median(of[afternoon]), *less) for what, of, *less in rows], []
    )


async def _post(side: Side, images: int) -> tuple[float, float]:
    """Return the seconds to the card and to the first sign."""
    number = len(side.posts)
    post = await side.post([picture(number * 6 + each) for each in range(images)], number)
    await side.cards()
    assert post.sign is not None
    return post.seconds, post.sign - post.sent
