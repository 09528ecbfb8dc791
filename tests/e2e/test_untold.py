"""Presses that do not tell in which thread their message is, and reactions that do not tell their time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.db.tables import ThreadRow, VoteRow
from bot.db.values import Did
from bot.review.view import APPROVE
from tests.e2e.team import Team, a_team, a_team_over_http, picture, pictures
from tests.e2e.test_review_refusals import record_of
from tests.e2e.test_reviews import id_of, request, review_of

pytestmark = pytest.mark.slow


@pytest.fixture(params=["a socket and SQLite", "HTTP and PostgreSQL"])
async def team(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """Over HTTP Bolt reads a payload again for what runs after its acknowledgement."""
    if request.param == "HTTP and PostgreSQL":
        way = a_team_over_http(request.getfixturevalue("postgres_url"))
    else:
        way = a_team(f"sqlite:///{request.getfixturevalue('tmp_path')}/masko.db")
    async with way as team:
        team.slack.files.processing_delay = 0.0
        yield team
        assert team.findings() == []
    assert "failed unexpectedly" not in caplog.text


@pytest.fixture(params=["container", "anywhere"])
def untold(request: pytest.FixtureRequest, team: Team) -> None:
    team.slack.workspace.threads_untold = request.param


async def bound(team: Team) -> list[tuple[str, str | None]]:
    async with team.bot.store.read() as session:
        rows = (await session.scalars(select(ThreadRow).order_by(ThreadRow.id))).all()
    return [(row.thread_ts, row.mascot_id) for row in rows]


@pytest.mark.usefixtures("untold")
async def test_not_a_mascot_lets_go_of_the_thread_of_its_card(team: Team) -> None:
    other = await team.post([picture("b.png", "navy")])
    post = await team.post([picture()])
    await team.unlink(post)
    await team.all_done()
    assert "unlinked this thread" in team.words(post)[0]
    kept, let_go = await bound(team)
    assert (kept[0], kept[1] is not None) == (other["ts"], True)
    assert let_go == (post["ts"], None)


@pytest.mark.usefixtures("untold")
async def test_what_a_form_asks_for_is_answered_in_the_thread(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.choose(team.card(post), "Details")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    assert "Images posted in this channel are added" in str(view["blocks"])
    await request(team, post, "a longer tail", user="ben")
    await team.press(team.card(post), APPROVE, user="chris")
    await team.all_done()
    async with team.bot.store.read() as session:
        told = set((await session.scalars(select(VoteRow.thread_ts))).all())
    assert told == {post["ts"]}
    assert any("a longer tail" in each for each in team.words(post))
    assert [each["ts"] for each in team.slack.channel_messages("mascots")] == [post["ts"]]


async def test_a_reaction_without_its_time_counts_once(team: Team) -> None:
    """Servers other than Slack leave `event_ts` out: the event's id is the same when it comes again."""
    post = await team.post([picture()])
    card = team.card(post)
    event = {
        "type": "reaction_added",
        "user": id_of(team, "ben"),
        "reaction": "white_check_mark",
        "item": {"type": "message", "channel": team.slack.directory.channel("mascots").id, "ts": card["ts"]},
        "item_user": card["user"],
    }
    for attempt in range(2):
        told = await team.slack.send_event(event, event_id="Ev0UNTIMED", retry_attempt=attempt)
        assert told.acknowledged
        await team.all_done()
    assert review_of(team, post).startswith("Approved by ")
    (entry,) = [each for each in await record_of(team) if each.did is Did.APPROVED]
    removed = await team.slack.send_event(event | {"type": "reaction_removed"}, event_id="Ev0UNTIMED2")
    assert removed.acknowledged
    await team.all_done()
    assert entry.user == id_of(team, "ben")
    assert [each.did for each in await record_of(team)][-1] is Did.WITHDREW
