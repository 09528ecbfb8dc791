"""Channels get other ids, are archived, deleted and left, and taken up again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app.timing import Timing
from bot.db.tables import Base, ImageState, IntakeRow, PostRow, ThreadRow
from bot.intake.process import CHANNEL_GONE
from bot.jobs.runner import CARRY
from bot.review.record import load
from bot.review.view import APPROVE
from bot.sandbox.masko import faults as masko_faults
from tests.e2e.team import Message, Team, a_team, picture
from tests.e2e.test_asking_for_review import THURSDAY, Clock, let_it_be, told
from tests.e2e.test_channels import heard, set_to
from tests.e2e.test_commands import answer, ask
from tests.e2e.test_reviews import id_of
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow

SECRET = "C0SECRET004"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def team(database_url: str, clock: Clock, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    async with a_team(database_url, timing=Timing(now=clock, faster=5.0)) as team:
        team.slack.files.processing_delay = 0.0
        yield team
        assert team.findings() == []
    assert "failed unexpectedly" not in caplog.text


async def share(team: Team) -> str:
    """Share #unreleased with another organisation; its new id."""
    new = str(team.slack.share_externally("ana", "unreleased")["id"])
    await heard(team, "channel_id_changed")
    return new


async def wait_for_masko(team: Team, channel: str, **more: Any) -> Message:
    """Post a picture that waits for Masko's budget."""
    team.masko.faults.add("upload", masko_faults.rate_limited(20), times=None)
    post = await team.slack.post(user="ana", channel=channel, files=[picture("b.png", "navy")], **more)
    await team.slack.wait_until(lambda: "Queued" in "".join(said(team, post, channel)) or None)
    return post


def said(team: Team, post: Message, channel: str) -> list[str]:
    return team.words({"ts": post.get("thread_ts", post["ts"])}, channel)


async def rows_with(team: Team, channel: str) -> set[str]:
    """The tables in which a channel is named."""
    found = set()
    async with team.bot.store.read() as session:
        for mapper in Base.registry.mappers:
            row: Any = mapper.class_
            if "channel" in mapper.columns and await session.scalar(
                select(func.count()).select_from(row).where(row.channel == channel)
            ):
                found.add(row.__tablename__)
        if any(channel in f"{row['lock']} {row['key']}" for row in await job_rows.rows(session)):
            found.add("job")
    return found


# -- another id ---------------------------------------------------------------------------------------


async def test_what_is_known_of_a_channel_moves_to_its_new_id(team: Team) -> None:
    await set_to(team, "unreleased", takes_outsiders=True)
    post = await team.post([picture()], channel="unreleased")
    await team.press(team.card(post, SECRET), APPROVE, user="chris", channel=SECRET)
    await team.all_done()
    before = await rows_with(team, SECRET)
    new = await share(team)
    assert await rows_with(team, SECRET) == set()
    assert before == await rows_with(team, new) == {"channel", "setting_change", "post", "thread", "vote"}
    async with team.bot.store.read() as session:
        record = await load(session, team.mascots()[0].id)
    assert record is not None
    assert all(f"/{new}/" in (entry.link or f"/{new}/") for entry in record.entries)

    await team.post([picture("b.png", "navy")], channel=new, thread=post)
    await team.all_done()
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 2
    assert "2 of 6 references" in team.words(post, new)[0]


async def test_a_channel_that_moves_twice_or_is_told_of_twice(team: Team) -> None:
    post = await team.post([picture()], channel="unreleased")
    await share(team)
    newest = str(team.slack.share_externally("ana", "unreleased")["id"])
    await heard(team, "channel_id_changed", 2)
    for delivery in [d for d in team.slack.deliveries if "channel_id_changed" in str(d.payload)]:
        assert (await team.slack.deliver_again(delivery)).acknowledged
    await team.post([picture("b.png", "navy")], channel=newest, thread=post)
    await team.all_done()
    assert len(team.mascots()) == 1
    assert "2 of 6 references" in team.words(post, newest)[0]


async def test_jobs_that_wait_go_on_under_the_new_id(team: Team) -> None:
    root = await team.post([picture()], channel="unreleased")
    post = await wait_for_masko(team, "unreleased", thread_ts=root["ts"])
    new = await share(team)
    team.masko.faults.clear()
    await team.slack.wait_until(lambda: "2 of 6 references" in said(team, root, new)[0] or None, timeout=40)
    await team.all_done()
    assert len(team.mascots()) == 1
    assert said(team, post, new)[-1].startswith("Added b.png")


# -- closed -------------------------------------------------------------------------------------------

ENDINGS: dict[str, Callable[[Team, str], None]] = {
    "archived": lambda team, channel: team.slack.archive("ana", channel),
    "deleted": lambda team, channel: team.slack.delete_channel("ana", channel),
    "removed": lambda team, channel: team.slack.remove("ana", channel, "masko"),
}
TOLD = {"archived": "_archive", "deleted": "_deleted", "removed": "_left"}


async def end(team: Team, how: str, channel: str) -> None:
    ENDINGS[how](team, channel)
    await heard(team, TOLD[how])


async def states(team: Team) -> list[tuple[ImageState, str | None]]:
    async with team.bot.store.read() as session:
        rows = (await session.scalars(select(IntakeRow).order_by(IntakeRow.id))).all()
    return [(row.state, row.detail) for row in rows]


@pytest.mark.parametrize("channel", ["mascots", "unreleased"])
@pytest.mark.parametrize("how", list(ENDINGS))
async def test_posts_that_wait_in_a_closed_channel_end_quietly(team: Team, how: str, channel: str) -> None:
    await wait_for_masko(team, channel)
    posted = team.slack.calls["chat.postMessage"], team.slack.calls["chat.postEphemeral"]
    uploads = team.masko.calls["upload"]
    await end(team, how, channel)
    await team.bot.queue.drained(CARRY)
    assert await states(team) == [(ImageState.FAILED, CHANNEL_GONE)]
    assert (team.slack.calls["chat.postMessage"], team.slack.calls["chat.postEphemeral"]) == posted
    assert team.masko.calls["upload"] == uploads


async def test_posts_whose_first_job_has_not_run_end_quietly_too(team: Team) -> None:
    """Of those no thread is known yet; the job that runs keeps the others of its thread waiting."""
    root = await wait_for_masko(team, "mascots")
    await team.slack.post(
        user="ben", channel="mascots", files=[picture("c.png", "teal")], thread_ts=root["ts"]
    )
    await heard(team, "message", 2)
    await end(team, "archived", "mascots")
    await team.bot.queue.drained(CARRY)
    assert await states(team) == [(ImageState.FAILED, CHANNEL_GONE)] * 2
    assert team.mascots() == []


async def test_an_archived_channel_that_is_taken_up_again_works_as_before(team: Team) -> None:
    post = await team.post([picture()])
    await team.all_done()
    await end(team, "archived", "mascots")
    (mascot,) = team.mascots()
    await team.bot.queue.drained(CARRY)
    await ask(team, f"rename {mascot.detected.name} to Felix", channel="unreleased", user="chris")
    await team.all_done()
    assert "Felix" not in team.words(post)[0]
    team.slack.unarchive("ana", "mascots")
    await heard(team, "_unarchive")
    await team.all_done()
    assert team.words(post)[0].startswith("Felix")
    await team.post([picture("b.png", "navy")], thread=post)
    await team.all_done()
    assert "2 of 6 references" in team.words(post)[0]


async def test_a_bot_that_is_invited_again_works_as_before(team: Team) -> None:
    post = await team.post([picture()], channel="unreleased")
    await team.all_done()
    await end(team, "removed", "unreleased")
    team.slack.invite("ana", "unreleased", "masko")
    await heard(team, "member_joined_channel")
    await team.post([picture("b.png", "navy")], channel="unreleased", thread=post)
    await team.all_done()
    assert "2 of 6 references" in team.words(post, "unreleased")[0]
    async with team.bot.store.read() as session:
        assert (await session.scalars(select(ThreadRow.channel_gone_at))).all() == [None]


async def test_a_channel_whose_return_was_not_told_is_not_ignored(team: Team) -> None:
    post = await team.post([picture()])
    await team.all_done()
    await end(team, "archived", "mascots")
    team.slack.directory.channel("mascots").is_archived = False
    await team.post([picture("b.png", "navy")], thread=post)
    assert "Added b.png" in "".join(team.words(post))


async def test_nothing_is_kept_of_channels_that_the_bot_knows_nothing_of(team: Team) -> None:
    team.slack.archive("ana", "brand")
    team.slack.unarchive("ana", "brand")
    await heard(team, "channel_unarchive")
    assert await rows_with(team, team.slack.directory.channel("brand").id) == set()


async def test_others_who_leave_close_nothing(team: Team) -> None:
    post = await team.post([picture()])
    team.slack.remove("ben", "mascots", "ben")
    await heard(team, "member_left_channel")
    async with team.bot.store.read() as session:
        assert (await session.scalars(select(ThreadRow.channel_gone_at))).all() == [None]
        assert (await session.scalars(select(PostRow.ts))).all() == [post["ts"]]


# -- reviews ------------------------------------------------------------------------------------------


async def asked(team: Team) -> Message:
    """Felix, whom Ben is to review until tomorrow."""
    post = await team.post([picture()], text="@masko new called Felix")
    await team.post(text="@masko review @ben by tomorrow 17:00", thread=post)
    await team.all_done()
    assert any("review" in each for each in team.words(post))
    return post


@pytest.mark.parametrize("closed", [True, False])
async def test_nobody_is_reminded_of_a_review_in_a_closed_channel(
    team: Team, clock: Clock, closed: bool
) -> None:
    await asked(team)
    if closed:
        await end(team, "archived", "mascots")
    await let_it_be(team, clock, THURSDAY + timedelta(days=4))
    assert bool(told(team, "ben")) is not closed


async def test_such_a_review_is_in_no_list_until_its_channel_is_back(team: Team) -> None:
    await asked(team)
    await ask(team, "review", user="ben")
    assert "Felix" in answer(team, user="ben")
    await end(team, "archived", "mascots")
    await ask(team, "review", user="ben", channel="C0GROUP0006")
    assert "Felix" not in answer(team, user="ben", channel="C0GROUP0006")
    team.slack.unarchive("ana", "mascots")
    await heard(team, "_unarchive")
    await ask(team, "review", user="ben")
    assert "Felix" in answer(team, user="ben")


async def test_asked_elsewhere_the_card_goes_there(team: Team) -> None:
    await team.post([picture()], text="@masko new called Felix")
    await team.all_done()
    await end(team, "archived", "mascots")
    await ask(team, f"review Felix <@{id_of(team, 'chris')}>", channel="unreleased")
    await team.all_done()
    shown = [str(each) for each in team.slack.channel_messages("unreleased")]
    assert any("Felix" in each for each in shown)
