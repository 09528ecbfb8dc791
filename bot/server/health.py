"""Whether the process is alive and ready: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Store
from bot.masko import MaskoClient, MaskoError
from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

OK = "ok"
PARTS = ("database", "slack", "masko")

Check = Callable[[], Awaitable[str]]

_TIMEOUT = 3.0  # seconds for the checks of one answer
_RETRY = 60.0  # seconds until Masko is asked again after a call that did not tell


class Health:
    """The state of each part of the program; a part without a check is not ready."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.masko_key = MaskoKey(self.metrics)
        self._checks: dict[str, Check] = {}

    @contextmanager
    def watching(self, part: str, check: Check) -> Iterator[None]:
        """Use `check` for one of `PARTS` while the block runs; it returns `ok`, or a few words for people."""
        self._checks[part] = check
        try:
            yield
        finally:
            del self._checks[part]

    async def report(self) -> dict[str, str | bool]:
        """Return `ready`, and the state of each part."""
        states = await asyncio.gather(*map(self._state, PARTS))
        return {"ready": all(state == OK for state in states), **dict(zip(PARTS, states, strict=True))}

    async def _state(self, part: str) -> str:
        if part not in self._checks:
            return "not there"
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await self._checks[part]()
        except Exception as error:
            log.warning("%s is not ready: %s: %s", part, type(error).__name__, error)
            return "does not answer"


class MaskoKey:
    """Whether Masko accepts the key, by the outcomes of all calls.

    `every`: seconds for which an outcome counts; then one cheap call asks again.
    """

    def __init__(
        self, metrics: Metrics, *, now: Callable[[], float] = time.monotonic, every: float = 600.0
    ) -> None:
        self._metrics = metrics
        self._now = now
        self._every = every
        self._until = float("-inf")
        self._state = "the key has not been tried yet"

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """Note that a call ended; arguments as of `Metrics.masko_called`."""
        self._metrics.masko_called(call, outcome, seconds)
        if outcome in (OK, "401"):  # any other outcome says nothing about the key
            self._state = OK if outcome == OK else "refuses the key"
            self._until = self._now() + self._every

    async def state(self) -> str:
        """Return `ok` once a call has succeeded, until Masko refuses the key."""
        return self._state

    @asynccontextmanager
    async def asked_about(
        self, masko: MaskoClient, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> AsyncIterator[None]:
        """While the block runs, ask Masko at the start and whenever no other call has told for `every`."""
        asking = asyncio.create_task(self._ask(masko, sleep), name="masko key")
        try:
            yield
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def _ask(self, masko: MaskoClient, sleep: Callable[[float], Awaitable[object]]) -> None:
        while True:
            if self._now() >= self._until:
                try:
                    await masko.credits()
                except (MaskoError, SQLAlchemyError) as error:  # the rate limiter uses the database
                    log.info("the Masko key could not be checked: %s", " ".join(str(error).split()))
            left = self._until - self._now()
            await sleep(left if left > 0 else _RETRY)


async def always_ok() -> str:
    """The check of a part that cannot fail."""
    return OK


async def database_state(store: Store) -> str:
    """Return `ok` if the database answers a query; raise what it raises."""
    async with store.read() as session:
        await session.execute(select(1))
    return OK


def add_liveness(application: web.Application) -> None:
    """Serve `/healthz`, which says only that the process answers."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    application.router.add_get("/healthz", alive)


def add_health(application: web.Application, health: Health) -> web.Application:
    """Serve `/healthz`, `/readyz` and `/metrics`."""

    async def ready(_request: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def metrics(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=await health.metrics.exposition(), headers=headers)

    add_liveness(application)
    application.router.add_get("/readyz", ready)
    application.router.add_get("/metrics", metrics)
    return application
