"""Many people at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import running
from bot.db.tables import ChannelRow
from bot.server.process import Bot, listening
from tests.e2e.team import COLOURS, Team, picture

pytestmark = pytest.mark.slow

PEOPLE = ("ana", "chris", "ben")


@asynccontextmanager
async def machines(team: Team, url: str) -> AsyncIterator[list[Bot]]:
    """The team's bot, and on PostgreSQL a second one beside it."""
    if url.startswith("sqlite:"):
        yield [team.bot]
        return
    async with running(team.bot.settings) as second, listening(second):
        await team.slack.wait_until(lambda: len(team.slack.workspace.socket.sockets) > 1 or None)
        yield [team.bot, second]


async def post_six(team: Team, *, channel: str, thread_ts: str | None = None) -> list[str]:
    """Six people post one picture each at the same moment; the timestamps of the posts."""
    posts = await asyncio.gather(
        *(
            team.slack.post(
                user=PEOPLE[number % len(PEOPLE)],
                channel=channel,
                files=[picture(f"{COLOURS[number]}.png", COLOURS[number], 128)],
                thread_ts=thread_ts,
            )
            for number in range(1, 7)
        )
    )
    return [post["ts"] for post in posts]


async def told(team: Team, *, channel: str, roots: set[str], replies: int) -> list[str]:
    """What the bot said about six posts, once it has said it of all."""

    def words() -> list[str] | None:
        said = [text for root in roots for text in team.words({"ts": root}, channel)]
        done = [text for text in said if not text.startswith(("Reading", "Adding"))]
        return done if len(done) == replies else None

    return await team.slack.wait_until(words, timeout=40)


async def test_six_people_reply_in_one_thread(team: Team, database_url: str) -> None:
    async with machines(team, database_url):
        root = await team.post([picture(size=128)])
        await post_six(team, channel="mascots", thread_ts=root["ts"])
        await told(team, channel="mascots", roots={root["ts"]}, replies=7)
        await team.all_done()
        said = team.words(root)
    assert "6 of 6 references" in said[0]
    assert sum("Added" in text for text in said[1:]) == 5
    assert sum("was left out" in text for text in said[1:]) == 1
    (mascot,) = team.mascots()
    assert len(set(mascot.reference_asset_ids)) == 6
    assert team.findings() == []


async def test_six_people_post_in_a_channel_that_belongs_to_one_mascot(team: Team, database_url: str) -> None:
    """Each post is a thread of its own: nothing but the mascot keeps them apart."""
    async with machines(team, database_url):
        await team.post([picture(size=128)])
        (mascot,) = team.mascots()
        channel = team.slack.directory.channel("mascots")
        async with team.bot.store.write() as session:
            row = ChannelRow(team=team.slack.directory.team.id, channel=channel.id, mascot_id=mascot.id)
            session.add(row)
        roots = await post_six(team, channel="mascots")
        await told(team, channel="mascots", roots=set(roots), replies=6)
        await team.all_done()
    said = [text for root in roots for text in team.words({"ts": root})]
    assert len(said) == 6
    assert len(mascot.reference_asset_ids) == 6
    assert len(set(mascot.reference_asset_ids)) == 6
    assert sum("was left out" in text for text in said) == 1
    assert len(team.mascots()) == 1
    assert team.findings() == []
