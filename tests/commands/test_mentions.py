from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import LONGEST, Refused
from bot.commands.mentions import (
    AddTo,
    AskReview,
    CallIt,
    HelpMe,
    Mention,
    NewOne,
    ShowIt,
    Talk,
    read_mention,
    words_beside,
)
from bot.review.grammar import unknown_people, unreadable
from bot.text import NO_NAME

BOT = "U0BOT"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<@U0BOT> add to Felix", AddTo("Felix")),
        ("<@U0BOT> Add these to “Felix the Fox”.", AddTo("Felix the Fox")),
        ("please add it to Felix, <@U0BOT|masko>!", AddTo("Felix")),
        ("add to <@U0BOT> Felix", AddTo("Felix")),
        ("<@U0BOT>: call it Felix.", CallIt("Felix")),
        ("<@U0BOT> call him 'Dr. No.'", CallIt("Dr. No.")),
        ("<@U0BOT> rename to Felix &amp; Co?", CallIt("Felix & Co")),
        ("<@U0BOT> call it „Felix“", CallIt("Felix")),
        ("<@U0BOT> call it »Dr. No.«!", CallIt("Dr. No.")),
        ("<@U0BOT>\u00a0call\u00a0it\u2003Fe\u200blix", CallIt("Felix")),
        ('<@U0BOT> call it ""', Refused(NO_NAME)),
        (
            f"<@U0BOT> new called {'x' * 81}",
            Refused("A name has at most 80 characters, and this one has 81."),
        ),
        (f"<@U0BOT> add to {'x' * LONGEST}", Talk()),
        ("<@U0BOT> new", NewOne()),
        ("<@U0BOT> new mascot called Felix please", NewOne("Felix")),
        ("<@U0BOT> new called Add to Cart", NewOne("Add to Cart")),
        ("<@U0BOT> new logo, look!", Talk()),
        ("show <@U0BOT>", ShowIt()),
        ("<@U0BOT> show it?", ShowIt()),
        ("<@U0BOT> show Felix", ShowIt("Felix")),
        ("<@U0BOT> help", HelpMe()),
        ("<@U0BOT> ?", HelpMe()),
        ("<@U0BOT>", Talk()),
        ("what do you think, <@U0BOT>?", Talk()),
        ("<@U0BOT> add to", Talk()),
        ("<@U0BOT> call it", Talk()),
        ("<@U0BOT> add to &lt;!channel&gt;", AddTo("<!channel>")),
    ],
)
def test_a_mention_is_read(text: str, meant: Mention) -> None:
    assert read_mention(words_beside(text, BOT)) == meant


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<@U0BOT> review", AskReview()),
        ("<@U0BOT> Review, please!", AskReview()),
        ("please review it, <@U0BOT>", AskReview()),
        ("<@U0BOT> review this by friday.", AskReview(due="friday")),
        ("<@U0BOT> review <@U1> <@U2|ben> by friday 3pm", AskReview(("U1", "U2"), "friday 3pm")),
        ("<@U0BOT> review by <@U1> by friday", AskReview(("U1",), "friday")),
        ("<@U0BOT> review by friday, <@U1> and <@U2> please", AskReview(("U1", "U2"), "friday")),
        ("<@U0BOT> ask <@U1> to review", AskReview(("U1",))),
        ("<@U0BOT> ask <@U1> to review it by dec 1", AskReview(("U1",), "dec 1")),
        ("<@U0BOT> please ask <@U1> and <@U2> for a review", AskReview(("U1", "U2"))),
        ("<@U0BOT> ask <@U1>, <@U2> to look at it by noon?", AskReview(("U1", "U2"), "noon")),
        ("<@U0BOT> <@U1> please review", AskReview(("U1",))),
        ("<@U0BOT> ask for a review from <@U1>", AskReview(("U1",))),
        ("<@U0BOT> request a review of the mascot", AskReview()),
        ("<@U0BOT> ask @anna to review by 2020-01-01", Refused(unknown_people(["@anna"]))),
        ("<@U0BOT> review <!subteam^S1|@designers>", AskReview(groups=("S1",))),
        ("<@U0BOT> review <!subteam^S1> by friday", AskReview((), "friday", ("S1",))),
        ("<@U0BOT> review <@U1> in 3 days", AskReview(("U1",), "in 3 days")),
        ("<@U0BOT> review <@U1> tomorrow, please", AskReview(("U1",), "tomorrow")),
        ("<@U0BOT> review <@U1> and <@U2> until friday!", AskReview(("U1", "U2"), "friday")),
        ("<@U0BOT> review it in 3 days", AskReview(due="in 3 days")),
        ("<@U0BOT> review tomorrow 15:00", AskReview(due="tomorrow 15:00")),
        ("<@U0BOT> ask <@U1> to review it until friday", AskReview(("U1",), "friday")),
        ("<@U0BOT> review by someday", Refused(unreadable("someday"))),
        ("<@U0BOT> reviewing on friday is nice", Talk()),
        ("<@U0BOT> the tail is too thin, <!here>", Talk()),
        ("<@U0BOT> the review was nice", Talk()),
        ("<@U0BOT> <@U1>", Talk()),
        ("<@U0BOT> ask <@U1>", Talk()),
        ("<@U0BOT> by friday", Talk()),
        ("<@U0BOT> call it review", CallIt("review")),
        ("<@U0BOT> the tail is too thin, <@U1>", Talk()),
    ],
)
def test_a_review_is_asked_for(text: str, asked: Mention) -> None:
    assert read_mention(words_beside(text, BOT)) == asked


def test_who_else_is_mentioned_stays_in_the_words() -> None:
    assert words_beside("<@U0BOT> add to <@U2>", BOT) == "add to <@U2>"
    assert words_beside("<@U0BOT> hi", None) == "<@U0BOT> hi"


@given(st.text())
def test_whatever_is_said_is_read(text: str) -> None:
    assert read_mention(words_beside(f"<@U0BOT> {text}", BOT)) is not None
