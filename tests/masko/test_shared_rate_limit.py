"""The rate limiter's log in both databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Store, open_store
from bot.db.tables import RateLimitRow
from bot.masko.errors import MaskoRateLimited
from bot.masko.rate_limit import RateLimiter, parse_limits

KEY = "masko_" + "0123456789abcdef" * 4


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def second(store: Store, database_url: str) -> AsyncIterator[Store]:
    """Another machine's store on the same database; on SQLite, which has but one process, the same."""
    if database_url.startswith("sqlite:"):
        yield store
        return
    other = await open_store(database_url)
    yield other
    await other.close()


def limiter(store: Store, limits: str = "10/minute", key: str = KEY) -> RateLimiter:
    return RateLimiter(parse_limits(limits), store=store, key=key)


async def spend(limiter: RateLimiter, count: int) -> None:
    """So many requests that are answered."""
    for slot in await asyncio.gather(*(limiter.take() for _ in range(count))):
        limiter.end(slot)


async def test_two_processes_never_spend_more_than_one_may(store: Store, second: Store) -> None:
    limiters = [limiter(each) for each in (store, second)]
    takes = [each.take() for _ in range(10) for each in limiters]
    ended = await asyncio.gather(*takes, return_exceptions=True)
    refused = [error for error in ended if isinstance(error, MaskoRateLimited)]
    assert len(refused) == 10
    assert all(50 < (error.retry_after or 0) < 66 for error in refused)
    assert await limiters[0].room() == 0


async def test_keys_do_not_share_a_log_and_are_not_written_down(store: Store) -> None:
    await spend(limiter(store), 3)
    await spend(limiter(store, key="another"), 1)
    assert (await limiter(store).room(), await limiter(store, key="another").room()) == (7, 9)
    async with store.read() as session:
        names = set(await session.scalars(select(RateLimitRow.key)))
    assert {len(name) for name in names} == {16}
    assert not any(name in KEY for name in names)


async def test_what_was_spent_is_known_after_a_restart(database_url: str) -> None:
    store = await open_store(database_url)
    await spend(limiter(store), 4)
    await store.close()
    store = await open_store(database_url)
    assert await limiter(store).room() == 6
    await store.close()


async def test_a_refusal_closes_the_key_for_all(store: Store, second: Store) -> None:
    mine, others = limiter(store), limiter(second)
    mine.end(await mine.take(), closed_for=40.0, refused=True)
    with pytest.raises(MaskoRateLimited):
        await mine.take()
    with pytest.raises(MaskoRateLimited) as caught:
        await others.take()
    assert 30 < (caught.value.retry_after or 0) <= 40


async def test_on_postgresql_time_is_the_servers(postgres_url: str) -> None:
    store = await open_store(postgres_url)
    slow = RateLimiter(parse_limits("10/minute"), store=store, key=KEY, now=lambda: 0.0)
    assert (await slow.take()).at == pytest.approx(time.time(), abs=60)
    await store.close()


async def test_a_database_that_is_away_loses_no_answer(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    limited, closed_for = limiter(store), 40.0
    limited.end(await limited.take(), closed_for=closed_for, refused=True)
    taking = asyncio.create_task(limited.take())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    with pytest.raises(MaskoRateLimited):
        await limited.take()
    await store.close()
