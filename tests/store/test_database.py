from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import DatabaseInUse, DatabaseUnusable, Store, mascots, posts
from bot.store.database import bring_up_to_date, migrate
from bot.store.tables import Base, ImageState, IntakeRow, PostRow


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/masko.db")
    yield store
    await store.close()


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


def test_the_migrations_make_exactly_the_tables() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


async def test_a_second_process_is_refused_in_words(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DatabaseInUse) as caught:
        await Store.open(f"sqlite:///{tmp_path}/masko.db")
    assert "Another masko-slack" in caught.value.words
    assert caught.value.pid.isdigit()


async def test_another_name_for_the_same_file_is_refused_as_well(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "masko.db")
    with pytest.raises(DatabaseInUse):
        await Store.open(f"sqlite:///{tmp_path}/link.db")


async def test_a_closed_store_can_be_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/masko.db"
    for number in range(2):
        store = await Store.open(url)
        async with store.write() as session:
            row = await mascots.thread(session, "T1", "C1", f"{number}.000001")
        await store.close()
    assert row.id == 2  # the second time the first one's row was there


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnusable) as caught:
        await Store.open(f"sqlite:///{tmp_path}/file/masko.db")
    assert str(tmp_path) in caught.value.words
    assert "DATABASE_URL" in caught.value.words


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be taken for one" * 99, None])
async def test_what_is_no_database_of_ours_is_said_and_let_go(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "masko.db"
    if content is None:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("CREATE TABLE job (id INTEGER)")
    else:
        path.write_bytes(content)
    for _ in range(2):  # the second time it is not "in use": the first let go of it
        with pytest.raises(DatabaseUnusable) as caught:
            await Store.open(f"sqlite:///{path}")
        assert str(path) in caught.value.words


def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "masko.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE reference (id INTEGER)")  # made last by the first migration
    with pytest.raises(sa.exc.OperationalError):
        bring_up_to_date(path)
    with closing(sqlite3.connect(path)) as other:
        tables = {name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"reference"}


async def test_what_is_acknowledged_is_synced_to_disk(store: Store) -> None:
    async with store.read() as session:
        assert await session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(sa.text("PRAGMA synchronous")) == 2


async def test_connections_may_be_opened_side_by_side(tmp_path: Path) -> None:
    """Each switching to write-ahead logging by itself would lock the others out."""
    for number in range(10):
        store = await Store.open(f"sqlite:///{tmp_path}/{number}.db")

        async def look(store: Store = store) -> None:
            async with store.read() as session:
                await mascots.known_thread(session, "T1", "C1", "1.000001")

        def write(session: AsyncSession) -> Awaitable[object]:
            return mascots.thread(session, "T1", "C1", "1.000001")

        await asyncio.gather(look(), look(), store.write_at_once(write), look())
        await store.close()


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
        assert await posts.reopen_failed_images(session, post_id)
        assert not await posts.reopen_failed_images(session, post_id)
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
