"""What a try asks before it is sent, and whom it tells when it is over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from bot.masko import Timeouts
from bot.masko.errors import MaskoAnswerLost, MaskoBroken, MaskoError, MaskoHeldBack
from bot.masko.rate_limit import RateLimiter, parse_limits
from tests.masko.fake import FakeMasko, Reply, masko, raises, reply
from tests.masko.leaping import leaping


class LeaseLost(Exception):
    """Somebody else does this work now."""


@dataclass
class Permit:
    """Gives as many permits as it holds, and then none."""

    left: int
    asked: int = 0

    def __call__(self) -> None:
        self.asked += 1
        if self.asked > self.left:
            raise LeaseLost


@dataclass
class Watcher:
    """Writes down what it is told."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __call__(self, call: str, outcome: str, seconds: float) -> None:
        self.calls.append((call, outcome))
        self.seconds.append(seconds)


@pytest.fixture
def fake() -> FakeMasko:
    return FakeMasko()


# -- the permit -------------------------------------------------------------------------------------


async def test_without_a_permit_nothing_is_sent(fake: FakeMasko) -> None:
    with pytest.raises(LeaseLost):
        await masko(fake, permit=Permit(0)).create_mascot(project_id="prj_1")
    assert fake.requests == []


async def test_reading_needs_no_permit(fake: FakeMasko) -> None:
    permit = Permit(0)
    await masko(fake, permit=permit).credits()
    assert permit.asked == 0


async def test_every_try_needs_one(fake: FakeMasko) -> None:
    fake.instead = [raises(httpx.ConnectError)] * 2
    with pytest.raises(LeaseLost):
        await masko(fake, permit=Permit(2)).create_mascot(project_id="prj_1")
    assert len(fake.requests) == 2


# -- the observer -----------------------------------------------------------------------------------


async def test_every_exchange_is_told_of(fake: FakeMasko) -> None:
    watcher = Watcher()
    client = masko(fake, observe=watcher)
    mascot = await client.create_mascot(project_id="prj_1")
    await client.add_reference(mascot.id, "ast_9")
    fake.instead = [raises(httpx.ReadTimeout), reply(503), reply(200, {"data": {"balance": 1}})]
    await client.credits()
    assert watcher.calls == [
        ("POST /collections", "ok"),
        ("POST /collections/:id/references", "ok"),
        ("GET /credits", "ReadTimeout"),
        ("GET /credits", "503"),
        ("GET /credits", "ok"),
    ]
    assert all(0 <= seconds < 10 for seconds in watcher.seconds)


async def test_a_call_that_is_given_up_is_told_of(fake: FakeMasko) -> None:
    started = asyncio.Event()

    async def hang(_request: httpx.Request) -> httpx.Response:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    watcher = Watcher()
    client = masko(hang, observe=watcher)
    asking = asyncio.create_task(client.credits())
    await started.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert watcher.calls == [("GET /credits", "given up")]


# -- the circuit breaker -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (reply(500), MaskoBroken),
        (raises(httpx.ReadTimeout), MaskoAnswerLost),
        (reply(502, b"<p>"), MaskoBroken),
    ],
)
async def test_a_masko_that_fails_again_and_again_is_asked_no_more(
    fake: FakeMasko, trouble: Reply, error: type[MaskoError]
) -> None:
    client = masko(fake)
    fake.instead = [trouble] * 100
    first = await asyncio.gather(*(client.credits() for _ in range(5)), return_exceptions=True)
    assert {type(each) for each in first} <= {error, MaskoHeldBack}
    sent = len(fake.requests)
    with pytest.raises(MaskoHeldBack) as caught:
        await client.create_mascot(project_id="prj_1")
    assert 0 < (caught.value.retry_after or 0) <= 5
    assert caught.value.words == "Masko is having trouble at the moment."
    assert len(fake.requests) == sent <= 15
    with pytest.raises(MaskoHeldBack):
        client.check_limits()


@pytest.mark.parametrize("status", [400, 402, 403, 404, 429])
async def test_a_masko_that_refuses_is_not_down(fake: FakeMasko, status: int) -> None:
    client = masko(fake)
    for _ in range(10):
        fake.instead = [reply(status)] * 3
        with pytest.raises(MaskoError):
            await asyncio.wait_for(client.create_mascot(project_id="prj_1"), 5)
        if status == 429:
            break  # closed for half a second
    fake.instead = []
    await client.credits()
    assert fake.seen[-1] == "GET /credits"


def test_waiting_for_a_place_is_not_waiting_for_masko(fake: FakeMasko) -> None:
    async def test() -> None:
        now = asyncio.get_running_loop().time
        limiter = RateLimiter(parse_limits("1/second"), now=now)
        client = masko(fake, limiter=limiter, timeouts=Timeouts(read=0.1))
        await client.credits()
        await client.credits()
        assert len(fake.requests) == 2
        assert now() == pytest.approx(1, abs=0.1)

    leaping(test())


def test_calls_that_take_too_long_in_all_are_trouble_too() -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1000)
        raise AssertionError

    async def test() -> None:
        client = masko(hang, limiter=RateLimiter(now=asyncio.get_running_loop().time))
        ended = await asyncio.gather(*(client.credits() for _ in range(5)), return_exceptions=True)
        assert {type(each) for each in ended} <= {MaskoAnswerLost, MaskoHeldBack}
        with pytest.raises(MaskoHeldBack):
            await client.credits()

    leaping(test())
