"""Mentions of the bot, through the front door."""

from __future__ import annotations

import json

import pytest

from bot.channels.settings import ChannelSettings
from bot.cli.local import words_of
from bot.commands.dispatch import REQUESTED
from bot.commands.grammar import New, read_mention
from bot.commands.mentions import NOTHING_TO_UNDO
from bot.commands.view import SHARE
from bot.db.values import Mode
from bot.intake.view import AS_USUAL, IGNORE, INTO, NEW
from bot.sandbox.masko import faults
from tests.e2e.team import Message, Team, picture, pictures, set_channel


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def felix(team: Team, name: str = "Felix", colour: str = "orange") -> Message:
    """A mascot with a name, made by mentioning the bot."""
    return await team.post([picture(f"{colour}.png", colour)], text=f"@masko new called {name}")


def private(team: Team, post: Message, *, user: str = "ana") -> list[Message]:
    """What one person alone sees in the channel and in a thread, but for hints."""
    seen = [*team.slack.channel_messages("mascots", user), *team.slack.thread("mascots", post["ts"], user)]
    public = [*team.slack.channel_messages("mascots"), *team.slack.thread("mascots", post["ts"])]
    known = {message["ts"] for message in public}
    return [each for each in seen if each["ts"] not in known]


def counts(team: Team) -> list[int]:
    return [len(each.reference_asset_ids) for each in team.mascots()]


async def press(team: Team, message: Message, action_id: str, user: str = "ana") -> None:
    await team.press(message, action_id, user=user)
    await team.all_done()


@pytest.mark.parametrize("text", ["@masko new called Felix.", "call it “Felix”, please @masko"])
async def test_a_new_mascot_gets_its_name_in_the_post(team: Team, text: str) -> None:
    post = await team.post([picture()], text=text)
    assert [each.name for each in team.mascots()] == ["Felix"]
    (card,) = team.words(post)
    assert card.startswith("Felix\n")
    assert team.findings() == []


async def test_words_that_are_no_command_are_no_matter(team: Team) -> None:
    post = await team.post([picture()], text="@masko new drawing, look what you can do!")
    assert "1 of 6 references" in team.words(post)[0]
    assert read_mention("new drawing, look what you can do!") != New()


async def test_images_are_added_to_the_mascot_that_is_named(team: Team) -> None:
    await felix(team)
    post = await team.post([picture("side.png", "teal")], text="@masko add to felix")
    assert counts(team) == [2]
    assert "2 of 6 references" in team.words(post)[0]
    assert private(team, post) == []


async def test_a_name_that_nobody_has_is_asked_about_in_private(team: Team) -> None:
    await felix(team)
    post = await team.post([picture("side.png", "teal")], text="@masko add to Zebra", user="ben")
    assert team.replies(post) == []
    (asked,) = private(team, post, user="ben")
    assert words_of(asked).startswith("No mascot is called “Zebra”. What should I do with side.png?")
    await press(team, asked, NEW, user="ben")
    assert counts(team) == [1, 1]
    assert "1 of 6 references" in team.words(post)[0]


async def test_two_that_fit_are_a_choice_that_offers_them_first(team: Team) -> None:
    await felix(team, "Ben")
    await felix(team, "Felix One", "teal")
    await felix(team, "Felix Two", "purple")
    post = await team.post([picture("side.png", "navy")], text="@masko add to Felix")
    (asked,) = private(team, post)
    assert "Several mascots match “Felix”." in words_of(asked)
    menu = next(each for each in asked["blocks"][-1]["elements"] if each["type"] == "static_select")
    names = [option["text"]["text"] for option in menu["options"]]
    assert names == [f"{each} · 1 of 6 references" for each in ("Felix One", "Felix Two", "Ben")]
    chosen = {"selected_option": menu["options"][1]}
    await team.slack.press("ana", "mascots", asked["ts"], INTO, None, chosen)
    await team.all_done()
    assert counts(team) == [1, 1, 2]


async def test_a_hostile_name_stays_plain_text(team: Team) -> None:
    post = await team.post([picture()], text="@masko add to *<!channel>* & co " + "x" * 300)
    (asked,) = private(team, post)
    assert "<!channel>" not in asked["text"]
    assert asked["blocks"][0]["text"]["type"] == "plain_text"
    assert team.findings() == []


async def test_a_threads_mascot_is_renamed(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="@masko call it Felix the Fox?", user="ben")
    await team.all_done()
    assert [each.name for each in team.mascots()] == ["Felix the Fox"]
    card, said = team.words(post)
    assert card.startswith("Felix the Fox\n")
    assert said == "This mascot is called Felix the Fox now."


async def test_images_that_come_with_a_name_are_added_as_well(team: Team) -> None:
    post = await felix(team)
    await team.post([picture("side.png", "teal")], thread=post, text="@masko call it Rex")
    assert [each.name for each in team.mascots()] == ["Rex"]
    assert counts(team) == [2]


async def test_another_mascot_starts_below_a_message_of_its_own(team: Team) -> None:
    post = await felix(team)
    await team.post([picture("bear.png", "navy")], thread=post, text="@masko new called Bear")
    await team.all_done()
    assert [each.name for each in team.mascots()] == ["Felix", "Bear"]
    assert counts(team) == [1, 1]
    assert team.words(post)[-1] == "bear.png starts another mascot: see my message in the channel."
    root = team.slack.channel_messages("mascots")[-1]
    assert "wants a new mascot from bear.png, called Bear" in words_of(root)
    assert words_of(team.slack.thread("mascots", root["ts"])[1]).startswith("Bear\n")
    assert team.findings() == []


async def test_show_says_where_the_card_is(team: Team) -> None:
    post = await felix(team)
    (mascot,) = team.mascots()
    mascot.name = "Renamed in Masko"
    await team.post(thread=post, text="@masko show")
    await team.all_done()
    card, said = team.replies(post)
    assert words_of(card).startswith("Renamed in Masko\n")
    assert words_of(said).startswith("Renamed in Masko · 1 of 6 references: its card is up to date.")
    assert said["blocks"][-1]["elements"][0]["url"].startswith(team.slack.workspace.origin)
    await press(team, said, "offer.go")
    assert team.findings() == []


async def test_show_says_a_deleted_card_anew(team: Team) -> None:
    post = await felix(team)
    team.slack.delete("mascots", team.card(post)["ts"])
    await team.post(thread=post, text="@masko show")
    (card,) = team.words(post)
    assert card.startswith("Felix\n")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    assert "2 of 6 references" in team.words(post)[0]


async def test_show_with_a_name_is_private(team: Team) -> None:
    await felix(team)
    post = await team.post(text="@masko show felix", user="ben")
    assert team.replies(post) == []
    (shown,) = private(team, post, user="ben")
    assert words_of(shown).startswith("Felix\n")
    await team.press(shown, SHARE, user="ben")
    await team.bot.queue.drained(REQUESTED)
    assert words_of(team.slack.channel_messages("mascots")[-1]).startswith("Felix\n")


async def test_show_with_a_name_does_without_pictures_that_slack_refuses(team: Team) -> None:
    await felix(team)
    team.slack.files.refuse_in_blocks = True
    post = await team.post(text="@masko show felix", user="ben")
    (shown,) = private(team, post, user="ben")
    assert words_of(shown).startswith("Felix\n")


async def test_help_is_private(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="@masko help", user="ben")
    assert len(team.replies(post)) == 1
    (told,) = private(team, post, user="ben")
    for words in ("add to Felix", "call it Felix", "new called Felix", "show", "/masko help"):
        assert words in words_of(told)


async def test_earlier_images_of_a_thread_are_offered_in_private(team: Team) -> None:
    post = await earlier(team)
    await team.post(thread=post, text="@masko", user="ben")
    assert team.replies(post) == []
    (asked,) = private(team, post, user="ben")
    assert "This thread has images that I haven't added." in words_of(asked)
    assert "What should I do with a.png and b.png?" in words_of(asked)
    assert team.slack.calls["conversations.replies"] == 1
    await press(team, asked, NEW, user="ben")
    assert counts(team) == [2]
    assert "2 of 6 references" in team.words(post)[0]


async def test_earlier_images_go_to_the_mascot_that_is_named(team: Team) -> None:
    await felix(team, colour="navy")
    post = await earlier(team)
    await team.post(thread=post, text="@masko add these to Felix")
    (asked,) = private(team, post)
    assert "[Add to Felix] [New mascot] [Ignore]" in words_of(asked)
    await press(team, asked, AS_USUAL)
    assert counts(team) == [3]


async def test_ignored_earlier_images_are_left_alone(team: Team) -> None:
    post = await earlier(team)
    await team.post(thread=post, text="@masko new")
    (asked,) = private(team, post)
    await press(team, asked, IGNORE)
    assert team.mascots() == []
    assert sum(team.masko.calls.values()) == 0


async def test_images_that_are_in_are_not_offered(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="@masko")
    assert private(team, post) == []
    assert "Post a mascot image here" in team.words(post)[-1]


async def test_words_in_a_mascots_thread_are_for_its_review(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="the tail is too thin @masko")
    await team.all_done()
    assert "Kept as a comment on Felix; it isn't a vote." in words_of(private(team, post)[-1])


async def test_approve_is_a_vote_like_the_emoji(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="@masko approve", user="ben")
    await team.all_done()
    assert "Approved" in team.words(post)[0]
    await team.post(thread=post, text="@masko approve it, please", user="ben")
    await team.all_done()
    assert words_of(private(team, post, user="ben")[-1]) == "Your approval counts already."
    assert team.findings() == []


async def test_thanks_are_answered_in_private(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="thanks @masko!", user="ben")
    assert words_of(private(team, post, user="ben")[-1]) == "You're welcome. 👍"
    assert len(team.replies(post)) == 1


async def test_undo_offers_to_remove_what_was_added_last(team: Team) -> None:
    post = await felix(team)
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    await team.post(thread=post, text="@masko undo")
    await team.all_done()
    await team.press(private(team, post)[-1], "offer.undo")
    await team.confirm()
    await team.all_done()
    assert counts(team) == [1]
    assert "removed side.png from Felix" in team.words(post)[-1]
    root = await team.post(text="morning")
    await team.post(thread=root, text="@masko undo")
    assert words_of(private(team, root)[-1]) == NOTHING_TO_UNDO
    assert team.findings() == []


async def test_what_cannot_be_done_is_said_in_private(team: Team) -> None:
    root = await team.post(text="morning")
    for text, told in [
        ("@masko show", "This thread has no mascot yet."),
        ("@masko call it Felix", "This thread has no mascot yet."),
        ("@masko approve", "There is no card in this thread to approve."),
        ("@masko new", "There's no image here that I can use."),
        ("@masko add to Felix", "No mascot is called “Felix”."),
    ]:
        await team.post(thread=root, text=text)
        assert told in words_of(private(team, root)[-1])
    assert team.replies(root) == []


async def test_masko_falling_over_is_waited_out(team: Team) -> None:
    post = await felix(team)
    team.masko.faults.add("collections.update", faults.internal_error(), times=1)
    await team.post(thread=post, text="@masko call it Rex")
    await team.all_done()
    assert [each.name for each in team.mascots()] == ["Rex"]


async def test_both_events_and_every_redelivery_are_one_mention(team: Team) -> None:
    post = await felix(team)
    mention = await team.post(thread=post, text="@masko call it Rex")
    await team.all_done()
    before = team.words(post)
    for delivery in list(team.slack.deliveries):
        if mention["ts"] in json.dumps(delivery.payload):
            await team.slack.deliver_again(delivery)
    await team.all_done()
    assert team.words(post) == before
    assert team.masko.calls["collections.update"] == 1


async def earlier(team: Team) -> Message:
    """A thread with images that were not taken in, since its channel was off."""
    where = team.slack.directory.team.id, team.slack.directory.channel("mascots").id
    await set_channel(team.bot.store, *where, ChannelSettings(mode=Mode.OFF))
    return await team.post(pictures(2))
