"""One call of Slack's Web API: the limiter, the lease check, the retry, the error.

Slack publishes calls a minute for each method, and for posting one a second for each channel (docs.slack.dev:
Rate limits).  Posts and updates wait for a slot of their channel; everything else is sent at once, and
slack_sdk's handler repeats it after a 429 with a short wait.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from itertools import count
from json import loads
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import UNREADABLE, SlackError, SlackRateLimited, SlackUnreachable, slack_error
from bot.slack.text import mapping

T = TypeVar("T")
Method = Callable[..., Awaitable[AsyncSlackResponse]]
Answer = Mapping[str, Any]

log = logging.getLogger(__name__)

MAX_WAIT = 10.0  # seconds for a slot, or for Slack's 429 (Choice): the job keeps others waiting meanwhile
_LIMITERS_KEPT = 1000  # beyond that, idle ones are forgotten
_NOTHING = 1e-6  # seconds; less is an error of arithmetic

POST, UPDATE = "chat.postMessage", "chat.update"
_NOT_RETRIED = (POST, UPDATE, "views.open")  # the limiters retry the first two; a trigger_id does not last
# fmt: off
_READING = frozenset({
    "auth.test", "chat.getPermalink", "conversations.history", "conversations.info", "conversations.members",
    "conversations.replies", "files.info", "usergroups.list", "usergroups.users.list", "users.info",
})
# fmt: on


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, then `per_second`."""

    burst: int
    per_second: float


RATES: Mapping[str, Rate] = {POST: Rate(4, 1.0), UPDATE: Rate(10, 50 / 60)}
"""docs.slack.dev: Rate limits; how many go at once is a Choice."""


class RateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """slack_sdk's handler, for waits of at most `MAX_WAIT`."""

    async def _can_retry_async(
        self, *, request: HttpRequest, response: HttpResponse | None = None, **_rest: Any
    ) -> bool:
        if response is None or response.status_code != 429 or request.url.endswith(_NOT_RETRIED):
            return False
        told = {name.lower(): values[0] for name, values in response.headers.items()}.get("retry-after", "")
        return told.isdecimal() and int(told) <= MAX_WAIT


def slack_client(session: aiohttp.ClientSession, base_url: str, token: str | None = None) -> AsyncWebClient:
    """Slack's Web API over a session of `Network.session`."""
    client = AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[RateLimitRetry()])
    client.proxy = None  # it has read the environment; the session knows better
    return client


@dataclass
class Limiter:
    """Rate limiter for one kind of call in this process; clock and sleep in seconds."""

    method: str
    rate: Rate
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]

    def __post_init__(self) -> None:
        self._interval = 1 / self.rate.per_second
        self._tolerance = (self.rate.burst - 1) * self._interval
        self._due = self._closed_until = self._promised = float("-inf")

    @property
    def idle(self) -> bool:
        """True when to forget this limiter changes nothing."""
        return max(self._due, self._closed_until, self._promised) <= self.clock()

    async def acquire(self, until: float) -> None:
        """Wait for a slot, in the order of asking.

        Raises SlackRateLimited where it takes too long; each `retry_after` differs, so not all come at once.
        """
        while True:
            now = self.clock()
            slot = max(self._due - self._tolerance, now)
            if slot - max(until, now) > _NOTHING:
                raise self._refuse(slot, come_back=until > now)
            self._due = max(self._due, now) + self._interval
            if slot - now > _NOTHING:
                await self.sleep(slot - now)
            if self._closed_until <= self.clock():
                return

    def close(self, seconds: float) -> None:
        """Give no slot before Slack allows it; afterwards one, and then at the usual rate."""
        self._closed_until = max(self._closed_until, self.clock() + seconds)
        self._due = max(self._due, self._closed_until + self._tolerance)

    def _refuse(self, slot: float, *, come_back: bool) -> SlackRateLimited:
        now = self.clock()
        if come_back:
            slot = self._promised = max(self._promised + self._interval, slot)
        code = "ratelimited" if self._closed_until > now else "own_pace"
        return SlackRateLimited(self.method, slot - now, code)


@dataclass
class Client:
    """Calls Slack's Web API."""

    web: AsyncWebClient  # carries the bot token; one of `slack_client`
    _: KW_ONLY
    check_lease: Callable[[], None] = lambda: None  # before a change; what it raises comes out unchanged
    observe: Callable[[str, str], None] = lambda _method, _outcome: None  # told `ok` or the error code
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
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
        """Call a method of `web`; a post or an update waits for its `slot` first.  Raises SlackError."""
        name = name_of(method)
        if self._session.closed:  # slack_sdk would open one of its own
            raise SlackUnreachable(name)
        if name not in _READING:
            self.check_lease()
        try:
            return await self._observed(name, self._data(name, method, arguments))
        except SlackRateLimited as error:
            if name in self.rates:
                self._limiter(name, arguments["channel"]).close(error.retry_after)
            raise

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

    async def _data(self, name: str, method: Method, arguments: Mapping[str, Any]) -> Answer:
        data = (await method(**arguments)).data
        if not isinstance(data, Mapping):  # slack_sdk takes gzip for an answer
            raise SlackError(name, UNREADABLE)
        return data

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
            if len(self._limiters) >= _LIMITERS_KEPT:
                self._limiters = {name: kept for name, kept in self._limiters.items() if not kept.idle}
            self._limiters[key] = Limiter(method, self.rates[method], self.clock, self.sleep)
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
    for tries in count(1):
        try:
            return await ask()
        except Exception as trouble:
            error = slack_error(method, trouble)
            if not error.worth_retrying:
                raise error from trouble
            cause = trouble if error.code == UNREADABLE else None
        wait = backoff.after(tries, error.retry_after)
        log.warning("Slack cannot be reached (%s); trying again in %.0f s", error, wait, exc_info=cause)
        await sleep(wait)
    raise AssertionError("it tries for ever")
