"""How much the bot says in a thread that a team works in: one card, and one line for what changed."""

from __future__ import annotations

from bot.review.view import APPROVE, ASK
from tests.e2e.team import Team, picture
from tests.e2e.test_reviews import press, request, review_of, whispers


async def test_the_fox_thread(team: Team) -> None:
    """Six posts by people, and a review with a request for changes between them."""
    team.slack.files.processing_delay = 0.0
    post = await team.post([picture("fox.png", "orange")])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.post(text="Nice. The tail could be thicker, though.", thread=post, user="ben")
    await team.press(team.card(post), ASK)
    await team.confirm()
    await request(team, post, "A thicker tail, please", user="ben")
    await team.post([picture("tail.png", "navy")], thread=post)
    await team.post(text="Here it is.", thread=post)
    await team.all_done()
    await press(team, post, APPROVE, user="ben")
    await team.post(text="Great, thank you!", thread=post, user="chris")
    await team.all_done()
    assert review_of(team, post).startswith("Approved by ")
    assert len(team.replies(post)) <= 8
    assert [whispers(team, post, user) for user in ("ana", "ben", "chris")] == [[], [], []]
    assert team.findings() == []
