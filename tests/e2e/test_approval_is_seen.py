"""The channel sees at the root of a thread that its mascot is approved."""

from __future__ import annotations

from bot.review.view import APPROVE
from tests.e2e.team import Message, Team, picture
from tests.e2e.test_reviews import ask_for_review, press


def marks(team: Team, post: Message) -> dict[str, list[str]]:
    """The emoji on a post: name → people."""
    channel = team.slack.directory.channel("mascots").id
    message = team.slack.workspace.messages.get(channel, post["ts"])
    assert message is not None
    return message.reactions


async def approved(team: Team) -> Message:
    post = await team.post([picture("fox.png", "orange")])
    await ask_for_review(team, post)
    await press(team, post, APPROVE, user="ben")
    return post


async def test_the_root_is_marked_for_as_long_as_it_is_approved(team: Team) -> None:
    post = await approved(team)
    assert marks(team, post) == {"white_check_mark": [team.slack.directory.app.bot_user_id]}
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    assert marks(team, post) == {}
    assert team.findings() == []


async def test_an_unlinked_thread_is_not_marked(team: Team) -> None:
    post = await approved(team)
    await team.unlink(post)
    await team.all_done()
    assert marks(team, post) == {}


async def test_without_the_scope_the_card_says_it_alone(team: Team) -> None:
    team.slack.directory.app.scopes.remove("reactions:write")
    post = await approved(team)
    assert marks(team, post) == {}
    assert "*Approved*" in team.card(post)["blocks"][1]["text"]["text"]
