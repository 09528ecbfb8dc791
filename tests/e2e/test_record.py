"""The record of one real intake: everything about it belongs to its thread, and its time is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.view import EDIT
from bot.sandbox.tracing.timeline import timeline
from tests.e2e.team import Team
from tests.e2e.trouble import a_quick_team, small

pytestmark = pytest.mark.slow

SHARED = ("GET /v1/projects", "auth.test", "GET /v1/credits", "apps.connections.open", "users.info")
"""What the bot asks on behalf of no thread: who somebody is, is remembered for all of them."""


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    async with a_quick_team(tmp_path) as team:
        yield team


async def test_everything_about_an_intake_belongs_to_its_thread(team: Team) -> None:
    one, two = small(2)
    post, other = await team.post([one]), await team.post([two])
    await team.post([two], thread=post, user="ben")
    await team.press(team.card(post), EDIT)
    await team.fill_in("Felix the Fox")
    channel = team.slack.directory.channel("mascots").id
    record = team.sandbox.inspector.after(0)
    threads = {f"{channel}/{post['ts']}", f"{channel}/{other['ts']}"}
    assert {entry.thread for entry in record} == {None, *threads}
    strangers = [entry.title for entry in record if entry.thread is None]
    assert [title for title in strangers if title not in SHARED and "socket" not in title] == []
    uploads = Counter(entry.thread for entry in record if entry.title == "POST /v1/upload")
    assert uploads == {f"{channel}/{post['ts']}": 2, f"{channel}/{other['ts']}": 1}
    renamed = [entry.thread for entry in record if entry.title.startswith("PATCH /v1/collections")]
    assert renamed == [f"{channel}/{post['ts']}"]


async def test_a_call_that_went_wrong_belongs_to_the_thread_too(team: Team) -> None:
    for fault in ("masko.upload=500", "masko.create=502", "slack.post=429", "masko.create=timeout"):
        await team.sandbox.controller.let(fault)
    post = await team.post(small(1))
    await team.all_done()
    struck = [
        entry
        for entry in team.sandbox.inspector.after(0)
        if isinstance(entry.response, dict) and "fault" in entry.response
    ]
    channel = team.slack.directory.channel("mascots").id
    assert [entry.thread for entry in struck] == [f"{channel}/{post['ts']}"] * 4


async def test_the_timeline_of_an_intake(team: Team) -> None:
    post = await team.post(small(1))
    await team.all_done()
    channel = team.slack.directory.channel("mascots").id
    told = timeline(team.sandbox.inspector.after(0), f"{channel}/{post['ts']}")
    assert told is not None
    titles = [bar["title"] for bar in told["bars"]]
    steps = [
        "message file_share",
        "chat.postMessage",
        "POST /v1/upload",
        "POST /v1/collections",
        "chat.update",
    ]
    assert [title for title in titles if title in steps and title != "message"][: len(steps)] == steps
    assert set(told["spent"]) >= {"ack", "masko", "web_api", "bot"}
    assert 0 < told["total_ms"] < 10_000
