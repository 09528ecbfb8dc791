"""The Masko API: one method per thing that can be asked, each a call, its answer and what to make of it.

Every method raises nothing but MaskoError (and, for an upload, OSError when the file cannot be
read).  What is safe to repeat is repeated here a few times; what is not is sent once, and the error
says whether it may have taken effect.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.masko import answers, calls, protocol
from bot.masko.answers import Job, Page
from bot.masko.budget import Budget
from bot.masko.calls import Call, FilePart
from bot.masko.errors import (
    MaskoAddressNotPublic,
    MaskoAnswerLost,
    MaskoError,
    MaskoJobFailed,
    MaskoNotFound,
    MaskoUnintelligible,
)
from bot.masko.models import Asset, Credits, Mascot, MascotSummary, Project
from bot.masko.observing import Observer
from bot.masko.timeouts import Timeouts
from bot.masko.transport import Transport

log = logging.getLogger(__name__)


class MaskoClient:
    """One key's access to Masko.

    Args:
        api_key: `masko_…`; without a usable one every call raises MaskoKeyRefused, unsent.
        base_url: such as `https://api.masko.ai/v1`.
        http: the connections; opened and closed by whoever made it.
        budget: shared by all clients of this key.
        sleep: waits for that many seconds.
        now: seconds since the epoch, to read the server's dates and epochs by.
        jitter: a random number from 0 to 1, so that several programs do not retry in step.
        timeouts: how long each kind of call may take.
        permit: called right before anything that may change something is sent; what it raises stops
            the call, unsent, and is passed on.
        observer: told of every exchange.
        may_fetch: whether Masko may be asked to fetch from an address; no other is ever sent to it.

    Raises:
        ValueError: `base_url` is not the plain http or https address of a server.
    """

    def __init__(
        self,
        *,
        api_key: str | SecretStr,
        base_url: str,
        http: httpx.AsyncClient,
        budget: Budget,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        permit: Callable[[], None] | None = None,
        observer: Observer | None = None,
        may_fetch: Callable[[str], bool] = lambda _url: True,
    ) -> None:
        self._transport = Transport(
            api_key=api_key,
            base_url=base_url,
            http=http,
            budget=budget,
            sleep=sleep,
            now=now,
            jitter=jitter,
            timeouts=timeouts,
            permit=permit,
            observer=observer,
        )
        self._send = self._transport.send
        self._may_fetch = may_fetch
        self._sleep = sleep
        self._job_total = timeouts.job_total

    def __repr__(self) -> str:
        return f"MaskoClient({str(self._transport.base_url)!r})"

    def check_budget(self) -> None:
        """Say early that calls would be held back now, before work is done that would have to wait.

        Raises:
            MaskoRateLimited: with `own_budget` and `retry_after`.
            MaskoHeldBack: with `retry_after`.
        """
        self._transport.budget.check()

    async def room(self) -> int:
        """How many requests could go out now; see `Budget.room`."""
        return await self._transport.budget.room()

    async def wait_for(self, nth: int = 1) -> float:
        """Seconds until the n-th further request could go out; see `Budget.wait_for`."""
        return await self._transport.budget.wait_for(nth)

    async def upload_file(self, path: Path, *, filename: str, content_type: str) -> Asset:
        """Uploads one image from disk, read in pieces while it is sent.

        Args:
            path: the file; PNG, JPEG, WebP or GIF up to 10 MB is what Masko's pages speak of.
            filename: as its poster named it, any characters.
            content_type: such as `image/png`.

        Raises:
            MaskoError: see `bot.masko.errors`.
            OSError: the file cannot be read.
        """
        return answers.asset(await self._send(calls.upload_file(FilePart(path, filename, content_type))))

    async def upload_url(self, url: str) -> Asset:
        """Lets Masko fetch an image from a public link, and keep it as an asset.

        Raises:
            MaskoAddressNotPublic: it is none, so it was not sent.
        """
        self._check_addresses(url)
        return answers.asset(await self._send(calls.upload_url(url)))

    async def create_mascot(
        self,
        *,
        project_id: str,
        reference_asset_ids: Sequence[str] = (),
        reference_image_urls: Sequence[str] = (),
        name: str | None = None,
        prompt: str | None = None,
    ) -> Mascot:
        """Makes a mascot of its reference images; never sent twice once it may have been received.

        Without a name or a prompt Masko detects them from the images.  The answer may come before
        they are there: read the mascot again until it is `described`.  When only the new mascot's
        id could be learnt, a mascot with that id and little else is returned.

        Args:
            project_id: the project to file it under.
            reference_asset_ids: uploaded images, at most six references in all.
            reference_image_urls: public links to images, which Masko fetches.
            name, prompt: when given, not detected.

        Raises:
            MaskoAddressNotPublic: for a link that is not public; nothing was sent.
            MaskoError: with `may_have_taken_effect` when the mascot may exist all the same.
        """
        self._check_addresses(*reference_image_urls)
        call = calls.create_mascot(project_id, reference_asset_ids, reference_image_urls, name, prompt)
        made = answers.created(await self._send(call))
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
        """Adds one image to a mascot's references, which clears its style card.

        Args:
            mascot_id: the mascot.
            asset_id, url: exactly one of an uploaded image and a public link.

        Raises:
            MaskoAddressNotPublic: for a link that is not public; nothing was sent.
            MaskoError: MaskoBadRequest past six references; with `may_have_taken_effect` when the
                reference may be there all the same.
        """
        if url is not None:
            self._check_addresses(url)
        return await self._change(calls.add_reference(mascot_id, asset_id=asset_id, url=url), mascot_id)

    async def remove_reference(self, mascot_id: str, asset_id: str) -> Mascot:
        """Removes one image from a mascot's references, which clears its style card.

        A reference that is not there is as good as removed: an earlier attempt may have removed it
        although its answer was lost.
        """
        try:
            return await self._change(calls.remove_reference(mascot_id, asset_id), mascot_id)
        except MaskoNotFound:
            mascot = await self.mascot(mascot_id)
            if mascot.reference_asset_ids is None or asset_id in mascot.reference_asset_ids:
                raise
            return mascot

    async def mascot(self, mascot_id: str) -> Mascot:
        """Reads one mascot; MaskoNotFound when it was deleted."""
        return answers.mascot(await self._send(calls.mascot(mascot_id)))

    async def mascots(self, project_id: str) -> AsyncIterator[MascotSummary]:
        """All mascots of a project, page by page as they are needed, each once."""
        seen: set[str] = set()
        async for page in self._pages(lambda offset: calls.mascots(project_id, offset)):
            for summary in answers.mascot_summaries(page):
                if summary.id not in seen:
                    seen.add(summary.id)
                    yield summary

    async def rename(self, mascot_id: str, name: str) -> Mascot:
        """Gives a mascot another name.  (That PATCH takes a name is our choice: see `calls`.)"""
        return await self._change(calls.change_mascot(mascot_id, name=name), mascot_id)

    async def change_prompt(self, mascot_id: str, prompt: str) -> Mascot:
        """Gives a mascot another prompt.  (That PATCH takes a prompt is our choice: see `calls`.)"""
        return await self._change(calls.change_mascot(mascot_id, prompt=prompt), mascot_id)

    async def projects(self) -> list[Project]:
        """All projects that the key can see."""
        found = [project async for page in self._pages(calls.projects) for project in answers.projects(page)]
        return list({project.id: project for project in found}.values())

    async def create_project(self, name: str) -> Project:
        """Makes a project; never sent twice once it may have been received."""
        return answers.project(await self._send(calls.create_project(name)))

    async def credits(self) -> Credits:
        """What is left to spend on generations."""
        return answers.credit_balance(await self._send(calls.credit_balance()))

    def _check_addresses(self, *urls: str) -> None:
        if not all(map(self._may_fetch, urls)):
            raise MaskoAddressNotPublic("not sent: an address that is not public")

    async def _change(self, call: Call, mascot_id: str) -> Mascot:
        """Sends a change; returns the mascot after it, read back where the answer does not hold it."""
        told = answers.changed(await self._send(call), mascot_id)
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
        """The mascot that a creation's job makes, known by its id alone."""
        try:
            end = await self._end_of(job, call, far_enough=lambda job: bool(job.mascot_id) or not job.running)
        except MaskoError as error:
            if error.may_have_taken_effect or isinstance(error, MaskoJobFailed):
                raise
            raise _accepted_then(error, call) from error
        if end.mascot_id is None:
            raise MaskoUnintelligible("the job tells no collection", request=call.description)
        return Mascot(end.mascot_id)

    async def _end_of(self, job: Job, call: Call, *, far_enough: Callable[[Job], bool]) -> Job:
        """Asks about a job until it is far enough."""
        ask = calls.job(self._transport.base_url, job.id, job.poll_url)
        if ask is None:
            # The key is shown to nobody but the API itself, whatever address an answer names.
            raise MaskoUnintelligible("the job is at a foreign address", request=call.description)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._job_total):
                for wait in protocol.JOB_WAITS:
                    job = answers.job(await self._send(ask))
                    if job.failed:
                        raise MaskoJobFailed(protocol.quotable(job.message), request=call.description)
                    if far_enough(job):
                        return job
                    await self._sleep(wait)
        raise MaskoAnswerLost("the job is not done yet", request=call.description)

    async def _pages(self, call_for: Callable[[int], Call]) -> AsyncIterator[Page]:
        seen: frozenset[str] = frozenset()
        offset = 0
        for _ in range(protocol.MAX_PAGES):
            page = answers.page(await self._send(call_for(offset)))
            yield page
            following = protocol.next_offset(page, offset=offset, seen=seen)
            if following is None:
                return
            offset, seen = following, seen | page.ids
        raise MaskoUnintelligible("a list without an end", request=call_for(offset).description)


def _accepted_then(error: MaskoError, call: Call) -> MaskoAnswerLost:
    """What became of a change that Masko accepted, when asking for its outcome failed."""
    return MaskoAnswerLost(
        f"accepted, then: {error}", request=call.description, retry_after=error.retry_after
    )
