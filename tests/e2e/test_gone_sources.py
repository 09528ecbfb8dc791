"""Posts and files that are deleted while their images are on their way, and threads that are gone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.cli.local import words_of
from bot.db.tables import ImageState, IntakeRow
from bot.sandbox.masko import faults as masko_faults
from tests.e2e.team import Message, Team, picture, pictures
from tests.e2e.test_channels import heard
from tests.e2e.test_sources_and_alt_texts import counts, offered, press

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def states(team: Team) -> list[ImageState]:
    async with team.bot.store.read() as session:
        return list(await session.scalars(select(IntakeRow.state).order_by(IntakeRow.id)))


async def queued(team: Team, count: int = 1, **more: Any) -> Message:
    """A post whose images wait for Masko's budget, and whose thread says so."""
    team.masko.faults.add("upload", masko_faults.rate_limited(60), times=None)
    post = await team.slack.post(user="ana", channel="mascots", files=pictures(count), **more)
    root = {"ts": more.get("thread_ts", post["ts"])}
    await team.slack.wait_until(lambda: "Queued" in "".join(team.words(root)) or None)
    return post


async def delete(team: Team, post: Message) -> None:
    """Delete a post, and wait until the bot is done with that."""
    team.slack.delete("mascots", post["ts"], "ana")
    await team.slack.wait_until(lambda: all(each.acknowledged for each in team.slack.deliveries) or None)
    await team.all_done()


# -- on their way -------------------------------------------------------------------------------------


async def test_what_is_not_uploaded_is_dropped_and_its_placeholder_with_it(team: Team) -> None:
    post = await queued(team, 2)
    uploads = team.masko.calls["upload"]
    await delete(team, post)
    assert await states(team) == [ImageState.REFUSED] * 2
    assert team.words(post) == []
    assert team.masko.calls["upload"] == uploads
    assert team.mascots() == []
    assert team.findings() == []


async def test_a_deleted_reply_leaves_the_card_alone(team: Team) -> None:
    root = await team.post([picture("root.png", "teal")])
    await team.all_done()
    shown = team.words(root)
    reply = await queued(team, thread_ts=root["ts"])
    await delete(team, reply)
    assert team.words(root) == shown
    assert counts(team) == [1]


async def test_what_is_in_is_offered_for_removal_and_the_rest_dropped(team: Team) -> None:
    team.slack.files.unavailable = {"b.png"}
    post = await team.slack.post(user="ana", channel="mascots", files=pictures(2))
    await team.slack.wait_until(lambda: "1 of 6 references" in "".join(team.words(post)) or None)
    await delete(team, post)
    assert await states(team) == [ImageState.ADDED, ImageState.REFUSED]
    asked = await offered(team, post)
    assert words_of(asked).startswith("a.png was deleted in Slack, and is still a reference of")
    assert "b.png" not in "".join(team.words(post))
    await press(team, asked, "offer.remove")
    await team.confirm()
    await team.all_done()
    assert counts(team) == [0]


async def test_what_is_uploaded_and_becomes_a_reference_afterwards_is_offered(team: Team) -> None:
    team.masko.faults.add("collections.create", masko_faults.rate_limited(8))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(lambda: "Queued" in "".join(team.words(post)) or None)
    team.slack.delete("mascots", post["ts"], "ana")
    asked = await team.slack.wait_until(
        lambda: next((each for each in team.replies(post) if "[Keep]" in words_of(each)), None), timeout=40
    )
    await team.all_done()
    assert words_of(asked).startswith("fox.png was deleted in Slack, and is still a reference of")
    assert sum("was deleted" in each for each in team.words(post)) == 1
    assert await states(team) == [ImageState.ADDED]


async def test_a_file_deleted_on_its_way_is_dropped_while_the_others_go_on(team: Team) -> None:
    team.slack.files.unavailable = {"a.png", "b.png"}
    post = await team.slack.post(user="ana", channel="mascots", files=pictures(2))
    await team.slack.wait_until(lambda: team.words(post) or None)
    team.slack.delete_file("ana", post["files"][0]["id"])
    await heard(team, "file_deleted")
    team.slack.files.unavailable = set()
    await team.slack.wait_until(lambda: "1 of 6 references" in "".join(team.words(post)) or None, timeout=40)
    await team.all_done()
    assert await states(team) == [ImageState.REFUSED, ImageState.ADDED]


async def test_retry_brings_nothing_back_whose_post_is_deleted(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.unauthorized(), times=None)
    post = await team.post([picture()])
    assert await states(team) == [ImageState.FAILED]
    await delete(team, post)
    assert await states(team) == [ImageState.REFUSED]
    assert team.words(post) == []


# -- threads that are gone ----------------------------------------------------------------------------


async def test_a_reply_that_slack_posts_into_the_channel_is_taken_back(team: Team) -> None:
    """The root is deleted before the first word, so that nothing keeps its place; the bot is not told."""
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    root = team.slack.workspace.messages.get(team.slack.directory.channel("mascots").id, post["ts"])
    assert root is not None
    team.slack.workspace.messages.remove(root)
    await heard(team, "message")
    await team.all_done()
    assert team.slack.effects["chat.postMessage"] == team.slack.effects["chat.delete"] > 0
    assert team.slack.channel_messages("mascots") == []
    assert await states(team) == [ImageState.FAILED]
    assert team.mascots() == []
    assert team.findings() == []
