"""What those who run the program see: log lines, metrics, readiness."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import running
from bot.sandbox.masko import faults
from bot.sandbox.slack import NewFile
from bot.server.process import add_health, listening
from bot.telemetry.logging import JsonLines
from tests.e2e.team import Team, a_sandbox, a_team, picture, pictures, settings_for
from tests.e2e.test_commands import answer, ask
from tests.server.fake import eventually, within
from tests.telemetry.test_logging import Written

pytestmark = pytest.mark.slow


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Any:
    """What the program's log holds at INFO, as JSON lines."""
    caplog.set_level(logging.INFO, "bot")
    written = Written(JsonLines())
    logging.getLogger("bot").addHandler(written)
    yield written
    logging.getLogger("bot").removeHandler(written)


async def metrics(team: Team) -> str:
    return (await team.bot.health.metrics.exposition()).decode()


async def test_one_image_is_a_handful_of_lines_that_name_their_post(team: Team, written: Written) -> None:
    team.slack.files.processing_delay = 0.0  # a card that comes sooner goes without its picture, and says so
    post = await team.post([picture()], text="our new fox")
    about_it = [line for line in written.members if line.get("ts") == post["ts"]]
    steps = [str(line["message"]) for line in about_it]
    assert steps[0] == "caught"
    assert sorted(steps) == ["caught", "created", "downloaded", "prepared", "replied", "uploaded"]
    where = (team.slack.directory.team.id, team.slack.directory.channel("mascots").id)
    assert {(line["team"], line["channel"]) for line in about_it} == {where}
    by_step = {line["message"]: line for line in about_it}
    (file,) = post["files"]
    assert by_step["downloaded"]["file"] == by_step["uploaded"]["file"] == file["id"]
    assert by_step["uploaded"]["asset"]
    assert by_step["created"]["mascot"] == team.mascots()[0].id


async def test_lines_hold_nothing_that_people_or_masko_wrote(team: Team, written: Written) -> None:
    post = await team.post([picture("secret-name.png")], text="quite private")
    await team.post([picture("another.png", "teal")], thread=post)
    (mascot,) = team.mascots()
    told = "\n".join(written.lines)
    assert "referenced" in told
    for private in ("secret-name", "quite private", str(mascot.prompt), "files-pri", team.sandbox.bot_token):
        assert private not in told


async def test_what_becomes_of_an_image_otherwise_is_told(team: Team, written: Written) -> None:
    post = await team.post([NewFile("bad.png", b"no image at all")])
    (line,) = [line for line in written.members if str(line["message"]).startswith("image ")]
    assert (line["message"], line["file"], line["ts"]) == (
        "image refused",
        post["files"][0]["id"],
        post["ts"],
    )


async def test_what_waits_and_what_fails_says_why(team: Team, written: Written) -> None:
    team.masko.faults.add("collections.create", faults.internal_error())
    await team.slack.post(user="ana", channel="mascots", files=[picture()])
    async with within(10):
        await eventually(lambda: "waiting" in str(written.lines))
    team.masko.faults.add("upload", faults.unauthorized())
    await team.post([picture("b.png", "teal")])
    waiting = next(line for line in written.members if line["message"] == "waiting")
    (failed,) = [line for line in written.members if line["message"] == "failed"]
    assert (waiting["level"], failed["level"]) == ("INFO", "WARNING")
    assert str(waiting["error"]).startswith("POST /collections")
    assert "401" in str(failed["error"])


async def test_what_happens_is_counted(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.post([picture("a.png")], thread=post)  # the same picture again
    await team.all_done()
    told = await metrics(team)
    for sample in (
        'masko_slack_events_received_total{kind="message"} ',
        'masko_slack_acknowledgement_seconds_count{kind="message",outcome="ok"} ',
        'masko_slack_masko_call_seconds_count{call="POST /collections",outcome="ok"} 1.0',
        'masko_slack_masko_call_seconds_count{call="POST /upload",outcome="ok"} 2.0',
        'masko_slack_slack_calls_total{method="chat.postMessage",outcome="ok"} 2.0',
        'masko_slack_images_total{outcome="added"} 2.0',
        'masko_slack_images_total{outcome="duplicate"} 1.0',
        'masko_slack_job_runs_total{kind="intake.carry",outcome="done"} 2.0',
        "masko_slack_masko_budget_left ",
    ):
        assert sample in told
    assert "masko_slack_queue_jobs{" not in told


@pytest.mark.parametrize(("limits", "shown"), [("none", False), ("60/minute", True)])
async def test_what_is_left_of_the_limits_is_shown_where_there_are_some(
    limits: str, shown: bool, tmp_path: Path
) -> None:
    async with a_sandbox() as sandbox:
        settings = settings_for(sandbox, f"sqlite:///{tmp_path}/masko.db")
        async with running(settings.model_copy(update={"masko_limits": limits})) as bot:
            assert (b"masko_slack_masko_budget_left 60.0" in await bot.health.metrics.exposition()) is shown
            assert (b"budget_left" in await bot.health.metrics.exposition()) is shown


async def test_the_backlog_is_read_when_it_is_asked_for(team: Team) -> None:
    async with team.bot.store.write() as session:
        await team.bot.queue.put(session, "cards.refresh", lock="l", payload={"thread": 1}, delay=600.0)
    told = await metrics(team)
    assert 'masko_slack_queue_jobs{kind="cards.refresh"} 1.0' in told
    assert 'masko_slack_queue_oldest_seconds{kind="cards.refresh"} ' in told
    assert 'masko_slack_dead_jobs{kind="cards.refresh"} 0.0' in told


async def test_it_is_ready_when_database_slack_and_masko_are(team: Team) -> None:
    application = add_health(web.Application(), team.bot.health)
    async with TestClient(TestServer(application)) as http:

        async def ask(path: str = "/readyz") -> tuple[int, Any]:
            async with http.get(path) as answer:
                return answer.status, await answer.json()

        assert await ask("/healthz") == (200, {"ok": True})
        ready = {"ready": True, "database": "ok", "slack": "ok", "masko": "ok"}
        assert await ask() == (200, ready)
        team.masko.faults.add("upload", faults.unauthorized())
        await team.post([picture("b.png", "teal")])
        assert await ask() == (503, {**ready, "ready": False, "masko": "refuses the key"})
        async with http.get("/metrics") as answer:
            assert answer.content_type == "text/plain"
            assert "masko_slack_events_received_total" in await answer.text()


async def test_a_bot_that_is_gone_is_not_ready(tmp_path: Path) -> None:
    async with a_team(f"sqlite:///{tmp_path}/masko.db") as team:
        health = team.bot.health
        await team.post([picture()])
        assert (await health.report())["ready"]
    gone = dict.fromkeys(("database", "slack", "masko"), "not there")
    assert await health.report() == {"ready": False, **gone}


async def test_where_no_limit_is_set_the_status_tells_no_number(database_url: str) -> None:
    async with a_sandbox(limits=()) as sandbox:
        told = settings_for(sandbox, database_url).model_copy(update={"masko_limits": "none"})
        async with running(told) as bot, listening(bot):
            team = Team(sandbox, bot)
            await team.slack.wait_connected()
            await ask(team, "status")
            assert "Masko: requests may go out right now; no limit is set." in answer(team)
