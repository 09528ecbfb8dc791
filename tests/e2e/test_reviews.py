"""A team reviews a mascot in its thread, through the front door."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.cards import view as card_view
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.cli.local import words_of
from bot.db.values import Did
from bot.references.view import WHERE, WHICH
from bot.review import record as reviews
from bot.review.model import Entry
from bot.review.view import ABOUT, APPROVE, ASK, COMMENT, REQUEST, WORDS
from bot.sandbox.slack import Submitted, faults
from tests.e2e.team import Message, Team, picture, pictures, set_channel


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def set_rules(team: Team, **rules: Any) -> None:
    channel = team.slack.directory.channel("mascots").id
    settings = ChannelSettings(review=ReviewRules(**rules))
    await set_channel(team.bot.store, team.slack.directory.team.id, channel, settings)


def id_of(team: Team, name: str) -> str:
    return team.slack.directory.person(name).id


async def press(team: Team, post: Message, action_id: str, *, user: str) -> None:
    await team.press(team.card(post), action_id, user=user)
    await team.all_done()


async def say_in_form(team: Team, words: str, *, user: str, about: int = 0) -> Submitted:
    """Fill in the open form of a review and send it; `about` is the place of the reference in its menu."""
    view = await team.slack.wait_until(lambda: team.slack.view(user))
    values: dict[str, Any] = {WORDS: {WORDS: {"type": "plain_text_input", "value": words}}}
    for block in view["blocks"]:
        if block.get("block_id") == ABOUT:
            option = block["element"]["options"][about]
            values[ABOUT] = {ABOUT: {"type": "static_select", "selected_option": option}}
    submitted = await team.slack.submit(user, view["id"], values)
    await team.all_done()
    return submitted


async def ask_for_review(team: Team, post: Message, *, user: str = "ana") -> None:
    """Ask nobody by name, so that the card has the buttons of a review."""
    await team.press(team.card(post), ASK, user=user)
    await team.confirm(user)


async def request(team: Team, post: Message, words: str, *, user: str, about: int = 0) -> Submitted:
    await team.press(team.card(post), REQUEST, user=user)
    return await say_in_form(team, words, user=user, about=about)


def whispers(team: Team, post: Message, user: str) -> list[str]:
    known = set(team.words(post))
    return [each for each in team.words(post, viewer=user) if each not in known]


def review_of(team: Team, post: Message) -> str:
    """What the card says of the review."""
    blocks = [each for each in team.card(post)["blocks"] if each["block_id"].startswith("review")]
    return _WHEN.sub("", words_of({"blocks": blocks, "text": ""}).removeprefix("✅ ").replace("*", "", 2))


_WHEN = re.compile(r" · (?:due )?<!date[^>]*>")


async def test_one_approval_is_enough_where_nobody_said_otherwise(team: Team) -> None:
    post = await team.post(pictures(2))
    assert review_of(team, post) == ""
    await press(team, post, APPROVE, user="ben")
    ben = id_of(team, "ben")
    assert review_of(team, post) == f"Approved by <@{ben}>"
    card, summary = team.words(post)
    assert "[Approve]" not in card
    assert f" is approved by <@{ben}>.\nFinal references: a.png and b.png" in summary
    assert "Prompt: " not in summary  # the card shows it
    assert team.findings() == []


async def test_two_approvals_where_the_channel_wants_two(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post) == f"In review · 1 of 2 approvals\nApproved by <@{id_of(team, 'ben')}>"
    assert team.words(post)[1].endswith("· 1 of 2")
    await press(team, post, APPROVE, user="chris")
    assert review_of(team, post).startswith("Approved by ")
    assert len(team.words(post)) == 3


async def test_the_poster_may_not_approve(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ana")
    assert review_of(team, post) == ""
    assert any("You posted one of these images" in each for each in whispers(team, post, "ana"))


async def test_the_poster_may_where_the_channel_says_so(team: Team) -> None:
    await set_rules(team, poster_may=True)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ana")
    assert review_of(team, post).startswith("Approved by ")


async def test_a_press_that_is_delivered_twice_is_one_vote(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.deliver_press_again(APPROVE)
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("In review · 1 of 2")
    assert len(team.words(post)) == 2
    assert any("counts already" in each for each in whispers(team, post, "ben"))


async def test_a_request_blocks_until_its_author_approves(team: Team) -> None:
    post = await team.post(pictures(2))
    await request(team, post, "The tail is <!channel> too *thin* & short", user="ben", about=2)
    ben = id_of(team, "ben")
    assert review_of(team, post) == (
        f"Changes requested by <@{ben}>\n"
        f"<@{ben}> asks for changes on 2 (b.png): The tail is <!channel> too *thin* & short"
    )
    said = team.replies(post)[1]
    assert "&lt;!channel&gt; too *thin* &amp; short" in said["text"]
    await press(team, post, APPROVE, user="chris")
    assert review_of(team, post).startswith(f"Changes requested by <@{ben}>")
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved by ")


async def test_a_request_outlives_every_change_until_its_author_is_content(team: Team) -> None:
    post = await team.post(pictures(2))
    await request(team, post, "Thicker tail, please", user="ben")
    await team.press(team.card(post), card_view.EDIT, user="ana")
    await team.fill_in("A green dragon, flat vector style", card_view.PROMPT)
    await team.all_done()
    await press(team, post, APPROVE, user="chris")
    assert review_of(team, post).startswith(f"Changes requested by <@{id_of(team, 'ben')}>")
    changed = next(each for each in team.replies(post) if "Is it what you asked for?" in each["text"])
    await team.press(changed, "offer.met", user="chris")
    await team.all_done()
    assert review_of(team, post).startswith("Changes requested")
    assert "You aren't asking for changes." in whispers(team, post, "chris")[-1]
    assert f"<@{id_of(team, 'ben')}> asked: Thicker tail, please" in words_of(changed)
    await team.press(changed, "offer.met", user="ben")
    await team.all_done()
    assert review_of(team, post).startswith("Approved by ")
    assert not any("you asked for?" in each for each in team.words(post))  # nobody is asked any more
    assert team.findings() == []


async def test_a_request_is_dismissed_by_whoever_asked_for_the_review_with_a_reason(team: Team) -> None:
    post = await team.post(pictures(2))
    ana, ben = id_of(team, "ana"), id_of(team, "ben")
    await request(team, post, "Thicker tail, please", user="ben")
    await press(team, post, APPROVE, user="chris")
    said = team.replies(post)[1]
    await team.press(said, "offer.dismiss", user="ana")
    await team.slack.wait_until(lambda: whispers(team, post, "ana") or None)
    assert "Only admins of this workspace" in whispers(team, post, "ana")[-1]
    assert team.slack.view("ana") is None  # refused before anything is typed
    await team.post(thread=post, text="@masko review", user="ana")
    await team.press(said, "offer.dismiss", user="ana")
    await say_in_form(team, "The tail is the brand's", user="ana")
    assert f"<@{ana}> dismissed the request for changes by <@{ben}>: The tail is the brand's" in team.words(
        post
    )
    assert review_of(team, post).startswith("Approved by ")
    assert team.findings() == []


async def test_whoever_was_asked_by_name_has_to_approve(team: Team) -> None:
    post = await team.post(pictures(2))
    await team.post(thread=post, text="@masko review @ben", user="ana")
    await press(team, post, APPROVE, user="chris")
    chris = id_of(team, "chris")
    assert review_of(team, post).startswith(f"In review · 0 of 1 approval\nApproved by <@{chris}>")
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved by ")


async def test_a_request_is_answered_in_the_thread(team: Team) -> None:
    post = await team.post([picture()])
    await request(team, post, "Thicker tail, please", user="ben")
    await team.press(team.replies(post)[1], "offer.answer", user="ana")
    await say_in_form(team, "Made it thicker", user="ana")
    assert team.words(post)[2] == f"<@{id_of(team, 'ana')}> answers: Made it thicker"
    assert review_of(team, post).startswith("Changes requested")
    assert "[Answer] [Dismiss…]" in team.words(post)[1]
    await press(team, post, APPROVE, user="ben")
    assert "[Answer]" not in team.words(post)[1]


async def test_a_comment_is_no_vote(team: Team) -> None:
    post = await team.post(pictures(2))
    await ask_for_review(team, post)
    await team.press(team.card(post), COMMENT, user="chris")
    await say_in_form(team, "Lovely ears", user="chris", about=1)
    assert team.words(post)[-1] == f"<@{id_of(team, 'chris')}> on 1 (a.png): Lovely ears"
    assert review_of(team, post) == "In review · 0 of 1 approval"


async def test_another_reference_makes_approvals_outdated(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    ben = id_of(team, "ben")
    assert (
        review_of(team, post)
        == f"In review · 0 of 1 approval\n<@{ben}> approved an earlier version\nWaiting for <@{ben}>"
    )
    told = [each for each in team.words(post) if "this changed since" in each]
    assert told == [
        f"<@{ben}>, this changed since you approved it.\nWhat changed: side.png was added.\n[Compare]"
    ]
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved by ")


async def test_who_asked_for_changes_is_asked_once_whatever_else_changes(team: Team) -> None:
    post = await team.post([picture()])
    await request(team, post, "Thicker tail, please", user="ben")
    for name, colour in (("side.png", "teal"), ("back.png", "navy")):
        await team.post([picture(name, colour)], thread=post)
        await team.all_done()
    assert ["Is it what you asked for?" in each for each in team.words(post)].count(True) == 1
    assert review_of(team, post).startswith("Changes requested")


async def test_a_line_asks_only_those_who_have_not_answered(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post(pictures(3))
    ben, chris = id_of(team, "ben"), id_of(team, "chris")
    await press(team, post, APPROVE, user="chris")
    await request(team, post, "Thicker tail", user="ben", about=3)
    asks = f"<@{ben}> asks for changes on 3 (c.png): Thicker tail"
    assert f"{asks}\n[Answer] [Dismiss…]" in team.words(post)
    await team.choose(team.card(post), "Add or remove references", user="ana")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    await team.slack.submit("ana", view["id"], _remove(view, 0))
    await team.all_done()
    line = next(each for each in team.replies(post) if "this changed since" in words_of(each))
    assert f"<@{ben}>, is this what you asked for?" in words_of(line)
    await team.press(line, "offer.met", user="ben")
    await team.all_done()
    line = next(each for each in team.replies(post) if "this changed since" in words_of(each))
    assert words_of(line).startswith(f"<@{chris}>, this changed since you approved it.")
    assert "you asked for" not in words_of(line)
    assert asks in team.words(post)  # the number that it had then


async def test_a_request_that_was_never_told_is_not_told_when_it_is_settled(team: Team) -> None:
    post = await team.post(pictures(2))
    team.slack.faults.add("chat.postMessage", faults.refusal("is_archived"), times=1)
    await request(team, post, "Thicker tail", user="ben")
    await team.take_vote_back(post, user="ben")
    await team.all_done()
    assert not any("Thicker tail" in each for each in team.words(post)[1:])


async def test_undoing_a_change_brings_the_approval_back(team: Team) -> None:
    post = await team.post(pictures(2))
    await press(team, post, APPROVE, user="ben")
    await team.choose(team.card(post), "Add or remove references", user="ana")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    await team.slack.submit("ana", view["id"], _remove(view, 0))
    await team.all_done()
    assert review_of(team, post).startswith("In review · 0 of 1")
    await team.post([pictures(2)[0]], thread=post)
    await team.all_done()
    assert review_of(team, post) == f"Approved by <@{id_of(team, 'ben')}>"
    assert not any("this changed since" in each for each in team.words(post))


def _remove(view: dict[str, Any], number: int) -> dict[str, Any]:
    fields = {
        block["block_id"]: block["element"].get("options") for block in view["blocks"] if "element" in block
    }
    return {
        WHICH: {WHICH: {"type": "static_select", "selected_option": fields[WHICH][number + 1]}},
        WHERE: {WHERE: {"type": "static_select", "selected_option": fields[WHERE][0]}},
    }


async def test_the_new_prompt_makes_approvals_outdated(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.press(team.card(post), card_view.EDIT, user="ana")
    await team.fill_in("A green dragon, flat vector style", card_view.PROMPT)
    assert review_of(team, post).startswith("In review · 0 of 1")
    assert any("What changed: the prompt was changed." in each for each in team.words(post))


async def test_a_press_on_an_old_card_is_told_so(team: Team) -> None:
    post = await team.post([picture()])
    (mascot,) = team.mascots()
    mascot.prompt = "Somebody changed this in Masko"
    await team.bot.store.write_at_once(_forget_reading)
    await press(team, post, APPROVE, user="ben")
    assert any("have changed since you looked" in each for each in whispers(team, post, "ben"))
    assert review_of(team, post) == ""
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved")


async def _forget_reading(session: Any) -> None:
    from datetime import UTC, datetime

    from sqlalchemy import update

    from bot.db.tables import MascotRow

    await session.execute(update(MascotRow).values(read_at=datetime(2020, 1, 1, tzinfo=UTC)))


async def test_a_vote_is_taken_back(team: Team) -> None:
    post = await team.post([picture()])
    await press(team, post, APPROVE, user="ben")
    await team.take_vote_back(post, user="ben")
    await team.all_done()
    assert review_of(team, post) == ""
    await team.choose(team.card(post), "Details", user="ben")
    view = await team.slack.wait_until(lambda: team.slack.view("ben"))
    assert view["submit"] is None  # no vote to take back


async def test_emoji_on_the_card_count(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await team.post([picture()])
    card = team.card(post)
    for emoji in ("tada", "white_check_mark"):
        team.slack.react("ben", "mascots", card["ts"], emoji)
    voted = f"In review · 1 of 2 approvals\nApproved by <@{id_of(team, 'ben')}>"
    await team.slack.wait_until(lambda: review_of(team, post) == voted or None)
    team.slack.react("ben", "mascots", card["ts"], "white_check_mark", on=False)
    await team.slack.wait_until(lambda: review_of(team, post) == "" or None)


async def test_a_cross_asks_privately_what_should_change(team: Team) -> None:
    post = await team.post([picture()])
    card = team.card(post)
    team.slack.react("ben", "mascots", card["ts"], "x")
    asked = await team.slack.wait_until(lambda: team.replies(post, viewer="ben")[1:] or None)
    await team.press(asked[0], "offer.request", user="ben")
    await say_in_form(team, "Bigger ears", user="ben")
    assert "asks for changes: Bigger ears" in review_of(team, post)
    team.slack.react("ben", "mascots", card["ts"], "x", on=False)
    await team.slack.wait_until(lambda: review_of(team, post) == "" or None)


async def test_a_mascot_that_was_deleted_in_masko_cannot_be_approved(team: Team) -> None:
    post = await team.post([picture()])
    card = team.card(post)
    team.masko.delete_collection(team.mascots()[0].id)
    await team.bot.store.write_at_once(_forget_reading)
    await team.press(card, APPROVE, user="ben")
    await team.all_done()
    assert any("was deleted in Masko" in each for each in whispers(team, post, "ben"))


async def record_of(team: Team) -> list[Entry]:
    async with team.bot.store.read() as session:
        return await reviews.record(session, team.mascots()[0].id)


async def test_what_is_said_to_the_bot_in_the_thread_is_kept(team: Team) -> None:
    post = await team.post([picture()])
    bot = team.slack.directory.bot.id
    said = await team.post(user="ben", text=f"<@{bot}> the tail is too thin", thread=post)
    await team.all_done()
    (entry,) = await record_of(team)
    assert (entry.did, entry.words, entry.ts) == (Did.COMMENTED, "the tail is too thin", said["ts"])
    assert entry.link is not None
    assert any(each.startswith("Kept as a comment on ") for each in whispers(team, post, "ben"))
    assert len(team.words(post)) == 1
    assert review_of(team, post) == ""


async def test_of_what_a_reviewer_says_otherwise_only_the_place_is_kept(team: Team) -> None:
    post = await team.post([picture()])
    await team.post(user="chris", text="who is this?", thread=post)
    await press(team, post, APPROVE, user="ben")
    said = await team.post(user="ben", text="my secret thoughts", thread=post)
    await team.post(user="chris", text="mine too", thread=post)
    await team.all_done()
    replies = [each for each in await record_of(team) if each.did is Did.REPLIED]
    assert [(each.user, each.words, each.ts) for each in replies] == [(id_of(team, "ben"), None, said["ts"])]


async def test_a_reply_to_whoever_asked_for_changes_answers_them(team: Team) -> None:
    post = await team.post([picture()])
    await request(team, post, "Thicker tail", user="ben")
    ben = id_of(team, "ben")
    await team.post(user="ana", text=f"<@{ben}> done & dusted", thread=post)
    await team.all_done()
    asked, answer = await record_of(team)
    assert (answer.did, answer.words, answer.answers) == (Did.COMMENTED, "done & dusted", asked.id)
    assert len(team.words(post)) == 2


async def test_mention_and_message_of_one_comment_are_one(team: Team) -> None:
    post = await team.post([picture()])
    bot = team.slack.directory.bot.id
    await team.post(user="ben", text=f"<@{bot}> more blue", thread=post)
    for delivery in [each for each in team.slack.deliveries if "more blue" in str(each.payload)]:
        await team.slack.deliver_again(delivery)
    await team.all_done()
    assert len(await record_of(team)) == 1
