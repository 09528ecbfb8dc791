"""Migrations make the tables of `bot.db.tables`, on a new database and from each released schema."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.db import engine, open_store
from bot.db.tables import Base
from tests.db.first_schema import POSTGRES_DUMP, SQLITE_DUMP


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Procrastinate's tables are not in `bot.db.tables`; they take the place of `job`."""
    return kind != "table" or not str(name).startswith("procrastinate_")


async def differences(url: str) -> list[object]:
    """Migrate a database, and compare it with `bot.db.tables`."""

    def compared(session: sa.orm.Session) -> list[object]:
        context = MigrationContext.configure(session.connection(), opts={"include_object": _ours})
        found = compare_metadata(context, Base.metadata)
        if session.connection().dialect.name == "postgresql":
            found = [each for each in found if getattr(each[1], "name", None) not in ("job", "ix_job_lock")]
        return list(found)

    store = await open_store(url)
    try:
        async with store.read() as session:
            return await session.run_sync(compared)
    finally:
        await store.close()


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_the_first_schema_of_sqlite_can_be_upgraded(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "masko.db")) as connection:
        connection.executescript(SQLITE_DUMP.read_text())
    assert await differences(f"sqlite:///{tmp_path}/masko.db") == []


async def test_the_first_schema_of_postgresql_can_be_upgraded(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(POSTGRES_DUMP.read_text().encode())
    assert await differences(postgres_url) == []


def test_files_of_migrations_begin_with_their_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(engine.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == engine.newest_revision()
    assert all(Path(each.path).name.startswith(each.revision) for each in scripts.walk_revisions())


OPEN = """
import asyncio, sys
from bot.db import open_store
async def main():
    await (await open_store(sys.argv[1])).close()
asyncio.run(main())
print(*sorted({"alembic", "psycopg", "procrastinate"} & set(sys.modules)))
"""


@pytest.mark.parametrize(("is_new", "imported"), [(True, "alembic"), (False, "")])
def test_sqlite_needs_alembic_for_a_migration_only(tmp_path: Path, is_new: bool, imported: str) -> None:
    url = f"sqlite:///{tmp_path}/masko.db"
    for _ in range(1 if is_new else 2):
        ran = subprocess.run([sys.executable, "-c", OPEN, url], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == imported
