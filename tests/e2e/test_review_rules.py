"""The rules of a review in a channel's settings, through the front door."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.channels.permission_rules import (
    DEACTIVATED,
    NO_OUTSIDERS,
    NOT_AMONG_REVIEWERS,
    ONLY_MEMBERS_REVIEW,
    POSTED_IT,
    REVIEWERS_ARE_GONE,
    Act,
    not_named,
)
from bot.channels.permissions import Actor, CannotTell, Permissions
from bot.channels.settings import ReviewRules
from bot.channels.view import APPROVALS, MAY_REVIEW, MODE, POSTERS, REVIEWERS
from bot.cli.local import words_of
from bot.db.values import MayReview
from bot.home.view import SETTINGS
from bot.review.view import APPROVE
from bot.review.votes import ACT
from bot.sandbox import faults
from bot.sandbox.slack import Submitted
from bot.sandbox.slack import faults as slack_faults
from bot.slack.forms import metadata
from tests.channels.permissions.test_matrix import permissions
from tests.e2e.team import Message, Team, picture, settings_now
from tests.e2e.test_channels import DESIGNERS, place, set_to
from tests.e2e.test_commands import press, seen
from tests.e2e.test_home import complete, opened, published, use, version, words
from tests.e2e.test_redelivery import full

pytestmark = pytest.mark.slow

Form = dict[str, Any]


async def by_command(team: Team) -> Form:
    await team.slack.command("ana", "mascots", "/masko", "settings")
    return await team.slack.wait_until(lambda: team.slack.view("ana"))


async def from_home(team: Team) -> Form:
    await opened(team)
    await use(team, SETTINGS)
    return await team.slack.wait_until(lambda: team.slack.view("ana"))


both_ways = pytest.mark.parametrize("form_opened", [by_command, from_home])
Opening = Callable[[Team], Coroutine[Any, Any, Form]]


@pytest.fixture
async def team(team: Team) -> Team:
    """A team whose Ana has a channel of her own, so that her Home shows it; files are processed at once."""
    team.slack.files.processing_delay = 0.0
    await team.post([picture()])
    await team.all_done()
    return team


async def fill_in(
    team: Team,
    form: Form,
    *,
    approvals: int = 1,
    who: str = "everyone",
    people: tuple[str, ...] = (),
    posters: bool = False,
) -> Submitted:
    def option(value: str) -> dict[str, Any]:
        return {"value": value, "text": {"type": "plain_text", "text": value}}

    ids = [team.slack.directory.person(each).id for each in people]
    values: dict[str, dict[str, dict[str, Any]]] = {
        APPROVALS: {APPROVALS: {"type": "static_select", "selected_option": option(str(approvals))}},
        MAY_REVIEW: {MAY_REVIEW: {"type": "static_select", "selected_option": option(who)}},
        REVIEWERS: {REVIEWERS: {"type": "multi_users_select", "selected_users": ids}},
        POSTERS: {POSTERS: {"type": "checkboxes", "selected_options": [option("yes")] if posters else []}},
    }
    return await send(team, form, values)


async def send(team: Team, form: Form, values: dict[str, dict[str, dict[str, Any]]]) -> Submitted:
    """Send the form; where it was saved from Home, wait until that shows it."""
    before = version(team)
    submitted = await team.slack.submit("ana", form["id"], values)
    if submitted.view is None and metadata(form).get("home") is not None:
        await complete(team, "ana", before)
    return submitted


async def rules(team: Team) -> ReviewRules:
    return (await settings_now(team.bot.store, *place(team))).review


def element(form: Form, field: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each["element"] for each in form["blocks"] if each["block_id"] == field)
    return found


@both_ways
async def test_the_form_is_filled_in_saved_and_opened_again(team: Team, form_opened: Opening) -> None:
    ben, chris = (team.slack.directory.person(each).id for each in ("ben", "chris"))
    form = await form_opened(team)
    submitted = await fill_in(team, form, approvals=2, who="people", people=("ben", "chris"), posters=True)
    assert (submitted.errors, submitted.timed_out, team.slack.view("ana")) == ({}, False, None)
    assert await rules(team) == ReviewRules(2, True, MayReview.PEOPLE, (ben, chris))
    again = await form_opened(team)
    assert element(again, APPROVALS)["initial_option"]["value"] == "2"
    assert element(again, MAY_REVIEW)["initial_option"]["text"]["text"] == "Only the people named below"
    assert element(again, REVIEWERS)["initial_users"] == [ben, chris]
    assert len(element(again, POSTERS)["initial_options"]) == 1
    assert not (await send(team, again, {})).errors
    assert await rules(team) == ReviewRules(2, True, MayReview.PEOPLE, (ben, chris))
    assert team.findings() == []


@both_ways
async def test_people_who_may_and_nobody_named(team: Team, form_opened: Opening) -> None:
    form = await form_opened(team)
    submitted = await fill_in(team, form, who="people")
    assert submitted.errors == {REVIEWERS: "Name at least one person, or let others review too."}
    assert await rules(team) == ReviewRules()
    assert team.slack.view("ana") is not None
    assert not (await fill_in(team, form, who="people", people=("ben",))).errors
    assert (await rules(team)).people == (team.slack.directory.person("ben").id,)
    assert team.findings() == []


@both_ways
async def test_more_approvals_than_people(team: Team, form_opened: Opening) -> None:
    form = await form_opened(team)
    submitted = await fill_in(team, form, approvals=3, who="people", people=("ben", "chris"))
    told = "This needs 3 approvals, but only 2 people are named to review."
    assert submitted.errors == {APPROVALS: told}
    assert await rules(team) == ReviewRules()
    assert not (await fill_in(team, form, approvals=3, people=("ben", "chris"))).errors
    assert (await rules(team)).approvals == 3
    assert team.findings() == []


@both_ways
async def test_a_user_group(team: Team, form_opened: Opening) -> None:
    form = await form_opened(team)
    assert not (await fill_in(team, form, who=f"group:{DESIGNERS}")).errors
    assert await rules(team) == ReviewRules(who=MayReview.GROUP, group_id=DESIGNERS)
    chosen = element(await form_opened(team), MAY_REVIEW)["initial_option"]
    assert chosen["text"]["text"] == "Only @designers"


async def test_a_group_stays_chosen_where_slack_does_not_tell_them(team: Team) -> None:
    team.slack.directory.app.scopes.discard("usergroups:read")
    before = ReviewRules(who=MayReview.GROUP, group_id=DESIGNERS)
    await set_to(team, review=before)
    form = await by_command(team)
    chosen = element(form, MAY_REVIEW)["initial_option"]
    assert chosen["text"]["text"] == "Only the user group chosen before"
    assert not (await send(team, form, {})).errors
    assert await rules(team) == before


async def test_a_mistake_is_not_called_saved_at_home(team: Team) -> None:
    form = await from_home(team)
    assert (await fill_in(team, form, who="people")).errors
    await opened(team)
    assert not any("Saved" in each for each in published(team))
    assert not (await fill_in(team, form, approvals=2)).errors
    assert "Saved. It applies from now on." in words(team)
    assert "Review: 2 approvals, by anyone" in words(team)


async def test_home_says_nothing_of_the_usual_rules(team: Team) -> None:
    assert "Review:" not in await opened(team)
    await fill_in(team, await by_command(team), who="people", people=("ben",))
    told = await opened(team)
    assert "Images: Add them automatically\nReview: 1 approval, by 1 named person" in told
    assert team.slack.directory.person("ben").id not in told


async def test_rules_that_cannot_be_written_down_are_not_called_saved(team: Team) -> None:
    form = await from_home(team)
    async with full(team, "channel"):
        assert (await fill_in(team, form, approvals=2)).timed_out
    assert await rules(team) == ReviewRules()
    assert "Saved" not in words(team)


async def test_the_form_opens_with_people_although_slack_is_slow_to_tell_the_groups(team: Team) -> None:
    await fill_in(team, await by_command(team), who="people", people=("ben",))
    team.slack.faults.add("usergroups.list", faults.delay(4.0))
    form = await by_command(team)
    assert element(form, REVIEWERS)["initial_users"] == [team.slack.directory.person("ben").id]
    assert form["state"]["values"][MODE][MODE]["selected_option"]["value"] == "auto"


async def test_who_is_forgotten_is_no_reviewer_any_more(team: Team) -> None:
    await fill_in(team, await by_command(team), who="people", people=("ben",))
    await team.slack.command("ben", "mascots", "/masko", "forget me")
    await team.slack.wait_until(lambda: seen(team, user="ben") or None)
    await press(team, "privacy.forget", user="ben")
    form = await by_command(team)
    assert "initial_users" not in element(form, REVIEWERS)
    assert element(form, MAY_REVIEW)["initial_option"]["value"] == "people"
    submitted = await send(team, form, {})
    assert set(submitted.errors) == {REVIEWERS}


# -- who may review, by what Slack tells of people -----------------------------------------------------


async def refused(
    asked: Permissions, team: Team, user: str, given: ReviewRules, *, outsiders: bool = False
) -> str | None:
    """Why somebody who is seen in the mascot's channel may not ask for changes there."""
    await set_to(team, review=given, takes_outsiders=outsiders)
    actor = Actor(team.slack.directory.team.id, team.slack.directory.person(user).id)
    asked.witness(actor.user, team.slack.directory.channel("mascots").id)
    return await asked.refusal(actor, Act.REQUEST, mascot=team.mascots()[0].id)


async def test_a_partner_in_a_shared_channel_is_from_another_organisation(team: Team) -> None:
    async with permissions(team) as asked:
        assert await refused(asked, team, "noor", ReviewRules()) == NO_OUTSIDERS
        everyone = ReviewRules(who=MayReview.EVERYONE)
        assert await refused(asked, team, "noor", everyone, outsiders=True) is None
        assert await refused(asked, team, "noor", ReviewRules(), outsiders=True) == ONLY_MEMBERS_REVIEW
        assert await refused(asked, team, "gil", everyone) is None
        assert await refused(asked, team, "ana", ReviewRules()) is None
        assert team.slack.calls["users.info"] == 3


async def test_guests_and_groups_as_slack_tells_them(team: Team) -> None:
    members = ReviewRules(who=MayReview.MEMBERS)
    designers = ReviewRules(who=MayReview.GROUP, group_id=DESIGNERS)
    gone = ReviewRules(who=MayReview.GROUP, group_id="S0RETIRED02")
    async with permissions(team) as asked:
        assert await refused(asked, team, "gil", members) == ONLY_MEMBERS_REVIEW
        assert await refused(asked, team, "ana", members) is None
        team.slack.deactivate("ben")
        assert await refused(asked, team, "ben", members) == DEACTIVATED
        team.slack.deactivate("ben", on=False)
        assert await refused(asked, team, "chris", designers) is None
        assert await refused(asked, team, "gil", designers) == NOT_AMONG_REVIEWERS
        assert await refused(asked, team, "gil", gone) == REVIEWERS_ARE_GONE


async def test_without_the_scope_nobody_is_known(team: Team) -> None:
    team.slack.directory.app.scopes.discard("users:read")
    async with permissions(team) as asked:
        with pytest.raises(CannotTell, match="missing_scope"):
            await refused(asked, team, "gil", ReviewRules())


# -- reviews under these rules --------------------------------------------------------------------------


async def reviewed(team: Team, post: Message, user: str, channel: str = "mascots") -> str:
    """Approve, and what this person alone is told in the thread; empty where nothing is."""
    await team.all_done()  # hints are for one person alone as well
    before = told(team, post, user, channel)
    await team.press(team.card(post, channel), APPROVE, user=user, channel=channel)
    await team.bot.queue.drained(ACT)
    await team.all_done()
    return " ".join(told(team, post, user, channel)[len(before) :])


def told(team: Team, post: Message, user: str, channel: str) -> list[str]:
    everybody = {each["ts"] for each in team.replies(post, channel)}
    replies = team.replies(post, channel, viewer=team.slack.directory.person(user).id)
    return [words_of(each) for each in replies if each["ts"] not in everybody]


async def test_whoever_posted_it_needs_somebody_else_to_approve(team: Team) -> None:
    post = await team.post([picture("b.png", "teal")])
    await set_to(team, review=ReviewRules(2))
    assert await reviewed(team, post, "ana") == POSTED_IT
    await set_to(team, review=ReviewRules(2, poster_may=True))
    assert await reviewed(team, post, "ana") == ""
    assert "[Approve]" in words_of(team.card(post))
    assert await reviewed(team, post, "ben") == ""
    assert "[Approve]" not in words_of(team.card(post))
    assert team.findings() == []


async def test_only_who_is_named_may_review(team: Team) -> None:
    post = await team.post([picture("b.png", "teal")])
    await fill_in(team, await by_command(team), who="people", people=("chris",))
    assert await reviewed(team, post, "ben") == not_named(1)
    assert await reviewed(team, post, "chris") == ""
    assert team.findings() == []


async def test_partners_review_where_they_take_part(team: Team) -> None:
    post = await team.post([picture("b.png", "teal")], channel="northwind")
    assert await reviewed(team, post, "noor", "northwind") == NO_OUTSIDERS
    await set_to(team, "northwind", takes_outsiders=True, review=ReviewRules(who=MayReview.EVERYONE))
    assert await reviewed(team, post, "noor", "northwind") == ""
    assert team.findings() == []


async def test_a_slack_that_does_not_tell_who_it_is_is_waited_for(team: Team) -> None:
    post = await team.post([picture("b.png", "teal")])
    await set_to(team, review=ReviewRules(who=MayReview.MEMBERS))
    team.slack.faults.add("users.info", slack_faults.internal_error())
    assert await reviewed(team, post, "gil") == ONLY_MEMBERS_REVIEW
    team.slack.directory.app.scopes.discard("users:read")
    assert "should reinstall me" in await reviewed(team, post, "ben")
