"""Client of the Masko API: one method per call, over httpx.

Methods raise MaskoError, what the permit and the rate limiter's database raise, and OSError for an
unreadable file.  Only calls that are safe to repeat are retried.  A non-public link raises
MaskoAddressNotPublic, unsent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
from pydantic import SecretStr

from bot.masko import errors, requests, responses
from bot.masko.circuit_breaker import CircuitBreaker
from bot.masko.errors import MaskoAnswerLost, MaskoError, MaskoUnintelligible
from bot.masko.rate_limit import RateLimiter
from bot.masko.requests import Call, FilePart, Purpose, Timeouts
from bot.masko.responses import Answer, Asset, Mascot, Project, T
from bot.telemetry.tracing import span

log = logging.getLogger(__name__)

LONGEST_FILENAME = 200  # characters; a header line of a few kilobytes is refused by common servers


@dataclass(kw_only=True)
class MaskoClient:
    """One key's access to Masko.

    Raises ValueError if `base_url` is not the plain http or https address of a server.

    Args:
        limiter: shared by all clients of this key.
        permit: called right before a change is sent; an exception from it stops the call, unsent.
        observe: called after each exchange with its kind (`GET /collections/:id`), its outcome (`ok`,
            `429`, `ReadTimeout`, `given up`) and its seconds.
        may_fetch: whether Masko may be asked to fetch from an address.
    """

    api_key: SecretStr
    base_url: str
    http: httpx.AsyncClient
    limiter: RateLimiter
    timeouts: Timeouts = field(default_factory=Timeouts)
    permit: Callable[[], None] = lambda: None
    observe: Callable[[str, str, float], None] = lambda _kind, _outcome, _seconds: None
    may_fetch: Callable[[str], bool] = lambda _url: True

    def __post_init__(self) -> None:
        self._key = SecretStr(self.api_key.get_secret_value().strip())
        self._base = requests.base_url(self.base_url)
        self._breaker = CircuitBreaker(asyncio.get_running_loop().time)

    def check_limits(self) -> None:
        """Raise MaskoRateLimited or MaskoHeldBack early, by what this process knows."""
        self._breaker.check("")
        self.limiter.check()

    async def room(self) -> int:
        """Return how many requests could go out now; see `RateLimiter.room`."""
        return await self.limiter.room()

    async def upload_file(self, path: Path, *, filename: str, content_type: str) -> Asset:
        """Upload one image from disk (PNG, JPEG, WebP or GIF up to 10 MB), in pieces."""
        encodable = filename.encode("utf-8", "replace").decode()
        name = re.sub(r"[/\\]", "_", encodable)[-LONGEST_FILENAME:] or "image"
        return await self._upload(FilePart(path, name, content_type))

    async def upload_url(self, url: str) -> Asset:
        """Let Masko fetch an image from a public link, and keep it as an asset."""
        self._check_addresses(url)
        return await self._upload({"url": url})

    async def create_mascot(
        self,
        *,
        project_id: str,
        reference_asset_ids: Sequence[str] = (),
        reference_image_urls: Sequence[str] = (),
        name: str | None = None,
    ) -> Mascot:
        """Make a mascot of at most six images; not repeated once Masko may have received it.

        Masko detects the prompt, and a name if none is given, perhaps later: read it until it is `described`.
        """
        self._check_addresses(*reference_image_urls)
        fields = {
            "project_id": project_id,
            "reference_asset_ids": list(reference_asset_ids),
            "reference_image_urls": list(reference_image_urls),
            "name": name,
        }
        body = {key: value for key, value in fields.items() if value}
        # No Idempotency-Key is documented, so a second POST makes a second mascot.
        call = Call("POST", "/collections", body=body, purpose=Purpose.CREATE, repeatable=False)
        made = responses.value(await self._send(call), Mascot)
        if made.prompt is not None or made.reference_asset_ids is not None:
            return made
        try:
            return await self.mascot(made.id)
        except MaskoError as error:
            # It exists: an error here would make the caller create it again.
            log.debug("%s could not be read back: %s", call.description, error)
            return made

    async def add_reference(self, mascot_id: str, asset_id: str) -> Mascot:
        """Add an asset as a reference; clears the style card.  A seventh raises MaskoBadRequest."""
        path = f"{requests.collection(mascot_id)}/references"
        return await self._change(
            Call("POST", path, body={"asset_id": asset_id}, repeatable=False), mascot_id
        )

    async def remove_reference(self, mascot_id: str, asset_id: str) -> Mascot:
        """Remove a reference; clears the style card.  One that is already gone counts as removed."""
        path = requests.collection(mascot_id, reference=asset_id)
        try:
            return await self._change(Call("DELETE", path), mascot_id)
        except errors.MaskoNotFound:
            mascot = await self.mascot(mascot_id)
            if mascot.reference_asset_ids is None or asset_id in mascot.reference_asset_ids:
                raise
            return mascot

    async def mascot(self, mascot_id: str) -> Mascot:
        """Read one mascot; MaskoNotFound when it was deleted."""
        return responses.value(await self._send(Call("GET", requests.collection(mascot_id))), Mascot)

    def mascots(self, project_id: str) -> AsyncIterator[Mascot]:
        """Yield all mascots of a project, page by page as they are needed, without prompt and references."""
        return self._list(Mascot, "/collections", project_id=project_id)

    async def edit(self, mascot_id: str, **fields: str) -> Mascot:
        """Give a mascot another `name` or `prompt`."""
        return await self._change(Call("PATCH", requests.collection(mascot_id), body=fields), mascot_id)

    async def projects(self) -> list[Project]:
        return [project async for project in self._list(Project, "/projects")]

    async def credits(self) -> float:
        """Return what the key's organisation can still spend on generations; everything here is free."""
        return responses.credit_balance(await self._send(Call("GET", "/credits")))

    def _check_addresses(self, *urls: str) -> None:
        if not all(map(self.may_fetch, urls)):
            raise errors.MaskoAddressNotPublic("not sent: an address that is not public")

    async def _upload(self, body: FilePart | dict[str, object]) -> Asset:
        # Repeatable, though it makes an asset each time: one that nothing refers to is seen by nobody and
        # costs nothing, while a person whose upload was given up has to start again.
        call = Call("POST", "/upload", body=body, purpose=Purpose.UPLOAD)
        return responses.value(await self._send(call), Asset)

    async def _change(self, call: Call, mascot_id: str) -> Mascot:
        """Send a change; return the mascot after it, read back where the answer does not hold it."""
        answer = await self._send(call)
        with suppress(MaskoUnintelligible):
            told = responses.value(answer, Mascot)
            if told.id == mascot_id and told.reference_asset_ids is not None:
                return told
        try:
            return await self.mascot(mascot_id)
        except MaskoError as error:
            if not error.worth_retrying:
                raise
            # Masko accepted the change: "unreachable" or "rate limited" would say that it did not.
            message = f"accepted, then: {error}"
            raise MaskoAnswerLost(message, request=call.description, retry_after=error.retry_after) from error

    async def _list(self, kind: type[T], path: str, **query: str) -> AsyncIterator[T]:
        """Yield each row once; a page without new ones ends the list: the server may ignore `offset`."""
        seen: set[str] = set()
        offset = 0
        while True:
            where = query | ({"offset": str(offset)} if offset else {})
            rows, length = responses.page(await self._send(Call("GET", path, where)), kind)
            new = {row.id: row for row in rows if row.id not in seen}
            for row in new.values():
                yield row
            if not new or not length:
                return
            seen |= new.keys()
            offset += length

    async def _send(self, call: Call) -> Answer:
        name, attempt = token_hex(8), 1
        while True:
            try:
                with span(call.kind):
                    return await self._try(call, name)
            except MaskoError as error:
                wait = responses.retry_wait(error, call.repeatable, attempt, jitter=random.random())
                if wait is None:
                    raise
            await asyncio.sleep(wait / self.timeouts.faster)
            attempt += 1

    async def _try(self, call: Call, name: str) -> Answer:
        """Make one exchange; tell the circuit breaker and the rate limiter how it ended."""
        key = self._key.get_secret_value()
        if not key:
            raise errors.MaskoNotConnected("there is no key", request=call.description)
        if not (key.isascii() and key.isprintable()):
            # Checked before sending: the HTTP library's complaint would show the key.
            raise errors.MaskoKeyRefused("there is no usable key", request=call.description)
        self._breaker.check(call.description)
        slot = await self.limiter.take(call.description)
        self._breaker.begin(call.description, name)
        try:
            answer = await self._exchange(call)
        except BaseException as stopped:
            # The slot is not ended: a request without an answer may still arrive.
            trouble = isinstance(stopped, errors.MaskoUnreachable | MaskoAnswerLost)
            self._breaker.end(name, well=False if trouble else None)
            raise
        now, refused = time.time(), answer.status == 429
        error = responses.error_from_answer(answer, now)
        self._breaker.end(name, well=None if refused else not isinstance(error, errors.MaskoBroken))
        self.limiter.end(slot, closed_for=responses.closed_for(answer, now), refused=refused)
        if error is not None:
            raise error
        return answer

    async def _exchange(self, call: Call) -> Answer:
        began, outcome = time.perf_counter(), "given up"
        try:
            async with asyncio.timeout(self.timeouts.whole(call.purpose)):
                response = await self._respond(call)
            outcome = str(response.status_code)
            return Answer(call.description, response.status_code, response.headers, response.content)
        except TimeoutError as error:
            raise MaskoAnswerLost("took too long in all", request=call.description) from error
        except httpx.RequestError as error:
            outcome = type(error).__name__
            raise responses.error_from_transport(error, call.description) from error
        finally:
            seconds = time.perf_counter() - began
            log.debug("%s: %s in %d ms", call.description, outcome, seconds * 1000)
            self.observe(call.kind, "ok" if outcome[0] == "2" else outcome, seconds)

    async def _respond(self, call: Call) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}", "Accept": "application/json"}
        content: dict[str, Any] = {}
        with ExitStack() as stack:
            if isinstance(call.body, FilePart):
                file = stack.enter_context(call.body.path.open("rb"))  # httpx reads it in pieces of 64 KiB
                content["files"] = {"file": (call.body.filename, file, call.body.content_type)}
            elif call.body is not None:
                # Not as httpx's `json`, which cannot encode lone surrogates.
                content["content"] = json.dumps(call.body)
                headers["Content-Type"] = "application/json"
            if call.method != "GET":
                self.permit()
            return await self.http.request(
                call.method,
                f"{self._base}{call.path}",
                params=call.query or None,
                headers=headers,
                timeout=self.timeouts.silence(call.purpose),
                follow_redirects=False,  # the key goes to the configured server and nowhere else
                **content,
            )
