"""How long Slack and people wait while somebody floods the bot's port with what Slack did not sign.

    python -m tests.bench.unsigned_flood [POSTS] [SECONDS]

The bot is a process that hears over HTTP.  Another process sends it, over eight connections without a pause,
each kind in turn: two megabytes that unpack to 2 GB, bodies of a megabyte with the headers of a signed
request, JSON of 200,000 levels, bodies that need a slow decoder, and such as never end.  Beside them people
post as usual; their events are signed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import aiohttp

from bot.app import manifest
from bot.cli.local import words_of
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from tests.e2e.team import drawn

CONNECTIONS = 8
PORT = 3917
URL = f"http://127.0.0.1:{PORT}/slack/events"


@dataclass
class Measured:
    """Seconds that were waited, for each ordinary post."""

    acknowledged: list[float] = field(default_factory=list)
    card: list[float] = field(default_factory=list)


async def measure(posts: int, seconds: float, *, flooded: bool) -> Measured:
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        async with _servers() as sandbox, _a_bot(sandbox, Path(folder)):
            slack = sandbox.slack
            slack.rate_limits.enforced = False
            http = slack.use_request_url(URL)
            while not await http.verify():  # noqa: ASYNC110 - it is starting
                await asyncio.sleep(0.1)
            async with _a_flood() if flooded else _peace():
                waiting = []
                for number in range(posts):
                    file = NewFile(f"{number}.png", drawn())
                    post = await slack.post(user="ana", channel="mascots", files=[file])
                    waiting.append(asyncio.create_task(_card_of(slack, post["ts"])))
                    await asyncio.sleep(seconds / posts)
                measured.card = await asyncio.gather(*waiting)
            sent = {each["ts"] for each in slack.channel_messages("mascots")}
            measured.acknowledged = [
                delivery.ack_ms / 1000
                for delivery in http.deliveries
                if delivery.payload.get("event", {}).get("ts") in sent and delivery.ack_ms is not None
            ]
    return measured


async def _card_of(slack: LocalSlack, ts: str) -> float:
    """Seconds until a post's thread shows the finished card."""
    began = time.perf_counter()

    def complete() -> bool | None:
        return any("1 of 6" in words_of(each) for each in slack.thread("mascots", ts)[1:]) or None

    await slack.wait_until(complete, timeout=120)
    return time.perf_counter() - began


@asynccontextmanager
async def _servers() -> AsyncIterator[Sandbox]:
    inspector, key = Inspector(), obviously_fake_key()
    felix = Description("Felix", "A friendly orange fox.")
    masko = LocalMasko(api_key=key, inspector=inspector, limits=(), vision=lambda _image: felix)
    async with Sandbox(manifest.manifest(), inspector=inspector, masko=masko, masko_api_key=key) as sandbox:
        yield sandbox


@asynccontextmanager
async def _a_bot(sandbox: Sandbox, folder: Path) -> AsyncIterator[None]:
    own = {
        "PORT": str(PORT),
        "MASKO_LIMITS": "none",
        "DATABASE_URL": f"sqlite:///{folder}/masko.db",
        "LOG_LEVEL": "ERROR",
    }
    async with _process("-m", "bot", "run", environment={**sandbox.environment, **own}):
        yield


@asynccontextmanager
async def _a_flood() -> AsyncIterator[None]:
    async with _process("-m", "tests.bench.unsigned_flood", "flood", environment={}) as process:
        assert process.stdout is not None
        assert await process.stdout.readline()  # it has begun
        yield
        process.terminate()
        print((await process.stdout.read()).decode().strip())


@asynccontextmanager
async def _peace() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _process(*arguments: str, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


# -- the flood ---------------------------------------------------------------------------------------


def _signed_alike() -> dict[str, str]:
    """Headers that only a look at the whole body can tell from Slack's."""
    now = str(int(time.time()))
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": "v0=" + "0" * 64}


def _bomb() -> bytes:
    """A megabyte of nothing packed once, then again and again, since a full flush makes each part whole."""
    packer = zlib.compressobj(9)
    first, again = (packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 1999


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(200):
        yield b" " * 65_536
        await asyncio.sleep(0.01)


async def flood() -> None:
    """Send until told to stop."""
    bomb, megabyte, deep = _bomb(), b"x" * 1_000_000, b"[" * 200_000
    json = {"Content-Type": "application/json"}
    kinds: list[Callable[[], tuple[object, dict[str, str]]]] = [
        lambda: (bomb, {**json, "Content-Encoding": "deflate"}),
        lambda: (bomb, {**json, **_signed_alike(), "Content-Encoding": "deflate"}),
        lambda: (megabyte, {**json, **_signed_alike()}),
        lambda: (deep, {**json, **_signed_alike()}),
        lambda: (megabyte, {**_signed_alike(), "Content-Type": "application/json; charset=punycode"}),
        lambda: (_endless(), {**json, **_signed_alike()}),
    ]
    answers: Counter[str] = Counter()

    async def one(start: int) -> None:
        for number in itertools.count(start):
            body, headers = kinds[number % len(kinds)]()
            body = BytesIO(body) if isinstance(body, bytes) else body
            try:
                async with http.post(URL, data=body, headers=headers) as answer:
                    answers[str(answer.status)] += 1
            except (aiohttp.ClientError, TimeoutError):
                answers["cut off"] += 1

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        print("flooding", flush=True)
        flooding = asyncio.gather(*map(one, range(CONNECTIONS)))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, flooding.cancel)
        with suppress(asyncio.CancelledError):
            await flooding
    print(f"the flood was answered: {dict(answers)}", flush=True)


def main() -> None:
    if "flood" in sys.argv:
        asyncio.run(flood())
        return
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    for flooded in (False, True):
        told = asyncio.run(measure(posts, seconds, flooded=flooded))
        print(
            f"{'flooded' if flooded else 'at peace'}: {posts} posts in {seconds:g} s,"
            f" slowest acknowledgement {max(told.acknowledged):.2f} s, slowest card {max(told.card):.2f} s"
        )


if __name__ == "__main__":
    main()
