"""How long Slack waits for an acknowledgement while many people post, with Masko's limits as documented."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.figures import Figure, Plot, Result, Size, percentile, spread
from tests.bench.sides import Post, Side, both, picture


async def measure(size: Size, folder: Path) -> Result:
    times = {}
    async with both(folder, {"MASKO_LIMITS": "60/minute,1000/hour"}) as sides:
        for side in sides:
            await side.start()
            await side.warm_up()
            posts = await post_all(side, size)
            await side.slack.wait_until(lambda: all(post.delivery.acknowledged for post in posts), timeout=60)  # noqa: B023
            times[side] = acknowledgements(posts)
            await side.stop(kill=True)  # what waits for Masko's limit is not measured
    here, afternoon = (times[side] for side in sides)
    within = f"{size.posts} posts in {size.seconds:g} s"
    figures = [
        Figure(
            f"Acknowledgement p{of}, {within}",
            "ms",
            percentile(here, of),
            percentile(afternoon, of),
            target=most,
        )
        for of, most in ((50, 10.0), (99, 50.0))
    ]
    lines = {
        "here (written down first)": spread(here),
        "afternoon bot (nothing written)": spread(afternoon),
    }
    title = f"Acknowledgements, {within}"
    return Result(figures, [Plot("acknowledgement", title, "Milliseconds", "Per cent acknowledged", lines)])


async def post_all(side: Side, size: Size) -> list[Post]:
    """Let people post at an even pace, in turns in all channels."""
    pictures = [picture(number) for number in range(size.posts)]
    loop = asyncio.get_running_loop()
    began, posts = loop.time(), []
    for number, each in enumerate(pictures):
        await asyncio.sleep(began + number * size.seconds / size.posts - loop.time())
        posts.append(await side.post([each], number))
    return posts


def acknowledgements(posts: list[Post]) -> list[float]:
    """Return the milliseconds from each event to its acknowledgement, where there is one."""
    return [post.delivery.ack_ms for post in posts if post.delivery.ack_ms is not None]
