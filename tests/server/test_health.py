from __future__ import annotations

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
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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


async def test_the_key_is_tried_when_somebody_asks_and_then_seldom() -> None:
    clock = Clock()
    key = MaskoKey(Metrics(), now=clock)
    client, asked = a_client(key, 200)
    for _ in range(2):
        assert await key.state(client) == "ok"
        assert await key.state(client) == "ok"
        clock.now += 601.0
    assert asked == ["GET /v1/credits"] * 2


async def test_nothing_is_asked_while_other_calls_tell() -> None:
    clock = Clock()
    key = MaskoKey(Metrics(), now=clock)
    client, asked = a_client(key, 200)
    key.masko_called("POST /upload", "ok", 0.5)
    clock.now += 599.0
    assert await key.state(client) == "ok"
    assert asked == []


async def test_a_masko_that_is_away_at_the_start_is_asked_each_minute_until_it_tells() -> None:
    clock = Clock()
    key = MaskoKey(Metrics(), now=clock)
    client, asked = a_client(key, 503)
    for _ in range(2):
        asked.clear()
        assert await key.state(client) == "the key has not been tried yet"
        assert asked
        asked.clear()
        assert await key.state(client) == "the key has not been tried yet"
        assert not asked
        clock.now += 60.0


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
    clock = Clock()
    key = MaskoKey(Metrics(), now=clock)
    client, asked = a_client(key, 200, limiter=AwayAtFirst())
    assert await key.state(client) == "the key has not been tried yet"
    clock.now += 60.0
    assert await key.state(client) == "ok"
    assert asked == ["GET /v1/credits"]


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
    client, _ = a_client(key, 503)
    for outcome in outcomes:
        key.masko_called("GET /projects", outcome, 0.1)
    assert await key.state(client) == state


async def test_a_part_that_fails_or_hangs_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> str:
        raise OSError("no route to 10.0.0.7")

    async def fine() -> str:
        return "ok"

    health = Health()
    health.checks |= {"database": fails, "slack": fine, "masko": fine}
    assert await health.report() == {
        "ready": False,
        "database": "does not answer",
        "slack": "ok",
        "masko": "ok",
    }
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
    metrics.before_scrape = fails
    assert b"masko_slack_events_received_total" in await metrics.exposition()
    assert "without some of its numbers" in caplog.text
