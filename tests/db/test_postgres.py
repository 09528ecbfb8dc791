from __future__ import annotations

import asyncio
import socket

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.db import DatabaseUnusable, mascots, open_store
from bot.db import engine as lease


def nobodys_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        await open_store(f"postgresql://masko:hunter2@127.0.0.1:{nobodys_port()}/masko")
    assert "postgresql://127.0.0.1" in caught.value.words
    assert "refused" in caught.value.words
    assert "hunter2" not in caught.value.words + str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://masko:hunter2%zz@127.0.0.1:{port}/masko",
        "postgresql://masko:hunter2 @127.0.0.1:{port}/masko",
        "postgresql://masko:x@y:hunter2@127.0.0.1:{port}/masko",
        "postgresql://masko:x/hunter2@127.0.0.1:{port}/masko",
        "postgresql://masko:x?hunter2@127.0.0.1:{port}/masko",
        "postgresql://masko:x@127.0.0.1:{port}x/masko",
        "postgresql://127.0.0.1:{port}/masko?user=masko&password=hunter2",
        "postgresql://127.0.0.1:{port}/masko?hunter2=hunter2",
    ],
)
async def test_whatever_the_address_the_password_is_not_shown(url: str) -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        await open_store(url.format(port=nobodys_port()))
    assert "hunter2" not in caught.value.words + str(caught.value)
    assert caught.value.words.endswith("Check DATABASE_URL.")


async def test_what_is_no_database_of_ours_is_said(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version")
    with pytest.raises(DatabaseUnusable) as caught:
        await open_store(postgres_url)
    assert "already exists" in caught.value.words


async def test_a_cut_connection_costs_one_transaction_at_most(postgres_url: str) -> None:
    store = await open_store(postgres_url)
    with pytest.raises(OperationalError):
        async with store.write() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with store.write() as session:
        thread = await mascots.thread(session, "T1", "C1", "1.000001")
    assert thread.id
    await store.close()


async def test_a_worker_without_a_lease_writes_nothing(postgres_url: str) -> None:
    async def job() -> None:
        lost = lease.Lease()
        lost.lose()
        lease.current.set(lost)
        with pytest.raises(lease.LeaseLost):
            async with store.write():
                raise AssertionError("it was let in")
        with pytest.raises(lease.LeaseLost):
            await store.write_at_once(lambda session: mascots.thread(session, "T1", "C1", "1.000001"))
        async with store.read() as session:
            assert await mascots.known_thread(session, "T1", "C1", "1.000001") is None

    store = await open_store(postgres_url)
    await asyncio.create_task(job())
    async with store.write():
        pass  # outside of the job nothing stands in the way
    await store.close()
