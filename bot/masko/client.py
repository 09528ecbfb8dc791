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
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
from pydantic import SecretStr

from bot.masko import errors, requests, responses
from bot.masko.circuit_breaker import CircuitBreaker
from bot.masko.errors import MaskoAnswerLost, MaskoError, MaskoUnintelligible
from bot.masko.models import Asset, Credits, Job, Mascot, MascotSummary, Project
from bot.masko.rate_limit import RateLimiter
from bot.masko.requests import Call, FilePart, Purpose, Timeouts
from bot.masko.responses import Answer, Page

log = logging.getLogger(__name__)

MAX_PAGES = 500
"""Pages of one list.  Far beyond any account: a list that goes on is a server going in circles."""

LONGEST_FILENAME = 200
"""Characters; a header line of a few kilobytes is refused by common servers."""

_JOB_WAITS = (1.0, 2.0, 4.0, *(8.0,) * 14)
"""Seconds between questions about a job, two minutes in all where the server does not hold them."""


class MaskoClient:
    """One key's access to Masko.

    Args:
        http: closed by the caller.
        limiter: shared by all clients of this key.
        permit: called right before a change is sent; an exception from it stops the call, unsent.
        observe: called after each exchange with its kind (`GET /collections/:id`), its outcome (`ok`,
            `429`, `ReadTimeout`, `given up`) and its seconds.
        may_fetch: whether Masko may be asked to fetch from an address.

    Raises:
        ValueError: `base_url` is not the plain http or https address of a server.
    """

    def __init__(
        self,
        *,
        api_key: str | SecretStr,
        base_url: str,
        http: httpx.AsyncClient,
        limiter: RateLimiter,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        permit: Callable[[], None] = lambda: None,
        observe: Callable[[str, str, float], None] = lambda _kind, _outcome, _seconds: None,
        may_fetch: Callable[[str], bool] = lambda _url: True,
    ) -> None:
        told = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
        self._key = SecretStr(told.strip())
        self._base = requests.base_url(base_url)
        self._http = http
        self._limiter = limiter
        self._breaker = CircuitBreaker(asyncio.get_running_loop().time)
        self._timeouts = timeouts
        self._permit = permit
        self._observe = observe
        self._may_fetch = may_fetch

    def __repr__(self) -> str:
        return f"MaskoClient({str(self._base)!r})"

    def check_limits(self) -> None:
        """Raise MaskoRateLimited or MaskoHeldBack early, by what this process knows."""
        self._breaker.check("")
        self._limiter.check()

    async def room(self) -> int:
        """Return how many requests could go out now; see `RateLimiter.room`."""
        return await self._limiter.room()

    async def wait_for(self, nth: int = 1) -> float:
        """Return the seconds until the n-th further request could go out; see `RateLimiter.wait_for`."""
        return await self._limiter.wait_for(nth)

    async def upload_file(self, path: Path, *, filename: str, content_type: str) -> Asset:
        """Upload one image from disk (PNG, JPEG, WebP or GIF up to 10 MB), in pieces."""
        return await self._upload(FilePart(path, filename, content_type))

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
        prompt: str | None = None,
    ) -> Mascot:
        """Make a mascot of at most six images; not repeated once Masko may have received it.

        Masko detects a missing name or prompt, perhaps later: read the mascot until it is `described`.
        """
        self._check_addresses(*reference_image_urls)
        call = requests.create_mascot(project_id, reference_asset_ids, reference_image_urls, name, prompt)
        made = responses.created(await self._send(call))
        if isinstance(made, Job):
            made = await self._made_by(made, call)
        if made.prompt is not None or made.reference_asset_ids is not None:
            return made
        try:
            return await self.mascot(made.id)
        except MaskoError as error:
            # It exists: an error here would make the caller create it again.
            log.debug("%s could not be read back: %s", call.description, error)
            return made

    async def add_reference(
        self, mascot_id: str, *, asset_id: str | None = None, url: str | None = None
    ) -> Mascot:
        """Add an asset or a public link; clears the style card.  A seventh raises MaskoBadRequest."""
        if url is not None:
            self._check_addresses(url)
        return await self._change(requests.add_reference(mascot_id, asset_id=asset_id, url=url), mascot_id)

    async def remove_reference(self, mascot_id: str, asset_id: str) -> Mascot:
        """Remove a reference; clears the style card.  One that is already gone counts as removed."""
        try:
            return await self._change(requests.remove_reference(mascot_id, asset_id), mascot_id)
        except errors.MaskoNotFound:
            mascot = await self.mascot(mascot_id)
            if mascot.reference_asset_ids is None or asset_id in mascot.reference_asset_ids:
                raise
            return mascot

    async def mascot(self, mascot_id: str) -> Mascot:
        """Read one mascot; MaskoNotFound when it was deleted."""
        return responses.value(await self._send(requests.mascot(mascot_id)), Mascot)

    async def mascots(self, project_id: str) -> AsyncIterator[MascotSummary]:
        """Yield all mascots of a project, page by page as they are needed, each once."""
        seen: set[str] = set()
        async for page in self._pages(lambda offset: requests.mascots(project_id, offset)):
            for summary in responses.rows(page, MascotSummary):
                if summary.id not in seen:
                    seen.add(summary.id)
                    yield summary

    async def rename(self, mascot_id: str, name: str) -> Mascot:
        """Give a mascot another name."""
        return await self._change(requests.change_mascot(mascot_id, name=name), mascot_id)

    async def change_prompt(self, mascot_id: str, prompt: str) -> Mascot:
        """Give a mascot another prompt."""
        return await self._change(requests.change_mascot(mascot_id, prompt=prompt), mascot_id)

    async def projects(self) -> list[Project]:
        """Return all projects that the key can see."""
        pages = self._pages(requests.projects)
        found = [project async for page in pages for project in responses.rows(page, Project)]
        return list({project.id: project for project in found}.values())

    async def create_project(self, name: str) -> Project:
        """Make a project; never sent twice once it may have been received."""
        call = Call("POST", "/projects", body={"name": name}, repeatable=False)
        return responses.value(await self._send(call), Project)

    async def credits(self) -> Credits:
        """Return what is left to spend on generations."""
        return responses.credit_balance(await self._send(Call("GET", "/credits")))

    def _check_addresses(self, *urls: str) -> None:
        if not all(map(self._may_fetch, urls)):
            raise errors.MaskoAddressNotPublic("not sent: an address that is not public")

    async def _upload(self, body: FilePart | dict[str, object]) -> Asset:
        # Repeatable, though it makes an asset each time: one that nothing refers to is seen by nobody and
        # costs nothing, while a person whose upload was given up has to start again.
        call = Call("POST", "/upload", body=body, purpose=Purpose.UPLOAD)
        return responses.value(await self._send(call), Asset)

    async def _change(self, call: Call, mascot_id: str) -> Mascot:
        """Send a change; return the mascot after it, read back where the answer does not hold it."""
        told = responses.changed(await self._send(call), mascot_id)
        if isinstance(told, Mascot):
            return told
        try:
            if told is not None:
                await self._end_of(told, call, far_enough=lambda job: not job.running)
            return await self.mascot(mascot_id)
        except MaskoError as error:
            # Masko accepted the change: "unreachable" or "rate limited" would say that it did not.
            if error.may_have_taken_effect or not error.worth_retrying:
                raise
            raise _accepted_then(error, call) from error

    async def _made_by(self, job: Job, call: Call) -> Mascot:
        """Return the mascot of a creation job, with only its id set."""
        try:
            end = await self._end_of(job, call, far_enough=lambda job: bool(job.mascot_id) or not job.running)
        except MaskoError as error:
            if error.may_have_taken_effect or isinstance(error, errors.MaskoJobFailed):
                raise
            raise _accepted_then(error, call) from error
        if end.mascot_id is None:
            raise MaskoUnintelligible("the job tells no collection", request=call.description)
        return Mascot(end.mascot_id)

    async def _end_of(self, job: Job, call: Call, *, far_enough: Callable[[Job], bool]) -> Job:
        ask = requests.job(self._base, job.id, job.poll_url)
        if ask is None:
            # The key is shown to nobody but the API itself, whatever address an answer names.
            raise MaskoUnintelligible("the job is at a foreign address", request=call.description)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeouts.job_total):
                for wait in _JOB_WAITS:
                    job = responses.job(await self._send(ask))
                    if job.failed:
                        message = responses.quotable(job.message or "")
                        raise errors.MaskoJobFailed(message, request=call.description)
                    if far_enough(job):
                        return job
                    await asyncio.sleep(wait / self._timeouts.faster)
        raise MaskoAnswerLost("the job is not done yet", request=call.description)

    async def _pages(self, call_for: Callable[[int], Call]) -> AsyncIterator[Page]:
        seen: frozenset[str] = frozenset()
        offset = 0
        for _ in range(MAX_PAGES):
            page = responses.page(await self._send(call_for(offset)))
            yield page
            following = responses.next_offset(page, offset=offset, seen=seen)
            if following is None:
                return
            offset, seen = following, seen | page.ids
        raise MaskoUnintelligible("a list without an end", request=call_for(offset).description)

    async def _send(self, call: Call) -> Answer:
        name, attempt = token_hex(8), 0
        try:
            async with asyncio.timeout(self._timeouts.whole(call.purpose)) as limit:
                while True:
                    attempt += 1
                    try:
                        return await self._try(call, name, limit)
                    except MaskoError as error:
                        wait = responses.retry_wait(
                            error,
                            repeatable=call.repeatable,
                            attempt=attempt,
                            left=_left(limit),
                            jitter=random.random(),
                        )
                        if wait is None:
                            raise
                    await asyncio.sleep(wait / self._timeouts.faster)
        except TimeoutError as error:
            raise MaskoAnswerLost("took too long in all", request=call.description) from error

    async def _try(self, call: Call, name: str, limit: asyncio.Timeout) -> Answer:
        """Make one exchange; tell the circuit breaker and the rate limiter how it ended."""
        authorization = self._authorization(call)
        self._breaker.check(call.description)
        left = _left(limit)
        limit.reschedule(None)  # waiting for a slot is not waiting for Masko
        slot = await self._limiter.take(call.description)
        limit.reschedule(asyncio.get_running_loop().time() + left)
        self._breaker.begin(call.description, name)
        try:
            answer = await self._exchange(call, authorization)
        except BaseException as stopped:
            # The slot is not ended: a request without an answer may still arrive.
            trouble = isinstance(stopped, errors.MaskoUnreachable | MaskoAnswerLost) or limit.expired()
            self._breaker.end(name, well=False if trouble else None)
            raise
        now, refused = time.time(), answer.status == 429
        error = responses.error_from_answer(answer, key=self._key.get_secret_value(), now=now)
        self._breaker.end(name, well=None if refused else not isinstance(error, errors.MaskoBroken))
        closed_for = responses.closed_for(answer.headers, answer.status, now)
        self._limiter.end(slot, closed_for=closed_for, refused=refused)
        if error is not None:
            raise error
        return answer

    async def _exchange(self, call: Call, authorization: str) -> Answer:
        began = time.perf_counter()
        outcome, request_id = "given up", None
        try:
            response = await self._respond(call, authorization)
            answer = Answer(call.description, response.status_code, response.headers, response.content)
            outcome, request_id = str(answer.status), answer.facts.get("request_id")
            return answer
        except httpx.RequestError as error:
            outcome = type(error).__name__
            raise responses.error_from_transport(error, call.description) from error
        finally:
            seconds = time.perf_counter() - began
            log.debug(
                "%s: %s in %d ms, request %s", call.description, outcome, seconds * 1000, request_id or "-"
            )
            self._observe(call.kind(self._base), "ok" if outcome[0] == "2" else outcome, seconds)

    async def _respond(self, call: Call, authorization: str) -> httpx.Response:
        whole = call.path.startswith(("http://", "https://"))
        changes = call.method != "GET"
        with ExitStack() as stack:
            request = self._http.build_request(
                call.method,
                call.path if whole else f"{self._base}{call.path}",
                params=call.query or None,
                headers={"Authorization": authorization, "Accept": "application/json"},
                timeout=self._timeouts.silence(call.purpose),
                extensions={"trace": self._ask_again} if changes else None,
                **_body(call, stack),
            )
            if changes:
                self._permit()
            # A redirect is not followed: the key goes to the configured server and nowhere else.
            return await self._http.send(request, follow_redirects=False)

    async def _ask_again(self, event: str, _info: Mapping[str, object]) -> None:
        """Ask for the permit again right before the first byte is written (httpcore docs, "trace")."""
        if event.endswith(".send_request_headers.started"):
            self._permit()

    def _authorization(self, call: Call) -> str:
        key = self._key.get_secret_value()
        if not key or not (key.isascii() and key.isprintable()):
            # Checked before sending: the HTTP library's complaint would show the key.
            raise errors.MaskoKeyRefused("there is no usable key", request=call.description)
        return f"Bearer {key}"


def _accepted_then(error: MaskoError, call: Call) -> MaskoAnswerLost:
    """Return the error for an accepted change whose job could not be followed."""
    message = f"accepted, then: {error}"
    return MaskoAnswerLost(message, request=call.description, retry_after=error.retry_after)


def _left(limit: asyncio.Timeout) -> float:
    """Seconds until `limit` strikes."""
    when = limit.when()
    return float("inf") if when is None else when - asyncio.get_running_loop().time()


def _body(call: Call, stack: ExitStack) -> dict[str, Any]:
    """Return a call's body for httpx, which reads a file in pieces of 64 KiB; `stack` closes it."""
    if isinstance(call.body, FilePart):
        file = stack.enter_context(call.body.path.open("rb"))
        name = re.sub(r"[/\\]", "_", requests.encodable(call.body.filename))[-LONGEST_FILENAME:] or "image"
        return {"files": {"file": (name, file, call.body.content_type)}}
    if call.body is None:
        return {}
    text = json.dumps(call.body, ensure_ascii=False)
    return {"json": json.loads(requests.encodable(text))}
