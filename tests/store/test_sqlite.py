from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import DatabaseInUse, DatabaseUnusable, Store, mascots
from bot.store.sqlite import bring_up_to_date


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/masko.db")
    yield store
    await store.close()


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
