"""Slack's deliveries: written down before acknowledged, done once however often they come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text, update

from bot.app import running
from bot.db.tables import PostRow
from bot.sandbox.masko import faults
from bot.server.process import listening
from tests.e2e.team import Message, Team, a_team, picture

pytestmark = pytest.mark.slow


def event_of(team: Team, post: Message) -> dict[str, Any]:
    """The event that told of a post, as it was delivered."""
    payloads = [delivery.payload for delivery in team.slack.workspace.socket.deliveries]
    return next(
        payload["event"]
        for payload in payloads
        if payload.get("event", {}).get("ts") == post["ts"] and payload["event"]["type"] == "message"
    )


async def test_a_repeated_delivery_changes_nothing(team: Team) -> None:
    post = await team.post([picture()])
    event = event_of(team, post)
    for repeat in ({"event_id": "Ev0SAME"}, {"event_id": "Ev0SAME", "retry_attempt": 1}, {}):
        delivery = await team.slack.send_event(event, **repeat)
        assert delivery.acknowledged
    await team.done()
    assert len(team.mascots()) == 1
    assert len(team.replies(post)) == 1
    assert team.masko.calls["upload"] == 1


async def test_a_mention_beside_the_message_is_the_same_post(team: Team) -> None:
    post = await team.post([picture()], text="@masko look")
    assert len(team.mascots()) == 1
    assert len(team.replies(post)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B0OTHER", "subtype": "bot_message"},
        {"bot_id": "B0OTHER", "bot_profile": {"id": "B0OTHER"}},
        {"hidden": True, "subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"user": "USLACKBOT"},
    ],
    ids=["bot_message", "bot_profile", "edit", "deletion", "join", "Slackbot"],
)
async def test_what_is_no_persons_post_is_acknowledged_and_left_alone(
    team: Team, change: dict[str, object]
) -> None:
    post = await team.post([picture()])
    event = {**event_of(team, post), **change, "ts": "1900000000.000100"}
    delivery = await team.slack.send_event(event)
    await team.done()
    assert delivery.acknowledged
    assert len(team.mascots()) == 1


async def test_the_acknowledgement_does_not_wait_for_masko(team: Team) -> None:
    team.masko.faults.add("upload", faults.delay(4.0))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    placeholder = await team.slack.wait_until(lambda: team.words(post) or None, timeout=3.8)
    assert placeholder[0].startswith("Reading fox.png…")
    acks = [entry.ms or 0 for entry in team.sandbox.inspector.after(0) if entry.kind == "ack"]
    assert acks
    assert max(acks) < 3000
    await team.done()
    assert "1 of 6 references" in team.words(post)[0]


async def test_what_cannot_be_written_is_not_acknowledged_and_comes_again(team: Team) -> None:
    """Another connection holds the database's write lock longer than the bot waits for it."""
    team.slack.workspace.socket.ack_timeout = 0.4
    async with team.bot.store.write() as session:
        await session.execute(text("ALTER TABLE post RENAME TO post_away"))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await asyncio.sleep(0.3)
    assert team.replies(post) == []
    async with team.bot.store.write() as session:
        await session.execute(text("ALTER TABLE post_away RENAME TO post"))
    await team.slack.wait_until(lambda: team.words(post) and "1 of 6" in team.words(post)[0])
    attempts = next(
        delivery.attempts
        for delivery in team.slack.workspace.socket.deliveries
        if delivery.payload.get("event", {}).get("ts") == post["ts"]
    )
    assert len(attempts) >= 2
    assert len(team.mascots()) == 1


@pytest.mark.parametrize("reply_is_written_down", [True, False])
async def test_what_was_acknowledged_is_taken_up_by_the_next_process(
    database_url: str, reply_is_written_down: bool
) -> None:
    """The first bot dies between the acknowledgement and Masko, perhaps right after it had replied."""
    async with a_team(database_url) as team:
        team.masko.faults.add("upload", faults.delay(30.0))
        post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
        await team.slack.wait_until(lambda: team.words(post) or None)
        for _ in range(1000):  # until the upload has begun, which Slack hears nothing of
            if not team.masko.faults.waiting():
                break
            await asyncio.sleep(0.01)
        await team.bot.queue.stop(grace=0.0)
        if not reply_is_written_down:
            async with team.bot.store.write() as session:
                await session.execute(update(PostRow).values(reply_ts=None))
        await team.bot.store.close()
        async with running(team.bot.settings) as second, listening(second):
            await team.slack.wait_until(lambda: "1 of 6 references" in team.words(post)[0] or None)
        assert len(team.replies(post)) == 1
        assert len(team.mascots()) == 1
