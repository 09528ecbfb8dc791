"""How long the page waits for a long channel, and how long the sandbox's loop stands still meanwhile.

    python -m tests.bench.long_channel [MESSAGES]

Every message carries a picture, every third one has a reply.  Times are the median of nine, in milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from statistics import median

from aiohttp import ClientSession

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.conftest import NoMasko, manifest, picture

MASCOTS = "C0MASCOTS01"
RUNS = 9


async def filled(slack: LocalSlack, messages: int) -> str:
    """Posts so many messages; the `ts` of one in the middle."""
    slack.directory.app.events = frozenset()
    middle = ""
    for n in range(messages):
        ts = (await slack.post(user="ana", channel="mascots", text=f"message {n}", files=[picture("a.png")]))[
            "ts"
        ]
        middle = ts if n == messages // 2 else middle
        if n % 3 == 0:
            await slack.post(user="ben", channel="mascots", text="reply", thread_ts=ts)
    return middle


async def waited(page: ClientSession, **query: str) -> float:
    """Milliseconds for one request, median."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        about = {"channel": MASCOTS, "as": "ana", **query}
        async with page.get("/_control/messages", params=about) as response:
            await response.read()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


async def longest_stop(slack: LocalSlack, posts: int) -> float:
    """Milliseconds that the loop stood still at most, while so many pictures are posted."""
    stops: list[float] = []

    async def watch() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            stops.append((time.perf_counter() - start - 0.001) * 1000)

    watching = asyncio.create_task(watch())
    for n in range(posts):
        await slack.post(user="ana", channel="mascots", text=f"more {n}", files=[picture("b.png")])
        await asyncio.sleep(0)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return max(stops)


async def main(messages: int) -> None:
    """Measure and print."""
    async with Sandbox(manifest(), masko=NoMasko()) as sandbox:
        middle = await filled(sandbox.slack, messages)
        async with ClientSession(base_url=sandbox.page_url) as page:
            print(f"newest 100 of {messages}: {await waited(page, limit='100'):.1f} ms")
            print(f"100 from the middle:   {await waited(page, limit='100', before=middle):.1f} ms")
            print(f"the whole channel:     {await waited(page):.1f} ms")
        print(f"longest stop in 100 posts: {await longest_stop(sandbox.slack, 100):.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
