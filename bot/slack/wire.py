"""One call of Slack's Web API, from its turn to what came of it.

The turn comes first (`bot.slack.pace`); then the caller makes up what is to be sent, so that it is the newest
there is; then the permit is asked for, with the connection at hand and nothing between it and the bytes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from json import loads
from types import SimpleNamespace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.network import Network
from bot.slack.pace import PATIENCE, Line, OutOfTurn, Pace, Urgency
from bot.slack.refusals import UNREADABLE, SlackError, SlackRateLimited, SlackUnreachable, refusal

Method = Callable[..., Awaitable[AsyncSlackResponse]]
Answer = Mapping[str, Any]
Permit = Callable[[], None]
Observe = Callable[[str, str], None]

_READING = frozenset(
    {
        "auth.test",
        "chat.getPermalink",
        "conversations.info",
        "conversations.members",
        "conversations.replies",
        "files.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
    }
)


@dataclass
class _Exchange:
    """One request and its response.

    Attributes:
        permit: asked right before the first byte.
        sent: some of the request may be on the wire.
        forbidden: what the permit raised.
    """

    permit: Permit
    sent: bool = False
    forbidden: BaseException | None = None


_exchange: ContextVar[_Exchange] = ContextVar("slack_exchange")


class _Forbidden(Exception):
    """Carries what the permit raised out of aiohttp, which looks at ordinary errors only."""


def _ask_permit(exchange: _Exchange) -> None:
    try:
        exchange.permit()
    except BaseException as error:
        exchange.forbidden = error
        raise _Forbidden from error


async def _connected(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
    """aiohttp (3.13, 3.14) tells this with the connection held and the headers made up, but not sent.

    What is raised here closes the connection, as a refusal in `on_connection_reuseconn` would not.
    """
    exchange = _exchange.get(None)
    if exchange is not None:  # it is not somebody else's request on the same session
        _ask_permit(exchange)
        exchange.sent = True


async def _about_to_write(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object
) -> None:
    """aiohttp tells this right before headers and body are written together.

    Before Python 3.12 that happens in a task of its own: turns of the event loop lie between this and
    `_connected`, long enough to be frozen in.
    """
    exchange = _exchange.get(None)
    if exchange is not None:
        _ask_permit(exchange)


_TRACE = aiohttp.TraceConfig()
_TRACE.on_request_headers_sent.append(_connected)
_TRACE.on_request_chunk_sent.append(_about_to_write)


def open_session(total: float = 30.0, network: Network | None = None) -> aiohttp.ClientSession:
    """A session for the client that a `Wire` sends with.

    Args:
        total: seconds that one exchange may take.
        network: how Slack is reached; straight when not given.
    """
    return (network or Network()).session(total, trace_configs=[_TRACE])


def allow() -> None:
    """The permit of somebody who may always act."""


def unobserved(_method: str, _outcome: str) -> None:
    """Nobody counts."""


class Wire:
    """Makes calls at Slack's pace.

    Args:
        client: carries the bot token; its session comes from `open_session`, and it retries nothing.
        permit: called right before a call that changes something is sent; what it raises is raised here,
            unchanged, and nothing is sent.
        observe: told of each exchange, as method and `ok` or the error code.
        pace: shared by all who call with this token.

    Raises:
        ValueError: the client is not as described.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        permit: Permit = allow,
        observe: Observe = unobserved,
        pace: Pace | None = None,
    ) -> None:
        if client.session is None or _TRACE not in client.session.trace_configs or client.retry_handlers:
            raise ValueError("the client needs a session of open_session(), and no retry handlers")
        self._session = client.session
        self._permit = permit
        self._observe = observe
        self._pace = pace or Pace()

    def call(self, method: Method, *, channel: str | None = None, patience: float = PATIENCE) -> Call:
        """A call to be made, in as many tries as it takes.

        Args:
            method: of the client.
            channel: where something is posted.
            patience: seconds that may pass waiting for turns.
        """
        name = name_of(method)
        line, until = self._pace.line(name, channel), self._pace.clock() + patience
        return Call(name, line, until, partial(self._observed, name, method))

    async def ask(
        self, method: Method, arguments: Mapping[str, Any], *, patience: float = PATIENCE
    ) -> Answer:
        """Make one call, as soon as its turn comes.

        Raises:
            SlackError: see `bot.slack.refusals`.
        """
        call = self.call(method, patience=patience)
        while True:
            await call.turn()
            try:
                return await call.send(arguments)
            except SlackRateLimited:
                continue  # the line is closed now: the next turn comes later, or not in time

    async def respond(self, response_url: str, answer: Mapping[str, Any]) -> None:
        """Send an answer to a `response_url`, which needs no token.

        Raises:
            SlackError: see `bot.slack.refusals`.
        """

        async def post(**body: Any) -> AsyncSlackResponse:
            return await _posted(self._session, response_url, json=body)

        await self._observed("response_url", post, answer)

    async def put(self, upload_url: str, content: bytes) -> None:
        """Send a file's bytes to an upload URL, which needs no token (docs.slack.dev: Working with files).

        Raises:
            SlackError: see `bot.slack.refusals`.
        """

        async def post(**_: Any) -> AsyncSlackResponse:
            return await _posted(self._session, upload_url, data=content)

        await self._observed("upload", post, {})

    async def _observed(self, name: str, method: Method, arguments: Mapping[str, Any]) -> Answer:
        try:
            answer = await self._exchange(name, method, arguments)
        except SlackError as error:
            self._observe(name, error.code)
            raise
        self._observe(name, "ok")
        return answer

    async def _exchange(self, name: str, method: Method, arguments: Mapping[str, Any]) -> Answer:
        """Send one request at once and read its answer."""
        if self._session.closed:  # slack_sdk would open one of its own, which asks for no permit
            raise SlackUnreachable(name)
        exchange = _Exchange(allow if name in _READING else self._permit)
        entered = _exchange.set(exchange)
        try:
            response = await method(**arguments)
        except Exception as error:
            if exchange.forbidden is not None:
                raise exchange.forbidden from None
            understood = refusal(name, error, sent=exchange.sent)
            if understood is None:
                raise
            raise understood from error
        finally:
            _exchange.reset(entered)
        if not isinstance(response.data, Mapping):  # bytes: slack_sdk takes gzip for an answer
            raise SlackError(name, UNREADABLE)
        return response.data


class Call:
    """One call to be made: `turn`, then `send`, and both again where Slack says that it was too fast.

    Attributes:
        name: of the method.
    """

    def __init__(
        self, name: str, line: Line, until: float, send: Callable[[Mapping[str, Any]], Awaitable[Answer]]
    ) -> None:
        self.name = name
        self._line = line
        self._until = until
        self._send = send

    async def turn(self, urgency: Urgency = Urgency.AWAITED) -> None:
        """Return when the call may be made.

        Raises:
            SlackRateLimited: not within the call's patience; nothing was sent.
        """
        try:
            await self._line.turn(urgency, self._until)
        except OutOfTurn as error:
            code = "ratelimited" if error.closed else "own_pace"
            raise SlackRateLimited(self.name, error.seconds, code) from None

    async def send(self, arguments: Mapping[str, Any]) -> Answer:
        """Make the call, once.

        Raises:
            SlackRateLimited: nothing was done, and nobody goes before Slack allows it.
            SlackError: any other failure.
        """
        try:
            return await self._send(arguments)
        except SlackRateLimited as error:
            self._line.close(error.retry_after)
            raise


async def _posted(session: aiohttp.ClientSession, url: str, **body: Any) -> AsyncSlackResponse:
    """Slack answers `ok` as text, or an error as JSON (docs.slack.dev: Handling user interaction)."""
    async with session.post(url, **body) as response:
        text = await response.text()
    try:
        data = loads(text)
    except ValueError:
        data = None
    if response.status >= 300 or (isinstance(data, Mapping) and data.get("ok") is False):
        told = data.get("error") if isinstance(data, Mapping) else None
        error = {"error": told or f"http_{response.status}", "headers": response.headers}
        raise SlackApiError("the answer was refused", error)  # type: ignore[no-untyped-call]
    return AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url=url,
        req_args={},
        data={"ok": True},
        headers={},
        status_code=response.status,
    )


def name_of(method: Method) -> str:
    """`chat.postMessage` of `AsyncWebClient.chat_postMessage`."""
    return str(getattr(method, "__name__", "slack")).replace("_", ".")
