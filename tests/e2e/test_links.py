"""Pictures by their links alone: a new mascot is one call of Masko's for all of them, exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bot.app import running
from bot.cli.local import words_of
from bot.masko import Timeouts
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.masko.vision import Description
from bot.sandbox.slack import LocalSlack
from bot.server.process import listening
from bot.slack.blocks import RETRY
from tests.crash.databases import database
from tests.crash.ground import ground
from tests.crash.steps import Asked, Moment, Step, Watch
from tests.crash.workers import Workers
from tests.e2e.team import Message, Team, a_sandbox, drawn, picture, settings_for
from tests.e2e.test_commands import ask
from tests.e2e.trouble import QUICK

pytestmark = pytest.mark.slow

PATIENT = Timeouts(connect=5.0, read=2.0, upload_read=2.0, create_read=2.0)


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A team whose bot gives up soon on an answer, and looks again at once."""
    rusty = Description("Rusty", "An orange character.")
    async with a_sandbox(limits=(), vision=lambda _: rusty) as sandbox:
        sandbox.slack.files.processing_delay = 0.0
        settings = settings_for(sandbox, database_url).model_copy(update={"masko_limits": "none"})
        timing = replace(QUICK, masko=PATIENT, slack=10, download=10.0)
        async with running(settings, timing=timing) as bot, listening(bot):
            await sandbox.slack.wait_connected()
            yield Team(sandbox, bot)


def links(team: Team, *names: str) -> str:
    return " ".join(f"{team.sandbox.page_url}_control/sample/{name}.png" for name in names)


async def a_new_mascot(team: Team) -> Message:
    post = await team.post(text=links(team, "fox", "fox-side"))
    await team.all_done()
    return post


async def a_new_mascot_by_command(team: Team) -> Message:
    await ask(team, f"new {links(team, 'fox', 'fox-side')}")
    return team.slack.channel_messages("mascots")[-1]


def counts(team: Team) -> list[int]:
    return [len(each.reference_asset_ids) for each in team.mascots()]


def text_of(team: Team, post: Message) -> str:
    return "\n".join(team.words(post))


# -- the one call -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [a_new_mascot, a_new_mascot_by_command])
async def test_a_mascot_of_links_is_one_call(team: Team, make: Callable[[Team], Awaitable[Message]]) -> None:
    post = await make(team)
    assert counts(team) == [2]
    assert "2 of 6 references" in text_of(team, post)
    assert (team.masko.calls["upload"], team.masko.calls["collections.create"]) == (0, 1)
    assert team.findings() == []


async def add_by_reply(team: Team, post: Message, *names: str) -> None:
    await team.post(text=links(team, *names), thread=post)
    await team.all_done()


async def add_by_command(team: Team, post: Message, *names: str) -> None:
    await ask(team, f"add {links(team, *names)} to Rusty")


@pytest.mark.parametrize("add", [add_by_reply, add_by_command])
async def test_links_are_uploaded_by_masko_and_added(team: Team, add: Callable[..., Awaitable[None]]) -> None:
    post = await a_new_mascot(team)
    await add(team, post, "robot", "bear-camp")
    await team.all_done()
    assert counts(team) == [4]
    assert "4 of 6 references" in team.words(post)[0]
    assert (team.masko.calls["upload"], team.masko.calls["references.add"]) == (2, 2)
    assert team.findings() == []


async def test_files_beside_links_are_uploaded_all(team: Team) -> None:
    await team.post([picture()], text=links(team, "fox"))
    assert counts(team) == [2]
    assert (team.masko.calls["upload"], team.masko.calls["collections.create"]) == (2, 1)


async def test_more_links_than_a_mascot_takes(team: Team) -> None:
    post = await team.post(text=" ".join(f"{links(team, 'fox')}?{n}" for n in range(7)))
    await team.all_done()
    assert counts(team) == [6]
    assert "was left out: a mascot has at most 6 references" in text_of(team, post)
    await team.post(text=links(team, "robot"), thread=post)
    await team.all_done()
    assert counts(team) == [6]
    assert "was left out" in text_of(team, post)


@pytest.mark.parametrize("where", ["new", "add"])
async def test_a_bad_link_is_named_and_the_others_are_taken(team: Team, where: str) -> None:
    post = await team.post(text=links(team, "fox")) if where == "add" else None
    told = await team.post(text=links(team, "nothing", "fox-side"), thread=post)
    await team.all_done()
    assert counts(team) == [2 if where == "add" else 1]
    assert "nothing.png: Masko couldn't fetch it from its address." in text_of(team, post or told)
    assert "2 of 6" in text_of(team, post) if post else "1 of 6" in text_of(team, told)


async def test_a_bad_link_takes_no_room_from_the_next(team: Team) -> None:
    post = await team.post(text=" ".join(f"{links(team, 'fox')}?{n}" for n in range(5)))
    await team.post(text=links(team, "nothing", "fox-side"), thread=post)
    await team.all_done()
    assert counts(team) == [6]
    assert "nothing.png: Masko couldn't fetch it from its address." in text_of(team, post)


# -- lost answers ---------------------------------------------------------------------------------------

LOST: dict[str, tuple[Callable[[], Fault], int]] = {
    "done and not told": (faults.answer_lost, 1),
    "done, and silence": (faults.done_in_silence, 1),
    "told by a proxy": (faults.proxy_page, 2),
    "not done": (faults.reset, 2),
    "an error of Masko's own": (masko_faults.internal_error, 2),
}
"""what goes wrong once → how often Masko is asked in the end."""


async def somebody_makes_one(team: Team, pictures: int = 2) -> list[str]:
    """In Masko's web app; gives its references."""
    given = [(f"{n}.png", drawn(colour)) for n, colour in enumerate(("navy", "teal")[:pictures])]
    made = await team.masko.add_mascot(given, name="Theirs", prompt="Somebody else's.")
    return made.reference_asset_ids


@pytest.mark.parametrize("lost", LOST)
async def test_a_mascot_of_links_is_made_once(team: Team, lost: str) -> None:
    """Also where somebody has made another a moment before, which this bot has never heard of."""
    fault, asked = LOST[lost]
    await somebody_makes_one(team)
    team.masko.faults.add("collections.create", fault())
    post = await a_new_mascot(team)
    assert sorted(each.name or "" for each in team.mascots()) == ["", "Theirs"]
    assert counts(team) == [2, 2]
    assert "2 of 6 references" in text_of(team, post)
    assert team.masko.calls["collections.create"] == asked
    assert team.masko.calls["upload"] == 0


@pytest.mark.parametrize("pictures", [1, 2])
async def test_what_somebody_makes_meanwhile_is_told_apart_or_a_person_is_asked(
    team: Team, pictures: int
) -> None:
    """A mascot of two pictures may be that of two links; one of a single picture is not."""
    team.masko.faults.add("collections.create", faults.done_in_silence())
    post = await team.slack.post(user="ana", channel="mascots", text=links(team, "fox", "fox-side"))
    await team.slack.wait_until(lambda: team.masko.faults.struck["collections.create"] or None)
    await somebody_makes_one(team, pictures)
    await team.all_done()
    assert sorted(counts(team)) == [pictures, 2]
    if pictures == 1:
        assert "2 of 6 references" in text_of(team, post)
        return
    assert "Theirs" in text_of(team, post)
    assert "appeared in Masko since, and one may be from these links." in text_of(team, post)
    await team.press(team.card(post), RETRY)
    await team.all_done()
    assert counts(team) == [2, 2, 2]
    assert "2 of 6 references" in text_of(team, post)


@pytest.mark.parametrize("lost", LOST)
async def test_a_link_is_added_once(team: Team, lost: str) -> None:
    fault, asked = LOST[lost]
    post = await a_new_mascot(team)
    team.masko.faults.add("references.add", fault())
    await add_by_reply(team, post, "robot")
    assert counts(team) == [3]
    assert "Added robot.png · 3 of 6 references" in text_of(team, post)
    assert team.masko.calls["references.add"] == asked
    assert team.masko.calls["upload"] == 1


async def test_a_link_is_added_once_beside_what_somebody_adds_meanwhile(team: Team) -> None:
    post = await a_new_mascot(team)
    team.masko.faults.add("references.add", faults.done_in_silence())
    await team.slack.post(user="ana", channel="mascots", text=links(team, "robot"), thread_ts=post["ts"])
    await team.slack.wait_until(lambda: team.masko.faults.struck["references.add"] or None)
    theirs = await somebody_makes_one(team)
    rusty = next(each for each in team.mascots() if each.name != "Theirs")
    rusty.reference_asset_ids.append(theirs[0])
    await team.all_done()
    assert len(rusty.reference_asset_ids) == 4
    assert "Added robot.png · 4 of 6 references" in text_of(team, post)
    assert team.masko.calls["references.add"] == 1


async def test_two_posts_whose_answers_are_lost_together(team: Team) -> None:
    """Nobody can tell whose is whose: each gets its own, or is asked; none is made twice."""
    team.masko.faults.add("collections.create", faults.answer_lost(), 2)
    posts = [
        await team.slack.post(user=user, channel="mascots", text=links(team, *names))
        for user, names in (("ana", ("fox", "fox-side")), ("ben", ("robot", "bear-camp")))
    ]
    await team.slack.wait_until(lambda: team.masko.faults.struck["collections.create"] == 2 or None)
    await team.all_done()
    assert counts(team) == [2, 2]
    for post in posts:
        assert "appeared in Masko since" in text_of(team, post) or "2 of 6 references" in text_of(team, post)


# -- kills ------------------------------------------------------------------------------------------------


@pytest.mark.timeout(120)
@pytest.mark.parametrize("step", [Step.CREATE, Step.REFERENCE])
@pytest.mark.parametrize("moment", [Moment.UNDER_WAY, Moment.AFTER])
async def test_killed_at_either_call_it_is_made_once(step: Step, moment: Moment, tmp_path: Path) -> None:
    watch, kills = Watch(Random(1), latency=(0.0, 0.01)), 0
    async with database("sqlite", tmp_path) as base, ground(watch) as place:
        workers = Workers(1, tmp_path, place.environment(base.url))

        def strike(asked: Asked, at: Moment) -> bool:
            nonlocal kills
            worker = workers.at(asked.port)
            if asked.step is not step or at is not moment or kills or worker is None:
                return False
            kills += 1
            worker.kill()
            return True

        watch.strikes = (strike,)
        workers.start()
        slack, sample = place.sandbox.slack, f"{place.sandbox.page_url}_control/sample"
        try:
            text = f"{sample}/fox.png {sample}/fox-side.png"
            root = await slack.post(user="ana", channel="crash-0", text=text)
            await _said(slack, root, "2 of 6 references")
            text = f"{sample}/robot.png"
            await slack.post(user="ana", channel="crash-0", text=text, thread_ts=root["ts"])
            await _said(slack, root, "3 of 6 references")
        finally:
            await workers.stop()
        (mascot,) = place.mascots()
        assert len(mascot) == 3
        assert kills == 1
        assert place.uploads == 3  # what Masko fetched


async def _said(slack: LocalSlack, root: Message, words: str) -> None:
    async with asyncio.timeout(90):
        while not any(words in words_of(each) for each in slack.thread("crash-0", root["ts"])):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
