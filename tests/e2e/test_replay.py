"""A run with the real bot, recorded as a file and played again by another bot: the same comes of it."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cards.view import EDIT, NAME
from bot.sandbox.scenarios.recorder import Recording
from bot.sandbox.scenarios.replay import replay
from tests.e2e.page import Page
from tests.e2e.team import Team
from tests.e2e.trouble import a_quick_team, small

pytestmark = pytest.mark.slow

ANA = "U0ANA000001"


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """A team with an impatient bot."""
    async with a_quick_team(tmp_path) as team:
        yield team


async def a_run(team: Team) -> Any:
    """A mascot, a lost answer on the way, a second picture, a new name; as a file."""
    async with Page(team) as page:
        await page.do("faults", service="masko", operation="create", fault="lost-answer")
        one, two = small(2)
        post = await page.post(one, text="Our new mascot")
        await page.post(two, user="ben", thread_ts=post["ts"])
        await page.press(team.card(post), EDIT)
        view = await team.slack.wait_until(lambda: team.slack.view("ana"))
        values = {NAME: {NAME: {"type": "plain_text_input", "value": "Felix the Fox"}}}
        await page.do("view/submit", **{"as": ANA}, view_id=view["id"], values=values)
        await team.all_done()
        return json.loads(json.dumps(await page.get("recording")))


async def test_a_recording_comes_out_the_same_in_a_fresh_sandbox(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with a_quick_team(first) as team:
        recording = await a_run(team)
    calls = [step["call"] for step in recording["steps"]]
    assert calls == ["faults", "post", "post", "action", "view/submit"]
    assert recording["outcome"]["effects"]["masko.collections.create"] == 1
    assert "Felix the Fox" in str(recording["outcome"]["messages"]["C0MASCOTS01#1/1"])
    async with a_quick_team(second) as other:
        played = await other.sandbox.replay(recording)
        assert (played.differences, played.steps, played.complete) == ([], 5, True)
        assert other.masko.faults.struck["collections.create"] == 1
        again = other.sandbox.controller.recorder.recording()
        assert [step.call for step in again.steps] == calls


async def test_a_recording_plays_in_the_sandbox_that_it_was_made_in(team: Team) -> None:
    recording = await a_run(team)
    async with Page(team) as page:
        answer = await page.do("replay", recording=recording)
    assert (answer["differences"], answer["ok"], answer["steps"]) == ([], True, 5)


async def test_what_went_another_way_is_told(team: Team) -> None:
    recording = await a_run(team)
    other = copy.deepcopy(recording)
    other["outcome"]["effects"]["masko.collections.create"] = 2
    other["outcome"]["messages"]["C0MASCOTS01#1"]["text"] = "Somebody else's"
    played = await replay(team.sandbox.controller, other, patience=4.0)
    assert played.differences == [
        "messages / C0MASCOTS01#1 / text: recorded \"Somebody else's\", now 'Our new mascot'",
        "effects / masko.collections.create: recorded 2, now 1",
    ]


async def test_a_run_goes_on_from_a_step(team: Team) -> None:
    recording = Recording.read(await a_run(team))
    controller = team.sandbox.controller
    assert (await replay(controller, recording, until_step=2)).complete is False
    (post,) = team.slack.channel_messages("mascots")
    await team.slack.wait_until(lambda: "1 of 6 references" in str(team.words(post)))
    played = await replay(controller, recording, from_step=3)
    assert (played.differences, played.steps, played.complete) == ([], 3, True)


async def test_a_step_whose_button_never_comes_ends_the_replay(team: Team) -> None:
    recording = Recording.read(await a_run(team))
    recording.steps[3].given["action_id"] = "mascot.fly"
    played = await replay(team.sandbox.controller, recording, patience=4.0)
    assert (played.steps, played.complete) == (3, False)
    assert played.differences == ["step 4 (action): what it is about is not there"]
