"""Posts and files deleted in Slack; alt texts; pictures that look alike."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.cards.view import EDIT
from bot.cli.local import words_of
from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile, Submitted
from tests.e2e.team import Message, Team, picture, pictures


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


def counts(team: Team) -> list[int]:
    return [len(each.reference_asset_ids) for each in team.mascots()]


async def offered(team: Team, post: Message) -> Message:
    """The line that asks about a deleted source, once it is there."""
    await team.slack.wait_until(lambda: "[Remove…] [Keep]" in team.words(post)[-1] or None)
    return team.replies(post)[-1]


async def heard(team: Team) -> None:
    """Wait until the bot has acknowledged everything so far, and is done with it."""
    await team.slack.wait_until(lambda: all(each.acknowledged for each in team.slack.deliveries) or None)
    await team.all_done()


async def press(team: Team, message: Message, action_id: str, *, user: str = "ana") -> None:
    await team.press(message, action_id, user=user)
    await team.all_done()


# -- deleted sources ----------------------------------------------------------------------------------


async def test_a_deleted_reply_is_asked_about_and_removed(team: Team) -> None:
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    team.slack.delete("mascots", side["ts"], "ana")
    asked = await offered(team, post)
    assert words_of(asked).startswith("side.png was deleted in Slack, and is still a reference of")
    assert counts(team) == [2]
    await press(team, asked, "offer.remove", user="ben")
    assert counts(team) == [2]  # nothing is lost by one press
    view = await team.slack.wait_until(lambda: team.slack.view("ben"))
    assert "Remove this image from" in str(view)
    await team.confirm("ben")
    await team.all_done()
    assert counts(team) == [1]
    words = team.words(post)
    assert "1 of 6 references" in words[0]
    assert words[-1].endswith("in Masko too · 1 of 6 references\n[Put back]")
    assert not any("[Keep]" in each for each in words)
    assert team.findings() == []


async def test_the_root_of_a_thread_is_a_source_too(team: Team) -> None:
    post = await team.post(pictures(2))
    team.slack.delete("mascots", post["ts"], "ana")
    asked = await offered(team, post)
    assert words_of(asked).startswith("a.png and b.png were deleted in Slack, and are still references of")
    await press(team, asked, "offer.keep")
    await team.slack.wait_until(lambda: team.words(post)[-1] == "Kept as a reference." or None)
    assert counts(team) == [2]


async def test_a_deleted_file_is_asked_about_once_and_shown_no_more(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.all_done()
    file_id = post["files"][0]["id"]
    assert file_id in str(team.card(post)["blocks"])
    team.slack.delete_file("ana", file_id)
    asked = await offered(team, post)
    await team.all_done()
    card = str(team.card(post)["blocks"])
    assert file_id not in card
    assert post["files"][1]["id"] in card
    team.slack.delete("mascots", post["ts"], "ana")
    await heard(team)
    assert sum("a.png was deleted" in each for each in team.words(post)) == 1
    assert words_of(asked).startswith("a.png was deleted")


async def test_a_redelivered_deletion_asks_nothing_twice(team: Team) -> None:
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    team.slack.delete("mascots", side["ts"], "ana")
    await offered(team, post)
    before = team.words(post)
    deliveries = [
        each
        for each in team.slack.deliveries
        if each.payload.get("event", {}).get("subtype") == "message_deleted"
    ]
    for delivery in deliveries:
        await team.slack.deliver_again(delivery)
    await team.all_done()
    assert deliveries
    assert team.words(post) == before


async def side_was_removed(team: Team) -> Message:
    """A thread whose reply was deleted in Slack, and its image removed when the thread was asked."""
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    team.slack.delete("mascots", side["ts"], "ana")
    await press(team, await offered(team, post), "offer.remove")
    await team.confirm()
    await team.all_done()
    return post


async def test_remove_pressed_again_is_done_once(team: Team) -> None:
    post = await side_was_removed(team)
    before = team.words(post)
    await team.press_again("offer.remove")
    assert team.words(post) == before
    assert team.masko.calls["references.remove"] == 1


async def test_deleting_words_asks_nothing(team: Team) -> None:
    post = await team.post([picture()])
    words = await team.post(text="nice", thread=post)
    team.slack.delete("mascots", words["ts"], "ana")
    await heard(team)
    assert len(team.words(post)) == 1


async def test_a_question_is_answered_by_a_removal_from_the_card(team: Team) -> None:
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    team.slack.delete("mascots", side["ts"], "ana")
    asked = await offered(team, post)
    await team.all_done()
    await team.press(team.replies(post)[1], "offer.undo", user="ben")
    await team.confirm("ben")
    await team.all_done()
    lines = {each["ts"]: words_of(each) for each in team.replies(post)}
    assert "removed side.png from" in lines[asked["ts"]]
    assert not any("[Keep]" in each for each in lines.values())


async def test_two_questions_are_both_answered_by_one_removal(team: Team) -> None:
    post = await team.post([picture()])
    two = await team.post([picture("side.png", "teal"), picture("back.png", "purple")], thread=post)
    for file in two["files"]:
        team.slack.delete_file("ana", file["id"])
        await heard(team)
    assert sum("[Keep]" in each for each in team.words(post)) == 2
    await team.press(team.replies(post)[1], "offer.undo")
    await team.confirm()
    await team.all_done()
    assert not any("[Keep]" in each for each in team.words(post))
    assert sum("[Put back]" in each for each in team.words(post)) == 1


async def test_what_was_kept_stays_said_when_it_is_removed_later(team: Team) -> None:
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    team.slack.delete("mascots", side["ts"], "ana")
    asked = await offered(team, post)
    await team.all_done()
    await press(team, asked, "offer.keep")
    await team.slack.wait_until(lambda: team.words(post)[-1] == "Kept as a reference." or None)
    await team.press(team.replies(post)[1], "offer.undo")
    await team.confirm()
    await team.all_done()
    assert "Kept as a reference." in team.words(post)
    assert "removed side.png from" in team.words(post)[-1]


async def test_what_is_put_back_is_not_asked_about_again(team: Team) -> None:
    post = await side_was_removed(team)
    line = next(each for each in team.replies(post) if "[Put back]" in words_of(each))
    await press(team, line, "offer.put_back")
    await team.all_done()
    assert counts(team) == [2]
    assert not any("[Keep]" in each for each in team.words(post))


async def test_what_was_removed_before_is_not_asked_about(team: Team) -> None:
    post = await team.post([picture()])
    side = await team.post([picture("side.png", "teal")], thread=post)
    await team.press(team.replies(post)[-1], "offer.undo")
    await team.confirm()
    team.slack.delete("mascots", side["ts"], "ana")
    await heard(team)
    assert not any("[Keep]" in each for each in team.words(post))


# -- alt texts ------------------------------------------------------------------------------------------


async def describe(team: Team, post: Message, said: list[str], user: str = "ana") -> Submitted:
    await team.press(team.card(post), EDIT, user=user)
    view = await team.slack.wait_until(lambda: team.slack.view(user))
    fields = [block["block_id"] for block in view["blocks"] if block["block_id"].startswith("alt_")]
    values: dict[str, dict[str, dict[str, Any]]] = {
        field: {field: {"type": "plain_text_input", "value": words or None}}
        for field, words in zip(fields, said, strict=True)
    }
    submitted = await team.slack.submit(user, view["id"], values)
    await team.all_done()
    return submitted


def alts(team: Team, post: Message) -> list[str]:
    blocks = {block["block_id"]: block for block in team.card(post)["blocks"]}
    shown = blocks["pictures"]["elements"] if "pictures" in blocks else [blocks["prompt"]["accessory"]]
    return [each["alt_text"] for each in shown]


async def test_the_prompt_stands_for_alt_texts_until_somebody_edits_them(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.all_done()
    prompt = team.mascots()[0].detected.prompt
    assert all(prompt.startswith(alt.rstrip("…")) for alt in alts(team, post))
    await describe(team, post, ["A fox, <from> the front", ""], user="ben")
    assert alts(team, post)[0] == "A fox, <from> the front"
    assert prompt.startswith(alts(team, post)[1].rstrip("…"))
    assert team.findings() == []


async def test_the_posters_alt_text_is_kept(team: Team) -> None:
    post = await team.post([NewFile("fox.png", picture().content, alt="A fox on a hill")])
    await team.all_done()
    assert alts(team, post) == ["A fox on a hill"]


async def test_nobody_is_asked_for_anything_after_a_post(team: Team) -> None:
    post = await team.post([picture()])
    await team.post([picture("side.png", "teal")], thread=post, user="ben")
    await team.all_done()
    for user in ("ana", "ben"):
        assert team.replies(post, viewer=user) == team.replies(post)


# -- pictures that look alike -----------------------------------------------------------------------------


async def test_a_picture_that_looks_like_another_is_shown_beside_it(team: Team) -> None:
    fox = samples()[0].read()
    post = await team.post([NewFile("fox.png", fox)])
    smaller = BytesIO()
    Image.open(BytesIO(fox)).resize((1100, 1100)).save(smaller, "PNG")
    await team.post([NewFile("copy.png", smaller.getvalue())], thread=post)
    await team.all_done()
    reply = team.replies(post)[-1]
    assert "copy.png looks nearly the same as fox.png. Another angle would add more." in words_of(reply)
    shown = [str(block) for block in reply["blocks"] if block.get("block_id") == "pictures"]
    assert len(shown) == 1
    assert post["files"][0]["id"] in shown[0]
    assert team.findings() == []
