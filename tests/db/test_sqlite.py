from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import DatabaseInUse, DatabaseUnusable, Store, mascots, open_store
from bot.db.sqlite import bring_up_to_date, make_private


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    yield store
    await store.close()


async def test_a_second_process_is_refused_in_words(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DatabaseInUse) as caught:
        await open_store(f"sqlite:///{tmp_path}/masko.db")
    assert "Another masko-slack" in caught.value.words
    assert caught.value.pid.isdigit()


async def test_another_name_for_the_same_file_is_refused_as_well(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "masko.db")
    with pytest.raises(DatabaseInUse):
        await open_store(f"sqlite:///{tmp_path}/link.db")


async def test_a_closed_store_can_be_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/masko.db"
    for number in range(2):
        store = await open_store(url)
        async with store.write() as session:
            row = await mascots.thread(session, "T1", "C1", f"{number}.000001")
        await store.close()
    assert row.id == 2  # the second time the first one's row was there


def modes(folder: Path) -> dict[str, str]:
    return {each.name: oct(each.stat().st_mode & 0o777) for each in (folder, *folder.iterdir())}


@pytest.fixture
def careless() -> Iterator[None]:
    """A user who lets everybody read and write everything."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless")
async def test_nobody_else_can_read_a_new_database(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/.masko/masko.db")
    try:
        async with store.write() as session:
            await mascots.thread(session, "T1", "C1", "1.000001")
        private = dict.fromkeys(("masko.db", "masko.db-wal", "masko.db-shm", "masko.db.lock"), "0o600")
        assert modes(tmp_path / ".masko") == {".masko": "0o700", **private}
    finally:
        await store.close()


@pytest.mark.usefixtures("careless")
async def test_an_open_database_is_closed_to_others_but_a_shared_folder_stays(tmp_path: Path) -> None:
    for name, mode in ((".masko", "0o700"), ("shared", "0o777")):
        folder = tmp_path / name
        folder.mkdir(0o777)
        with closing(sqlite3.connect(folder / "masko.db")) as older:
            older.execute("PRAGMA journal_mode=WAL")
        (folder / "masko.db.lock").touch()
        (folder / "something else").touch()
        store = await open_store(f"sqlite:///{folder}/masko.db")
        async with store.write() as session:
            await mascots.thread(session, "T1", "C1", "1.000001")
        private = dict.fromkeys(("masko.db", "masko.db-wal", "masko.db-shm", "masko.db.lock"), "0o600")
        told = modes(folder)
        await store.close()
        assert told == {name: mode, "something else": "0o666", **private}


@pytest.mark.usefixtures("careless")
def test_what_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / ".masko"
    folder.mkdir(0o750)
    path = folder / "masko.db"
    path.touch(0o640)
    (folder / "masko.db-wal").touch(0o600)
    make_private(path)
    assert modes(folder) == {".masko": "0o700", "masko.db": "0o600", "masko.db-wal": "0o600"}


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnusable) as caught:
        await open_store(f"sqlite:///{tmp_path}/file/masko.db")
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
            await open_store(f"sqlite:///{path}")
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
        store = await open_store(f"sqlite:///{tmp_path}/{number}.db")

        async def look(store: Store = store) -> None:
            async with store.read() as session:
                await mascots.known_thread(session, "T1", "C1", "1.000001")

        def write(session: AsyncSession) -> Awaitable[object]:
            return mascots.thread(session, "T1", "C1", "1.000001")

        await asyncio.gather(look(), look(), store.write_at_once(write), look())
        await store.close()
