"""Migrations make the tables of `bot.db.tables`, on a new database and from each released schema."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.channels.queries import settings_of
from bot.db import engine, mascots, open_store, posts
from bot.db.tables import Base, CaughtBy, JobRow
from bot.db.values import Did, Mode
from bot.jobs import Handler, Job, queue_on
from bot.review.record import load
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


DATA = Path(__file__).parent / "data-1.sql"
JOB = {"post": 7}
ROW = {
    "id": 0,
    "kind": "intake.carry",
    "lock": "thread:T1:C1:1.0",
    "payload": JOB,
    "key": "post:7",
    "put_at": 1.5,
}
ROW |= {"attempt": 2, "faults": 1, "begun": True}


def first_schema(url: str) -> None:
    """Make the first schema, with a row in every table, as the first program left it."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(SQLITE_DUMP.read_text() + DATA.read_text())
            job = "2, 1, 1, true, NULL, '2026-01-02 03:04:05'"
            values = (ROW["kind"], ROW["lock"], ROW["key"], json.dumps(JOB), "2026-01-02 03:04:05")
            connection.execute(f"INSERT INTO job VALUES (13, ?, ?, ?, ?, ?, {job})", values)
            connection.commit()
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        server.execute(POSTGRES_DUMP.read_text().encode())
        server.execute("SET search_path TO public")
        server.execute(DATA.read_text().encode())
        job = "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) VALUES (%s, %s, %s, %s)"
        server.execute(job.encode(), ("masko-bulk", ROW["kind"], ROW["lock"], json.dumps(ROW)))


async def test_the_first_schema_can_be_upgraded(database_url: str) -> None:
    first_schema(database_url)
    assert await differences(database_url) == []


async def test_what_the_first_schema_held_is_there_after_the_upgrade(database_url: str) -> None:
    first_schema(database_url)
    store = await open_store(database_url)
    jobs = asyncio.Queue[Job]()
    async with store.read() as session:
        for table in Base.__subclasses__():
            if table is not JobRow:
                assert len(list(await session.scalars(sa.select(table)))) == 1, table.__tablename__
        post, (reference,) = await posts.get(session, 7), await mascots.references(session, "m1")
        settings = await settings_of(session, "T1", "C1")
        record = await load(session, "m1")
    assert post is not None
    assert (post.created_at, post.caught_by) == (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), CaughtBy.MENTION)
    assert (reference.name, reference.alt, reference.showable) == ("füchse.png", "Two foxes.", True)
    assert (settings.mode, settings.mascot_id, settings.review.people) == (Mode.ASK, "m1", ("UBEN",))
    assert record is not None
    assert [(entry.did, entry.words) for entry in record.entries] == [(Did.APPROVED, "Lovely!")]
    queue = queue_on(store)
    queue.handle("intake.carry", Handler(jobs.put))
    await queue.start()
    job = await asyncio.wait_for(jobs.get(), 10)
    await queue.drained("intake.carry")
    await queue.stop()
    await store.close()
    assert (job.payload, job.lock, job.attempt, job.faults, job.begun) == (JOB, ROW["lock"], 2, 1, True)


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
