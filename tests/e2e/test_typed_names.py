"""Names as people type, copy and paste them, through every way by which one enters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.cards import view as card
from bot.cards import view as modals
from bot.references import view as adding
from bot.sandbox.masko.vision import Description
from bot.text import MOST_NAME, NO_NAME
from tests.e2e.team import Message, Team, a_team, picture
from tests.e2e.test_commands import answer, ask
from tests.e2e.test_mentions import private
from tests.e2e.test_shortcuts import make, opened

FAMILY = "👩\u200d👩\u200d👧"
UNSEEN = "\u200b\u2060\u202e\ufeff"
TOO_LONG = f"A name has at most {MOST_NAME} characters"
LINK = "https://example.com/fox.png"
GIVEN = f"\u202eFe\u200blix\u00a0 {FAMILY}\u00ad"
KEPT = f"Felix {FAMILY}"


@asynccontextmanager
async def quick(database_url: str, **masko: Any) -> AsyncIterator[Team]:
    """A team whose Slack has processed each file at once."""
    async with a_team(database_url, **masko) as team:
        team.slack.files.processing_delay = 0.0
        yield team
        assert team.findings() == []


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with quick(database_url) as team:
        yield team


def names(team: Team) -> list[str | None]:
    return [each.name for each in team.mascots()]


async def a_fox(team: Team) -> Message:
    return await team.post([picture()], text="@masko new called Fox")


async def renamed_in_form(team: Team, post: Message, name: str) -> dict[str, str]:
    await team.press(team.card(post), card.EDIT)
    return await team.fill_in(name)


async def test_a_command_gives_a_tidy_name(team: Team) -> None:
    await a_fox(team)
    await ask(team, f"rename Fox to „{GIVEN}“")
    assert names(team) == [KEPT]
    assert answer(team) == f"Fox is called {KEPT} now."


async def test_a_mention_gives_a_tidy_name(team: Team) -> None:
    post = await a_fox(team)
    await team.post(thread=post, text=f"@masko call it »{GIVEN}«")
    await team.post([picture(colour="teal")], text=f"@masko new called {GIVEN}")
    assert names(team) == [KEPT, KEPT]


async def test_a_form_gives_a_tidy_name(team: Team) -> None:
    post = await a_fox(team)
    assert await renamed_in_form(team, post, GIVEN) == {}
    await make(team, await opened(team), files=[picture(colour="teal")], name=GIVEN)
    assert names(team) == [KEPT, KEPT]


async def test_a_form_refuses_a_name_that_nobody_sees(team: Team) -> None:
    post = await a_fox(team)
    assert await renamed_in_form(team, post, UNSEEN) == {modals.NAME: NO_NAME}
    refused = await make(team, await opened(team), files=[picture(colour="teal")], name=UNSEEN)
    assert refused.errors == {adding.NAME: NO_NAME}
    assert names(team) == ["Fox"]


@pytest.mark.parametrize(("name", "why"), [(UNSEEN, NO_NAME), ("x" * (MOST_NAME + 1), TOO_LONG)])
async def test_a_name_that_cannot_be_is_refused_in_words(team: Team, name: str, why: str) -> None:
    post = await a_fox(team)
    await ask(team, f"rename Fox to “{name}”")
    assert answer(team).startswith(why)
    await ask(team, f"new {LINK} name “{name}”")
    assert answer(team).startswith(why)
    await team.post(thread=post, text=f"@masko call it “{name}”")
    assert names(team) == ["Fox"]
    assert why in private(team, post)[-1]["text"]


async def test_a_picture_is_taken_in_although_its_name_is_refused(team: Team) -> None:
    post = await team.post([picture()], text=f"@masko new called {'x' * 100}")
    assert "1 of 6 references" in team.words(post)[0]
    assert TOO_LONG in private(team, post)[-1]["text"]


async def test_a_name_that_masko_detects_is_tidy_and_its_card_is_shown_however_long_it_is(
    database_url: str,
) -> None:
    seen = iter([Description(GIVEN, "A fox."), Description("x" * 100_000, "y" * 100_000)])
    async with quick(database_url, vision=lambda _image: next(seen)) as team:
        first = await team.post([picture()])
        second = await team.post([picture(colour="teal")])
        assert team.words(first)[0].startswith(f"{KEPT}\n")
        header = team.card(second)["blocks"][0]["text"]["text"]
        assert header == "x" * 149 + "…"
        await team.press(team.card(second), card.EDIT)
        await team.slack.wait_until(lambda: team.slack.view("ana"))
