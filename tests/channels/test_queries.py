"""Rows about a channel that gets another id, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.channels import queries as channels
from bot.db import Store, open_store
from bot.db.tables import (
    Base,
    ChannelRow,
    MascotRow,
    PostRow,
    SettingChangeRow,
    ThreadRow,
    VoteRow,
)

OLD, NEW, OTHER = "G1", "C2", "C3"


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await open_store(database_url)
    yield store
    await store.close()


async def write(store: Store, row: type[Any], *rows: dict[str, Any]) -> None:
    async with store.write() as session:
        for values in rows:
            await session.execute(insert(row).values({"team": "T1", **values}))


async def move(store: Store) -> None:
    await store.write_at_once(lambda session: channels.move(session, "T1", OLD, NEW))


async def all_of(store: Store, row: type[Any], *names: str) -> list[tuple[Any, ...]]:
    async with store.read() as session:
        rows = (await session.scalars(select(row))).all()
    return sorted(tuple(getattr(each, name) for name in names) for each in rows)


def post(channel: str, ts: str) -> dict[str, Any]:
    outside = {"from_outside": False, "among_strangers": False}
    return {"channel": channel, "ts": ts, "thread_ts": ts, "user": "U1", **outside}


def mascot(mascot_id: str) -> dict[str, Any]:
    return {"id": mascot_id, "reference_ids": []}


def vote(channel: str, link: str) -> dict[str, Any]:
    said = {"did": "approved", "at": datetime.now(UTC), "user": "U1", "edition": "e"}
    return {"mascot_id": "m", "key": f"{channel}:{link}", "channel": channel, "link": link, **said}


def change(channel: str) -> dict[str, Any]:
    return {"channel": channel, "user": "U1", "setting": "mode", "before": "auto", "after": "ask"}


async def test_every_table_that_names_channels_of_a_team_moves(store: Store) -> None:
    """A table that is added is moved too; it has to tell the two by these names."""
    named = {name for name, table in Base.metadata.tables.items() if "channel" in table.columns}
    assert all("team" in Base.metadata.tables[name].columns for name in named)
    await write(store, MascotRow, mascot("m"))
    await write(store, PostRow, post(OLD, "1.0"), post(OTHER, "1.0"))
    await write(store, ThreadRow, {"channel": OLD, "thread_ts": "1.0", "mascot_id": "m"})
    await write(store, ChannelRow, {"channel": OLD, "mode": "ask"})
    await write(store, SettingChangeRow, change(OLD))
    links = f"https://x.slack.com/archives/{OLD}/p1?thread_ts=1.0&cid={OLD}"
    await write(store, VoteRow, vote(OLD, links), vote(OTHER, f"https://x/{OTHER}/"))
    await move(store)
    await move(store)
    assert await all_of(store, PostRow, "channel") == [(NEW,), (OTHER,)]
    assert await all_of(store, ThreadRow, "channel", "mascot_id") == [(NEW, "m")]
    assert await all_of(store, ChannelRow, "channel", "mode") == [(NEW, "ask")]
    assert await all_of(store, SettingChangeRow, "channel", "user") == [(NEW, "U1")]
    assert await all_of(store, VoteRow, "link") == [
        (links.replace(OLD, NEW),),
        (f"https://x/{OTHER}/",),
    ]


async def test_another_teams_rows_stay(store: Store) -> None:
    await write(store, PostRow, {**post(OLD, "1.0"), "team": "T2"})
    await move(store)
    assert await all_of(store, PostRow, "channel") == [(OLD,)]


async def test_what_was_told_of_under_the_new_id_before_is_no_obstacle(store: Store) -> None:
    """Slack may tell of the first messages under the new id before it tells of the change."""
    await write(store, MascotRow, mascot("m"), mascot("n"))
    await write(store, PostRow, post(OLD, "1.0"), post(NEW, "1.0"), post(OLD, "2.0"))
    await write(
        store,
        ThreadRow,
        {"channel": OLD, "thread_ts": "1.0", "mascot_id": "m"},
        {"channel": NEW, "thread_ts": "1.0"},
        {"channel": OLD, "thread_ts": "2.0", "mascot_id": "m"},
        {"channel": NEW, "thread_ts": "2.0", "mascot_id": "n"},
    )
    await write(store, ChannelRow, {"channel": OLD, "mode": "off"}, {"channel": NEW, "mode": "auto"})
    await write(store, SettingChangeRow, change(OLD), change(NEW))
    await move(store)
    assert await all_of(store, PostRow, "channel", "ts") == [(NEW, "1.0"), (NEW, "2.0"), (OLD, "1.0")]
    assert await all_of(store, ThreadRow, "channel", "thread_ts", "mascot_id") == [
        (NEW, "1.0", "m"),
        (NEW, "2.0", "n"),
        (OLD, "2.0", "m"),
    ]
    assert await all_of(store, ChannelRow, "channel", "mode") == [(NEW, "off")]
    assert (NEW, "U1") in await all_of(store, SettingChangeRow, "channel", "user")
