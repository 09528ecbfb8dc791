"""Two bots side by side: each a process beside a Slack and a Masko of its own, with the same latencies."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.app import manifest
from bot.cli.local import words_of
from bot.sandbox.inspector import Entry, Inspector
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox, obviously_fake_key
from bot.sandbox.slack import LocalSlack, NewFile
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel
from tests.e2e.team import drawn

ROOT = Path(__file__).parents[2]
DOWNLOAD, UPLOAD, CREATE, WEB_API = 0.150, 0.300, 0.800, 0.060  # seconds
LIMIT = DOWNLOAD + UPLOAD + CREATE + WEB_API  # one after the other, for whoever does all else in no time
CHANNELS = 40
HERE, AFTERNOON = ("-m", "bot", "run"), ("-m", "tests.bench.afternoon_bot")
PROMPT = "A friendly orange fox with a round head, a white muzzle, two pointed ears and a bushy tail. " * 6


@dataclass(eq=False)
class Post:
    """A post with images; times in seconds of the monotonic clock.

    Attributes:
        images: how many its card should count.
        sign: when the bot first said something in its thread.
        card: when its thread showed name, prompt and count.
    """

    images: int
    delivery: Delivery
    sign: float | None = None
    card: float | None = None

    @property
    def sent(self) -> float:
        """When its event was sent first."""
        return self.delivery.attempts[0].sent_at

    @property
    def seconds(self) -> float:
        """From event to card."""
        assert self.card is not None, "it was waited for"
        return self.card - self.sent


@dataclass(eq=False)
class Side:
    """A bot and its services.

    Attributes:
        command: what Python runs.
        environment: what it is told.
        latency: what the latencies are multiplied by.
        posts: by channel id and ts.
        waiting: how many posts have no card yet.
    """

    folder: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    latency: float
    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    waiting: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        inspector, key = Inspector(keep=1000), obviously_fake_key()
        inspector.listen(self._hear)
        fox = Description("Felix", PROMPT)
        self.masko = LocalMasko(api_key=key, inspector=inspector, limits=(), vision=lambda _image: fox)
        self.sandbox = Sandbox(
            manifest.manifest(),
            inspector=inspector,
            masko=self.masko,
            masko_api_key=key,
            middlewares=[late(self.latency)],
        )
        self.processes: list[asyncio.subprocess.Process] = []
        self._replies: dict[tuple[str, str], Post] = {}

    @property
    def slack(self) -> LocalSlack:
        return self.sandbox.slack

    def open_channels(self) -> None:
        """Let there be CHANNELS channels, so that one post a second in each is no limit."""
        directory = self.slack.directory
        self.slack.rate_limits.enforced = False
        members = [directory.person("ana").id, directory.bot.id]
        for number in range(CHANNELS):
            channel = Channel(f"C0BENCH{number:03}", f"bench-{number}", "channel", "", list(members))
            directory.channels[channel.id] = channel

    async def start(self) -> float:
        """Start one more process, and return the seconds until it is connected."""
        before, began = len(self.slack.socket.sockets), time.monotonic()
        whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}
        whole |= {"DATABASE_URL": f"sqlite:///{self.folder}/masko.db", "MASKO_LIMITS": "none"}
        whole |= {"IMAGES_PER_PERSON": "none", "IMAGES_PER_CHANNEL": "none"}
        whole |= {**self.sandbox.environment, **self.environment}
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.command), cwd=self.folder, env=whole, stdout=log, stderr=log
            )
        self.processes.append(process)
        await self.slack.wait_until(lambda: len(self.slack.socket.sockets) > before, timeout=60)
        return time.monotonic() - began

    async def stop(self, *, kill: bool = False) -> None:
        """End all processes; `kill`: without a warning."""
        for process in self.processes:
            if process.returncode is None:
                process.kill() if kill else process.terminate()
            await process.wait()
        self.processes.clear()
        await self.slack.wait_until(lambda: not self.slack.connected, timeout=30)

    async def post(self, files: Sequence[NewFile], number: int = 0) -> Post:
        """Let somebody post in channel `number`, modulo their count."""
        channel = f"bench-{number % CHANNELS}"
        ts = (await self.slack.post(user="ana", channel=channel, files=files))["ts"]
        deliveries = reversed(self.slack.deliveries)
        delivery = next(each for each in deliveries if each.payload.get("event", {}).get("ts") == ts)
        post = Post(len(files), delivery)
        self.posts[self.slack.directory.channel(channel).id, ts] = post
        self.waiting += 1
        return post

    async def warm_up(self, images: int = 1) -> None:
        """Post something that does not count: it opens connections and fills caches."""
        await self.post([picture(number) for number in range(images)])
        await self.cards()

    async def cards(self, most: int = 0, timeout: float = 120.0) -> None:  # noqa: ASYNC109
        """Wait until no more than `most` posts are without their card.  Raises TimeoutError."""
        await self.slack.wait_until(lambda: self.waiting <= most, timeout)

    def forget(self) -> None:
        """Let go of what was uploaded, which fills this process; not while a post has no card."""
        for file in self.slack.files.all():
            file.content = b""
        self.masko.reset()

    def memory(self) -> float:
        """Return MiB of all processes and their children; pages that they share count once (proc(5): PSS)."""
        own = (process.pid for process in self.processes)
        return sum(map(_pss, (pid for parent in own for pid in _family(parent)))) / 1024

    def _hear(self, entry: Entry) -> None:
        if entry.kind != "web_api" or not entry.response.get("ok"):
            return
        if entry.title == "chat.postMessage" and "thread_ts" in entry.request:
            post = self.posts.get((entry.request["channel"], entry.request["thread_ts"]))
            if post is not None:
                self._replies[entry.request["channel"], entry.response["ts"]] = post
                self._note(post, entry.request)
        elif entry.title == "chat.update":
            post = self._replies.get((entry.request["channel"], entry.request["ts"]))
            if post is not None:
                self._note(post, entry.request)

    def _note(self, post: Post, message: Mapping[str, Any]) -> None:
        now = time.monotonic()
        post.sign = post.sign or now
        if post.card is None and f"{post.images} of 6" in words_of(message):
            post.card = now
            self.waiting -= 1


def late(factor: float) -> Middleware:
    """Return what makes every request wait for its latency, times `factor`."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        if seconds := factor * latency_of(request.method, request.path):
            if request.content_type == "application/json":
                await request.read()  # so that it takes effect even if the bot is killed meanwhile
            await asyncio.sleep(seconds)
        return await handler(request)

    return around


def latency_of(method: str, path: str) -> float:
    """Return the seconds that a request waits before anything is done about it."""
    if path.startswith("/api/"):
        return WEB_API
    if path.startswith("/files-pri/"):
        return DOWNLOAD
    return {"POST /v1/upload": UPLOAD, "POST /v1/collections": CREATE}.get(f"{method} {path}", 0.0)


@asynccontextmanager
async def side(
    folder: Path,
    command: Sequence[str] = HERE,
    environment: Mapping[str, str] = MappingProxyType({}),
    *,
    latency: float = 1.0,
) -> AsyncIterator[Side]:
    """A bot that is not started yet; it ends with the block.  `folder` is made for it."""
    one = Side(folder, command, environment, latency)
    async with one.sandbox:
        one.open_channels()
        try:
            yield one
        finally:
            await one.stop()


@asynccontextmanager
async def both(
    folder: Path, environment: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[tuple[Side, Side]]:
    """This bot and the afternoon bot, both not started yet."""
    async with (
        side(folder / "here", HERE, environment) as here,
        side(folder / "afternoon", AFTERNOON) as afternoon,
    ):
        yield here, afternoon


def picture(number: int) -> NewFile:
    """A small picture that is unlike those of other numbers."""
    return NewFile(f"{number}.png", drawn(f"#{number * 1601 % 0x1000000:06x}", 128))


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it (proc(5): task/children)."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {child for task in tasks for child in (task / "children").read_text().split()}
    except OSError:  # it has ended
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _pss(pid: int) -> int:
    """Return the proportional set size of a process in KiB; 0 once it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = rollup.partition("\nPss:")[2].split()
    return int(found[0]) if found else 0
