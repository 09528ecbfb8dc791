"""The shortcuts, through the front door: their forms, what is refused in them, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot import privacy as people
from bot.channels import queries as channels
from bot.cli.local import words_of
from bot.references.add_forms import ASKED, LOOK
from bot.references.view import (
    CHANNEL,
    FILES,
    IMAGES,
    LINKS,
    MASCOT,
    NAME,
    SEARCH,
)
from bot.sandbox import faults
from bot.sandbox.slack import NewFile, Submitted
from handlers.references import ADD_TO_MASKO, NEW_MASCOT
from tests.e2e.team import Message, Team, picture, pictures
from tests.e2e.test_commands import ask, fill_in_settings, mascot, seen
from tests.e2e.test_redelivery import full

pytestmark = pytest.mark.slow

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def done(team: Team) -> None:
    await team.bot.queue.drained(ASKED)
    await team.all_done()


async def silent_post(team: Team, files: Sequence[NewFile] = (), text: str = "", **where: str) -> Message:
    """A post that the bot takes no notice of."""
    channel, user = where.get("channel", "brand"), where.get("user", "ben")
    place = (team.slack.directory.team.id, team.slack.directory.channel(channel).id)
    async with team.bot.store.write() as session:
        await channels.change(session, *place, mode="off")
    return await team.slack.post(user=user, channel=channel, files=files, text=text)


async def opened(
    team: Team, message: Message | None = None, *, user: str = "ana", channel: str = "brand"
) -> Json:
    """Use a shortcut, and the form that it opens."""
    before = team.slack.view(user)
    if message is None:
        delivery = await team.slack.shortcut(user, NEW_MASCOT)
    else:
        delivery = await team.slack.shortcut(user, ADD_TO_MASKO, channel, message["ts"])
    assert delivery.acknowledged

    def another() -> Json | None:
        view = team.slack.view(user)
        return view if view and (before is None or view["id"] != before["id"]) else None

    return await team.slack.wait_until(another)


def block(view: Json, block_id: str) -> Json:
    found: Json = next(each for each in view["blocks"] if each["block_id"] == block_id)["element"]
    return found


async def send(
    team: Team,
    view: Json,
    *,
    user: str = "ana",
    into: Json | None = None,
    name: str | None = None,
    without: Sequence[int] = (),
) -> Submitted:
    """Send the form about a message."""
    values: dict[str, dict[str, Json]] = {NAME: {NAME: {"type": "plain_text_input", "value": name}}}
    if into:
        values[MASCOT] = {SEARCH: {"type": "external_select", "selected_option": into}}
    offered = block(view, IMAGES)["options"]
    kept = [option for at, option in enumerate(offered) if at not in without]
    values[IMAGES] = {IMAGES: {"type": "checkboxes", "selected_options": kept}}
    submitted = await team.slack.submit(user, view["id"], values)
    await done(team)
    return submitted


async def make(
    team: Team,
    view: Json,
    *,
    files: Sequence[NewFile] = (),
    links: str | None = None,
    name: str | None = None,
    channel: str | None = "mascots",
) -> Submitted:
    """Send the form for a new mascot."""
    uploaded = [team.slack.upload("ana", file) for file in files]
    where = team.slack.directory.channel(channel).id if channel else None
    values: dict[str, dict[str, Json]] = {
        FILES: {FILES: {"type": "file_input", "files": [file["id"] for file in uploaded]}},
        LINKS: {LINKS: {"type": "plain_text_input", "value": links}},
        NAME: {NAME: {"type": "plain_text_input", "value": name}},
        CHANNEL: {CHANNEL: {"type": "conversations_select", "selected_conversation": where}},
    }
    submitted = await team.slack.submit("ana", view["id"], values)
    await done(team)
    return submitted


def direct(team: Team, user: str = "ana") -> list[str]:
    """What the bot said in direct messages, threads included."""
    found = team.slack.directory.direct_message(team.slack.directory.person(user).id)
    if found is None:
        return []
    roots = team.slack.channel_messages(found.id)
    return [words_of(each) for root in roots for each in team.slack.thread(found.id, root["ts"])]


# -- Add to Masko -----------------------------------------------------------------------------------


async def test_a_message_in_a_channel_that_is_off(team: Team) -> None:
    message = await silent_post(team, pictures(3), channel="mascots")
    view = await opened(team, message, channel="mascots")
    assert view["title"]["text"] == "Add to Masko"
    boxes = block(view, IMAGES)
    assert [option["text"]["text"] for option in boxes["options"]] == ["a.png", "b.png", "c.png"]
    assert boxes["initial_options"] == boxes["options"]
    assert block(view, MASCOT)["initial_option"]["text"]["text"] == "A new mascot"
    await send(team, view, name="Felix", without=[1])
    (felix,) = team.mascots()
    assert (felix.name, len(felix.reference_asset_ids)) == ("Felix", 2)
    (card,) = team.words(message)
    assert card.startswith("Felix\n")
    assert "2 of 6 references" in card
    assert team.slack.view("ana") is None
    assert "in the thread of that message" in words_of(seen(team)[-1])
    assert seen(team, user="ben") == []
    assert team.findings() == []


async def test_the_thread_of_the_message_belongs_to_the_mascot_then(team: Team) -> None:
    message = await silent_post(team, [picture()], channel="mascots")
    await send(team, await opened(team, message, channel="mascots"))
    await fill_in_settings(team, "auto")
    await team.post([picture("side.png", "teal")], thread=message)
    await team.all_done()
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2]
    assert "2 of 6 references" in team.words(message)[0]


async def test_a_search_offers_mascots_and_a_new_one(team: Team) -> None:
    await mascot(team, "Felix the Fox")
    await mascot(team, "Captain Bear", "teal")
    message = await silent_post(team, [picture("side.png", "purple")], channel="mascots")
    view = await opened(team, message, channel="mascots")

    async def offered(typed: str) -> list[str]:
        found = await team.slack.options("ana", view["id"], SEARCH, typed)
        return [option["text"]["text"].partition(" · ")[0] for option in found["options"]]

    assert await offered("") == ["A new mascot", "Captain Bear", "Felix the Fox"]
    assert await offered("BEAR") == ["A new mascot", "Captain Bear"]
    assert await offered("felx") == ["A new mascot", "Felix the Fox"]
    assert await offered("zebra") == ["A new mascot"]
    felix = (await team.slack.options("ana", view["id"], SEARCH, "fox"))["options"][1]
    await send(team, view, into=felix)
    counts = {each.name: len(each.reference_asset_ids) for each in team.mascots()}
    assert counts == {"Felix the Fox": 2, "Captain Bear": 1}
    assert "2 of 6 references" in team.words(message)[-1]
    assert team.findings() == []


async def test_a_message_that_was_taken_in_before_can_go_to_another_mascot(team: Team) -> None:
    await mascot(team, "Felix")
    message = await team.post([picture("bear.png", "teal")])
    view = await opened(team, message, channel="mascots")
    assert block(view, MASCOT)["initial_option"]["value"] == team.mascots()[1].id
    felix = (await team.slack.options("ana", view["id"], SEARCH, "felix"))["options"][1]
    await send(team, view, into=felix)
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2, 1]
    card, reply = team.words(message)
    assert "1 of 6 references" in card
    assert "Added bear.png to Felix · 2 of 6 references" in reply


async def test_forwarded_files_and_links_count(team: Team) -> None:
    original = await team.slack.post(user="ana", channel="mascots", files=[picture()], text="")
    await team.done()
    forwarded = await team.slack.forward(
        user="ana", channel="brand", from_channel="mascots", ts=original["ts"], text="see"
    )
    view = await opened(team, forwarded)
    assert [each["text"]["text"] for each in block(view, IMAGES)["options"]] == ["fox.png"]
    linked = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox-side.png")
    view = await opened(team, linked)
    assert [each["text"]["text"] for each in block(view, IMAGES)["options"]] == ["fox-side.png"]


async def test_where_the_bot_is_not_it_goes_on_in_direct_messages(team: Team) -> None:
    message = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox.png")
    await send(team, await opened(team, message), name="Felix")
    assert [each.name for each in team.mascots()] == ["Felix"]
    assert team.replies(message, "brand") == []
    assert "continue in our direct messages" in words_of(seen(team, channel="brand")[-1])
    announced, card = direct(team)
    assert "wants a new mascot from fox.png, called Felix." in announced
    assert "1 of 6 references" in card
    assert team.findings() == []


async def test_a_message_that_is_gone_is_taken_in_all_the_same(team: Team) -> None:
    link = f"{team.sandbox.page_url}_control/sample/fox.png"
    message = await silent_post(team, text=link, channel="mascots")
    view = await opened(team, message, channel="mascots")
    team.slack.delete("mascots", message["ts"])
    await send(team, view)
    assert len(team.mascots()) == 1
    assert "the message is gone" in words_of(seen(team)[-1])
    assert "1 of 6 references" in direct(team)[-1]


async def test_in_direct_messages_with_the_bot(team: Team) -> None:
    await mascot(team, "Felix")
    message = await team.post([picture("b.png", "teal")], channel="ana")
    view = await opened(team, message, channel="ana")
    felix = (await team.slack.options("ana", view["id"], SEARCH, "felix"))["options"][1]
    await send(team, view, into=felix)
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2, 1]
    assert "Added b.png to Felix · 2 of 6 references" in team.words(message, "ana")[-1]
    assert team.findings() == []


async def test_a_file_that_the_bot_may_not_see_is_said_so(team: Team) -> None:
    message = await silent_post(team, [picture()])
    await send(team, await opened(team, message))
    assert team.mascots() == []
    assert "Slack doesn't let me see this file" in direct(team)[-1] or "files:read" in direct(team)[-1]


@pytest.mark.parametrize("files", [[], [NewFile("notes.txt", b"nothing to see")]])
async def test_a_message_without_images_is_told_so(team: Team, files: list[NewFile]) -> None:
    message = await silent_post(team, files, text="just words https://example.com/page")
    view = await opened(team, message)
    assert "no image in this message" in view["blocks"][0]["text"]["text"]
    assert "submit" not in view or view["submit"] is None
    assert team.findings() == []


async def test_no_image_chosen_and_a_name_for_a_known_mascot_are_refused_in_the_form(team: Team) -> None:
    await mascot(team, "Felix")
    message = await silent_post(team, pictures(2), channel="mascots")
    view = await opened(team, message, channel="mascots")
    assert (await send(team, view, without=[0, 1])).errors
    felix = (await team.slack.options("ana", view["id"], SEARCH, "felix"))["options"][1]
    assert NAME in (await send(team, view, into=felix, name="Rex")).errors
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [1]


async def test_of_many_images_the_first_ten_are_offered(team: Team) -> None:
    links = " ".join(f"{team.sandbox.page_url}_control/sample/fox.png?{n}" for n in range(12))
    view = await opened(team, await silent_post(team, text=links))
    assert len(block(view, IMAGES)["options"]) == 10
    assert (await send(team, view, without=list(range(10)))).errors
    assert team.findings() == []


async def test_the_form_opens_and_searches_although_masko_takes_ten_seconds(team: Team) -> None:
    await mascot(team, "Felix")
    message = await silent_post(team, [picture("b.png", "teal")], channel="mascots")
    team.masko.faults.add("*", faults.delay(10.0), None)
    view = await opened(team, message, channel="mascots")
    found = await team.slack.options("ana", view["id"], SEARCH, "fel")
    assert len(found["options"]) == 2
    team.masko.faults.clear()
    assert team.findings() == []


async def test_a_mascot_that_was_made_in_masko_is_found_once_the_form_has_been_open(team: Team) -> None:
    await mascot(team, "Felix")
    team.mascots()[0].name = "Renamed in Masko"
    message = await silent_post(team, [picture("b.png", "teal")], channel="mascots")
    view = await opened(team, message, channel="mascots")
    await team.bot.queue.drained(LOOK)
    found = await team.slack.options("ana", view["id"], SEARCH, "renamed")
    assert len(found["options"]) == 2


async def test_a_mascot_that_was_deleted_meanwhile_is_said_so(team: Team) -> None:
    await mascot(team, "Felix")
    message = await silent_post(team, [picture("b.png", "teal")], channel="mascots")
    view = await opened(team, message, channel="mascots")
    felix = (await team.slack.options("ana", view["id"], SEARCH, "felix"))["options"][1]
    team.masko.delete_collection(felix["value"])
    await ask(team, "show felix")
    await send(team, view, into=felix)
    assert "I don't know this mascot any more" in words_of(seen(team)[-1])
    assert team.replies(message) == []


async def test_a_form_that_was_sent_before_says_so(team: Team) -> None:
    message = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox.png")
    view = await opened(team, message)
    handed = next(each for each in reversed(team.slack.deliveries) if "message_action" in str(each.payload))
    assert handed.acknowledged
    first = await send(team, view)
    assert first.view is None
    again = [each for each in team.slack.deliveries if each.payload.get("type") == "view_submission"]
    delivery = await team.anew(again[-1])
    await done(team)
    assert delivery.acknowledged
    assert (delivery.response or {}).get("response_action") == "update"
    assert len(team.mascots()) == 1


async def test_what_cannot_be_written_down_is_not_acknowledged(team: Team) -> None:
    message = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox.png")
    view = await opened(team, message)
    async with full(team):
        submitted = await team.slack.submit("ana", view["id"], {})
        assert submitted.timed_out
    assert (await send(team, view)).view is None
    assert len(team.mascots()) == 1


async def test_a_form_that_does_not_open_is_said(team: Team) -> None:
    message = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox.png")
    team.slack.faults.fail("views.open", "expired_trigger_id")
    await team.slack.shortcut("ana", ADD_TO_MASKO, "brand", message["ts"])
    await team.slack.wait_until(lambda: seen(team, channel="brand") or None)
    assert "didn't open that in time" in words_of(seen(team, channel="brand")[-1])


async def test_an_announcement_whose_answer_was_lost_is_not_said_twice(team: Team) -> None:
    message = await silent_post(team, [picture()], channel="mascots")
    view = await opened(team, message, channel="mascots")
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    await team.slack.submit("ana", view["id"], {})
    await done(team)
    assert len(team.replies(message)) == 1
    assert len(team.mascots()) == 1


# -- New mascot -------------------------------------------------------------------------------------


async def test_a_new_mascot_from_files_and_a_link(team: Team) -> None:
    view = await opened(team)
    assert view["title"]["text"] == "New mascot"
    link = f"{team.sandbox.page_url}_control/sample/fox-side.png"
    await make(team, view, files=pictures(2), links=link, name="Felix the Fox")
    root = team.slack.channel_messages("mascots")[-1]
    assert "wants a new mascot from a.png, b.png and fox-side.png, called Felix the Fox." in words_of(root)
    (felix,) = team.mascots()
    assert (felix.name, len(felix.reference_asset_ids)) == ("Felix the Fox", 3)
    assert "3 of 6 references" in words_of(team.slack.thread("mascots", root["ts"])[1])
    assert direct(team) == []
    assert team.slack.view("ana") is None
    assert team.findings() == []


@pytest.mark.parametrize("channel", [None, "brand"])
async def test_without_a_channel_of_its_own_it_goes_on_in_direct_messages(
    team: Team, channel: str | None
) -> None:
    await make(team, await opened(team), files=[picture()], channel=channel)
    said = direct(team)
    assert "wants a new mascot from fox.png." in said[0]
    assert "1 of 6 references" in said[1]
    assert [("I can't post there" in words) for words in said[2:]] == ([True] if channel else [])
    assert team.findings() == []


async def test_what_is_wrong_in_the_form_is_said_beside_its_field(team: Team) -> None:
    view = await opened(team)
    assert "Choose a file" in (await make(team, view)).errors[FILES]
    refused = await make(team, view, files=[NewFile("notes.txt", b"words")], links="http://10.0.0.1/fox.png")
    assert "notes.txt: not an image" in refused.errors[FILES]
    assert "not the public address of an image" in refused.errors[LINKS]
    links = "\n".join(f"{team.sandbox.page_url}_control/sample/fox.png?{n}" for n in range(6))
    assert "That's 7 images" in (await make(team, view, files=[picture()], links=links)).errors[FILES]
    assert team.masko.calls["upload"] == 0
    assert team.findings() == []


async def test_the_new_form_opens_although_masko_is_silent(team: Team) -> None:
    team.masko.faults.add("*", faults.delay(10.0), None)
    assert await opened(team)
    assert team.findings() == []


async def test_a_slack_that_falls_over_is_waited_for(team: Team) -> None:
    view = await opened(team)
    team.slack.faults.fail("chat.postMessage", "internal_error")
    await make(team, view, files=[picture()])
    assert len(team.mascots()) == 1
    roots = [each for each in team.slack.channel_messages("mascots") if "wants a new" in words_of(each)]
    assert len(roots) == 1


async def test_what_a_form_was_about_is_forgotten_with_the_person(team: Team) -> None:
    message = await silent_post(team, text=f"{team.sandbox.page_url}_control/sample/fox.png")
    view = await opened(team, message)
    place = (team.slack.directory.team.id, team.slack.directory.person("ana").id)
    async with team.bot.store.write() as session:
        await people.forget(session, *place, "forgotten:1")
    assert (await send(team, view)).view is not None
    assert team.mascots() == []
