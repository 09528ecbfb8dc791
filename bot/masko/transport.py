"""From a `Call` to its `Answer` over httpx: the key, the budget, quick retries, one log line a try."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex

import httpx
from pydantic import SecretStr

from bot.masko import calls, protocol
from bot.masko.answers import Answer
from bot.masko.budget import Budget
from bot.masko.calls import Call, FilePart
from bot.masko.errors import MaskoAnswerLost, MaskoBroken, MaskoError, MaskoKeyRefused, MaskoUnreachable
from bot.masko.multipart import FileForm, file_form
from bot.masko.observing import Observer, kind_of
from bot.masko.places import Place
from bot.masko.timeouts import Timeouts

log = logging.getLogger(__name__)

_UNSENT = (MaskoUnreachable, MaskoKeyRefused)
_TROUBLE = (MaskoUnreachable, MaskoAnswerLost)


class Transport:
    """Sends calls with one key to one server.  Arguments as for `bot.masko.client.MaskoClient`."""

    def __init__(
        self,
        *,
        api_key: str | SecretStr,
        base_url: str,
        http: httpx.AsyncClient,
        budget: Budget,
        sleep: Callable[[float], Awaitable[object]],
        now: Callable[[], float],
        jitter: Callable[[], float],
        timeouts: Timeouts,
        permit: Callable[[], None] | None = None,
        observer: Observer | None = None,
    ) -> None:
        told = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
        self._key = SecretStr(told.strip())
        self.base_url = calls.base_url(base_url)
        self._http = http
        self.budget = budget
        self._sleep = sleep
        self._now = now
        self._jitter = jitter
        self._timeouts = timeouts
        self._permit = permit
        self._observer = observer

    def __repr__(self) -> str:
        return f"Transport({str(self.base_url)!r})"

    async def send(self, call: Call) -> Answer:
        """The successful answer to a call, after as many tries as are safe and sensible.

        Raises:
            MaskoError: see `bot.masko.errors`.
            OSError: the file to upload cannot be read.
            Exception: what the permit raises, unsent; what the budget raises when it cannot count.
        """
        try:
            async with asyncio.timeout(self._timeouts.whole(call.purpose)) as limit:
                return await self._tries(call, limit)
        except TimeoutError as error:
            raise MaskoAnswerLost("took too long in all", request=call.description) from error

    async def _tries(self, call: Call, limit: asyncio.Timeout) -> Answer:
        name, attempt = token_hex(8), 0
        while True:
            attempt += 1
            place = await self._place(call, name, limit)
            try:
                return await self._try(call, place, limit)
            except MaskoError as error:
                wait = protocol.retry_wait(
                    error,
                    repeatable=call.repeatable,
                    attempt=attempt,
                    left=_left(limit),
                    jitter=self._jitter(),
                )
                if wait is None:
                    raise
            await self._sleep(wait)

    async def _place(self, call: Call, name: str, limit: asyncio.Timeout) -> Place:
        """A place in the budget.  What is waited for it is not Masko's time: the clock of the call stops."""
        left = _left(limit)
        limit.reschedule(None)
        place = await self.budget.take(call.description, call=name)
        limit.reschedule(asyncio.get_running_loop().time() + left)
        return place

    async def _try(self, call: Call, place: Place, limit: asyncio.Timeout) -> Answer:
        """One exchange, and what it teaches the budget."""
        trying = _Trying(self._permit if call.method != "GET" else None)
        try:
            trying.ask()
            answer = await self._exchange(call, trying)
        except BaseException as stopped:
            trouble = isinstance(stopped, _TROUBLE) or limit.expired()
            sent = trying.permitted and not isinstance(stopped, _UNSENT)
            place.failed(well=False if trouble else None, sent=sent)
            raise
        now = self._now()
        error = protocol.error_from_answer(answer, key=self._key.get_secret_value(), now=now)
        refused = answer.status == 429
        place.answered(
            well=None if refused else not isinstance(error, MaskoBroken),
            closed_for=protocol.closed_for(answer.headers, answer.status, now),
            refused=refused,
        )
        if error is not None:
            raise error
        return answer

    async def _exchange(self, call: Call, trying: _Trying) -> Answer:
        began = time.perf_counter()
        outcome, request_id = "given up", None
        try:
            response = await self._respond(call, trying)
            answer = Answer(call.description, response.status_code, response.headers, response.content)
            outcome, request_id = str(answer.status), answer.facts.get("request_id")
            return answer
        except httpx.RequestError as error:
            outcome = type(error).__name__
            raise protocol.error_from_transport(error, call.description) from error
        finally:
            self._tell(call, outcome, time.perf_counter() - began, request_id)

    def _tell(self, call: Call, outcome: str, seconds: float, request_id: str | None) -> None:
        name, took = call.description, round(seconds * 1000)
        log.debug("%s: %s in %d ms, request %s", name, outcome, took, request_id or "-")
        if self._observer is not None:
            kind = kind_of(call.method, call.path.removeprefix(str(self.base_url)).partition("?")[0])
            self._observer.masko_called(kind, "ok" if outcome[0] == "2" else outcome, seconds)

    async def _respond(self, call: Call, trying: _Trying) -> httpx.Response:
        # A redirect is not followed: the key goes to the configured server and nowhere else.
        if isinstance(call.body, FilePart):
            async with file_form(call.body) as form:
                request = self._request(call, trying, content=form, headers=form.headers)
                return await self._http.send(request, follow_redirects=False)
        return await self._http.send(self._request(call, trying, json=call.body), follow_redirects=False)

    def _request(
        self,
        call: Call,
        trying: _Trying,
        *,
        json: Mapping[str, object] | None = None,
        content: FileForm | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        whole = call.path.startswith(("http://", "https://"))
        return self._http.build_request(
            call.method,
            call.path if whole else f"{self.base_url}{call.path}",
            params=call.query or None,
            json=json,
            content=content,
            headers={"Authorization": self._authorization(call), "Accept": "application/json"}
            | dict(headers or {}),
            timeout=self._timeouts.silence(call.purpose),
            extensions={"trace": trying.trace} if trying.needs_permit else None,
        )

    def _authorization(self, call: Call) -> str:
        key = self._key.get_secret_value()
        if not key or not (key.isascii() and key.isprintable()):
            # Checked before sending: the HTTP library's complaint would show the key.
            raise MaskoKeyRefused("there is no usable key", request=call.description)
        return f"Bearer {key}"


class _Trying:
    """Whether one try may still be sent, asked as late as possible.

    Args:
        permit: raises when it may not; None where nobody has to be asked.
    """

    def __init__(self, permit: Callable[[], None] | None) -> None:
        self._permit = permit
        self.permitted = False

    @property
    def needs_permit(self) -> bool:
        return self._permit is not None

    def ask(self) -> None:
        """Raises what the permit raises."""
        self.permitted = False
        if self._permit is not None:
            self._permit()
        self.permitted = True

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        """Called by httpcore: there is a connection now, and the next step writes to it (httpcore docs,
        "trace").  What is raised here leaves that connection unwritten and closed."""
        if event.endswith(".send_request_headers.started"):
            self.ask()


def _left(limit: asyncio.Timeout) -> float:
    """Seconds until `limit` strikes."""
    when = limit.when()
    return float("inf") if when is None else when - asyncio.get_running_loop().time()
