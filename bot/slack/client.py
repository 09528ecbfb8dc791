"""One call of Slack's Web API: the limiter, the lease check, the retry, the error.

Slack publishes calls a minute for each method, and for posting one a second for each channel (docs.slack.dev:
Rate limits).  Once it has refused posts or updates, they wait for a slot; everything else is sent at once,
and once more after a 429 with a short wait.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from json import loads
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import UNREADABLE, SlackRateLimited, SlackUnreachable, slack_error
from bot.slack.text import mapping
from bot.telemetry.tracing import span

T = TypeVar("T")
Method = Callable[..., Awaitable[AsyncSlackResponse]]
Answer = Mapping[str, Any]

log = logging.getLogger(__name__)

MAX_WAIT = 10.0  # seconds for a slot, or for Slack's 429 (Choice): the job keeps others waiting meanwhile

POST, UPDATE, OPEN_MODAL = "chat.postMessage", "chat.update", "views.open"

INTERVALS: Mapping[str, float] = {POST: 1.0, UPDATE: 60 / 50}
"""Seconds between two calls that Slack takes for ever (docs.slack.dev: Rate limits); it takes bursts, too."""
SCARCE_FOR = 60.0  # seconds after a 429: Slack counts calls by the minute


def slack_client(session: aiohttp.ClientSession, base_url: str, token: str | None = None) -> AsyncWebClient:
    """Slack's Web API over a session of `Network.session`."""
    client = AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[])
    client.proxy = None  # it has read the environment; the session knows better
    return client


@dataclass
class Limiter:
    """Rate limiter for one kind of call in this process; clock and sleep in seconds.

    It limits nothing until Slack refuses a call, and from then on, until Slack has refused none for a minute,
    lets one go every `interval`.
    """

    method: str
    interval: float
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]

    def __post_init__(self) -> None:
        self._due = self._refused_at = self._promised = float("-inf")

    async def acquire(self, until: float) -> None:
        """Wait for a slot, in the order of asking.

        Raises SlackRateLimited where it takes too long; each `retry_after` differs, so not all come at once.
        """
        now = self.clock()
        if now - self._refused_at > SCARCE_FOR:
            return
        slot = max(self._due, now)
        if slot > max(until, now):
            self._promised = max(self._promised + self.interval, slot)
            raise SlackRateLimited(self.method, self._promised - now)
        self._due = slot + self.interval
        if slot > now:
            await self.sleep(slot - now)

    def close(self, seconds: float) -> None:
        """Give no slot before Slack allows it."""
        self._refused_at = self.clock() + seconds
        self._due = max(self._due, self._refused_at)


@dataclass
class Client:
    web: AsyncWebClient  # carries the bot token; one of `slack_client`
    _: KW_ONLY
    check_lease: Callable[[], None] = lambda: None  # before each call; what it raises comes out unchanged
    observe: Callable[[str, str], None] = lambda _method, _outcome: None  # told `ok` or the error code
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    def __post_init__(self) -> None:
        assert self.web.session is not None
        self._session = self.web.session
        self._limiters: dict[tuple[str, str], Limiter] = {}

    async def slot(self, method: Method, channel: str, until: float) -> None:
        """Wait until a post or an update may be sent.  Raises SlackRateLimited; nothing was sent."""
        await self._limiter(name_of(method), channel).acquire(until)

    async def call(self, method: Method, arguments: Mapping[str, Any]) -> Answer:
        """Call a method of `web`; wait for the `slot` of a post or an update first.  Raises SlackError."""
        name = name_of(method)
        if self._session.closed:  # slack_sdk would open one of its own
            raise SlackUnreachable(name)
        try:
            return await self._send(name, method, arguments)
        except SlackRateLimited as error:
            if name in INTERVALS:
                self._limiter(name, arguments["channel"]).close(error.retry_after)
                raise
            if name == OPEN_MODAL or error.retry_after > MAX_WAIT:  # a trigger_id does not last
                raise
            await self.sleep(error.retry_after)
        return await self._send(name, method, arguments)

    async def respond(self, response_url: str, answer: Mapping[str, Any]) -> None:
        """Send an answer to a `response_url`, which needs no token.  Raises SlackError."""
        self.check_lease()
        await self._observed("response_url", self._post(response_url, json=answer))

    async def upload(self, upload_url: str, content: bytes) -> None:
        """Send bytes to an upload URL (docs.slack.dev: Working with files).  Raises SlackError."""
        self.check_lease()
        await self._observed("upload", self._post(upload_url, data=content))

    async def _observed(self, name: str, sending: Awaitable[T]) -> T:
        try:
            with span(name):
                answer = await sending
        except Exception as error:
            refused = slack_error(name, error)
            self.observe(name, refused.code)
            if refused is error:
                raise
            if refused.code == UNREADABLE:
                log.warning("%s: the answer makes no sense", name, exc_info=error)
            raise refused from error
        self.observe(name, "ok")
        return answer

    async def _send(self, name: str, method: Method, arguments: Mapping[str, Any]) -> Answer:
        self.check_lease()
        return mapping((await self._observed(name, method(**arguments))).data)

    async def _post(self, url: str, **body: Any) -> None:
        """Slack answers `ok` as text, or an error as JSON (docs.slack.dev: Handling user interaction)."""
        async with self._session.post(url, **body) as response:
            text = await response.text()
        try:
            data = mapping(loads(text))
        except ValueError:
            data = {}
        if response.status >= 300 or data.get("ok") is False:
            error = {"error": data.get("error") or f"http_{response.status}"}
            raise SlackApiError("the answer was refused", error)  # type: ignore[no-untyped-call]

    def _limiter(self, method: str, channel: str) -> Limiter:
        key = method, channel if method == POST else ""
        if key not in self._limiters:
            self._limiters[key] = Limiter(method, INTERVALS[method], self.clock, self.sleep)
        return self._limiters[key]


def name_of(method: Method) -> str:
    """`chat.postMessage` of `AsyncWebClient.chat_postMessage`."""
    return str(getattr(method, "__name__", "slack")).replace("_", ".")


@dataclass(frozen=True)
class Backoff:
    """Seconds to wait after the first try and at most, each twice the one before, with jitter from 0 to 1."""

    first: float = 1.0
    longest: float = 60.0
    jitter: Callable[[], float] = random.random

    def after(self, tries: int, retry_after: float | None = None) -> float:
        """Seconds to wait after that many tries (from 1), never less than Slack asked for."""
        wait = min(self.longest, self.first * 2.0 ** min(tries - 1, 30))
        return max(wait / 2, retry_after or 0.0) + self.jitter() * wait / 2


async def until_reachable(
    method: str,
    ask: Callable[[], Awaitable[T]],
    *,
    backoff: Backoff = Backoff(),
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """Return what `ask` gives, as soon as Slack can be reached.  Raises SlackError where Slack refused."""
    tries = 0
    while True:
        try:
            return await ask()
        except Exception as trouble:
            error = slack_error(method, trouble)
            if not error.worth_retrying:
                raise error from trouble
            tries += 1
            wait = backoff.after(tries, error.retry_after)
            told = "Slack cannot be reached (%s); trying again in %.0f s"
            log.warning(told, error, wait, exc_info=error.code == UNREADABLE)
        await sleep(wait)
