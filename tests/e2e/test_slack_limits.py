"""Slack's pace and Slack's moods, through the front door: nothing is lost, nothing is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.cards.view import EDIT
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.jobs.runner import CARRY, REFRESH, RETIRE
from bot.sandbox import faults
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.slack import faults as slack_faults
from bot.slack.blocks import RETRY
from tests.e2e.team import COLOURS, Message, Team, picture

pytestmark = pytest.mark.slow

ANAS_DM = "D0ANABOT005"


def calls(team: Team, method: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Requests and answers of a method, oldest first."""
    for entry in team.sandbox.inspector.after(0):
        if entry.kind == "web_api" and entry.title == method:
            yield entry.request, entry.response


def updates_of(team: Team, message: Message) -> list[str]:
    """What each change of a message says that Slack took."""
    return [
        str(request["text"])
        for request, response in calls(team, "chat.update")
        if request["ts"] == message["ts"] and response["ok"]
    ]


def asked(team: Team, method: str) -> int:
    return len(list(calls(team, method)))


# -- the pace -------------------------------------------------------------------------------------


async def test_a_burst_in_one_channel_holds_up_no_other(team: Team) -> None:
    burst = [await team.slack.post(user="ana", channel=ANAS_DM, text="hello?") for _ in range(8)]
    elsewhere = await team.slack.post(user="ana", channel="mascots", text="@masko hello")
    await team.slack.wait_until(lambda: team.replies(elsewhere) or None)
    said = [bool(team.replies(post, ANAS_DM)) for post in burst]
    assert not all(said), "the other channel did not wait for the burst"
    await team.slack.wait_until(lambda: all(team.replies(p, ANAS_DM) for p in burst) or None, timeout=15)
    taken = [response["ok"] for _, response in calls(team, "chat.postMessage")]
    assert taken.count(True) == 9
    assert taken.count(False) <= 4  # those beyond the burst that Slack takes, and once more


async def test_a_whisper_does_not_stand_behind_posts(team: Team) -> None:
    post = await team.post([picture()])
    for _ in range(7):
        await team.slack.post(user="ana", channel="mascots", text="@masko hello")
    team.slack.faults.add("views.open", slack_faults.refusal("expired_trigger_id"))
    await team.press(team.card(post), EDIT)
    await team.slack.wait_until(
        lambda: "didn't open that in time" in "".join(team.words(post, viewer="ana")) or None
    )
    assert asked(team, "chat.postMessage") < 8


# -- the newest card wins -------------------------------------------------------------------------


async def test_of_ten_changes_within_seconds_the_newest_is_sent(team: Team) -> None:
    post = await team.post([picture()])
    await team.all_done()
    card = team.card(post)
    before = len(updates_of(team, card))
    team.slack.faults.rate_limit("chat.update", retry_after=3)
    for n in range(10):
        await team.press(card, EDIT)
        await team.send(f"Felix {n}")
    await team.all_done()
    sent = updates_of(team, card)[before:]
    assert "Felix 9" in team.words(post)[0]
    assert "Felix 9" in sent[-1]
    assert len(sent) <= 3


async def test_references_that_arrive_quickly_never_leave_an_older_card(team: Team) -> None:
    team.slack.files.processing_delay = 0.0
    post = await team.post([picture("a.png", COLOURS[0])])
    for n in range(1, 6):
        file = picture(f"{n}.png", COLOURS[n])
        await team.slack.post(user="ana", channel="mascots", files=[file], thread_ts=post["ts"])
    await team.slack.wait_until(lambda: "6 of 6 references" in team.words(post)[0] or None, timeout=30)
    await team.all_done()
    counts = [int(n) for text in updates_of(team, team.card(post)) for n in re.findall(r"(\d) of 6", text)]
    assert counts == sorted(counts)
    assert "6 of 6 references" in team.words(post)[0]
    assert [response for _, response in calls(team, "chat.update") if not response["ok"]] == []


async def test_a_farewell_that_slack_did_not_hear_is_said_later(team: Team) -> None:
    post = await team.post([picture("a.png", "orange")])
    (mascot,) = team.mascots()
    await team.all_done()
    team.masko.delete_collection(mascot.id)
    team.slack.faults.add("chat.update", faults.proxy_page())
    await team.post([picture("b.png", "navy")], thread=post)
    await team.bot.queue.drained(CARRY, REFRESH, RETIRE)
    assert team.words(post)[0].startswith(f"{mascot.detected.name} was deleted in Masko.")


# -- answers that were lost -----------------------------------------------------------------------


@pytest.mark.parametrize("lost", [faults.answer_lost, faults.cut_short], ids=["hung up", "cut short"])
async def test_a_reply_whose_answer_was_lost_is_said_once(team: Team, lost: Any) -> None:
    team.slack.faults.add("chat.postMessage", lost())
    post = await team.post([picture()])
    await team.all_done()
    (words,) = team.words(post)
    assert "1 of 6 references" in words


async def test_until_the_thread_could_be_read_nothing_is_said_again(team: Team) -> None:
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    team.slack.faults.add("conversations.replies", faults.proxy_page())
    team.slack.faults.add("conversations.replies", slack_faults.rate_limited(2))
    post = await team.post([picture()])
    await team.all_done()
    (words,) = team.words(post)
    assert "1 of 6 references" in words
    assert len(team.mascots()) == 1


async def test_a_thread_that_may_not_be_read_gets_its_answer_all_the_same(team: Team) -> None:
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    team.slack.faults.fail("conversations.replies", "missing_scope", calls=None)
    post = await team.post([picture()])
    await team.all_done()
    assert "1 of 6 references" in team.words(post)[-1]
    assert len(team.mascots()) == 1


async def test_retry_under_a_reply_that_was_never_written_down_says_nothing_twice(team: Team) -> None:
    team.masko.faults.add("collections.create", masko_faults.insufficient_credits(21, 5))
    post = await team.post([picture()])
    async with team.bot.store.write() as session:
        await session.execute(update(PostRow).values(reply_ts=None))
    await team.press(team.card(post), RETRY)
    await team.all_done()
    (words,) = team.words(post)
    assert "1 of 6 references" in words


async def test_a_reply_said_anew_in_the_place_of_a_deleted_one_is_said_once(team: Team) -> None:
    team.masko.faults.add("collections.create", masko_faults.rate_limited(6))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(lambda: "Queued" in "".join(team.words(post)) or None)
    team.slack.delete("mascots", team.card(post)["ts"])
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    await team.slack.wait_until(lambda: "1 of 6" in "".join(team.words(post)) or None, timeout=15)
    await team.all_done()
    assert len(team.replies(post)) == 1
    assert len(team.mascots()) == 1


# -- places that are gone -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["is_archived", "channel_not_found", "not_in_channel", "thread_not_found", "cannot_reply_to_message"],
)
async def test_where_nobody_can_be_told_the_job_ends_and_its_state_is_kept(team: Team, code: str) -> None:
    team.slack.faults.fail("chat.postMessage", code, calls=None)
    post = await team.post([picture()])
    assert team.words(post, viewer="ana") == []
    assert asked(team, "chat.postMessage") <= 2
    assert asked(team, "chat.postEphemeral") == 0
    assert await team.bot.queue.unfinished(CARRY, REFRESH) == 0
    async with team.bot.store.read() as session:
        (state,) = await session.scalars(select(IntakeRow.state))
    assert state is ImageState.FAILED


@pytest.mark.parametrize("code", ["is_inactive", "channel_not_found"])
async def test_a_channel_that_is_archived_meanwhile_keeps_its_mascot(team: Team, code: str) -> None:
    post = await team.post([picture("a.png", "orange")])
    await team.all_done()
    team.slack.faults.fail("chat.update", code, calls=None)
    await team.post([picture("b.png", "navy")], thread=post)
    await team.all_done()
    assert await team.bot.queue.unfinished(CARRY, REFRESH) == 0
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 2
    team.slack.faults.clear("chat.update")
    await team.post([picture("c.png", "teal")], thread=post)
    await team.all_done()
    assert "3 of 6 references" in team.words(post)[0]


# -- modals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [faults.proxy_page, faults.reset, slack_faults.rate_limited], ids=["a page", "reset", "429"]
)
async def test_a_modal_that_does_not_open_is_said_to_the_one_who_pressed(team: Team, fault: Any) -> None:
    post = await team.post([picture()])
    team.slack.faults.add("views.open", fault())
    await team.press(team.card(post), EDIT)
    await team.slack.wait_until(
        lambda: "didn't open that in time" in "".join(team.words(post, viewer="ana")) or None
    )
    assert "didn't open that in time" not in "".join(team.words(post, viewer="ben"))
    assert team.slack.view("ana") is None
