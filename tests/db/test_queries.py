"""Queries, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots, open_store, posts
from bot.db.sqlite import SqliteStore
from bot.db.tables import ImageState, IntakeRow, PostRow

HOUR = timedelta(hours=1)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def other(store: Store, database_url: str) -> AsyncIterator[Store]:
    """Another machine's; on SQLite, which has but one, the same."""
    if isinstance(store, SqliteStore):
        yield store
        return
    other = await open_store(database_url)
    yield other
    await other.close()


def a_post(ts: str = "1.000001", **other: object) -> PostRow:
    row = {
        "team": "T1",
        "channel": "C1",
        "ts": ts,
        "thread_ts": ts,
        "user": "U1",
        "from_outside": False,
        "among_strangers": True,
    }
    return PostRow(**{**row, **other})


def an_image(key: str) -> IntakeRow:
    return IntakeRow(image_key=key, file_id=key, name=f"{key}.png", source="hosted", showable=True)


async def reopen_failed(session: AsyncSession, post_id: int) -> bool:
    return await posts.change_images(session, post_id, [ImageState.FAILED], state=posts.REACHED, detail=None)


async def test_two_machines_that_hear_of_the_same_post_note_it_once(store: Store, other: Store) -> None:
    async def note(machine: Store) -> int | None:
        return await machine.write_at_once(
            lambda session: posts.note(session, a_post(), [an_image("F1"), an_image("F2")])
        )

    noted = await asyncio.gather(*(note(machine) for machine in (store, other) * 10))
    assert len([post_id for post_id in noted if post_id is not None]) == 1
    async with store.read() as session:
        post = await posts.at(session, "T1", "C1", "1.000001")
        assert post is not None
        assert len(await posts.images_of(session, post.id)) == 2


async def test_retry_pressed_on_two_machines_reopens_once(store: Store, other: Store) -> None:
    async with store.write() as session:
        post_id = await posts.note(session, a_post(), [an_image("F1")])
        assert post_id is not None
        await posts.fail_images(session, post_id, "Masko is down.")

    async def reopen(machine: Store) -> bool:
        return await machine.write_at_once(lambda session: reopen_failed(session, post_id))

    reopened = await asyncio.gather(*(reopen(machine) for machine in (store, other) * 5))
    assert sorted(reopened) == [False] * 9 + [True]


async def test_text_that_no_database_takes_does_not_lose_a_post(store: Store) -> None:
    image = an_image("F1")
    image.name, image.alt = "fox\0.png", "half a pair \ud83e"
    async with store.write() as session:
        post_id = await posts.note(session, a_post(), [image])
    assert post_id is not None
    async with store.read() as session:
        (kept,) = await posts.images_of(session, post_id)
    assert (kept.name, kept.alt) == ("fox.png", "half a pair ?")


async def test_a_failed_write_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.write() as session:
            session.add(a_post())
            raise RuntimeError
    async with store.read() as session:
        assert await posts.at(session, "T1", "C1", "1.000001") is None


async def test_a_post_is_noted_once(store: Store) -> None:
    async with store.write() as session:
        first = await posts.note(session, a_post(), [an_image("F1"), an_image("F2")])
    async with store.write() as session:
        again = await posts.note(session, a_post(), [an_image("F1"), an_image("F2")])
    assert first is not None
    assert again is None


async def test_a_mention_beside_the_message_adds_only_what_is_new(store: Store) -> None:
    async with store.write() as session:
        first = await posts.note(session, a_post(), [an_image("F1")])
    async with store.write() as session:
        second = await posts.note(session, a_post(), [an_image("F1"), an_image("F2")])
    assert first is not None
    assert second is not None
    assert first == second
    async with store.read() as session:
        images = await posts.images_of(session, first)
    assert [image.image_key for image in images] == ["F1", "F2"]


async def test_the_same_file_in_two_channels_is_two_intakes(store: Store) -> None:
    async with store.write() as session:
        here = await posts.note(session, a_post(), [an_image("F1")])
        there = await posts.note(session, a_post(channel="C2"), [an_image("F1")])
    assert here is not None
    assert there is not None
    assert here != there


async def test_only_open_images_fail_and_only_failed_ones_reopen(store: Store) -> None:
    async with store.write() as session:
        post_id = await posts.note(session, a_post(), [an_image(f"F{n}") for n in range(3)])
        assert post_id is not None
        images = await posts.images_of(session, post_id)
        await posts.change_image(session, images[0].id, state=ImageState.ADDED)
        await posts.change_image(session, images[1].id, state=ImageState.UPLOADED, asset_id="a")
        await posts.fail_images(session, post_id, "Masko is down.")
    async with store.write() as session:
        states = [image.state for image in await posts.images_of(session, post_id)]
        assert await reopen_failed(session, post_id)
        assert not await reopen_failed(session, post_id)
    assert states == [ImageState.ADDED, ImageState.FAILED, ImageState.FAILED]
    async with store.read() as session:
        reopened = await posts.images_of(session, post_id)
    assert [image.state for image in reopened] == [ImageState.ADDED, ImageState.UPLOADED, ImageState.WAITING]


async def test_a_thread_is_one_row_however_often_it_is_asked_for(store: Store) -> None:
    async with store.write() as session:
        first = await mascots.thread(session, "T1", "C1", "1.000001")
        second = await mascots.thread(session, "T1", "C1", "1.000001")
    assert first.id == second.id


async def test_references_to_mascots_that_do_not_exist_are_refused(store: Store) -> None:
    with pytest.raises(IntegrityError):
        async with store.write() as session:
            thread = await mascots.thread(session, "T1", "C1", "1.000001")
            await mascots.change_thread(session, thread.id, mascot_id="nobody")


async def test_what_is_not_in_goes_with_its_message_whatever_a_running_job_finds_out(store: Store) -> None:
    now = datetime.now(UTC)
    async with store.write() as session:
        post_id = await posts.note(session, a_post(held_back=True), [an_image(f"F{n}") for n in range(4)])
        other = await posts.note(session, a_post("2.000001"), [an_image("F0")])
        assert post_id is not None
        assert other is not None
        waiting, uploaded, added, failed = await posts.images_of(session, post_id)
        await posts.change_image(session, uploaded.id, state=ImageState.UPLOADED, asset_id="a")
        await posts.change_image(session, added.id, state=ImageState.ADDED, asset_id="b")
        await posts.change_image(session, failed.id, state=ImageState.FAILED, detail="Masko is down.")
    async with store.write() as session:
        told = await posts.note_source_gone(session, posts.of_message("T1", "C1", "1.000001"), now)
        assert [each.id for each in told] == [post_id]
        assert told[0].held_back  # an uploaded one is on its way
    async with store.write() as session:
        values = {"state": ImageState.UPLOADED, "asset_id": "c"}
        assert not await posts.change_image(session, waiting.id, posts.OPEN, **values)
        assert await posts.change_image(session, uploaded.id, posts.OPEN, state=ImageState.ADDED)
    async with store.read() as session:
        images = await posts.images_of(session, post_id)
        (left_alone,) = await posts.images_of(session, other)
    assert [each.state for each in images] == ["refused", "added", "added", "refused"]
    assert [each.detail for each in images] == [None] * 4
    assert all(each.source_gone_at == now for each in images)
    assert (left_alone.state, left_alone.source_gone_at) == (ImageState.WAITING, None)


async def test_a_deleted_file_is_gone_from_every_message(store: Store) -> None:
    async with store.write() as session:
        for ts in ("1.000001", "2.000001"):
            await posts.note(session, a_post(ts, held_back=True), [an_image("F1")])
        await posts.note(session, a_post("3.000001"), [an_image("F2")])
        await posts.note(session, a_post("1.000001", team="T2"), [an_image("F1")])
    async with store.write() as session:
        told = await posts.note_source_gone(session, posts.of_file("T1", "F1"), datetime.now(UTC))
        ids = [each.id for each in told]
    async with store.read() as session:
        gone = [row for each in ids if (row := await posts.get(session, each))]
    assert [(each.team, each.ts, each.held_back) for each in gone] == [
        ("T1", "1.000001", False),
        ("T1", "2.000001", False),
    ]


async def take_in(store: Store, post: PostRow, most: int, now: datetime) -> bool:
    """Take in one image of a new post if fewer than `most` of its poster's are."""
    async with store.write() as session:
        post_id = await posts.note(session, post, [an_image(f"{post.ts}.png")])
        assert post_id is not None
    async with store.write() as session:
        taken = await posts.taken_since(session, post.team, PostRow.user == post.user, now - HOUR)
        if len(taken) >= most:
            return False
        (image,) = await posts.images_of(session, post_id)
        return await posts.change_image(session, image.id, posts.OPEN, taken_at=now)


async def test_images_are_counted_by_workspace_person_channel_and_hour(store: Store) -> None:
    now = datetime.now(UTC)
    for ts, minutes, other in (
        ("1.1", 61, {}),
        ("1.2", 30, {}),
        ("1.3", 20, {"channel": "C2"}),
        ("1.4", 10, {"user": "U2"}),
        ("1.5", 5, {"team": "T2"}),
    ):
        assert await take_in(store, a_post(ts, **other), 9, now - timedelta(minutes=minutes))
    async with store.write() as session:
        theirs = await posts.taken_since(session, "T1", PostRow.user == "U1", now - HOUR)
        here = await posts.taken_since(session, "T1", PostRow.channel == "C1", now - HOUR)
    assert theirs == [now - timedelta(minutes=30), now - timedelta(minutes=20)]
    assert here == [now - timedelta(minutes=30), now - timedelta(minutes=10)]


async def test_two_machines_do_not_exceed_a_quota_together(store: Store, other: Store) -> None:
    now = datetime.now(UTC)
    taking = (take_in((store, other)[n % 2], a_post(f"2.{n}"), 3, now) for n in range(12))
    assert sum(await asyncio.gather(*taking)) == 3
