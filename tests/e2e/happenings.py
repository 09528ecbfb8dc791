"""What may happen to the bot on a team's day, as short values; and a day on which it happens."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image

from bot.app import running
from bot.cards.view import EDIT
from bot.cli.local import words_of
from bot.jobs.runner import CARRY, REFRESH, RETIRE
from bot.mascots.service import DESCRIBE
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.masko.vision import Description
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import Delivery, LocalSlack, NewFile
from bot.server.process import Bot, listening
from bot.settings import Settings
from bot.slack.blocks import RETRY
from bot.telemetry.logging import JsonLines
from tests.e2e import trouble
from tests.e2e.expectations import Mascot, Picture, Place, Posted, Reply, complaints
from tests.e2e.team import Message, a_sandbox, settings_for

MASKO: dict[str, Callable[[], Fault]] = trouble.MASKO | {
    "401": masko_faults.unauthorized,
    "slow": lambda: faults.delay(0.3),
    "too slow": lambda: faults.delay(0.8),
}
SLACK = trouble.SLACK | {"slow": lambda: faults.delay(0.3)}
FILES = trouble.FILES | {"slow": lambda: faults.delay(0.3)}

CALLS: dict[str, dict[str, Callable[[], Fault]]] = {
    **dict.fromkeys(sorted(trouble.MASKOS_CALLS - {"collections.update"}), MASKO),
    **dict.fromkeys(("chat.postMessage", "chat.update", "conversations.replies"), SLACK),
    "download": FILES,
}
"""What can go wrong with each call."""

CHANGES = ("collections.create", "references.add", "chat.postMessage")
"""The calls that must not take effect twice."""

_PATIENCE = 60.0  # seconds for the bot to do all that it has to do
_EVERY_KIND = (CARRY, DESCRIBE, REFRESH, RETIRE)


# -- what may happen ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Post:
    """Somebody posts images, at the same instant as what follows.

    Attributes:
        looks: a number for each image; the same number is the same bytes.
        thread: which one, counted from the oldest, around and around; None begins a new one.
        channel: of a new thread.
        mention: the bot is spoken to, so Slack tells of the post twice.
    """

    looks: tuple[int, ...]
    thread: int | None = None
    channel: str = "mascots"
    mention: bool = False


@dataclass(frozen=True)
class TellAgain:
    """Slack tells of a post once more.

    Attributes:
        event: which of all that there were, around and around.
        retry: what the delivery says of itself; 0 for nothing.
        as_new: under another event id.
    """

    event: int
    retry: int = 0
    as_new: bool = False


@dataclass(frozen=True)
class Fail:
    """The next calls of a kind go wrong."""

    call: str
    fault: str
    times: int = 1


@dataclass(frozen=True)
class PressRetry:
    """Somebody presses every Retry that is offered."""


@dataclass(frozen=True)
class Restart:
    """The bot ends and starts again.

    Attributes:
        killed: what it does is stopped anywhere, and its sockets end without a word.
        missed: what was posted meanwhile.
    """

    killed: bool = False
    missed: tuple[Post, ...] = ()


@dataclass(frozen=True)
class Wait:
    """Some milliseconds pass; None: as many as the bot needs for all that it has to do."""

    ms: int | None = None


Step = Post | TellAgain | Fail | PressRetry | Restart | Wait


# -- a day on which it happens -------------------------------------------------------------------------


async def play(steps: Sequence[Step], database_url: str) -> list[str]:
    """Let all this happen to a new team; what is wrong in the end, a sentence each."""
    async with a_day(database_url) as day:
        for step in steps:
            await day.take(step)
        await day.end()
        return day.complaints()


@asynccontextmanager
async def a_day(database_url: str) -> AsyncIterator[Day]:
    """Both services, and the bot at work."""
    async with a_sandbox(limits=(), vision=lambda _: Description("Rusty", "An orange character.")) as sandbox:
        sandbox.slack.files.processing_delay = 0.0
        sandbox.slack.rate_limits.enforced = False
        settings = settings_for(sandbox, database_url).model_copy(update={"masko_limits": "none"})
        day = Day(sandbox, settings)
        logging.getLogger().addHandler(day.log)
        bots = logging.getLogger("bot")
        usual = bots.level
        bots.setLevel(logging.INFO)
        try:
            await day.start()
            yield day
            await day.stop()
        finally:
            bots.setLevel(usual)
            logging.getLogger().removeHandler(day.log)


class Day:
    """People, both services, and a bot that comes and goes.

    Args:
        sandbox: both services.
        settings: what the bot is told; its database outlives it.
    """

    def __init__(self, sandbox: Sandbox, settings: Settings) -> None:
        assert isinstance(sandbox.masko, LocalMasko)
        self.sandbox = sandbox
        self.slack: LocalSlack = sandbox.slack
        self.masko: LocalMasko = sandbox.masko
        self.log = _Log()
        self._settings = settings
        self._bot: Bot
        self._lifetime = AsyncExitStack()
        self._posts: list[Posted] = []
        self._tried_again: set[Place] = set()

    async def start(self) -> None:
        """Let the bot begin."""
        self._bot = await self._lifetime.enter_async_context(running(self._settings, timing=trouble.QUICK))
        await self._lifetime.enter_async_context(listening(self._bot))
        await self.slack.wait_connected(timeout=10.0)

    async def stop(self, *, killed: bool = False) -> None:
        """Let the bot end."""
        if killed:
            self.slack.socket.cut()
            await self._bot.queue.stop(grace=0.0)
        await self._lifetime.aclose()

    async def take(self, step: Step) -> None:
        """Let one thing happen."""
        match step:
            case Post():
                await self._post(step)
            case TellAgain():
                await self._tell_again(step)
            case Fail(call, fault, times):
                service = self.masko if call in trouble.MASKOS_CALLS else self.slack
                service.faults.add(call, CALLS[call][fault](), times)
            case PressRetry():
                await self._press_retry()
            case Restart(killed, missed):
                await self.stop(killed=killed)
                for post in missed:
                    await self._post(post)
                await self.start()
            case Wait(None):
                await self._all_done()
            case Wait(ms):
                await asyncio.sleep((ms or 0) / 1000)

    async def end(self) -> None:
        """Everything is well again, and whatever can be tried again is."""
        self.masko.faults.clear()
        self.slack.faults.clear()
        await self._all_done()
        while await self._press_retry():
            await self._all_done()

    def complaints(self) -> list[str]:
        """What is wrong, a sentence each."""
        roots = {post.thread for post in self._posts}
        replies = {root: self._replies(root) for root in roots}
        findings = [entry.finding or "" for entry in self.sandbox.inspector.findings()]
        # What could not be fetched or uploaded at once follows after what could.
        held_up = {post.at for post in self._posts if post.at.ts in self.log.waited}
        any_order = self._tried_again | held_up
        return [
            *complaints(self._posts, replies, self._mascots(), any_order),
            *(finding for finding in findings if not finding.startswith("acknowledged after")),
            *self.log.messages,
        ]

    # -- what people and Slack do ----------------------------------------------------------------------

    async def _post(self, step: Post) -> None:
        roots = list(dict.fromkeys(post.thread for post in self._posts))
        root = roots[step.thread % len(roots)] if roots and step.thread is not None else None
        number = len(self._posts) + 1
        pictures = tuple(Picture(f"{number}-{n}.png", look) for n, look in enumerate(step.looks, 1))
        message = await self.slack.post(
            user="ana",
            channel=root.channel if root else step.channel,
            text="@masko look" if step.mention else "",
            files=[NewFile(picture.name, _drawn(picture.look)) for picture in pictures],
            thread_ts=root.ts if root else None,
        )
        place = Place(root.channel if root else step.channel, message["ts"])
        self._posts.append(Posted(place, root or place, pictures))

    async def _tell_again(self, step: TellAgain) -> None:
        events = [each for each in self.slack.deliveries if each.payload.get("event", {}).get("files")]
        if events:
            earlier = events[step.event % len(events)]
            event_id = "Ev0ANOTHER" if step.as_new else None
            again = await self.slack.deliver_again(earlier, event_id=event_id, retry_attempt=step.retry)
            assert _heard(again)

    async def _press_retry(self) -> bool:
        """Whether any was there."""
        offers = [
            (post, message)
            for post in self._posts
            for message in self._said(post.thread)
            if _answers(message) == post.at.ts and _value(message, RETRY)
        ]
        for post, message in offers:
            self._tried_again.add(post.at)
            assert _heard(await self.slack.press("ana", post.at.channel, message["ts"], RETRY))
        return bool(offers)

    async def _all_done(self) -> None:
        """Wait until the bot has heard of everything and has done all that it has to do."""
        await self.slack.wait_until(lambda: all(map(_heard, self._events())) or None, timeout=_PATIENCE)
        async with asyncio.timeout(_PATIENCE):
            await self._bot.queue.drained(*_EVERY_KIND)

    def _events(self) -> list[Delivery]:
        return [each for each in self.slack.deliveries if each.type == "events_api"]

    # -- what is there -----------------------------------------------------------------------------------

    def _said(self, root: Place) -> list[Message]:
        me = self.slack.directory.bot.id
        return [each for each in self.slack.thread(root.channel, root.ts) if each["user"] == me]

    def _replies(self, root: Place) -> list[Reply]:
        return [Reply(_answers(each), words_of(each), _value(each, EDIT)) for each in self._said(root)]

    def _mascots(self) -> list[Mascot]:
        looks = {_drawn(each.look): each.look for post in self._posts for each in post.pictures}
        held = {
            asset.id: Picture(asset.filename or "", looks.get(asset.data, -1))
            for asset in self.masko.assets.values()
        }
        return [
            Mascot(each.id, tuple(held[asset_id] for asset_id in each.reference_asset_ids))
            for each in self.masko.collections.values()
        ]


class _Log(logging.Handler):
    """Keeps what the bot, or Python for it, calls an error, and which posts had to wait.

    Attributes:
        messages: the errors.
        waited: the ts of posts that something held up, be it that this machine is slow.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JsonLines())
        self.messages: list[str] = []
        self.waited: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "waiting":
            self.waited.add(json.loads(self.format(record))["ts"])
        elif record.levelno >= logging.ERROR and record.name.startswith(("bot.", "handlers", "asyncio")):
            self.messages.append(f"{record.name}: {record.getMessage()}")


def _heard(delivery: Delivery) -> bool:
    """Whether it was acknowledged, be it late: this machine may be a slow one."""
    return any(attempt.acked.is_set() for attempt in delivery.attempts)


def _answers(message: Message) -> str | None:
    ts: str | None = message.get("metadata", {}).get("event_payload", {}).get("answers")
    return ts


def _value(message: Message, action_id: str) -> str | None:
    """What pressing this button of a message tells the bot; None where there is no such button."""
    buttons = (each for block in message.get("blocks", []) for each in block.get("elements", []))
    return next((each["value"] for each in buttons if each.get("action_id") == action_id), None)


@cache
def _drawn(look: int) -> bytes:
    """A small picture that no other look has."""
    out = BytesIO()
    Image.new("RGB", (32, 32), (look * 5 % 256, look * 91 % 256, 40 + look)).save(out, "PNG")
    return out.getvalue()
