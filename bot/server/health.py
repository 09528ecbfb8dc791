"""Is the program alive, and is it fit for work?  What `/healthz`, `/readyz` and `/metrics` answer."""

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

_PATIENCE = 3.0  # seconds for all checks of one answer
_REFUSED = "401"


class Health:
    """What the program can say of itself.  A part that nobody watches is not ready.

    Attributes:
        metrics: counts what happens.
        masko_key: told of every call to Masko, as its observer.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.masko_key = MaskoKey(self.metrics)
        self._checks: dict[str, Check] = {}

    @contextmanager
    def watching(self, part: str, check: Check) -> Iterator[None]:
        """While the block runs, ask `check` how a part is.

        Args:
            part: one of `PARTS`.
            check: gives `ok`, or a few words that hold no secret.
        """
        self._checks[part] = check
        try:
            yield
        finally:
            del self._checks[part]

    async def report(self) -> dict[str, str | bool]:
        """`ready`, and the state of each part."""
        states = await asyncio.gather(*map(self._state, PARTS))
        return {"ready": all(state == OK for state in states), **dict(zip(PARTS, states, strict=True))}

    async def _state(self, part: str) -> str:
        if part not in self._checks:
            return "not there"
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._checks[part]()
        except Exception as error:
            log.warning("%s is not ready: %s: %s", part, type(error).__name__, error)
            return "does not answer"


class MaskoKey:
    """Whether Masko takes the key, by what its calls come to.

    Args:
        metrics: told of every call as well.
        now: a clock in seconds; only differences are used.
        every: seconds for which the last word counts; after them one cheap call asks again.
    """

    def __init__(
        self, metrics: Metrics, *, now: Callable[[], float] = time.monotonic, every: float = 600.0
    ) -> None:
        self._metrics = metrics
        self._now = now
        self._every = every
        self._told = float("-inf")
        self._state = "the key has not been tried yet"

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """A call to Masko ended: see `bot.masko.observing.Observer`."""
        self._metrics.masko_called(call, outcome, seconds)
        if outcome == OK:
            self._state = OK
        elif outcome == _REFUSED:
            self._state = "refuses the key"
        else:
            return  # that it is busy or away says nothing of the key
        self._told = self._now()

    async def state(self) -> str:
        """`ok` once a call has succeeded, until Masko refuses the key."""
        return self._state

    @asynccontextmanager
    async def asked_about(
        self, masko: MaskoClient, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> AsyncIterator[None]:
        """While the block runs, ask Masko where no other call has told for long: at its start, above all."""
        asking = asyncio.create_task(self._ask(masko, sleep), name="masko key")
        try:
            yield
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def _ask(self, masko: MaskoClient, sleep: Callable[[float], Awaitable[object]]) -> None:
        while True:
            if self._left() <= 0:
                try:
                    await masko.credits()
                except MaskoError as error:
                    log.info("Masko did not tell whether it takes the key: %s", error)
                except SQLAlchemyError as error:  # requests are counted there
                    log.info("Masko was not asked whether it takes the key: %s", " ".join(str(error).split()))
            # Nothing was told: it is asked once a minute, since nothing may be sent here until it is known.
            await sleep(self._left() if self._left() > 0 else 60.0)

    def _left(self) -> float:
        """Seconds for which the last word still counts."""
        return self._told + self._every - self._now()


async def database_state(store: Store) -> str:
    """`ok` when the database answers a query; raises what it raises."""
    async with store.read() as session:
        await session.execute(select(1))
    return OK


def add_liveness(application: web.Application) -> None:
    """Let `application` answer `/healthz`, which tells nothing but that the program answers."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    application.router.add_get("/healthz", alive)


def add_health(application: web.Application, health: Health) -> web.Application:
    """Let `application` answer `/healthz`, `/readyz` and `/metrics`; for those who run the program."""

    async def ready(_request: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def exposition(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=await health.metrics.exposition(), headers=headers)

    add_liveness(application)
    application.router.add_get("/readyz", ready)
    application.router.add_get("/metrics", exposition)
    return application
