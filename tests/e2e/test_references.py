"""What people do about references: remove, undo, replace, move, add; through the front door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.cli.local import words_of
from bot.references.view import FILES, LINKS, NONE, REMOVE, WHERE, WHICH, WITH
from bot.sandbox import faults as network
from bot.sandbox.masko import faults
from bot.sandbox.slack import NewFile, Submitted
from bot.sandbox.slack import faults as slack_faults
from tests.e2e.team import (
    Message,
    Team,
    drawn,
    picture,
    pictures,
    use_mascot,
)
from tests.e2e.test_redelivery import full

CHANGE, UNLINK = "Add or remove references", "Unlink this thread"


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


def mention(team: Team, user: str) -> str:
    return f"<@{team.slack.directory.person(user).id}>"


def counts(team: Team) -> list[int]:
    return [len(each.reference_asset_ids) for each in team.mascots()]


async def choose(team: Team, post: Message, label: str, *, user: str = "ana") -> None:
    """Choose under the `···` of a thread's card."""
    await team.choose(team.card(post), label, user=user)
    await team.all_done()


async def press(team: Team, message: Message, action_id: str, *, user: str = "ana") -> None:
    await team.press(message, action_id, user=user)
    await team.all_done()


async def opened(team: Team, user: str = "ana") -> dict[str, Any]:
    return await team.slack.wait_until(lambda: team.slack.view(user))


def elements(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["block_id"]: each["element"] for each in view["blocks"] if each["type"] == "input"}


def options(view: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """What is offered, without the choice of none."""
    found: list[dict[str, Any]] = elements(view)[field]["options"]
    return [each for each in found if each["value"] != NONE]


async def submit(team: Team, chosen: dict[str, int], *, user: str = "ana") -> Submitted:
    """Choose in the open form, by position in each field, and send it."""
    view = await opened(team, user)
    kinds = {field: element["type"] for field, element in elements(view).items()}
    values = {
        field: {field: {"type": kinds[field], "selected_option": options(view, field)[at]}}
        for field, at in chosen.items()
    }
    submitted = await team.slack.submit(user, view["id"], values)
    await team.all_done()
    return submitted


def whispers(team: Team, post: Message, user: str = "ana") -> list[str]:
    known = set(team.words(post))
    return [each for each in team.words(post, viewer=user) if each not in known]


# -- removing ---------------------------------------------------------------------------------------


async def test_a_reference_is_picked_by_its_picture_and_removed(team: Team) -> None:
    post = await team.post(pictures(2))
    await choose(team, post, CHANGE, user="ben")
    view = await opened(team, "ben")
    assert [option["text"]["text"] for option in options(view, WHICH)] == ["1. a.png", "2. b.png"]
    assert sum("slack_file" in str(block) for block in view["blocks"]) == 2
    await submit(team, {WHICH: 0, WHERE: 0}, user="ben")
    assert counts(team) == [1]
    card, said = team.words(post)
    assert "1 of 6 references" in card
    assert f"{mention(team, 'ben')} removed a.png from" in said
    assert "in Masko too · 1 of 6 references\n[Put back]" in said
    assert team.findings() == []


async def test_removing_what_is_gone_already_is_as_good_as_done(team: Team) -> None:
    post = await team.post(pictures(2))
    await choose(team, post, CHANGE)
    (mascot,) = team.mascots()
    mascot.reference_asset_ids.pop(0)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [1]
    assert "removed a.png" in team.words(post)[-1]


async def test_masko_falling_over_is_waited_out(team: Team) -> None:
    post = await team.post(pictures(2))
    team.masko.faults.add("references.remove", faults.internal_error(), times=1)
    await choose(team, post, CHANGE)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [1]
    assert sum(" removed " in each for each in team.words(post)) == 1


async def test_a_refusal_is_told_to_whoever_asked(team: Team) -> None:
    post = await team.post(pictures(2))
    team.masko.faults.add("references.remove", faults.forbidden())
    await choose(team, post, CHANGE)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [2]
    assert any("It wasn't removed." in each for each in whispers(team, post))
    assert len(team.words(post)) == 1


async def test_a_mascot_that_was_deleted_meanwhile_is_said_so(team: Team) -> None:
    post = await team.post(pictures(2))
    await choose(team, post, CHANGE)
    team.masko.delete_collection(team.mascots()[0].id)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert "was deleted in Masko" in team.words(post)[0]


async def test_a_removed_reference_does_not_come_back_on_retry(team: Team) -> None:
    team.masko.faults.add("upload", faults.unauthorized(), times=1)
    post = await team.post(pictures(2))
    await choose(team, post, CHANGE)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [0]
    await press(team, team.card(post), "intake.retry")
    assert counts(team) == [1]


# -- undo -------------------------------------------------------------------------------------------


async def test_what_a_reply_added_can_be_undone(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    reply = team.replies(post)[-1]
    assert "[Undo]" in words_of(reply)
    await undo(team, reply, user="ben")
    assert counts(team) == [1]
    card, said, line = team.words(post)
    assert "1 of 6 references" in card
    assert said.startswith("side.png was removed.")
    assert "Undo" not in said
    assert line.startswith(f"{mention(team, 'ben')} removed side.png from")
    assert team.masko.calls["references.remove"] == 1
    assert team.findings() == []


async def undo(team: Team, reply: Message, user: str = "ana") -> None:
    """Press Undo, and confirm it in the form."""
    await team.press(reply, "offer.undo", user=user)
    await team.confirm(user)


async def test_undo_asks_first_and_shows_what_goes(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.replies(post)[-1], "offer.undo")
    view = await opened(team)
    assert "This changes Masko too." in str(view["blocks"])
    assert "side.png" in str(view["blocks"])
    assert "slack_file" in str(view["blocks"])
    assert counts(team) == [2]


async def test_undo_on_what_is_undone_says_so(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await undo(team, team.replies(post)[-1])
    await team.press_again("offer.undo")
    await team.slack.wait_until(lambda: any("nothing left" in each for each in whispers(team, post)) or None)
    assert counts(team) == [1]
    assert len(team.words(post)) == 3


async def test_a_form_that_was_left_open_removes_nothing_else(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.replies(post)[-1], "offer.undo", user="ben")
    view = await opened(team, "ben")
    await undo(team, team.replies(post)[-1])
    await team.post([picture("bear.png", "navy")])
    assert counts(team) == [1, 1]
    await team.slack.submit("ben", view["id"], {})
    await team.all_done()
    assert counts(team) == [1, 1]


async def test_a_form_that_was_left_open_leaves_what_was_moved(team: Team) -> None:
    post, _ = await team.post([picture()]), await team.post([picture("bear.png", "navy")])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.replies(post)[-1], "offer.undo", user="ben")
    view = await opened(team, "ben")
    await choose(team, post, CHANGE)
    await submit(team, {WHICH: 1, WHERE: 1})
    assert counts(team) == [1, 2]
    await team.slack.submit("ben", view["id"], {})
    await team.all_done()
    assert counts(team) == [1, 2]


async def test_what_was_removed_is_put_back(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await undo(team, team.replies(post)[-1])
    await press(team, team.replies(post)[-1], "offer.put_back", user="ben")
    assert counts(team) == [2]
    card, said, line = team.words(post)
    assert "2 of 6 references" in card
    assert said.startswith("Added side.png · 2 of 6 references")
    assert line == f"{mention(team, 'ben')} put side.png back."
    await team.press_again("offer.put_back")
    assert counts(team) == [2]
    assert team.masko.calls["upload"] == 2
    assert team.findings() == []


async def test_a_picture_may_be_posted_again_after_undo(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await undo(team, team.replies(post)[-1])
    await team.post([picture("side.png", "teal")], thread=post)
    assert counts(team) == [2]


# -- no room ----------------------------------------------------------------------------------------


async def test_an_image_that_did_not_fit_takes_a_references_place(team: Team) -> None:
    post = await team.post(pictures(6))
    await team.post([picture("late.png", "gold")], thread=post)
    await team.all_done()
    reply = team.replies(post)[-1]
    assert "[Replace one] [New mascot with these]" in words_of(reply)
    before = team.mascots()[0].reference_asset_ids[1]
    await press(team, reply, "offer.replace")
    await submit(team, {WHICH: 1, WITH: 0})
    await team.all_done()
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 6
    assert before not in mascot.reference_asset_ids
    words = team.words(post)
    assert any(each.startswith("Added late.png · 6 of 6 references") for each in words)
    assert not any("Replace one" in each for each in words)
    assert f"{mention(team, 'ana')} replaced b.png with late.png in " in words[-1]
    await press(team, team.replies(post)[-1], "offer.put_back")
    assert whispers(team, post)[-1].endswith("is full. Remove a reference first.")
    assert "put b.png back" not in team.words(post)[-1]
    assert team.findings() == []


async def test_images_that_did_not_fit_start_another_mascot(team: Team) -> None:
    post = await team.post(pictures(8))
    await team.all_done()
    card = team.card(post)
    assert "[Replace one] [New mascot with these]" in words_of(card)
    await press(team, card, "offer.another")
    await team.all_done()
    assert counts(team) == [6, 2]
    assert "New mascot with these" not in words_of(team.card(post))
    await team.press_again("offer.another")
    assert counts(team) == [6, 2]


async def test_two_who_replace_at_once_take_one_reference_away(team: Team) -> None:
    post = await team.post(pictures(6))
    await team.post([picture("late.png", "gold")], thread=post)
    reply = team.replies(post)[-1]
    for user in ("ana", "ben"):
        await team.press(reply, "offer.replace", user=user)
        await opened(team, user)
    await submit(team, {WHICH: 1, WITH: 0}, user="ana")
    await submit(team, {WHICH: 2, WITH: 0}, user="ben")
    assert counts(team) == [6]
    assert team.masko.calls["references.remove"] == 1


async def test_replacing_when_nothing_is_left_out_any_more_says_so(team: Team) -> None:
    post = await team.post(pictures(6))
    await team.post([picture("late.png", "gold")], thread=post)
    stale = team.replies(post)[-1]["ts"], "offer.replace"
    await team.slack.press("ana", "mascots", *stale)
    await opened(team)
    await press(team, team.replies(post)[-1], "offer.another")
    assert counts(team) == [6, 1]
    await team.press_again("offer.replace")
    await team.slack.wait_until(lambda: any("nothing left" in each for each in whispers(team, post)) or None)


# -- moving -----------------------------------------------------------------------------------------


async def test_a_reference_is_moved_to_another_mascot(team: Team) -> None:
    one, other = await team.post(pictures(2)), await team.post([picture("bear.png", "navy")])
    await choose(team, one, CHANGE)
    await submit(team, {WHICH: 1, WHERE: 1})
    assert counts(team) == [1, 2]
    assert "1 of 6 references" in team.words(one)[0]
    assert "2 of 6 references" in team.words(other)[0]
    assert team.words(one)[-1].startswith(f"{mention(team, 'ana')} moved b.png to ")
    await choose(team, other, CHANGE)
    view = await opened(team)
    assert [option["text"]["text"] for option in options(view, WHICH)] == ["1. bear.png", "2. b.png"]
    await press(team, team.replies(one)[-1], "offer.move_back", user="ben")
    assert counts(team) == [2, 1]
    assert team.words(one)[-1].startswith(f"{mention(team, 'ben')} moved b.png to ")
    assert len(team.words(one)) == 2  # the line that said the first
    await team.press_again("offer.move_back")
    assert counts(team) == [2, 1]
    assert "nothing left" in whispers(team, one, "ben")[-1]
    assert team.findings() == []


async def test_nothing_is_moved_to_a_mascot_that_is_full(team: Team) -> None:
    one = await team.post([picture("bear.png", "gold")])
    await team.post(pictures(6))
    await choose(team, one, CHANGE)
    await submit(team, {WHICH: 0, WHERE: 1})
    assert counts(team) == [1, 6]
    assert any(
        "It wasn't moved." in each and "has 6 references already" in each for each in whispers(team, one)
    )


async def test_a_move_that_is_interrupted_is_finished(team: Team) -> None:
    one, _ = await team.post(pictures(2)), await team.post([picture("bear.png", "navy")])
    team.masko.faults.add("references.remove", faults.internal_error(), times=5)
    await choose(team, one, CHANGE)
    await submit(team, {WHICH: 1, WHERE: 1})
    await team.all_done()
    assert counts(team) == [1, 2]
    assert sum("moved b.png to" in each for each in team.words(one)) == 1


# -- adding -----------------------------------------------------------------------------------------


async def fill_in(
    team: Team, *, links: str = "", files: Sequence[NewFile] = (), user: str = "ana"
) -> Submitted:
    view = await opened(team, user)
    ids = [team.slack.upload(user, file)["id"] for file in files]
    values: dict[str, dict[str, dict[str, Any]]] = {
        FILES: {FILES: {"type": "file_input", "files": ids}},
        LINKS: {LINKS: {"type": "plain_text_input", "value": links or None}},
    }
    submitted = await team.slack.submit(user, view["id"], values)
    await team.all_done()
    return submitted


async def test_references_are_added_by_a_form(team: Team) -> None:
    post = await team.post([picture()])
    await choose(team, post, CHANGE, user="ben")
    link = f"{team.sandbox.page_url}_control/sample/fox-side.png"
    submitted = await fill_in(team, links=link, files=[picture("back.png", "teal")], user="ben")
    assert not submitted.errors
    assert counts(team) == [3]
    card, said = team.words(post)
    assert "3 of 6 references" in card
    assert said.startswith("Added back.png and fox-side.png · 3 of 6 references")
    assert team.findings() == []


@pytest.mark.parametrize("links", ["", "http://10.0.0.1/fox.png", "not a link", "https://example.com/page"])
async def test_what_is_no_picture_is_refused_in_the_form(team: Team, links: str) -> None:
    post = await team.post([picture()])
    await choose(team, post, CHANGE)
    submitted = await fill_in(team, links=links)
    assert set(submitted.errors) == ({LINKS} if links else {FILES})
    assert counts(team) == [1]


async def test_a_file_that_is_no_image_is_refused_in_the_form(team: Team) -> None:
    post = await team.post([picture()])
    await choose(team, post, CHANGE)
    submitted = await fill_in(team, files=[NewFile("notes.png.txt", b"hello")])
    assert submitted.errors
    assert counts(team) == [1]


# -- not a mascot, and why ----------------------------------------------------------------------------


async def unlink(team: Team, post: Message, user: str = "ana") -> None:
    await choose(team, post, UNLINK, user=user)
    await team.confirm(user)


async def test_what_is_no_mascot_is_unlinked_and_stays_in_masko(team: Team) -> None:
    post = await team.post([picture()])
    await unlink(team, post)
    (card,) = team.words(post)
    assert card.startswith(f"{mention(team, 'ana')} unlinked this thread from ")
    assert "stays in Masko" in card
    assert counts(team) == [1]
    assert len(team.replies(post, viewer="ana")) == 1  # nothing is asked afterwards
    assert team.findings() == []


async def test_an_unlinked_thread_is_linked_again(team: Team) -> None:
    post = await team.post([picture()])
    await unlink(team, post)
    await press(team, team.card(post), "offer.link", user="ben")
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    await team.post([picture("side.png", "teal")], thread=post)
    assert counts(team) == [2]
    assert team.findings() == []


async def test_a_thread_that_has_another_mascot_meanwhile_is_not_linked_again(team: Team) -> None:
    post = await team.post([picture()])
    await unlink(team, post)
    unlinked = team.card(post)
    await team.post([picture("bear.png", "navy")], thread=post)
    await press(team, unlinked, "offer.link")
    assert any("nothing left" in each for each in whispers(team, post))
    assert counts(team) == [1, 1]


async def test_a_thread_with_replies_is_unlinked_as_a_whole(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await unlink(team, post)
    assert counts(team) == [2]
    assert "stays in Masko" in team.words(post)[0]


async def test_what_was_added_to_a_mascot_goes_from_it_and_comes_back(team: Team) -> None:
    await team.post(pictures(2))
    (mascot,) = team.mascots()
    where = team.slack.directory.team.id, team.slack.directory.channel("mascots").id
    await use_mascot(team.bot.store, *where, mascot.id)
    post = await team.post([picture("lunch.png", "gold")])
    assert counts(team) == [3]
    await unlink(team, post)
    assert counts(team) == [2]
    assert "lunch.png was removed from it, in Masko too." in team.words(post)[0]
    await press(team, team.card(post), "offer.link")
    assert counts(team) == [3]


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "Images posted in this channel are added"), ("@masko look", "The post mentions me")],
)
async def test_why_something_was_caught_is_among_the_details(team: Team, text: str, why: str) -> None:
    post = await team.post([picture()], text=text)
    await choose(team, post, "Details", user="ben")
    told = str((await opened(team, "ben"))["blocks"])
    assert why in told
    assert "Each new post starts its own mascot" in told
    assert len(team.words(post, viewer="ben")) == 1


async def test_why_names_the_channels_mascot(team: Team) -> None:
    await team.post([picture()])
    where = team.slack.directory.team.id, team.slack.directory.channel("mascots").id
    await use_mascot(team.bot.store, *where, team.mascots()[0].id)
    post = await team.post([picture("side.png", "teal")])
    await choose(team, post, "Details")
    assert "Images posted in this channel go to" in str((await opened(team))["blocks"])


async def test_forms_open_although_masko_is_silent(team: Team) -> None:
    post = await team.post([picture()])
    team.masko.faults.add("*", faults.silence(), None)
    await choose(team, post, CHANGE)
    assert (await opened(team))["title"]["text"] == "References"


async def test_a_form_opens_without_pictures_that_slack_refuses(team: Team) -> None:
    post = await team.post([NewFile("fox.png", drawn())])
    team.slack.files.refuse_in_blocks = True
    await choose(team, post, CHANGE)
    view = await opened(team)
    assert "slack_file" not in str(view["blocks"])
    assert options(view, WHERE)[0]["value"] == REMOVE


# -- answers that get lost ------------------------------------------------------------------------------


async def test_a_line_whose_answer_was_lost_is_not_said_twice(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.all_done()
    await choose(team, post, CHANGE)
    team.slack.faults.add("chat.postMessage", network.answer_lost(), 1)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [1]
    assert sum("removed a.png" in each for each in team.words(post)) == 1


async def test_a_removal_whose_answer_was_lost_is_done_once(team: Team) -> None:
    post = await team.post(pictures(2))
    team.masko.faults.add("references.remove", network.answer_lost(), 1)
    await choose(team, post, CHANGE)
    await submit(team, {WHICH: 0, WHERE: 0})
    assert counts(team) == [1]
    assert sum("removed a.png" in each for each in team.words(post)) == 1


async def test_another_mascot_is_announced_once_although_the_answer_was_lost(team: Team) -> None:
    post = await team.post(pictures(7))
    await team.all_done()
    team.slack.faults.add("chat.postMessage", network.answer_lost(), 1)
    await press(team, team.card(post), "offer.another")
    await team.all_done()
    assert counts(team) == [6, 1]
    said = [words_of(each) for each in team.slack.channel_messages("mascots")]
    assert sum("wants a new mascot from" in each for each in said) == 1


async def test_images_are_left_out_again_where_another_mascot_cannot_be_announced(team: Team) -> None:
    post = await team.post(pictures(7))
    await team.all_done()
    team.slack.faults.add("chat.postMessage", slack_faults.refusal("msg_too_long"), 1)
    await press(team, team.card(post), "offer.another")
    await team.all_done()
    assert counts(team) == [6]
    assert "[New mascot with these]" in words_of(team.card(post))
    await press(team, team.card(post), "offer.another")
    await team.all_done()
    assert counts(team) == [6, 1]


async def test_a_press_that_cannot_be_written_down_is_not_acknowledged(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.replies(post)[-1], "offer.undo")
    await opened(team)
    async with full(team):
        view = await opened(team)
        submitted = await team.slack.submit("ana", view["id"], {})
        assert submitted.timed_out
    assert counts(team) == [2]
