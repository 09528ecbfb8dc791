"""Who is asked for a review and until when, in the words that people and Slack use."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.app.timing import Timing
from bot.sandbox.slack.directory import UserGroup
from tests.e2e.team import Team, a_team, picture
from tests.e2e.test_asking_for_review import FRIDAY_17, THURSDAY, felix, mention, told_here
from tests.e2e.test_commands import answer, ask
from tests.e2e.test_reviews import review_of

pytestmark = pytest.mark.slow

SUNDAY_17 = "Sun 29 Nov 2026, 17:00 UTC"


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A team on a Thursday morning."""
    async with a_team(database_url, timing=Timing(now=lambda: THURSDAY, faster=20.0)) as team:
        yield team


def just_ben(team: Team) -> None:
    """A user group of Ben alone."""
    ben = team.slack.directory.person("ben").id
    team.slack.directory.groups["S0MYSELF003"] = UserGroup("S0MYSELF003", "myself", "Myself", [ben])


async def said_in_public(team: Team, words: str) -> list[str]:
    """What stands in Felix's thread once Ben has mentioned the bot there, beside the card."""
    post = await felix(team)
    await team.post(thread=post, text=f"@masko {words}", user="ben")
    await team.all_done()
    return team.words(post)[1:]


@pytest.mark.parametrize("token", ["<!subteam^S0DESIGN001>", "<!subteam^S0DESIGN001|@designers>"])
async def test_a_user_group_in_a_mention_is_its_people(team: Team, token: str) -> None:
    ben, chris = mention(team, "ben"), mention(team, "chris")
    (asked,) = await said_in_public(team, f"review {token} by friday")
    assert asked == f"{chris}: {ben} asks for your review of Felix by {FRIDAY_17}"


async def test_a_user_group_in_a_command_is_its_people(team: Team) -> None:
    post = await felix(team)
    await ask(team, "review Felix @designers until friday", user="ben")
    assert f"Waiting for {mention(team, 'chris')}" in review_of(team, post)
    assert team.findings() == []


GONE = "Nobody was asked. That user group no longer exists."
ALONE = "Nobody was asked. Nobody else is in that user group."


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("<!subteam^S0RETIRED02>", GONE),
        ("<!subteam^S0MYSELF003|@myself>", ALONE),
        ("<!here>", "Nobody was asked. I can't ask @here."),
        ("<!channel|channel> <@U0BEN000002>", "Nobody was asked. I can't ask @channel."),
        ("<#C0ANYWHERE|art>", "Nobody was asked. I can't ask #art."),
        ("@anna", "Nobody was asked. I can't ask @anna."),
    ],
)
async def test_who_cannot_be_asked_is_told_in_private(team: Team, who: str, why: str) -> None:
    just_ben(team)
    post = await felix(team)
    await team.post(thread=post, text=f"@masko review {who} by friday", user="ben")
    await team.all_done()
    assert len(team.words(post)) == 1
    assert told_here(team, post, "ben")[0].startswith(why)
    assert review_of(team, post) == ""


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("@myself", ALONE),
        ("@everyone", "Nobody was asked. I can't ask @everyone."),
        ("#mascots @chris", "Nobody was asked. I can't ask #mascots."),
        ("@alumni", "Nobody was asked. I can't ask @alumni."),
        ("@masko", "Nobody was asked.\nI can't review; I only keep the record."),
    ],
)
async def test_the_same_is_told_to_a_command(team: Team, who: str, why: str) -> None:
    just_ben(team)
    post = await felix(team)
    await ask(team, f"review Felix {who} in 3 days", user="ben")
    assert answer(team, user="ben").startswith(why)
    assert len(team.words(post)) == 1


async def test_groups_that_may_not_be_looked_up_are_told_so(team: Team) -> None:
    team.slack.faults.fail("usergroups.users.list", "missing_scope", calls=None)
    post = await felix(team)
    await team.post(thread=post, text="@masko review <!subteam^S0DESIGN001>", user="ben")
    await team.all_done()
    assert len(team.words(post)) == 1
    assert "name the people" in told_here(team, post, "ben")[0]


@pytest.mark.parametrize(
    "words", ["in 3 days", "until sunday", "by sunday", "sunday, please", "before 29 nov"]
)
async def test_a_due_date_right_after_the_people(team: Team, words: str) -> None:
    ben, chris = mention(team, "ben"), mention(team, "chris")
    (asked,) = await said_in_public(team, f"review @chris {words}")
    assert asked == f"{chris}: {ben} asks for your review of Felix by {SUNDAY_17}"


async def test_the_same_in_a_command(team: Team) -> None:
    post = await felix(team)
    await ask(team, "review\u00a0„Fe\u200blix“ @chris in 3\u00a0days", user="ben")
    assert team.words(post)[1].endswith(f"asks for your review of Felix by {SUNDAY_17}")


@pytest.mark.parametrize("words", ["by freitag", "in 3 tagen", "31.12.", "by firday", "next month"])
async def test_what_looks_like_a_date_and_is_none_is_explained(team: Team, words: str) -> None:
    post = await felix(team)
    await team.post(thread=post, text=f"@masko review @chris {words}", user="ben")
    await ask(team, f"review Felix @chris {words}", user="ben")
    await ask(team, f"review Felix {words}", user="chris")
    why = f"Nobody was asked. “{words.removeprefix('by ').rstrip('.')}"
    assert len(team.words(post)) == 1
    assert told_here(team, post, "ben")[0].startswith(why)
    assert answer(team, user="ben").startswith(why)
    assert answer(team, user="chris").startswith(why)


@pytest.mark.parametrize("words", ["freitag", "bis mañana"])
async def test_days_in_other_languages_are_words_like_any_other(team: Team, words: str) -> None:
    await felix(team)
    for who in ("@chris ", ""):
        await ask(team, f"review Felix {who}{words}", user="ben")
        assert answer(team, user="ben").startswith(f"No mascot is called “Felix {words}”.")


async def test_a_name_may_end_like_a_due_date(team: Team) -> None:
    await felix(team)
    post = await team.post([picture(colour="teal")], text="@masko new called Black Friday")
    await ask(team, "review Black Friday", user="ben")
    assert "Black Friday" in answer(team, user="ben")
    await ask(team, "review Black Friday by freitag", user="ben")
    assert answer(team, user="ben").startswith("Nobody was asked. “freitag”")
    await ask(team, "review Felix tomorrow", user="ben")
    assert "Felix is in review by" in answer(team, user="ben")
    assert review_of(team, post) == ""
