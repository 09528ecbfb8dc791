"""How long Slack waits for an acknowledgement: 100 posts with an image in 5 seconds.

    python -m tests.bench.acknowledgement [POSTS] [SECONDS] [unlimited]

Measured by the local Slack, from the envelope sent to its acknowledgement received, over a real socket,
while the bot, a process of its own, carries the images to Masko within the key's default limits;
`unlimited` lets it carry all of them at once, which takes every core of a small machine.  The stand-in's
vision is left out: real Masko's runs on other machines, and here it would slow the clock's own process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

from bot.cli import manifest
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from tests.e2e.team import drawn


async def measure(posts: int, seconds: float, limits: str) -> list[float]:
    """The acknowledgement times of the posts' events in milliseconds."""
    content = drawn()
    with tempfile.TemporaryDirectory() as folder:
        async with _servers() as sandbox, a_bot(sandbox, Path(folder), limits):
            slack = sandbox.slack
            slack.rate_limits.enforced = False
            await slack.wait_connected(timeout=20)
            sent = set()
            for number in range(posts):
                file = NewFile(f"{number}.png", content)
                sent.add((await slack.post(user="ana", channel="mascots", files=[file]))["ts"])
                await asyncio.sleep(seconds / posts)
            await slack.wait_until(lambda: len(_times(slack, sent)) == posts, timeout=60)
            return _times(slack, sent)


def _servers() -> Sandbox:
    inspector, key = Inspector(), obviously_fake_key()
    felix = Description("Felix", "A friendly orange fox.")
    masko = LocalMasko(api_key=key, inspector=inspector, limits=(), vision=lambda _image: felix)
    return Sandbox(manifest.manifest(), inspector=inspector, masko=masko, masko_api_key=key)


@asynccontextmanager
async def a_bot(sandbox: Sandbox, folder: Path, limits: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`masko-slack run` as a process of its own, so that the servers' work is not counted as the bot's."""
    environment = {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.slack_api_url,
        "MASKO_API_KEY": sandbox.masko_api_key,
        "MASKO_API_URL": sandbox.masko_api_url,
        "MASKO_LIMITS": limits,
        "DATABASE_URL": f"sqlite:///{folder}/masko.db",
        "LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def _times(slack: LocalSlack, of_posts: set[str]) -> list[float]:
    return [
        delivery.ack_ms
        for delivery in slack.workspace.socket.deliveries
        if delivery.payload.get("event", {}).get("ts") in of_posts and delivery.ack_ms is not None
    ]


def main() -> None:
    numbers = [argument for argument in sys.argv[1:] if argument != "unlimited"]
    posts = int(numbers[0]) if numbers else 100
    seconds = float(numbers[1]) if len(numbers) > 1 else 5.0
    limits = "none" if "unlimited" in sys.argv else "60/minute,1000/hour"
    times = sorted(asyncio.run(measure(posts, seconds, limits)))
    cut = quantiles(times, n=100, method="inclusive")
    told = f"p50 {cut[49]:.1f} ms, p99 {cut[98]:.1f} ms, max {times[-1]:.1f} ms"
    print(f"{posts} posts in {seconds:g} s, Masko limits {limits}: {told}")


if __name__ == "__main__":
    main()
