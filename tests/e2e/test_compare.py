"""What a mascot was is shown beside what it is, through the front door."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import view as card_view
from bot.cli.local import words_of
from bot.references.view import WHERE, WHICH, WITH
from bot.review.view import APPROVE
from bot.sandbox.slack import NewFile, faults
from tests.e2e.team import Message, Team, drawn, picture, pictures
from tests.e2e.test_references import CHANGE, submit
from tests.e2e.test_reviews import id_of, press, request, whispers

pytestmark = pytest.mark.slow

FROM_THE_LINE, FROM_THE_CARD = "offer.compare", "Details"
View = dict[str, Any]


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def full_and_approved(team: Team) -> Message:
    """A mascot that takes no more references, which Ben approved."""
    post = await team.post(pictures(6))
    await press(team, post, APPROVE, user="ben")
    return post


async def replace_b(team: Team, post: Message, *, deleted: bool = False) -> None:
    """Post one more, and let it take the place of b.png, which was `deleted` in Slack before."""
    await team.post([NewFile("late.png", drawn("gold"), "A golden fox")], thread=post)
    await team.all_done()
    reply = team.replies(post)[-1]
    if deleted:
        team.slack.delete_file("ana", post["files"][1]["id"])
    await team.press(reply, "offer.replace")
    await submit(team, {WHICH: 1, WITH: 0})
    await team.all_done()


def line(team: Team, post: Message) -> Message:
    """The line that tells whose votes do not count any more."""
    (told,) = (each for each in team.replies(post) if "this changed" in words_of(each).lower())
    return told


async def compare(team: Team, post: Message, way: str, user: str) -> View:
    """The form, opened by somebody."""
    if way == FROM_THE_LINE:
        await team.press(line(team, post), way, user=user)
    else:
        await team.choose(team.card(post), way, user=user)
    return await team.slack.wait_until(lambda: team.slack.view(user))


def told(view: View) -> list[str]:
    """What it says of the difference, a line a block; images as what a screen reader says below titles."""
    said = [_told(block) for block in view["blocks"] if block["type"] not in ("actions", "rich_text")]
    return said[next(at for at, words in enumerate(said) if words.startswith("What changed:")) :]


def _told(block: dict[str, Any]) -> str:
    if block["type"] == "image":
        return f"[{block['title']['text']}] {block['alt_text']}"
    if block["type"] == "context":
        return " ".join(each["text"] for each in block["elements"])
    return str(block["text"]["text"])


def files(view: View) -> list[str]:
    return [block["slack_file"]["id"] for block in view["blocks"] if block["type"] == "image"]


both_ways = pytest.mark.parametrize("way", [FROM_THE_LINE, FROM_THE_CARD])


@both_ways
async def test_a_replaced_reference_is_shown_old_beside_new(team: Team, way: str) -> None:
    post = await full_and_approved(team)
    old = post["files"][1]["id"]
    await replace_b(team, post)
    view = await compare(team, post, way, "ben")
    assert told(view) == [
        "What changed: late.png replaced b.png.",
        "Reference replaced",
        "[Before: b.png] Before: Reference image b.png",
        "[Now: late.png] Now: A golden fox",
    ]
    assert files(view)[0] == old
    assert len(set(files(view))) == 2
    assert (view["submit"] is None) == (way == FROM_THE_LINE)
    assert team.findings() == []


async def test_the_line_shows_both_and_tells_which_is_which(team: Team) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post)
    shown = next(block for block in line(team, post)["blocks"] if block.get("block_id") == "pictures")
    assert [each["alt_text"] for each in shown["elements"]] == [
        "Before: Reference image b.png",
        "Now: A golden fox",
    ]
    assert words_of(line(team, post)) == (
        f"<@{id_of(team, 'ben')}>, this changed since you approved it.\n"
        "What changed: late.png replaced b.png.\n[Compare]"
    )


async def test_a_picture_that_slack_refuses_does_not_lose_the_lines_words(team: Team) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post, deleted=True)
    assert "late.png replaced b.png" in words_of(line(team, post))
    assert not any(block.get("block_id") == "pictures" for block in line(team, post)["blocks"])


async def test_somebody_who_never_voted_compares_with_what_was_voted_on(team: Team) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post)
    view = await compare(team, post, FROM_THE_CARD, "chris")
    assert told(view)[0] == "What changed: late.png replaced b.png."


@both_ways
async def test_an_added_reference_is_shown_alone(team: Team, way: str) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    assert told(await compare(team, post, way, "ben")) == [
        "What changed: side.png was added.",
        "Reference added",
        "[Now: side.png] Now: Reference image side.png",
    ]


@both_ways
async def test_a_removed_reference_is_shown_alone(team: Team, way: str) -> None:
    post = await team.post(pictures(2))
    await request(team, post, "Without the second", user="ben")
    await team.choose(team.card(post), CHANGE)
    await submit(team, {WHICH: 1, WHERE: 0})
    await team.all_done()
    assert told(await compare(team, post, way, "chris")) == [
        "What changed: b.png was removed.",
        "Reference removed",
        "[Before: b.png] Before: Reference image b.png",
    ]


@both_ways
async def test_both_prompts_are_shown(team: Team, way: str) -> None:
    post = await team.post([picture()])
    before = team.mascots()[0].detected.prompt
    await press(team, post, APPROVE, user="ben")
    await team.press(team.card(post), card_view.EDIT)
    await team.fill_in("A <!channel> *green* dragon", card_view.PROMPT)
    assert told(await compare(team, post, way, "ben")) == [
        "What changed: the prompt was changed.",
        "Prompt changed",
        f"Before: {before}",
        "Now: A <!channel> *green* dragon",
    ]


async def test_a_line_is_compared_with_what_it_tells_of_also_much_later(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    await press(team, post, APPROVE, user="ben")
    assert "What changed" not in str(await compare(team, post, FROM_THE_CARD, "chris"))
    assert told(await compare(team, post, FROM_THE_LINE, "ben"))[0] == "What changed: side.png was added."


async def test_that_there_is_nothing_to_compare_is_said(team: Team) -> None:
    post = await team.post(pictures(2))
    await press(team, post, APPROVE, user="ben")
    await team.choose(team.card(post), CHANGE)
    await submit(team, {WHICH: 1, WHERE: 0})
    await team.all_done()
    shown = await compare(team, post, FROM_THE_LINE, "ben")
    await team.slack.close_view("ben", shown["id"])
    await team.post([pictures(2)[1]], thread=post)
    await team.all_done()
    assert "What changed" not in str(await compare(team, post, FROM_THE_CARD, "chris"))
    assert words_of(line(team, post)) == "This changed, and was changed back. Earlier votes count again."
    await team.press_again(FROM_THE_LINE)
    await team.slack.wait_until(lambda: whispers(team, post, "ben") or None)
    assert whispers(team, post, "ben") == [
        "There is nothing to compare: these are the references and the prompt that were voted on."
    ]
    assert team.slack.view("ben") is None


@both_ways
async def test_a_picture_that_was_deleted_in_slack_is_named_and_the_other_is_shown(
    team: Team, way: str
) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post)
    team.slack.delete_file("ana", post["files"][1]["id"])
    assert told(await compare(team, post, way, "ben")) == [
        "What changed: late.png replaced b.png.",
        "Reference replaced",
        "Before: b.png (Slack doesn't show it now)",
        "[Now: late.png] Now: A golden fox",
    ]


async def test_where_slack_does_not_tell_which_picture_it_refused_none_is_shown(team: Team) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post)
    team.slack.faults.add("views.open", faults.refusal("invalid_arguments"))
    assert told(await compare(team, post, FROM_THE_CARD, "ben")) == [
        "What changed: late.png replaced b.png.",
        "Reference replaced",
        "Before: b.png (Slack doesn't show it now)",
        "Now: late.png (Slack doesn't show it now)",
    ]


async def test_a_form_that_slack_does_not_open_is_said(team: Team) -> None:
    post = await full_and_approved(team)
    await replace_b(team, post)
    team.slack.faults.add("views.open", faults.refusal("expired_trigger_id"))
    await team.press(line(team, post), FROM_THE_LINE, user="ben")
    await team.slack.wait_until(lambda: whispers(team, post, "ben") or None)
    assert "didn't open that in time" in whispers(team, post, "ben")[0]
    assert team.slack.view("ben") is None
