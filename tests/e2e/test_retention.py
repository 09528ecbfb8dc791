"""What people meet of a post that is not kept any more."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.app import running
from bot.app.timing import Timing
from bot.cli.local import words_of
from bot.db.tables import PostRow
from bot.home.view import RETRY as RETRY_AT_HOME
from bot.intake.catch import TOO_OLD
from bot.intake.retention import PRUNE, Retention
from bot.sandbox.masko import faults
from bot.sandbox.sandbox import Sandbox
from bot.server.process import listening
from bot.slack.blocks import RETRY
from tests.e2e.team import Message, Team, a_sandbox, picture, settings_for
from tests.e2e.test_card_actions import opened
from tests.e2e.test_commands import answer, ask
from tests.e2e.test_home import changed
from tests.e2e.test_home import opened as at_home
from tests.e2e.test_sources_and_alt_texts import offered
from tests.e2e.workspaces import a_program
from tests.jobs.rows import rows

pytestmark = pytest.mark.slow


@asynccontextmanager
async def a_bot(sandbox: Sandbox, database_url: str, *, later: int = 0) -> AsyncIterator[Team]:
    """A bot that keeps posts for 90 days, so many days from now; it has pruned when it is there."""
    timing = Timing(now=lambda: datetime.now(UTC) + timedelta(days=later))
    settings = settings_for(sandbox, database_url).model_copy(update={"retention_days": 90})
    async with running(settings, timing=timing) as bot, listening(bot):
        team = Team(sandbox, bot)
        await team.slack.wait_connected()
        async with asyncio.timeout(30):
            while not await _has_pruned(team):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        yield team


async def _has_pruned(team: Team) -> bool:
    """Whether only jobs for another day are left."""
    async with team.bot.store.read() as session:
        return all(row["seconds"] > 3600 for row in await rows(session) if row["kind"] == PRUNE)


async def _posts(team: Team) -> int:
    async with team.bot.store.read() as session:
        return await session.scalar(select(func.count()).select_from(PostRow)) or 0


async def _failed(team: Team) -> Message:
    team.masko.faults.add("upload", faults.unauthorized())
    post = await team.post([picture("bear.png", "brown")])
    assert "[Retry]" in team.words(post)[0]
    return post


@pytest.mark.parametrize("later", [89, 91])
async def test_an_old_retry_says_that_the_post_is_not_kept(database_url: str, later: int) -> None:
    async with a_sandbox() as sandbox:
        async with a_bot(sandbox, database_url) as team:
            post = await _failed(team)
        async with a_bot(sandbox, database_url, later=later) as team:
            assert await _posts(team) == (later == 89)
            await team.press(team.card(post), RETRY)
            await team.all_done()
            told = team.words(post, viewer="ana")
            assert (TOO_OLD in told) is (later == 91)
            assert len(team.mascots()) == (later == 89)
            if later == 91:  # posted again, it is a post like any other
                again = await team.post([picture("bear.png", "brown")])
                assert "1 of 6 references" in team.words(again)[0]


async def test_a_mascot_lives_on_and_what_is_not_kept_is_not_counted(database_url: str) -> None:
    async with a_sandbox() as sandbox:
        async with a_bot(sandbox, database_url) as team:
            post = await team.post([picture()])
            side = await team.post([picture("side.png", "teal")], thread=post)
            await _failed(team)
            await ask(team, "forget me")
            assert "3 posts, 3 images and 2 references with your name" in answer(team)
        async with a_bot(sandbox, database_url, later=1000) as team:
            await ask(team, "forget me")
            assert "2 posts, 2 images and 2 references with your name" in answer(team)
            assert await _images_exported(team) == ["fox.png", "side.png"]
            await team.choose(team.card(post), "Details")
            details = str(await opened(team))
            assert str(team.mascots()[0].detected.prompt) in details
            assert "Somebody shared this card here" not in details  # it still knows why
            await team.post([picture("again.png", "teal")], thread=post)
            assert "is the same image as side.png" in team.words(post)[-1]  # known by its bytes
            await team.post([picture("back.png", "navy")], thread=post)
            await team.all_done()
            assert "3 of 6 references" in team.words(post)[0]
            team.slack.delete("mascots", side["ts"], "ana")
            assert "side.png was deleted in Slack" in words_of(await offered(team, post))


async def _images_exported(team: Team) -> list[str]:
    await ask(team, "export", user="chris")
    conversation = team.slack.directory.direct_message(team.slack.directory.person("chris").id)
    assert conversation is not None
    (message,) = team.slack.channel_messages(conversation.id)
    stored = team.slack.files.get(message["files"][0]["id"])
    assert stored is not None
    return [row["image"] for row in csv.DictReader(io.StringIO(stored.content.decode("utf-8-sig")))]


async def test_home_says_so_too_and_goes_on(database_url: str) -> None:
    async with a_sandbox() as sandbox:
        async with a_bot(sandbox, database_url) as team:
            await _failed(team)
            assert "bear.png" in await at_home(team)
        async with a_bot(sandbox, database_url, later=91) as team:
            assert TOO_OLD in await changed(team, RETRY_AT_HOME)
            assert "bear.png" not in await at_home(team)


async def test_the_posts_of_all_workspaces_go(database_url: str) -> None:
    async with a_program(database_url, RETENTION_DAYS="90") as program:
        north = await program.enter(program.sandbox.add_workspace("Northwind"))
        south = await program.enter(program.sandbox.add_workspace("Southbank"))
        for workspace in (north, south):
            workspace.masko.faults.add("upload", faults.unauthorized())
            await workspace.post([picture()])
        store, queue = program.program.store, program.program.queue
        async with store.write() as session:
            await session.execute(update(PostRow).values(created_at=datetime.now(UTC) - timedelta(days=91)))
        assert await _posts(north) == 2
        await Retention(store, queue, 90, lambda: datetime.now(UTC)).begin()
        async with asyncio.timeout(30):
            while await _posts(north):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
