"""Votes that do not count, votes that come late, and what whoever gave them is told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.permission_rules import DEACTIVATED, NOT_KNOWN, not_named
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db import mascots
from bot.db.values import Did, MayReview
from bot.review import record as reviews
from bot.review import text as words
from bot.review.model import Entry
from bot.review.view import APPROVE
from bot.review.votes import ACT
from bot.sandbox import faults
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.slack import faults as slack_faults
from bot.sandbox.slack.deliveries import Delivery
from tests.e2e.team import Message, Team, picture, pictures, presses, set_channel, use_mascot
from tests.e2e.test_reviews import (
    _forget_reading,
    _remove,
    id_of,
    press,
    request,
    review_of,
    whispers,
)

pytestmark = pytest.mark.slow

TICK, CROSS = "white_check_mark", "x"


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def set_rules(team: Team, channel: str = "mascots", **rules: Any) -> None:
    place = team.slack.directory.channel(channel).id
    settings = ChannelSettings(review=ReviewRules(**rules))
    await set_channel(team.bot.store, team.slack.directory.team.id, place, settings)


async def record_of(team: Team, number: int = 0) -> list[Entry]:
    async with team.bot.store.read() as session:
        return await reviews.record(session, team.mascots()[number].id)


def pressed(team: Team) -> Delivery:
    """The last press of Approve as it was delivered."""
    return next(each for each in reversed(team.slack.deliveries) if presses(each, APPROVE))


async def late_press(team: Team, like: Delivery, change: Callable[[dict[str, Any]], None]) -> None:
    """A press that is delivered only now, of somebody who saw what there was when another was made."""
    payload = copy.deepcopy(like.payload)
    payload["actions"][0]["action_ts"] = team.slack.workspace.times.next()
    change(payload)
    again = await team.slack.deliver_again(Delivery("interactive", payload), retry_attempt=0)
    assert again.acknowledged
    await team.all_done()


def by(team: Team, name: str) -> Callable[[dict[str, Any]], None]:
    def change(payload: dict[str, Any]) -> None:
        payload["user"]["id"] = id_of(team, name)

    return change


async def react(team: Team, post: Message, emoji: str, *, user: str = "ben", on: bool = True) -> None:
    team.slack.react(user, "mascots", team.card(post)["ts"], emoji, on=on)
    await heard(team)


async def heard(team: Team) -> None:
    """Wait until all that was delivered is acknowledged, and done."""
    await team.slack.wait_until(lambda: all(each.acknowledged for each in team.slack.deliveries) or None)
    await team.all_done()


async def tell(team: Team, events: list[dict[str, Any]]) -> None:
    for event in events:
        await team.slack.send_event(event)
        await team.bot.queue.drained(ACT)
    await team.all_done()


def reaction(team: Team, post: Message, kind: str, ts: str, emoji: str = TICK, **more: Any) -> dict[str, Any]:
    channel = team.slack.directory.channel("mascots").id
    item = {"type": "message", "channel": channel, "ts": team.card(post)["ts"]}
    event = {"type": f"reaction_{kind}", "user": id_of(team, "ben"), "reaction": emoji}
    return {**event, "item": item, "item_user": team.slack.directory.bot.id, "event_ts": ts, **more}


# -- who may not, and where ------------------------------------------------------------------------


async def test_somebody_who_has_left_meanwhile(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="chris")
    team.slack.deactivate("ben")
    await late_press(team, pressed(team), by(team, "ben"))
    assert review_of(team, post).startswith("In review · 1 of 2")
    ephemeral = [each["text"] for each in team.slack.thread("mascots", post["ts"], "ben")]
    assert DEACTIVATED not in ephemeral  # Slack reaches nobody who has left
    assert [each.did for each in await record_of(team)] == [Did.APPROVED]


async def test_a_press_that_counted_is_not_refused_afterwards(team: Team) -> None:
    """Its job may run once more, under other rules by then."""
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await set_rules(team, approvals=2, who=MayReview.PEOPLE, people=("UCHRIS",))
    await team.deliver_press_again(APPROVE)
    assert whispers(team, post, "ben") == []
    assert len(await record_of(team)) == 1
    assert len(team.words(post)) == 2


async def test_a_card_whose_thread_was_let_go(team: Team) -> None:
    """No channel's rules would count any more, so nobody's vote does."""
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    before = pressed(team)
    await team.unlink(post, user="ana")
    await team.all_done()
    await late_press(team, before, by(team, "chris"))
    assert words.NO_THREAD in whispers(team, post, "chris")
    assert [each.did for each in await record_of(team)] == [Did.APPROVED]
    assert not any("is approved by" in each for each in team.words(post))


async def test_an_old_card_in_a_thread_that_belongs_to_another_mascot(team: Team) -> None:
    """The vote is on the mascot whose card it was, by the rules of where that is at home."""
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.take_vote_back(post, user="ben")
    await team.all_done()
    before = pressed(team)
    await team.unlink(post, user="ana")
    await team.all_done()
    await team.post([picture("b.png", "teal")], thread=post)
    await team.all_done()
    assert len(team.mascots()) == 2
    await late_press(team, before, by(team, "chris"))
    assert words.NO_THREAD in whispers(team, post, "chris")
    assert await record_of(team, 1) == []


async def test_the_rules_of_the_home_channel_hold_in_every_thread(team: Team) -> None:
    await set_rules(team, who=MayReview.PEOPLE, people=(id_of(team, "ben"),))
    post = await team.post([picture()])
    mascot = team.mascots()[0]
    secret = team.slack.directory.channel("unreleased").id
    await use_mascot(team.bot.store, team.slack.directory.team.id, secret, mascot.id)
    other = await team.post([picture("b.png", "teal")], channel="unreleased")
    await team.all_done()
    assert [each.name for each in team.mascots()] == [mascot.name]
    await team.press(team.card(other, "unreleased"), APPROVE, user="chris", channel="unreleased")
    await team.all_done()
    assert not_named(1) in team.words(other, "unreleased", viewer="chris")
    await press(team, post, APPROVE, user="ben")
    for place, channel in ((post, "mascots"), (other, "unreleased")):
        assert "*Approved* by" in team.words(place, channel)[0]


async def test_a_mascot_of_another_workspace_is_not_known(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")

    def elsewhere(payload: dict[str, Any]) -> None:
        option = payload["actions"][0]["selected_option"]
        option["value"] = f"{APPROVE} col_of_somebody_else {'0' * 64}"
        payload["user"]["id"] = id_of(team, "chris")

    await late_press(team, pressed(team), elsewhere)
    assert NOT_KNOWN in whispers(team, post, "chris")


async def test_two_presses_of_the_same_moment_are_two_votes(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    moment = pressed(team).payload["actions"][0]["action_ts"]

    def at_the_same_moment(payload: dict[str, Any]) -> None:
        payload["actions"][0]["action_ts"] = moment
        payload["user"]["id"] = id_of(team, "chris")

    await late_press(team, pressed(team), at_the_same_moment)
    assert review_of(team, post).startswith("Approved by ")


# -- services that do not answer -------------------------------------------------------------------


async def test_a_slack_that_does_not_tell_who_it_is_delays_the_vote(team: Team) -> None:
    await set_rules(team, approvals=2, who=MayReview.MEMBERS)
    post = await team.post([picture()])
    team.slack.faults.add("users.info", slack_faults.internal_error())
    await press(team, post, APPROVE, user="ben")
    assert team.slack.calls["users.info"] >= 2
    assert review_of(team, post) == f"In review · 1 of 2 approvals\nApproved by <@{id_of(team, 'ben')}>"
    assert whispers(team, post, "ben") == []
    assert len(team.words(post)) == 2


async def test_while_masko_is_down_people_vote_on_what_is_remembered(team: Team) -> None:
    post = await team.post([picture()])
    await team.bot.store.write_at_once(_forget_reading)
    team.masko.faults.add("collections.get", masko_faults.internal_error(), None)
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved by ")


async def test_a_line_whose_answer_got_lost_is_said_once(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await team.all_done()
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    await press(team, post, APPROVE, user="ben")
    assert sum("approved" in each for each in team.words(post)[1:]) == 1


# -- what is said of approvals ---------------------------------------------------------------------


def summaries(team: Team, post: Message) -> list[str]:
    return [each for each in team.words(post)[1:] if "Final references: " in each]


async def test_one_more_approval_posts_no_second_summary(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await react(team, post, TICK, user="chris")
    assert review_of(team, post).startswith("Approved by ")
    assert len(summaries(team, post)) == 1
    assert len(team.words(post)) == 2


async def test_a_request_taken_back_approves_and_says_so(team: Team) -> None:
    post = await team.post([picture()])
    await request(team, post, "Bigger ears", user="ben")
    await press(team, post, APPROVE, user="chris")
    assert summaries(team, post) == []
    await team.take_vote_back(post, user="ben")
    await team.all_done()
    assert review_of(team, post).startswith("Approved by ")
    taken_back, summary = team.words(post)[-2:]
    assert "no longer asks for changes" in taken_back
    assert f"is approved by <@{id_of(team, 'chris')}>." in summary
    assert [summary] == summaries(team, post)


async def test_references_that_come_back_approve_and_say_so(team: Team) -> None:
    """Ben wanted the first picture changed; with the second he is content, and so it is with the first."""
    post = await team.post([picture()])
    await request(team, post, "Another angle", user="ben")
    await press(team, post, APPROVE, user="chris")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    await press(team, post, APPROVE, user="ben")
    assert len(summaries(team, post)) == 1
    await team.choose(team.card(post), "Add or remove references", user="ana")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    await team.slack.submit("ana", view["id"], _remove(view, 1))
    await team.all_done()
    assert review_of(team, post).startswith("Approved by ")
    assert len(summaries(team, post)) == 2
    assert summaries(team, post)[1].endswith("Final references: fox.png")


async def test_who_has_looked_again_already_is_not_asked_to(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post(pictures(1))
    await press(team, post, APPROVE, user="ben")
    await press(team, post, APPROVE, user="chris")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.card(post), APPROVE, user="ben")
    await team.all_done()
    (told,) = [each for each in team.words(post) if "this changed since" in each]
    assert told.startswith(f"<@{id_of(team, 'chris')}>, ")


async def test_a_comment_counts_also_from_a_clock_that_is_behind(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")

    def tomorrow(payload: dict[str, Any]) -> None:
        moment = float(payload["actions"][0]["action_ts"]) + 24 * 60 * 60
        payload["actions"][0]["action_ts"] = f"{moment:.6f}"
        payload["user"]["id"] = id_of(team, "chris")

    await late_press(team, pressed(team), tomorrow)
    bot = team.slack.directory.bot.id
    await team.post(user="chris", text=f"<@{bot}> lovely ears", thread=post)
    await team.all_done()
    assert [each.did for each in await record_of(team)][-1] is Did.COMMENTED


# -- emoji -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("added", "removed"), ("removed", "added")])
async def test_a_tick_that_is_taken_away_at_once_does_not_count(team: Team, order: tuple[str, str]) -> None:
    post = await team.post([picture()])
    await team.all_done()
    now = {kind: team.slack.workspace.times.next() for kind in ("added", "removed")}
    await tell(team, [reaction(team, post, kind, now[kind]) for kind in order])
    assert review_of(team, post) == ""
    if order[0] == "removed":
        assert len(team.words(post)) == 1
    assert whispers(team, post, "ben") == []


async def test_a_tick_that_slack_tells_of_late_does_not_undo_the_next(team: Team) -> None:
    post = await team.post([picture()])
    await team.all_done()
    first, off, second = (team.slack.workspace.times.next() for _ in range(3))
    await tell(
        team,
        [
            reaction(team, post, "added", first),
            reaction(team, post, "added", second),
            reaction(team, post, "removed", off),
            reaction(team, post, "added", first),
        ],
    )
    assert review_of(team, post) == f"Approved by <@{id_of(team, 'ben')}>"
    assert len(team.words(post)) == 2


async def test_a_tick_on_what_it_was_before_is_told_so(team: Team) -> None:
    """Slack tells late of it: what it was put on were other references."""
    post = await team.post([picture()])
    await team.all_done()
    event = reaction(team, post, "added", team.slack.workspace.times.next())
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    await tell(team, [event])
    assert words.OLD_CARD in whispers(team, post, "ben")
    assert review_of(team, post) == ""
    await react(team, post, TICK)
    assert review_of(team, post).startswith("Approved by ")


async def test_emoji_that_do_not_count(team: Team) -> None:
    post = await team.post([picture()])
    await team.all_done()
    bot, now = team.slack.directory.bot.id, team.slack.workspace.times.next
    item = reaction(team, post, "added", now())["item"]
    await tell(
        team,
        [
            reaction(team, post, "added", now(), user=bot),
            reaction(team, post, "added", now(), f"{TICK}::skin-tone-2"),
            reaction(team, post, "added", now(), "heavy_check_mark"),
            reaction(team, post, "added", now(), "x_ray"),
            reaction(team, post, "added", now(), item={**item, "ts": post["ts"]}),
            reaction(team, post, "added", now(), item={"type": "file", "file": "F1"}),
            reaction(team, post, "removed", now(), "heavy_check_mark"),
        ],
    )
    assert await record_of(team) == []
    assert review_of(team, post) == ""
    assert whispers(team, post, "ben") == []


async def test_an_emoji_is_refused_like_a_press(team: Team) -> None:
    post = await team.post([picture()])
    await react(team, post, TICK, user="ana")
    assert any("You posted one of these images" in each for each in whispers(team, post, "ana"))
    assert review_of(team, post) == ""


async def test_a_tick_on_what_is_no_card_yet_is_no_vote(team: Team) -> None:
    """On a message that says that a picture is being read there is nothing to approve."""
    team.masko.faults.add("collections.create", faults.delay(1.0))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(lambda: team.replies(post) or None)
    await react(team, post, TICK)
    await team.done()
    await team.all_done()
    assert review_of(team, post) == ""
    await react(team, post, TICK, on=False)
    assert review_of(team, post) == ""
    await react(team, post, TICK)
    assert review_of(team, post).startswith("Approved by ")


async def test_a_card_that_was_bound_to_no_mascot_any_more(team: Team) -> None:
    post = await team.post([picture()])
    event = reaction(team, post, "added", team.slack.workspace.times.next())
    await team.unlink(post, user="ana")
    await team.all_done()
    await tell(team, [event])
    async with team.bot.store.read() as session:
        assert await mascots.threads_of(session, team.mascots()[0].id) == []
    assert await record_of(team) == []
