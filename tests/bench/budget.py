"""How the bot uses Masko's budget: a backlog of images, two processes on one PostgreSQL, one key.

    python -m tests.bench.budget [--images 150] [--json]

People post so many single images in one channel within fifteen seconds; 45 s after the first somebody posts
one image in another channel; and now and then somebody renames a mascot that is ready.  Measured at the two
services, from outside.  The documented limits are in force at the local Masko, and Slack's pace at the local
Slack; the stand-in's vision is left out: real Masko's runs on other machines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from bot.app import manifest
from bot.cards.view import EDIT, NAME
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from tests.bench.budget_report import MINUTE, Report, earliest, report
from tests.bench.records import Records, Renamed
from tests.crash.databases import database
from tests.crash.workers import Workers
from tests.e2e.team import drawn

PROCESSES = 2
BUSY, ELSEWHERE = "mascots", "unreleased"  # channels
WITHIN = 15.0  # seconds for the whole backlog to be posted
ELSEWHERE_AFTER = 45.0  # seconds
RENAME_EVERY = 30.0  # seconds
SIDE = 128  # pixels
LOOK = 0.25  # seconds


async def measure(images: int, folder: Path) -> Report:
    """Let it happen.

    Args:
        images: how many make the backlog.
        folder: for the processes' logs.

    Raises:
        TimeoutError: a post got no card in twice the time that the limits ask for.
    """
    load = os.getloadavg()[0]
    async with database("postgresql", folder) as base, _servers() as (sandbox, records):
        bots = Workers(PROCESSES, folder, _environment(sandbox, base.url))
        people = People(sandbox.slack, records)
        bots.start()
        telling = asyncio.create_task(_tell(records))
        try:
            await people.work(images)
        finally:
            telling.cancel()
            await bots.stop()
        held_against = {entry.finding or "" for entry in sandbox.inspector.findings()}
        held_against |= {f"a process ended by itself, code {code}" for code in bots.ended_by_themselves}
    elsewhere = sandbox.slack.directory.channel(ELSEWHERE).id
    return report(records, people.renamed, elsewhere, sorted(held_against), (load, os.getloadavg()[0]))


@asynccontextmanager
async def _servers() -> AsyncIterator[tuple[Sandbox, Records]]:
    inspector, key = Inspector(), obviously_fake_key()
    felix = Description("Felix", "A friendly orange fox.")
    masko = LocalMasko(api_key=key, inspector=inspector, vision=lambda _image: felix)
    records = Records(inspector)
    sandbox = Sandbox(
        manifest.manifest(),
        inspector=inspector,
        masko=masko,
        masko_api_key=key,
        middlewares=[records.middleware],
    )
    async with sandbox:
        yield sandbox, records


def _environment(sandbox: Sandbox, database_url: str) -> dict[str, str]:
    """What a process is told; `MASKO_LIMITS` is left to its default."""
    return {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.slack_api_url,
        "MASKO_API_KEY": sandbox.masko_api_key,
        "MASKO_API_URL": sandbox.masko_api_url,
        "DATABASE_URL": database_url,
        "IMAGES_PER_PERSON": "none",
        "IMAGES_PER_CHANNEL": "none",
        "LOG_FORMAT": "json",
    }


async def _tell(records: Records) -> None:
    """Now and then a line on the progress."""
    while True:
        await asyncio.sleep(15)
        done, calls = len(records.threads) - records.open, len(records.calls)
        print(f"{len(records.threads)} posts, {done} cards, {calls} calls to Masko", file=sys.stderr)


class People:
    """Those who post, and one who renames.

    Attributes:
        renamed: which mascots, in that order.
    """

    def __init__(self, slack: LocalSlack, records: Records) -> None:
        self.renamed: list[Renamed] = []
        self._slack = slack
        self._records = records

    async def work(self, images: int) -> None:
        """Post and rename until every post has its card and every new name is with Masko."""
        await self._slack.wait_until(lambda: len(self._slack.socket.sockets) >= PROCESSES, timeout=60)
        async with asyncio.timeout(5 * MINUTE + 2 * earliest(2 * images)):
            renaming = asyncio.create_task(self._rename_now_and_then())
            try:
                await asyncio.gather(self._fill(images), self._post_elsewhere(images))
                await _until(lambda: not self._records.open)
            finally:
                renaming.cancel()
                await asyncio.wait([renaming])
            await _until(lambda: all(self._records.patched(each.mascot) for each in self.renamed))

    async def _fill(self, images: int) -> None:
        for number in range(images):
            await self._post(BUSY, number)
            await asyncio.sleep(WITHIN / images)

    async def _post_elsewhere(self, number: int) -> None:
        await asyncio.sleep(ELSEWHERE_AFTER)
        await self._post(ELSEWHERE, number)

    async def _post(self, channel: str, number: int) -> None:
        file = NewFile(f"{number}.png", drawn(f"#{number * 1601:06x}", SIDE))
        now = time.monotonic()
        message = await self._slack.post(user="ana", channel=channel, files=[file])
        self._records.posted(self._slack.directory.channel(channel).id, message["ts"], now)

    async def _rename_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(RENAME_EVERY)
            ready = [thread for thread in self._records.threads.values() if thread.card_at is not None]
            if len(ready) > len(self.renamed):
                thread = ready[len(self.renamed)]
                self.renamed.append(await self._rename(thread.channel, thread.reply_ts))

    async def _rename(self, channel: str, card_ts: str) -> Renamed:
        pressed = time.monotonic()
        delivery = await self._slack.press("ana", channel, card_ts, EDIT)
        view = await self._slack.wait_until(lambda: self._slack.view("ana"))
        opened = time.monotonic()
        value = {"type": "plain_text_input", "value": f"Felix {len(self.renamed) + 1}"}
        await self._slack.submit("ana", view["id"], {NAME: {NAME: value}})
        return Renamed(delivery.payload["actions"][0]["value"], pressed, opened)


async def _until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - the services tell of requests before they are answered
        await asyncio.sleep(LOOK)


def main() -> None:
    """Measure once and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.budget")
    parser.add_argument("--images", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--logs", type=Path, help="a folder to keep the processes' logs in")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="masko-budget-") as temporary:
        folder: Path = given.logs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        told = asyncio.run(measure(given.images, folder))
    print(json.dumps(asdict(told), indent=2) if given.json else told.as_text())


if __name__ == "__main__":
    main()
