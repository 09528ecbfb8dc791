"""The shared count on both databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from bot.db import Store, open_store
from bot.db.tables import MeterRow, PlaceRow
from bot.masko.budget import Budget
from bot.masko.errors import MaskoHeldBack, MaskoRateLimited
from bot.masko.lanes import in_bulk
from bot.masko.meter import Meter, Tally
from bot.masko.meter_rows import StoreMeter
from bot.masko.rates import parse_limits

KEY = "masko_" + "0123456789abcdef" * 4


@dataclass
class Machine:
    """A clock of its own, and a store of its own where the database allows it."""

    store: Store
    time: float = 1_800_000_000.0

    def meter(self, key: str = KEY) -> Meter:
        return StoreMeter(self.store, key, now=lambda: self.time)

    def budget(self, limits: str = "60/minute,1000/hour") -> Budget:
        return Budget(parse_limits(limits), meter=self.meter(), jitter=lambda: 0.0)


@pytest.fixture
async def machine(database_url: str) -> AsyncIterator[Machine]:
    store = await open_store(database_url)
    yield Machine(store)
    await store.close()


@pytest.fixture
async def second(machine: Machine, database_url: str) -> AsyncIterator[Machine]:
    """Another machine on the same database; on SQLite, which has but one, the same."""
    if database_url.startswith("sqlite:"):
        yield machine
        return
    store = await open_store(database_url)
    yield Machine(store, time=1.0)
    await store.close()


async def spend(budget: Budget, count: int) -> None:
    """So many requests, answered and reported."""
    for place in await asyncio.gather(*(budget.take() for _ in range(count))):
        place.answered(well=True)
    await budget.room()


async def places(store: Store) -> int:
    async with store.read() as session:
        return len((await session.scalars(select(PlaceRow))).all())


async def test_a_tally_remembers_its_places(machine: Machine) -> None:
    async def fill(tally: Tally) -> float:
        await tally.add(["a", "b", "c", "d"], tally.now)
        await tally.move({"b": tally.now - 10, "c": tally.now - 20, "nobody": tally.now})
        await tally.drop(["d"])
        return tally.now

    began = await machine.meter().change(fill)

    async def look(tally: Tally) -> tuple[int, int, list[float]]:
        ages = [began - moment for moment in await tally.newest(1, 5)]
        return await tally.count(began - 15), len(await tally.newest(0, 1)), ages

    younger, newest, ages = await machine.meter().change(look)
    assert (younger, newest) == (2, 1)
    assert ages == pytest.approx([10, 20], abs=0.01)

    async def tidy(tally: Tally) -> int:
        await tally.keep(began - 15, began - 5)
        return await tally.count(0)

    assert await machine.meter().change(tidy) == 1


async def test_keys_do_not_share_a_count_and_are_not_written_down(machine: Machine) -> None:
    async def add(tally: Tally) -> int:
        await tally.add([uuid4().hex], tally.now)
        return await tally.count(0)

    assert await machine.meter().change(add) == 1
    assert await machine.meter("another").change(add) == 1
    async with machine.store.read() as session:
        names = set(await session.scalars(select(MeterRow.name)))
    assert {len(name) for name in names} == {16}
    assert not any(name in KEY for name in names)


async def test_a_failure_changes_nothing(machine: Machine) -> None:
    async def fail(tally: Tally) -> None:
        await tally.add(["a"], tally.now)
        tally.state = {"closed_until": 1.0}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await machine.meter().change(fail)

    async def look(tally: Tally) -> tuple[int, dict[str, object]]:
        return await tally.count(0), tally.state

    assert await machine.meter().change(look) == (0, {})


async def test_the_first_to_come_may_come_together(machine: Machine, second: Machine) -> None:
    async def once_more(tally: Tally) -> None:
        tally.state = {"times": tally.state.get("times", 0) + 1}

    meters = [each.meter() for each in (machine, second) for _ in range(4)]
    await asyncio.gather(*(meter.change(once_more) for meter in meters))

    async def look(tally: Tally) -> dict[str, object]:
        return tally.state

    assert await machine.meter().change(look) == {"times": 8}


async def test_on_postgresql_time_is_the_servers(postgres_url: str) -> None:
    store = await open_store(postgres_url)

    async def look(tally: Tally) -> float:
        return tally.now

    meter = StoreMeter(store, KEY, now=lambda: 0.0)
    sooner, later = await meter.change(look), await meter.change(look)
    await store.close()
    assert 0 < later - sooner < 10
    assert sooner == pytest.approx(time.time(), abs=60)


async def test_two_processes_never_spend_more_than_one_may(machine: Machine, second: Machine) -> None:
    budgets = [each.budget("10/minute") for each in (machine, second)]
    takes = [budget.take() for _ in range(10) for budget in budgets]
    ended = await asyncio.gather(*takes, return_exceptions=True)
    refused = [error for error in ended if isinstance(error, MaskoRateLimited)]
    assert len(refused) == 10
    assert all(50 < (error.retry_after or 0) < 62 for error in refused)
    assert await budgets[0].room() == 0
    assert 50 < await budgets[1].wait_for(10) < 62
    for budget in budgets:
        await budget.close()


async def test_what_was_spent_is_known_after_a_restart(database_url: str) -> None:
    store = await open_store(database_url)
    await spend(Budget(parse_limits("60/minute"), meter=StoreMeter(store, KEY)), 20)
    await store.close()  # as after a kill: the budget was not closed
    store = await open_store(database_url)
    budget = Budget(parse_limits("60/minute"), meter=StoreMeter(store, KEY))
    assert await budget.room() == 40
    await store.close()


async def test_old_places_are_cleared_away(machine: Machine, database_url: str) -> None:
    budget = machine.budget("10/minute")
    await spend(budget, 10)
    machine.time += 3600
    if not database_url.startswith("sqlite:"):
        async with machine.store.write() as session:
            await session.execute(text("UPDATE place SET moment = moment - 3600"))
    await spend(budget, 1)
    assert await places(machine.store) == 1
    await budget.close()


async def test_a_clock_that_was_set_back_locks_nobody_out(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    machine = Machine(store)
    budget = machine.budget("10/minute")
    await spend(budget, 9)
    (await budget.take()).answered(well=None, closed_for=50.0, refused=True)
    assert await budget.wait_for() > 49
    machine.time -= 100_000
    (await budget.take()).give_back()
    assert await budget.room() == 10
    await budget.close()
    await store.close()


async def test_a_masko_that_is_down_is_known_to_all(machine: Machine, second: Machine) -> None:
    mine, others = machine.budget(), second.budget()
    for n in range(5):
        with in_bulk(f"C{n}"):
            (await mine.take()).failed(well=False, sent=True)
    with pytest.raises(MaskoHeldBack):
        await mine.take()
    with pytest.raises(MaskoHeldBack) as caught:
        await others.take()
    assert 0 < (caught.value.retry_after or 0) <= 5
    for budget in (mine, others):
        await budget.close()


async def test_the_key_itself_is_not_written_down(machine: Machine) -> None:
    budget = machine.budget()
    (await budget.take()).give_back()
    await budget.close()
    async with machine.store.read() as session:
        (row,) = (await session.scalars(select(MeterRow))).all()
    assert row.name not in KEY
    assert KEY not in str(row.state)
