"""Every call of the main job × every way in which it can go wrong: nothing is lost, nothing is done twice.

What the faults are is in `bot.sandbox.faults`; the scenes, and what the team sees at their end whatever went
wrong, in `tests.e2e.trouble`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.app import running
from bot.cards.view import EDIT
from bot.channels.permission_rules import FROM_OUTSIDE
from bot.cli.local import words_of
from bot.server.process import listening
from bot.slack.blocks import RETRY
from tests.e2e.team import Message, Team, a_sandbox, settings_for
from tests.e2e.trouble import QUICK, SCENES, SLACK, Trouble, a_quick_team, small

pytestmark = pytest.mark.slow

ONCE = """
                        429   500   502   timeout   reset   lost   hung   drip
projects.list             1     1     1         1       1      2      2      2
upload                    1     1     1         1       1      2      2      2
collections.create        1     1     1         1       1      1      1      1
collections.list          1     1     1         1       1      2      2      2
collections.get           2     2     2         2       2      3      3      3
references.add            1     1     1         1       1      1      1      1
collections.update        1     1     1         1       1      2      2      2
chat.postMessage          1     1     1         1       1      1      1      1
chat.update               1     1     1         1       1      2      2      2
conversations.replies     1     1     1         1       1      2      2      2
files.info                1     1     1         1       1      2      2      2
download                  2     2     2         2       2      3      3      3
"""
"""How often the call took effect when it went wrong once.  (Two images are downloaded, and a mascot is read
twice to be extended.)  What is more than without a fault is seen by nobody: a thing read again, an upload
that nothing refers to, a card shown again with the same words, a name given again.  A mascot, a reference
and a reply never are more than one."""

FOR_AN_HOUR = """
                              500          reset          lost
projects.list               Retry          Retry         Retry
upload                      Retry          Retry         Retry
collections.create          Retry          Retry        itself
collections.list            Retry          Retry         Retry
collections.get             Retry          Retry         Retry
references.add              Retry          Retry        itself
files.info                  Retry          Retry         Retry
download                    Retry          Retry         Retry
chat.postMessage      Retry-later    Retry-later        itself
conversations.replies Retry-later    Retry-later   Retry-later
chat.update          itself-later   itself-later  itself-later
"""
"""How it ends well when the call goes wrong for an hour: somebody presses Retry afterwards; or by itself,
since what was done is found.  Later: nobody can be told anything before Slack is back; then they are."""

PRIVATE_NOTE = """
                        429   500   502   timeout   reset   lost   hung   drip
chat.postEphemeral        1     0     0         0       0      1      1      1
"""
"""How often a poster from another organisation is told why nothing was uploaded: never twice."""


def cells(table: str) -> list[Any]:
    """(call, fault, what it says) of each cell of a table."""
    head, *rows = table.strip().splitlines()
    return [
        pytest.param(call, fault, said)
        for call, *row in map(str.split, rows)
        for fault, said in zip(head.split(), row, strict=True)
    ]


@pytest.mark.parametrize(("call", "fault", "effects"), cells(ONCE))
async def test_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str, fault: str, effects: str
) -> None:
    play, sights = SCENES[call]
    async with a_quick_team(tmp_path, fault) as team:
        trouble = Trouble(team, call, fault)
        post = await play(team, trouble)
        await told(team, post, sights)
        await team.done()
        assert trouble.befell == 1
        assert trouble.effects == int(effects)
        all_is_well(team, post, sights, caplog)


@pytest.mark.parametrize(("call", "fault", "end"), cells(FOR_AN_HOUR))
async def test_for_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str, fault: str, end: str
) -> None:
    play, sights = SCENES[call]
    way_out, _, later = end.partition("-")
    async with a_quick_team(tmp_path, fault) as team:
        trouble = Trouble(team, call, fault, times=None)
        post = await play(team, trouble)
        await team.slack.wait_until(lambda: trouble.befell or None, timeout=20)
        if later:
            await team.wear_out(until=lambda: "not answered" in caplog.text)
            trouble.ends()
        else:
            await team.wear_out()
        if way_out == "Retry":
            given_up = await the_one_with_retry(team, post)
            trouble.ends()
            await team.press(given_up, RETRY)
        trouble.ends()
        await told(team, post, sights)
        await team.all_done()
        all_is_well(team, post, sights, caplog)


@pytest.mark.parametrize(("call", "fault", "told"), cells(PRIVATE_NOTE))
async def test_a_private_note(tmp_path: Path, call: str, fault: str, told: str) -> None:
    async with a_quick_team(tmp_path, fault) as team:
        trouble = Trouble(team, call, fault)
        trouble.begins()
        post = await team.post(small(1), channel="northwind", user="noor")
        assert trouble.befell == 1
        seen = map(words_of, team.slack.channel_messages("northwind", viewer="noor"))
        notes = [words for words in seen if FROM_OUTSIDE in words]
        assert len(notes) == int(told)
        assert team.words(post, "northwind") == []
        assert team.masko.calls["upload"] == 0


@pytest.mark.parametrize("fault", SLACK)
async def test_a_form_that_may_not_open(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    """It opens, or the one who pressed is told to press again; once it is open it does its work."""
    async with a_quick_team(tmp_path, fault) as team:
        post = await team.post(small(2))
        trouble = Trouble(team, "views.open", fault)
        trouble.begins()
        await team.press(team.card(post), EDIT)

        def told_to_press_again() -> bool:
            return any("didn't open that in time" in said for said in team.words(post, viewer="ana"))

        await team.slack.wait_until(lambda: team.slack.view("ana") or told_to_press_again() or None)
        if team.slack.view("ana") is None:
            await team.press(team.card(post), EDIT)
        await team.fill_in("Felix the Fox")
        assert trouble.befell == 1
        all_is_well(team, post, ("Felix the Fox",), caplog)


@pytest.mark.parametrize("fault", SLACK)
@pytest.mark.parametrize("call", ["auth.test", "apps.connections.open"])
async def test_a_start(tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str, fault: str) -> None:
    """What cannot be asked at the start is asked again until it is answered."""
    async with a_sandbox() as sandbox:
        sandbox.slack.faults.add(call, SLACK[fault]())
        settings = settings_for(sandbox, f"sqlite:///{tmp_path}/masko.db")
        async with running(settings, timing=QUICK) as bot, listening(bot):
            team = Team(sandbox, bot)
            post = await team.post(small(2))
            assert sandbox.slack.faults.struck[call] == 1
            all_is_well(team, post, ("2 of 6 references",), caplog)


def all_is_well(team: Team, post: Message, sights: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> None:
    """One mascot, each image a reference exactly once, one card with the right count, no word too many."""
    (mascot,) = team.mascots()
    held = [team.masko.assets[each].data for each in mascot.reference_asset_ids]
    assert sorted(held) == sorted(file.content for file in small(2))
    words = team.words(post)
    assert len(words) == len(sights)
    assert "2 of 6 references" in words[0]
    for said, sight in zip(words, sights, strict=True):
        assert sight in said
        assert "[Retry]" not in said
        assert "Trying again" not in said
    assert [
        each for each in team.findings() if not each.startswith("ack: acknowledged after")
    ] == []  # a busy machine
    assert "failed unexpectedly" not in caplog.text
    assert "the listener for" not in caplog.text


async def the_one_with_retry(team: Team, post: Message) -> Message:
    """The reply that offers to try again."""

    def found() -> Message | None:
        return next((each for each in team.replies(post) if "[Retry]" in words_of(each)), None)

    return await team.slack.wait_until(found)


async def told(team: Team, post: Message, sights: tuple[str, ...]) -> None:
    """Wait until the team sees what it should."""

    def seen() -> bool:
        words = team.words(post)
        return len(words) >= len(sights) and all(s in w for s, w in zip(sights, words, strict=False))

    await team.slack.wait_until(lambda: seen() or None)
