"""Ordinary posts beside hostile texts: how long they wait for their acknowledgement, and for their card.

    python -m tests.bench.hostile_texts [POSTS]

The bot is a process of its own, and hears over a real socket.  Ana posts pictures, one after the other.  At
the same time Ben posts, mentions and types what once kept the event loop, as long as Slack lets it be, four
times a second; and the project has many mascots to compare names with.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from tests.bench.sides import side
from tests.e2e.team import drawn

MOST, MOST_TYPED = 40_000, 12_000  # characters of a message, and of what the composer takes
MASCOTS = 300
UNITS = ("@a ", '"@a ', "«@a ", "<@U1|", "by friday ", "and ", "\ufdfa", "a to ", "👩\u200d", " ")
PAUSE = 0.25  # seconds between hostile texts
COMMANDS = ("show ", "list ", "rename ", "rename a to ", "review ", "review a @ben by ", "", "use ")


async def measure(posts: int) -> tuple[list[float], list[float], int]:
    """Acknowledgements and cards of the ordinary posts in seconds, and how many hostile texts there were."""
    with tempfile.TemporaryDirectory() as folder:
        async with side(Path(folder, "bot"), latency=0.0) as bot:
            for number in range(MASCOTS):
                await bot.masko.add_mascot([("a.png", drawn(size=64))], name=f"{'a' * 70} {number}")
            await bot.start()
            hostile = asyncio.create_task(_be_hostile(bot.sandbox))
            measured = [await _post(bot.sandbox, number) for number in range(posts)]
            hostile.cancel()
            sent = (await asyncio.gather(hostile, return_exceptions=True))[0]
            assert isinstance(sent, asyncio.CancelledError), sent
            texts = len(bot.slack.deliveries) - posts
    return [ack for ack, _ in measured], [card for _, card in measured], texts


async def _be_hostile(sandbox: Sandbox) -> None:
    """Post, mention and type until cancelled."""
    slack = sandbox.slack
    while True:
        for unit in UNITS:
            for said in ("", "@masko ", "@masko review "):
                await slack.post(user="ben", channel="mascots", text=f"{said}{unit * MOST}"[:MOST])
                await asyncio.sleep(PAUSE)
            for command in COMMANDS:
                await slack.command("ben", "mascots", "/masko", f"{command}{unit * MOST_TYPED}"[:MOST_TYPED])
                await asyncio.sleep(PAUSE)


async def _post(sandbox: Sandbox, number: int) -> tuple[float, float]:
    """Post a picture; seconds until it is acknowledged, and until its card is there."""
    slack, me = sandbox.slack, sandbox.slack.directory.bot.id
    start = time.perf_counter()
    file = NewFile(f"{number}.png", drawn(("orange", "teal", "navy")[number % 3], 256 + number))
    post = await slack.post(user="ana", channel="mascots", files=[file])

    def card() -> bool:
        said = slack.thread("mascots", post["ts"])
        return any(each["user"] == me and "of 6 references" in str(each) for each in said)

    await slack.wait_until(card, timeout=60)
    shown = time.perf_counter() - start
    return max(_acknowledged(sandbox, post["ts"])) / 1000, shown


def _acknowledged(sandbox: Sandbox, ts: str) -> list[float]:
    """Milliseconds."""
    heard = [each for each in sandbox.slack.deliveries if each.payload.get("event", {}).get("ts") == ts]
    return [each.ack_ms for each in heard if each.ack_ms is not None]


def main() -> None:
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    acks, cards, texts = asyncio.run(measure(posts))
    print(
        f"{posts} ordinary posts beside {texts} hostile texts: "
        f"slowest acknowledgement {max(acks):.2f} s, slowest card {max(cards):.2f} s"
    )


if __name__ == "__main__":
    main()
