"""The one card of a thread, as it is shown again and put away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cards.service import Cards
from bot.db import Store, mascots, open_store
from bot.db.tables import JobRow, ThreadRow
from bot.jobs import Again, Job
from bot.jobs.runner import REFRESH, RETIRE, retire_card
from bot.jobs.sqlite import SqliteQueue
from bot.slack.blocks import Message
from bot.slack.errors import SlackError, SlackRateLimited, SlackUnreachable
from bot.slack.messenger import Said


class SlowSlack:
    """Gives a turn when it is told to.

    Attributes:
        turns: to be set when there is a turn for everybody.
        shown: what was sent.
        refusals: raised instead of sending, one each time.
    """

    def __init__(self) -> None:
        self.turns = asyncio.Event()
        self.shown: list[Message] = []
        self.refusals: list[SlackError] = []

    async def update(self, _channel: str, ts: str, newest: object, **_how: object) -> Said | None:
        message = newest
        if not isinstance(newest, Message):
            await self.turns.wait()
            message = await newest()  # type: ignore[operator]
        if not isinstance(message, Message):
            return None
        if self.refusals:
            raise self.refusals.pop()
        self.shown.append(message)
        return Said(ts, pictures=True)

    @property
    def names(self) -> list[str | None]:
        return [message.text.partition(":")[0] for message in self.shown]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path}/masko.db")
    yield store
    await store.close()


@pytest.fixture
def slack() -> SlowSlack:
    return SlowSlack()


@pytest.fixture
def queue(store: Store) -> SqliteQueue:
    return SqliteQueue(store)


@pytest.fixture
def cards(store: Store, queue: SqliteQueue, slack: SlowSlack) -> Cards:
    return Cards(store, queue, slack, None)  # type: ignore[arg-type]


@pytest.fixture
async def thread(store: Store) -> ThreadRow:
    async with store.write() as session:
        await mascots.add(session, {"id": "col_1", "team": "T1", "project_id": "prj_1", "reference_ids": []})
        thread = await mascots.thread(session, "T1", "C1", "1.0")
        await mascots.change_thread(session, thread.id, mascot_id="col_1", card_ts="1.2")
    async with store.read() as session:
        return await mascots.thread_by_id(session, thread.id)


async def rename(store: Store, name: str) -> None:
    async with store.write() as session:
        await mascots.change_mascot(session, "col_1", name=name)


async def test_whoever_asks_afterwards_sees_the_card_made_up_anew(
    store: Store, cards: Cards, slack: SlowSlack, thread: ThreadRow
) -> None:
    slack.turns.set()
    for name in ("Felix", "Rusty"):
        await rename(store, name)
        assert await cards.show(thread)
    assert slack.names == ["Felix", "Rusty"]


async def test_without_a_turn_the_card_is_shown_from_the_queue(
    cards: Cards, queue: SqliteQueue, slack: SlowSlack, thread: ThreadRow
) -> None:
    slack.turns.set()
    slack.refusals = [SlackRateLimited("chat.update", 30.0)]
    assert await cards.show(thread)
    assert await queue.unfinished(REFRESH) == 1


async def test_a_card_that_was_deleted_is_forgotten(
    store: Store, cards: Cards, slack: SlowSlack, thread: ThreadRow
) -> None:
    slack.turns.set()
    slack.refusals = [SlackError("chat.update", "message_not_found")]
    assert not await cards.show(thread)
    async with store.read() as session:
        assert (await mascots.thread_by_id(session, thread.id)).card_ts is None


@pytest.mark.parametrize(
    ("refusal", "later"),
    [
        (None, False),
        (SlackUnreachable("chat.update"), True),
        (SlackRateLimited("chat.update", 30.0), True),
        (SlackError("chat.update", "channel_not_found"), False),
    ],
)
async def test_a_retired_card_leaves_its_thread_free_whatever_slack_says(
    store: Store,
    cards: Cards,
    queue: SqliteQueue,
    slack: SlowSlack,
    thread: ThreadRow,
    refusal: SlackError | None,
    later: bool,
) -> None:
    slack.refusals = [refusal] if refusal else []
    async with store.write() as session:
        await retire_card(session, queue, thread, Message.of("Felix was deleted."))
    async with store.read() as session:
        free = await mascots.thread_by_id(session, thread.id)
        row = (await session.scalars(select(JobRow).where(JobRow.kind == RETIRE))).one()
    assert (free.mascot_id, free.card_ts) == (None, None)
    job = Job(row.id, row.kind, row.lock, row.payload)
    with pytest.raises(Again) if later else nullcontext():
        await queue.handlers[RETIRE].run(job)
    assert slack.shown == ([] if refusal else [Message.of("Felix was deleted.")])
