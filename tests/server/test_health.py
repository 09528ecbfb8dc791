from __future__ import annotations

import asyncio
from typing import TypeVar

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from bot.masko import MaskoClient, Timeouts
from bot.masko.rate_limit import RateLimiter, Slot
from bot.server.process import Health, MaskoKey
from bot.telemetry.metrics import Metrics

T = TypeVar("T")


class Clock:
    """A clock that moves when somebody sleeps.

    Attributes:
        slept: every sleep, in seconds.
    """

    def __init__(self, sleeps: int) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._left = sleeps
        self.over = asyncio.Event()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self._left -= 1
        if self._left == 0:
            self.over.set()
            await asyncio.Event().wait()


def a_client(
    key: MaskoKey, *statuses: int, limiter: RateLimiter | None = None
) -> tuple[MaskoClient, list[str]]:
    """A client of a Masko that answers with these statuses, then the last of them; and what was asked."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        status = statuses[min(len(asked), len(statuses) - 1)]
        asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(status, json={"data": {"credits": 5}} if status == 200 else {})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = MaskoClient(
        api_key=SecretStr("masko_key"),
        base_url="https://api.masko.test/v1",
        http=http,
        limiter=limiter or RateLimiter(),
        timeouts=Timeouts(faster=1e6),
        observe=key.masko_called,
    )
    return client, asked


async def test_the_key_is_tried_at_once_and_then_seldom() -> None:
    clock = Clock(sleeps=3)
    key = MaskoKey(Metrics(), now=clock, every=600.0)
    client, asked = a_client(key, 200)
    assert await key.state() != "ok"
    async with key.asked_about(client, sleep=clock.sleep):
        await clock.over.wait()
    assert asked == ["GET /v1/credits"] * 3
    assert clock.slept == [600.0] * 3
    assert await key.state() == "ok"


async def test_nothing_is_asked_while_other_calls_tell() -> None:
    clock = Clock(sleeps=2)
    key = MaskoKey(Metrics(), now=clock, every=600.0)
    client, asked = a_client(key, 200)
    key.masko_called("POST /upload", "ok", 0.5)
    clock.now += 100.0
    async with key.asked_about(client, sleep=clock.sleep):
        await clock.over.wait()
    assert clock.slept[0] == 500.0
    assert len(asked) == 1


async def test_a_masko_that_is_away_at_the_start_is_asked_until_it_tells() -> None:
    clock = Clock(sleeps=1)
    key = MaskoKey(Metrics(), now=clock)
    client, _ = a_client(key, 503)
    async with key.asked_about(client, sleep=clock.sleep):
        await clock.over.wait()
    assert clock.slept == [60.0]
    assert await key.state() == "the key has not been tried yet"


class AwayAtFirst(RateLimiter):
    """Its database cannot be reached the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._away = True

    async def take(self, request: str = "") -> Slot:
        if self._away:
            self._away = False
            raise OperationalError("SELECT", {}, ConnectionRefusedError())
        return await super().take(request)


async def test_a_database_that_is_away_at_the_start_does_not_end_the_asking() -> None:
    clock = Clock(sleeps=2)
    key = MaskoKey(Metrics(), now=clock)
    client, asked = a_client(key, 200, limiter=AwayAtFirst())
    async with key.asked_about(client, sleep=clock.sleep):
        await asyncio.wait_for(clock.over.wait(), 5.0)
    assert clock.slept == [60.0, 600.0]
    assert asked == ["GET /v1/credits"]
    assert await key.state() == "ok"


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["ok"], "ok"),
        (["ok", "401"], "refuses the key"),
        (["401", "ok"], "ok"),
        (["ok", "503"], "ok"),
        (["ok", "429"], "ok"),
        (["401", "ReadTimeout"], "refuses the key"),
        (["404"], "the key has not been tried yet"),
    ],
)
async def test_the_last_call_that_tells_counts(outcomes: list[str], state: str) -> None:
    key = MaskoKey(Metrics())
    for outcome in outcomes:
        key.masko_called("GET /projects", outcome, 0.1)
    assert await key.state() == state


async def test_a_part_that_fails_or_hangs_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> str:
        raise OSError("no route to 10.0.0.7")

    async def fine() -> str:
        return "ok"

    health = Health()
    with health.watching("database", fails), health.watching("slack", fine), health.watching("masko", fine):
        report = await health.report()
    assert report == {"ready": False, "database": "does not answer", "slack": "ok", "masko": "ok"}
    assert "no route to 10.0.0.7" in caplog.text


async def test_two_programs_count_by_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.event_received("message")
    sample = b'masko_slack_events_received_total{kind="message"} 1.0'
    assert sample in await one.exposition()
    assert sample not in await other.exposition()


async def test_a_scrape_goes_without_what_cannot_be_asked(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise OSError("database away")

    metrics = Metrics()
    metrics.event_received("message")
    with metrics.before_scrape(fails):
        assert b"masko_slack_events_received_total" in await metrics.exposition()
    assert "without some of its numbers" in caplog.text
