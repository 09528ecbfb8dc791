"""What is pruned, what stays, and when, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.db import Store, open_store, posts
from bot.db.engine import is_postgres
from bot.db.tables import (
    CreateIntentRow,
    ImageState,
    IntakeRow,
    MascotRow,
    OfferRow,
    PostRow,
    ReferenceRow,
    ThreadRow,
)
from bot.intake.retention import BATCH, PRUNE, Retention
from bot.jobs import Handler, Job, Queue, queue_on
from tests.jobs.rows import forget, rows

NOW = datetime.now(UTC)
OLD, FRESH = NOW - timedelta(days=31), NOW - timedelta(days=29)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


def started(store: Store, days: int | None = 30) -> tuple[Queue, Retention]:
    """A queue, not started yet, with what prunes."""
    queue = queue_on(store, pause=lambda _faults: 0.01)
    return queue, Retention(store, queue, days, lambda: NOW)


async def run(store: Store, days: int | None = 30) -> None:
    """Start a program, let it prune, and stop it."""
    queue, retention = started(store, days)
    await queue.start()
    await retention.begin()
    async with asyncio.timeout(30):
        while await due(store):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await queue.stop(grace=1.0)


async def due(store: Store) -> list[dict[str, Any]]:
    """The jobs that prune, but for those that wait for tomorrow."""
    async with store.read() as session:
        return [row for row in await rows(session) if row["kind"] == PRUNE and row["seconds"] < 3600]


async def add_post(
    store: Store, ts: str, *states: ImageState, created_at: datetime = OLD, **values: Any
) -> int:
    where = {"team": "T1", "channel": "C1", "ts": ts, "thread_ts": ts, "user": "UANA"}
    post = PostRow(**where, from_outside=False, among_strangers=False, created_at=created_at, **values)
    images = [
        IntakeRow(
            image_key=f"F{ts}{number}",
            name="fox.png",
            source="hosted",
            showable=True,
            state=state,
            asset_id=f"a-{ts}-{number}",
        )
        for number, state in enumerate(states)
    ]
    async with store.write() as session:
        post_id = await posts.note(session, post, images)
        assert post_id is not None
        return post_id


async def kept(store: Store) -> set[str]:
    async with store.read() as session:
        return set(await session.scalars(select(PostRow.ts)))


async def test_what_has_ended_goes_once_it_is_old(store: Store) -> None:
    await add_post(store, "no image")
    await add_post(store, "failed", ImageState.FAILED)
    await add_post(store, "refused", ImageState.REFUSED, ImageState.REMOVED, ImageState.LEFT_OUT)
    await add_post(store, "never answered", ImageState.WAITING, held_back=True)
    await add_post(store, "fresh", ImageState.FAILED, created_at=FRESH)
    interrupted = await add_post(store, "interrupted", ImageState.FAILED)
    async with store.write() as session:
        intent = {"project_id": "p1", "asset_ids": ["a"], "links": [], "before": []}
        session.add(CreateIntentRow(post_id=interrupted, **intent))
    await run(store)
    assert await kept(store) == {"fresh"}
    async with store.read() as session:
        left = list(await session.scalars(select(IntakeRow.image_key)))
        assert left == ["Ffresh0"]
        assert await session.scalar(select(func.count()).select_from(CreateIntentRow)) == 0


async def test_what_is_the_state_of_things_stays(store: Store) -> None:
    source = await add_post(store, "source", ImageState.ADDED, ImageState.FAILED)
    answered = await add_post(store, "card", ImageState.REMOVED)
    await add_post(store, "at work", ImageState.UPLOADED)
    async with store.write() as session:
        mascot = {"team": "T1", "reference_ids": ["a-source-0"]}
        session.add(MascotRow(id="m1", **mascot))
    async with store.write() as session:
        (added, _) = await posts.images_of(session, source)
        reference = {"asset_id": "a-source-0", "name": "fox.png", "showable": True, "added_by": "UANA"}
        session.add(ReferenceRow(mascot_id="m1", intake_id=added.id, **reference))
        thread = {"team": "T1", "channel": "C1", "thread_ts": "card", "mascot_id": "m1"}
        session.add(ThreadRow(**thread, card_ts="2.0", card_post_id=answered))
    await run(store)
    assert await kept(store) == {"source", "card", "at work"}
    async with store.read() as session:
        (row,) = await session.scalars(select(ReferenceRow))
        assert row.intake_id == added.id


@pytest.mark.parametrize("by", ["post", "room_for", "assets", "asset"])
async def test_a_post_that_a_job_is_about_stays_until_the_job_is_done(store: Store, by: str) -> None:
    post_id = await add_post(store, "1.0", ImageState.LEFT_OUT)
    payload = {"post": post_id, "room_for": [post_id, 7], "assets": ["x", "a-1.0-0"], "asset": "a-1.0-0"}
    queue, _ = started(store)
    async with store.write() as session:
        await queue.put(session, "other", lock="other", payload={by: payload[by]}, delay=600.0)
    await run(store)
    assert await kept(store) == {"1.0"}
    async with store.write() as session:
        await forget(session, "other")
    await run(store)
    assert await kept(store) == set()


async def test_offers_go_as_well(store: Store) -> None:
    offer = {"team": "T1", "channel": "C1", "thread_ts": "1.0", "user": "UANA", "images": []}
    async with store.write() as session:
        for created_at in (OLD, FRESH):
            session.add(OfferRow(**offer, response_url="http://x", created_at=created_at))
    await run(store)
    async with store.read() as session:
        assert list(await session.scalars(select(OfferRow.created_at))) == [FRESH]


async def test_jobs_that_were_given_up_go_as_well(store: Store) -> None:
    queue, _ = started(store)

    async def fail(_job: Job) -> None:
        raise RuntimeError("broken")

    for kind in ("old", "fresh"):
        queue.handle(kind, Handler(fail))
        async with store.write() as session:
            await queue.put(session, kind, lock=kind, payload={})
    await queue.start()
    await queue.drained("old", "fresh")
    await queue.stop()
    async with store.write() as session:
        if is_postgres(session):
            query = (
                "UPDATE procrastinate_events SET at = at - interval '31 days' "
                "WHERE job_id IN (SELECT id FROM procrastinate_jobs WHERE task_name = 'old')"
            )
        else:
            query = "UPDATE job SET dead_at = datetime(dead_at, '-31 days') WHERE kind = 'old'"
        await session.execute(text(query))
    await run(store)
    async with store.read() as session:
        assert [row["kind"] for row in await rows(session) if row["dead"]] == ["fresh"]


async def test_it_runs_at_each_start_and_once_a_day_however_many_start(store: Store) -> None:
    await add_post(store, "1.0", ImageState.FAILED)
    for _ in range(2):
        _, retention = started(store)
        await retention.begin()
    assert len(await due(store)) == 1
    await run(store)
    assert await kept(store) == set()
    await add_post(store, "2.0", ImageState.FAILED)
    await run(store)
    assert await kept(store) == set()
    async with store.read() as session:
        (row,) = await rows(session)
    assert (row["kind"], row["dead"]) == (PRUNE, False)
    assert 86300 < row["seconds"] <= 86400
    queue, _ = started(store)
    (backlog,) = await queue.backlog()
    assert (backlog.waiting, backlog.oldest) == (1, 0.0)  # work of tomorrow is not late
    await queue.stop()


async def test_once_it_is_not_set_any_more_nothing_is_pruned(store: Store) -> None:
    await add_post(store, "1.0", ImageState.FAILED)
    _, retention = started(store)
    await retention.begin()
    await run(store, None)
    assert await kept(store) == {"1.0"}
    async with store.read() as session:
        assert await rows(session) == []


async def test_killed_in_between_it_goes_on(store: Store) -> None:
    for number in range(5 * BATCH):
        await add_post(store, str(number), ImageState.REFUSED)
    queue, retention = started(store)
    batches = 0

    async def payloads(_session: object) -> list[dict[str, Any]]:
        nonlocal batches
        batches += 1
        if batches == 3:
            stopping.set()
            await asyncio.Event().wait()
        return []

    stopping = asyncio.Event()
    queue.payloads = payloads  # type: ignore[method-assign, assignment]
    await queue.start()
    await retention.begin()
    await asyncio.wait_for(stopping.wait(), 20)
    await queue.stop(grace=0.0)
    assert len(await kept(store)) == 3 * BATCH
    await run(store)
    assert await kept(store) == set()
