"""Hostile images beside ordinary posts, with the bot as a process of its own.

    python -m tests.bench.hostile_images [SECONDS]

One person posts files that are made to cost minutes and gigabytes, three at a time, every other second. Two
others post ordinary pictures meanwhile, in the same channel and in another. Told are the slowest
acknowledgement and the slowest card of the ordinary posts, and the bot's memory. Exit code 1: an
acknowledgement took over 1 s or a card over 5 s.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from bot.sandbox.slack import LocalSlack, NewFile
from tests.bench.records import Records
from tests.bench.sides import side
from tests.e2e.team import drawn
from tests.images.hostile_files import all_files

ACKNOWLEDGED = 1.0
CARD = 5.0
HOSTILE_EVERY, ORDINARY_EVERY = 2.0, 2.0
COSTLY = (
    *("crafted-bmp-row", "crafted-tiff-strips", "crafted-jpeg-exif", "crafted-jpeg-scans", "svg-uses"),
    *("svg-endless", "crafted-png-chunks", "crafted-webp-frames", "svg-spans", "crafted-heic-boxes"),
)


class Posts:
    """Ordinary and hostile posts, each written down."""

    def __init__(self, slack: LocalSlack, records: Records) -> None:
        self._slack = slack
        self._records = records
        self.ordinary: list[tuple[str, str]] = []
        self.hostile: list[tuple[str, str]] = []

    async def ordinary_ones(self, user: str, channel: str, count: int) -> None:
        for number in range(count):
            file = NewFile(f"{user}{number}.png", drawn(f"#{number * 1601 + len(user):06x}"))
            self.ordinary.append(await self._post(user, channel, [file]))
            await asyncio.sleep(ORDINARY_EVERY)

    async def hostile_ones(self, files: Sequence[NewFile], count: int) -> None:
        turns = cycle(files)
        for _ in range(count):
            self.hostile.append(await self._post("ben", "mascots", list(islice(turns, 3))))
            await asyncio.sleep(HOSTILE_EVERY)

    async def _post(self, user: str, channel: str, files: list[NewFile]) -> tuple[str, str]:
        begun = time.monotonic()
        message = await self._slack.post(user=user, channel=channel, files=files)
        spot = self._slack.directory.channel(channel).id, str(message["ts"])
        self._records.posted(*spot, begun)
        return spot


async def measure(seconds: int) -> tuple[list[float], list[float], int]:
    """Acknowledgements and cards of the ordinary posts in seconds, and the bot's peak memory in MB."""
    files = [NewFile(_named(each.name), each.make()) for each in all_files(each=0) if each.name in COSTLY]
    with tempfile.TemporaryDirectory() as folder:
        async with side(Path(folder, "bot"), latency=0.0) as bot:
            records, slack = Records(bot.sandbox.inspector), bot.slack
            await bot.start()
            posts = Posts(slack, records)
            await asyncio.gather(
                posts.hostile_ones(files, int(seconds / HOSTILE_EVERY)),
                posts.ordinary_ones("ana", "mascots", int(seconds / ORDINARY_EVERY)),
                posts.ordinary_ones("chris", "unreleased", int(seconds / ORDINARY_EVERY)),
            )
            ordinary = [records.threads[spot] for spot in posts.ordinary]
            await slack.wait_until(lambda: all(each.card_at for each in ordinary), timeout=120)
            sent = {ts for _, ts in posts.ordinary}
            deliveries = slack.workspace.socket.deliveries
            acknowledged = [
                each.ack_ms / 1000
                for each in deliveries
                if each.payload.get("event", {}).get("ts") in sent and each.ack_ms is not None
            ]
            return acknowledged, [each.waited for each in ordinary], _peak(bot.processes[0].pid)


def _named(name: str) -> str:
    """With the ending of what the file is."""
    kind = name.split("-")[1] if name.startswith("crafted") else "svg"
    return f"{name}.{kind}"


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    acknowledged, cards, memory = asyncio.run(measure(seconds))
    print(f"{len(cards)} ordinary posts beside {int(seconds / HOSTILE_EVERY)} hostile ones in {seconds} s")
    print(f"slowest acknowledgement {max(acknowledged) * 1000:.0f} ms, slowest card {max(cards):.2f} s")
    print(f"peak memory of the bot's own process {memory} MB")
    return 0 if max(acknowledged) <= ACKNOWLEDGED and max(cards) <= CARD else 1


if __name__ == "__main__":
    sys.exit(main())
