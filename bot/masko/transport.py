"""From a `Call` to its `Answer` over httpx: the key, the budget, quick retries, one log line a try."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx
from pydantic import SecretStr

from bot.masko import calls, protocol
from bot.masko.answers import Answer
from bot.masko.budget import Budget
from bot.masko.calls import Call, FilePart
from bot.masko.errors import MaskoAnswerLost, MaskoError, MaskoKeyRefused
from bot.masko.multipart import FileForm, file_form
from bot.masko.timeouts import Timeouts

log = logging.getLogger(__name__)


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

    def __repr__(self) -> str:
        return f"Transport({str(self.base_url)!r})"

    async def send(self, call: Call) -> Answer:
        """The successful answer to a call, after as many tries as are safe and sensible.

        Raises:
            MaskoError: see `bot.masko.errors`.
            OSError: the file to upload cannot be read.
        """
        try:
            async with asyncio.timeout(self._timeouts.whole(call.purpose)) as limit:
                return await self._tries(call, limit)
        except TimeoutError as error:
            raise MaskoAnswerLost("took too long in all", request=call.description) from error

    async def _tries(self, call: Call, limit: asyncio.Timeout) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            await self.budget.take(call.description)
            try:
                return await self._try(call)
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

    async def _try(self, call: Call) -> Answer:
        """One exchange, and what it teaches the budget."""
        answer = await self._exchange(call)
        now = self._now()
        self.budget.close(protocol.closed_for(answer.headers, answer.status, now))
        error = protocol.error_from_answer(answer, key=self._key.get_secret_value(), now=now)
        if error is not None:
            raise error
        return answer

    async def _exchange(self, call: Call) -> Answer:
        began = time.perf_counter()
        outcome: object = "given up"
        request_id = None
        try:
            response = await self._respond(call)
            answer = Answer(call.description, response.status_code, response.headers, response.content)
            outcome, request_id = answer.status, answer.facts.get("request_id")
            return answer
        except httpx.RequestError as error:
            outcome = type(error).__name__
            raise protocol.error_from_transport(error, call.description) from error
        finally:
            took = round((time.perf_counter() - began) * 1000)
            log.debug("%s: %s in %d ms, request %s", call.description, outcome, took, request_id or "-")

    async def _respond(self, call: Call) -> httpx.Response:
        # A redirect is not followed: the key goes to the configured server and nowhere else.
        if isinstance(call.body, FilePart):
            async with file_form(call.body) as form:
                request = self._request(call, content=form, headers=form.headers)
                return await self._http.send(request, follow_redirects=False)
        return await self._http.send(self._request(call, json=call.body), follow_redirects=False)

    def _request(
        self,
        call: Call,
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
        )

    def _authorization(self, call: Call) -> str:
        key = self._key.get_secret_value()
        if not key or not (key.isascii() and key.isprintable()):
            # Checked before sending: the HTTP library's complaint would show the key.
            raise MaskoKeyRefused("there is no usable key", request=call.description)
        return f"Bearer {key}"


def _left(limit: asyncio.Timeout) -> float:
    """Seconds until `limit` strikes."""
    when = limit.when()
    return float("inf") if when is None else when - asyncio.get_running_loop().time()
