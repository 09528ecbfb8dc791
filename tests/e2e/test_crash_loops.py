"""A file that kills the bot is not taken up again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update

from bot.app import running
from bot.db import open_store
from bot.db.tables import ImageState, IntakeRow
from bot.sandbox import faults
from bot.server.process import listening
from tests.crash.databases import database
from tests.crash.ground import ground
from tests.crash.steps import Asked, Moment, Watch
from tests.crash.story import Picture, Post
from tests.crash.workers import Workers
from tests.e2e.team import Team, a_sandbox, a_team, picture, settings_for
from tests.e2e.trouble import QUICK

pytestmark = pytest.mark.slow

SORRY = "Working on bad.png stopped me twice, so I won't try it again."


@pytest.mark.timeout(180)
async def test_the_bot_dies_twice_over_a_file_and_goes_on_without_it(tmp_path: Path) -> None:
    post = Post(0, 0, (Picture("bad.png", 1), Picture("good.png", 2)))
    watch = Watch(Random(1), latency=(0.0, 0.01))
    deaths = 0
    async with database("sqlite", tmp_path) as base, ground(watch) as place:
        workers = Workers(1, tmp_path, place.environment(base.url))

        def die_of_it(asked: Asked, moment: Moment) -> bool:
            nonlocal deaths
            worker = workers.at(asked.port)
            if asked.about != "bad.png" or moment is not Moment.AFTER or worker is None:
                return False
            deaths += 1
            worker.kill()
            return True

        watch.strikes = (die_of_it,)
        workers.start()
        await place.post(post, Random(1))
        try:
            async with asyncio.timeout(150):
                while not any(SORRY in reply.words for reply in place.replies([post])[0]):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
        finally:
            await workers.stop()
        (mascot,) = place.mascots()
        assert [upload.name for upload in mascot] == ["good.png"]
        assert "1 of 6 references" in place.replies([post])[0][0].words
        assert deaths == 2


async def counts(team: Team) -> dict[str, tuple[ImageState, int]]:
    async with team.bot.store.read() as session:
        rows = await session.scalars(select(IntakeRow))
        return {row.name: (row.state, row.unended) for row in rows}


@pytest.mark.parametrize("deaths", [1, 2])
async def test_a_file_over_which_the_bot_has_died(database_url: str, deaths: int) -> None:
    """Once: it is tried again.  Twice: it is not, and the thread and the metrics tell."""
    files = [picture("good.png"), picture("bad.png", "navy")]
    async with a_sandbox() as sandbox:
        settings = settings_for(sandbox, database_url)
        sandbox.slack.faults.add("download", faults.silence(), None)
        async with running(settings, timing=QUICK) as bot, listening(bot):
            post = await sandbox.slack.post(user="ana", channel="mascots", files=files)
            await sandbox.slack.wait_until(lambda: sandbox.slack.faults.struck["download"] or None)
        await died_over("bad.png", database_url, deaths)
        sandbox.slack.faults.clear("download")
        async with running(settings, timing=QUICK) as bot, listening(bot):
            team = Team(sandbox, bot)
            await team.done()
            text = " ".join(team.words(post))
            metrics = (await bot.health.metrics.exposition()).decode()
            left = await counts(team)
    given_up = "masko_slack_given_up_after_crashes_total 1.0"
    assert (given_up in metrics) is (deaths == 2)
    assert (SORRY in text) is (deaths == 2)
    assert f"{3 - deaths} of 6 references" in text
    assert left["good.png"] == (ImageState.ADDED, 0)
    assert left["bad.png"] == ((ImageState.ADDED, 0) if deaths == 1 else (ImageState.REFUSED, 2))


async def died_over(name: str, database_url: str, times: int) -> None:
    """Write down what lives of the bot would have that ended in the midst."""
    store = await open_store(database_url)
    async with store.write() as session:
        await session.execute(update(IntakeRow).where(IntakeRow.name == name).values(unended=times))
    await store.close()


async def test_a_file_counts_while_it_is_worked_on_and_a_stop_on_purpose_takes_that_back(
    database_url: str,
) -> None:
    async with a_team(database_url) as team:
        team.slack.faults.add("download", faults.silence())
        await team.slack.post(user="ana", channel="mascots", files=[picture("bad.png")])
        await team.slack.wait_until(lambda: team.slack.faults.struck["download"] or None)
        assert await counts(team) == {"bad.png": (ImageState.WAITING, 1)}
        await team.bot.queue.stop(grace=0.01)
        assert await counts(team) == {"bad.png": (ImageState.WAITING, 0)}
