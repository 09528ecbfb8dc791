"""What a channel is told when the bot comes, and who may add images in it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.permission_rules import GROUP_IS_GONE, NO_GUESTS
from bot.channels.service import INTRODUCE
from bot.channels.settings import ChannelSettings
from bot.channels.view import MAY_ADD
from bot.cli.local import words_of
from bot.db.values import MayAdd, Mode
from bot.sandbox import faults
from bot.sandbox.slack import faults as slack_faults
from bot.slack.blocks import MENU
from tests.e2e.team import Team, picture, pictures, set_channel
from tests.e2e.test_commands import answer, ask, done, seen
from tests.e2e.test_redelivery import full
from tests.e2e.test_shortcuts import direct, make, opened, send, silent_post

DESIGNERS = "S0DESIGN001"  # Ana and Chris


async def invited(team: Team, channel: str = "brand") -> list[str]:
    """Invite the bot, and what it said in the channel."""
    team.slack.invite("ana", channel, "masko")
    await heard(team, "member_joined_channel")
    await team.bot.queue.drained(INTRODUCE)
    return said(team, channel)


async def heard(team: Team, event: str, times: int = 1) -> None:
    def acknowledged() -> bool | None:
        told = [
            each for each in team.slack.deliveries if event in str(each.payload.get("event", {}).get("type"))
        ]
        return (len(told) >= times and all(each.acknowledged for each in told)) or None

    await team.slack.wait_until(acknowledged)


def said(team: Team, channel: str) -> list[str]:
    me = team.slack.directory.bot.id
    messages = team.slack.channel_messages(channel)
    return [words_of(each) for each in messages if each["user"] == me and "subtype" not in each]


async def set_to(team: Team, channel: str = "mascots", **settings: Any) -> None:
    """Set a channel without its form."""
    await set_channel(team.bot.store, *place(team, channel), ChannelSettings(**settings))


def place(team: Team, channel: str = "mascots") -> tuple[str, str]:
    return team.slack.directory.team.id, team.slack.directory.channel(channel).id


# -- introducing oneself ----------------------------------------------------------------------------


async def test_the_bot_introduces_itself_where_it_is_invited(team: Team) -> None:
    (hello,) = await invited(team)
    assert "Post an image of a mascot here" in hello
    assert "have me leave images alone until I'm asked?" in hello
    assert "[Channel settings] [All commands]" in hello
    assert team.findings() == []


async def test_its_buttons_open_the_settings_and_tell_the_commands(team: Team) -> None:
    await invited(team)
    hello = team.slack.channel_messages("brand")[-1]
    await team.press(hello, f"{MENU}.settings", user="ana", channel="brand")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    assert view["title"]["text"] == "Channel settings"
    assert place(team, "brand")[1] in view["private_metadata"]
    await team.press(hello, f"{MENU}.help", user="ana", channel="brand")
    await done(team)
    assert "/masko rename NAME to NEW" in answer(team, user="ana", channel="brand")


async def test_never_twice(team: Team) -> None:
    await invited(team)
    [event] = [each for each in team.slack.deliveries if "member_joined_channel" in str(each.payload)]
    await team.slack.deliver_again(event)
    await team.slack.deliver_again(event, event_id="Ev0ANOTHER1")
    team.slack.directory.channel("brand").members.remove(team.slack.directory.bot.id)
    team.slack.invite("ana", "brand", "masko")
    await heard(team, "member_joined_channel", 4)
    await team.bot.queue.drained(INTRODUCE)
    assert len(said(team, "brand")) == 1


async def test_not_for_others_who_join(team: Team) -> None:
    team.slack.invite("ana", "northwind", "ben")
    await heard(team, "member_joined_channel")
    await team.bot.queue.drained(INTRODUCE)
    assert said(team, "northwind") == []


async def test_it_says_what_the_channel_is_set_to(team: Team) -> None:
    await set_to(team, "brand", mode=Mode.OFF)
    (hello,) = await invited(team)
    assert "I leave images alone" in hello


async def test_an_introduction_whose_answer_was_lost_is_not_said_twice(team: Team) -> None:
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    assert len(await invited(team)) == 1


async def test_a_slack_that_is_down_is_waited_for(team: Team) -> None:
    team.slack.faults.add("chat.postMessage", slack_faults.internal_error())
    assert len(await invited(team)) == 1


async def test_an_invitation_that_cannot_be_written_down_comes_again(team: Team) -> None:
    async with full(team):
        team.slack.invite("ana", "brand", "masko")
        await team.slack.wait_until(
            lambda: [each for each in team.slack.deliveries if "member_joined" in str(each.payload)] or None
        )
    [event] = [each for each in team.slack.deliveries if "member_joined" in str(each.payload)][:1]
    assert not event.acknowledged
    await team.slack.deliver_again(event)
    await team.bot.queue.drained(INTRODUCE)
    assert len(said(team, "brand")) == 1


# -- who may add ------------------------------------------------------------------------------------


async def test_everyone_may_and_slack_is_asked_nothing(team: Team) -> None:
    post = await team.post([picture()], user="gil")
    assert "1 of 6 references" in team.words(post)[0]
    assert team.slack.calls["users.info"] == team.slack.calls["usergroups.users.list"] == 0


async def test_guests_are_told_privately_and_once(team: Team) -> None:
    await set_to(team, may_add=MayAdd.MEMBERS)
    post = await team.post(pictures(2), user="gil")
    assert team.replies(post) == []
    assert [NO_GUESTS in words_of(each) for each in seen(team, user="gil")] == [True]
    assert seen(team, user="ana") == []
    assert sum(team.masko.calls.values()) == team.slack.calls["download"] == 0
    again = next(each for each in team.slack.deliveries if post["ts"] in str(each.payload))
    await team.slack.deliver_again(again)
    await team.done()
    assert len(seen(team, user="gil")) == 1
    other = await team.post([picture()], user="ana")
    assert "1 of 6 references" in team.words(other)[0]
    assert team.findings() == []


async def test_only_a_user_group(team: Team) -> None:
    await set_to(team, may_add=MayAdd.GROUP, group_id=DESIGNERS)
    refused = await team.post([picture()], user="ben")
    assert team.replies(refused) == []
    assert "Only the members of a user group" in answer(team, user="ben")
    taken = await team.post([picture()], user="ana")
    assert "1 of 6 references" in team.words(taken)[0]
    await team.post([picture("b.png", "teal")], user="ben", thread=taken)
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [1]
    assert team.slack.calls["usergroups.users.list"] == 1  # what was told is remembered
    assert team.findings() == []


async def test_a_group_that_is_not_there_any_more(team: Team) -> None:
    await set_to(team, may_add=MayAdd.GROUP, group_id="S0RETIRED02")
    await team.post([picture()], user="ben")
    assert GROUP_IS_GONE in answer(team, user="ben")
    assert team.mascots() == []


async def test_a_mention_a_command_and_the_shortcuts_are_no_way_around(team: Team) -> None:
    await set_to(team, may_add=MayAdd.GROUP, group_id=DESIGNERS)
    mention = await team.post([picture()], user="ben", text="@masko look")
    assert team.replies(mention) == []
    before = len(team.slack.channel_messages("mascots"))
    await ask(team, f"new {team.sandbox.page_url}_control/sample/fox.png", user="ben")
    assert "Only the members of a user group" in answer(team, user="ben")
    message = await silent_post(team, [picture()], channel="mascots")
    await set_to(team, may_add=MayAdd.GROUP, group_id=DESIGNERS, mode=Mode.OFF)
    await send(team, await opened(team, message, user="ben", channel="mascots"), user="ben")
    assert "Only the members of a user group" in answer(team, user="ben")
    assert len(team.slack.channel_messages("mascots")) == before + 1
    assert team.replies(message) == []
    assert team.mascots() == []
    assert team.findings() == []


async def test_the_new_mascot_form_is_refused_in_direct_messages(team: Team) -> None:
    await set_to(team, may_add=MayAdd.GROUP, group_id="S0RETIRED02")
    await make(team, await opened(team), files=[picture()])
    assert [GROUP_IS_GONE in words for words in direct(team)] == [True]
    assert team.mascots() == []


async def test_who_may_not_add_is_not_asked_either(team: Team) -> None:
    await set_to(team, may_add=MayAdd.MEMBERS, mode=Mode.ASK)
    await team.post([picture()], user="gil")
    assert [NO_GUESTS in words_of(each) for each in seen(team, user="gil")] == [True]


async def test_a_slack_that_cannot_be_asked_is_waited_for(team: Team) -> None:
    await set_to(team, may_add=MayAdd.MEMBERS)
    team.slack.faults.add("users.info", slack_faults.internal_error())
    post = await team.post([picture()], user="ana")
    assert "1 of 6 references" in team.words(post)[0]
    team.slack.faults.add("users.info", slack_faults.internal_error())
    post = await team.post([picture()], user="gil")
    assert team.replies(post) == []
    assert len(seen(team, user="gil")) == 1
    assert len(team.mascots()) == 1


async def test_without_the_scope_it_says_what_to_do(team: Team) -> None:
    team.slack.directory.app.scopes.discard("users:read")
    await set_to(team, may_add=MayAdd.MEMBERS)
    post = await team.post([picture()], user="gil")
    (told,) = team.words(post)
    assert "should reinstall me" in told
    assert team.masko.calls["upload"] == 0
    team.slack.directory.app.scopes.add("users:read")
    await team.press(team.card(post), "intake.retry", user="gil")
    await team.done()
    assert team.mascots() == []


async def test_the_acknowledgement_waits_for_no_look_up(team: Team) -> None:
    await set_to(team, may_add=MayAdd.MEMBERS)
    team.slack.faults.add("users.info", faults.delay(4.0))
    post = await team.post([picture()], user="ana")
    assert "1 of 6 references" in team.words(post)[0]
    assert team.findings() == []


async def test_the_form_offers_user_groups(team: Team) -> None:
    await team.slack.command("ana", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    menu = next(each["element"] for each in view["blocks"] if each["block_id"] == MAY_ADD)
    assert [each["text"]["text"] for each in menu["options"]] == [
        "Everyone",
        "Members, but no guests",
        "Only @designers",
    ]
    chosen = {MAY_ADD: {MAY_ADD: {"type": "static_select", "selected_option": menu["options"][2]}}}
    await team.slack.submit("ana", view["id"], chosen)
    await team.post([picture()], user="ben")
    assert "Only the members of a user group" in answer(team, user="ben")
    await team.slack.command("ana", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    menu = next(each["element"] for each in view["blocks"] if each["block_id"] == MAY_ADD)
    assert menu["initial_option"]["text"]["text"] == "Only @designers"


@pytest.mark.parametrize("trouble", ["scope", "slow"])
async def test_the_form_opens_without_groups_where_slack_does_not_tell_them(team: Team, trouble: str) -> None:
    await set_to(team, may_add=MayAdd.GROUP, group_id=DESIGNERS)
    if trouble == "scope":
        team.slack.directory.app.scopes.discard("usergroups:read")
    else:
        team.slack.faults.add("usergroups.list", faults.delay(4.0))
    await team.slack.command("ana", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    menu = next(each["element"] for each in view["blocks"] if each["block_id"] == MAY_ADD)
    assert [each["text"]["text"] for each in menu["options"]][2:] == ["Only the user group chosen before"]
    assert menu["initial_option"] == menu["options"][2]
    await team.slack.submit("ana", view["id"], {})
    await team.post([picture()], user="ben")
    if trouble == "slow":
        assert "Only the members of a user group" in answer(team, user="ben")
