"""The card's buttons and modals."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.view import EDIT, NAME, PROMPT
from bot.db import mascots
from bot.sandbox.masko import faults
from tests.e2e.team import Message, Team, picture


@pytest.fixture
async def post(team: Team) -> Message:
    return await team.post([picture()])


async def test_rename(team: Team, post: Message) -> None:
    await team.press(team.card(post), EDIT, user="ben")
    view = await opened(team, "ben")
    assert view["blocks"][0]["element"]["initial_value"] == team.mascots()[0].detected.name
    assert await team.fill_in("Felix the Fox", user="ben") == {}
    assert team.mascots()[0].name == "Felix the Fox"
    (card,) = team.words(post)
    assert card.startswith("Felix the Fox\n")
    assert team.slack.view("ben") is None
    assert team.findings() == []


async def test_edit_prompt(team: Team, post: Message) -> None:
    await team.press(team.card(post), EDIT)
    assert await team.fill_in("An orange fox.\nRound ears.", PROMPT) == {}
    assert team.mascots()[0].prompt == "An orange fox.\nRound ears."
    (card,) = team.words(post)
    assert "An orange fox. Round ears." in card


async def test_the_full_prompt_is_shown_in_full(team: Team, post: Message) -> None:
    await team.choose(team.card(post), "Details")
    view = await opened(team)
    assert view["blocks"][0]["text"]["text"] == team.mascots()[0].detected.prompt


async def test_a_name_of_spaces_is_refused_in_the_form(team: Team, post: Message) -> None:
    await team.press(team.card(post), EDIT)
    assert await team.fill_in("   ") == {NAME: "A mascot needs a name."}
    assert team.mascots()[0].name is None


async def test_what_the_form_shows_of_a_longer_name_renames_nothing(team: Team, post: Message) -> None:
    (mascot,) = team.mascots()
    async with team.bot.store.write() as session:
        await mascots.change_mascot(session, mascot.id, name="Felix " * 20)
    await team.press(team.card(post), EDIT)
    await team.confirm()
    await team.all_done()
    assert mascot.name is None


async def test_a_hostile_name_stays_plain_text(team: Team, post: Message) -> None:
    await team.press(team.card(post), EDIT)
    await team.fill_in("<!channel> *Felix* & <https://evil.example|co>")
    card = team.card(post)
    assert card["blocks"][0]["text"]["type"] == "plain_text"
    assert "<!channel>" not in card["text"]
    assert "&lt;!channel&gt;" in card["text"]


async def test_masko_being_slow_keeps_nobody_waiting(team: Team, post: Message) -> None:
    team.masko.faults.add("collections.update", faults.delay(1.0))
    await team.press(team.card(post), EDIT)
    view = await opened(team)
    values = {NAME: {NAME: {"type": "plain_text_input", "value": "Felix"}}}
    submitted = await team.slack.submit("ana", view["id"], values)
    assert not submitted.timed_out
    assert team.mascots()[0].name is None
    await team.all_done()
    assert team.words(post)[0].startswith("Felix\n")


async def test_a_refused_change_is_told_to_the_one_who_asked(team: Team, post: Message) -> None:
    team.masko.faults.add("collections.update", faults.forbidden())
    await team.press(team.card(post), EDIT)
    await team.fill_in("Felix")
    private = team.words(post, viewer="ana")
    assert any("The mascot wasn't changed." in words for words in private)
    assert not any("wasn't changed" in words for words in team.words(post, viewer="ben"))


async def test_a_change_waits_out_masko_falling_over(team: Team, post: Message) -> None:
    team.masko.faults.add("collections.update", faults.internal_error(), times=1)
    await team.press(team.card(post), EDIT)
    await team.fill_in("Felix")
    assert team.words(post)[0].startswith("Felix\n")


async def test_renaming_a_deleted_mascot_says_so(team: Team, post: Message) -> None:
    card = team.card(post)
    (mascot,) = team.mascots()
    await team.press(card, EDIT)
    team.masko.delete_collection(mascot.id)
    await team.fill_in("Felix")
    assert "was deleted in Masko" in team.words(post)[0]
    assert any("The mascot wasn't changed." in words for words in team.words(post, viewer="ana"))


async def test_a_modal_that_does_not_open_is_said(team: Team, post: Message) -> None:
    team.slack.faults.fail("views.open", "expired_trigger_id")
    await team.press(team.card(post), EDIT)
    await team.slack.wait_until(
        lambda: any("in time" in words for words in team.words(post, viewer="ana")) or None
    )


async def opened(team: Team, user: str = "ana") -> dict[str, Any]:
    """The modal, once it is there: the press is acknowledged before it opens."""
    return await team.slack.wait_until(lambda: team.slack.view(user))
