"""The record in the store: kept beside it is what it tells, and two who grow it know of each other."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, open_store
from bot.db.tables import ReviewRow
from bot.db.values import Did, State
from bot.review import record as reviews
from bot.review.model import Entry, replay
from bot.review.notify import OUTDATED, TELL, catch_up
from bot.review.record import add, load
from tests.databases import fresh_url
from tests.review.model import PEOPLE

PROMPTS = ("A fox", "A red fox", "A fox\0", "A fox \ud800")
few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
did = st.sampled_from([Did.APPROVED, Did.APPROVED, Did.REQUESTED, Did.WITHDREW, Did.COMMENTED, Did.ASKED])
lines = st.tuples(did, st.sampled_from(PEOPLE), st.integers(0, 12))
stories = st.lists(st.one_of(lines, lines, lines, st.sampled_from(PROMPTS)), min_size=5, max_size=15)
Story = Sequence[tuple[Did, str, int] | str]


class Jobs:
    """Takes jobs, and does none."""

    def __init__(self) -> None:
        self.put_kinds: list[str] = []

    async def put(self, session: AsyncSession, kind: str, **_: Any) -> None:
        self.put_kinds.append(kind)


async def a_mascot(store: Store, mascot_id: str) -> None:
    row = {"id": mascot_id, "team": "T", "project_id": None, "name": "Felix", "prompt": PROMPTS[0]}
    async with store.write() as session:
        await mascots.add(session, {**row, "reference_ids": ["one"], "read_at": datetime.now(UTC)})
        thread = await mascots.thread(session, "T", "C", f"{mascot_id}.0")
        await mascots.change_thread(session, thread.id, mascot_id=mascot_id)


async def write(store: Store, jobs: Any, mascot_id: str, entry: Entry, key: str) -> bool:
    async with store.write() as session:
        record = await catch_up(session, jobs, mascot_id)
        assert record is not None
        at_present = Entry(entry.did, entry.at, entry.user, record.edition.digest, reviewers=entry.reviewers)
        return await add(session, record, at_present, key) is not None


async def play(store: Store, mascot_id: str, story: Story) -> None:
    """A story, looked at after each of its steps."""
    await a_mascot(store, mascot_id)
    jobs: Any = Jobs()
    written = dict[str, tuple[Did, str, int]]()
    for number, step in enumerate(story):
        if isinstance(step, str):
            async with store.write() as session:
                await mascots.change_mascot(session, mascot_id, prompt=step)
            async with store.write() as session:
                await catch_up(session, jobs, mascot_id)
        else:
            key = f"{mascot_id}:{number}"
            assert await write(store, jobs, mascot_id, entry_of(step), key)
            written[key] = step
        await agree(store, mascot_id)
    await tell_again(store, jobs, mascot_id, written)


def entry_of(step: tuple[Did, str, int]) -> Entry:
    did, user, moment = step
    asked = (PEOPLE[0],) if did is Did.ASKED else ()
    return Entry(did, datetime(2026, 11, 26, 12, moment, tzinfo=UTC), user, "", reviewers=asked)


async def agree(store: Store, mascot_id: str) -> None:
    """What is kept for lists is what the record tells, read anew."""
    async with store.read() as session:
        record = await load(session, mascot_id)
        kept = await session.get(ReviewRow, mascot_id)
        assert record is not None
        assert not record.is_behind
    told = replay(record.entries, record.edition.digest)
    if kept is None:
        assert (record.entries, told.state) == ((), State.DRAFT)
        return
    assert (kept.state, kept.waiting, kept.due) == (told.state, list(told.waiting), told.due)
    assert kept.asked_by == list(dict.fromkeys(ask.user for ask in told.asks))
    assert {each.edition for each in record.entries} <= set(await editions(store, mascot_id))


async def editions(store: Store, mascot_id: str) -> list[str]:
    async with store.read() as session:
        kept = await reviews.editions(session, mascot_id)
    assert all(edition.digest == digest for digest, edition in kept.items())
    return list(kept)


async def tell_again(
    store: Store, jobs: Jobs, mascot_id: str, written: dict[str, tuple[Did, str, int]]
) -> None:
    async with store.read() as session:
        before = await reviews.record(session, mascot_id)
    for key, step in written.items():
        assert not await write(store, jobs, mascot_id, entry_of(step), key)
    async with store.read() as session:
        assert await reviews.record(session, mascot_id) == before


async def play_all(url: str, mascot_id: str, story: Story) -> None:
    store = await open_store(url)
    try:
        await play(store, mascot_id, story)
    finally:
        await store.close()


@few
@given(story=stories)
def test_what_is_kept_is_what_the_record_tells_on_sqlite(story: Story) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play_all(f"sqlite:///{folder}/masko.db", "M", story))


@pytest.mark.slow
@few
@given(story=stories)
def test_what_is_kept_is_what_the_record_tells_on_postgresql(
    story: Story, request: pytest.FixtureRequest
) -> None:
    with contextmanager(fresh_url)("postgresql", request) as url:
        asyncio.run(play_all(url, "M", story))


async def test_two_who_grow_a_record_at_once_know_of_each_other(database_url: str) -> None:
    """A card that is shown notices that the first references are back, and so does somebody's comment: one
    of them writes that the mascot is approved, and the other knows it."""
    store = await open_store(database_url)
    jobs = Jobs()
    try:
        for number in range(8):
            mascot_id = f"M{number}"
            await a_mascot(store, mascot_id)
            await until_it_is_due(store, jobs, mascot_id)
            comment = Entry(Did.COMMENTED, datetime.now(UTC), PEOPLE[3], "")
            await asyncio.gather(
                *(notice(store, jobs, mascot_id) for _ in range(2)),
                *(write(store, jobs, mascot_id, comment, f"{mascot_id}:{n}") for n in range(2)),
            )
            await agree(store, mascot_id)
            async with store.read() as session:
                done = [each.did for each in await reviews.record(session, mascot_id)]
            assert done.count(Did.CONCLUDED) == 1
            assert done[done.index(Did.CONCLUDED) - 1] is Did.CHANGED
            assert done.count(Did.CHANGED) == 2
            assert jobs.put_kinds.count(TELL) == number + 1
    finally:
        await store.close()


async def until_it_is_due(store: Store, jobs: Any, mascot_id: str) -> None:
    """Approved by one and unwanted by another, who has approved what it became; now it is the first again."""
    story: list[tuple[Did, str, int]] = [
        (Did.REQUESTED, PEOPLE[1], 1),
        (Did.APPROVED, PEOPLE[2], 2),
        (Did.WITHDREW, PEOPLE[1], 4),
    ]
    for number, step in enumerate(story):
        if step[0] is Did.WITHDREW:
            async with store.write() as session:
                await mascots.change_mascot(session, mascot_id, prompt=PROMPTS[1])
        await write(store, jobs, mascot_id, entry_of(step), f"{mascot_id}:story {number}")
    assert jobs.put_kinds[-1] == OUTDATED
    async with store.write() as session:
        await mascots.change_mascot(session, mascot_id, prompt=PROMPTS[0])


async def notice(store: Store, jobs: Any, mascot_id: str) -> None:
    async with store.write() as session:
        await catch_up(session, jobs, mascot_id)
