from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import (
    LONGEST,
    Add,
    Call,
    Command,
    Help,
    New,
    Refused,
    Review,
    Show,
    Simple,
    Talk,
    as_json,
    from_json,
    read_mention,
    words_beside,
)
from bot.review.due import unknown_people
from bot.text import NO_NAME

BOT = "U0BOT"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<@U0BOT> add to Felix", Add("Felix")),
        ("<@U0BOT> Add these to “Felix the Fox”.", Add("Felix the Fox")),
        ("please add it to Felix, <@U0BOT|masko>!", Add("Felix")),
        ("add to <@U0BOT> Felix", Add("Felix")),
        ("<@U0BOT>: call it Felix.", Call("Felix")),
        ("<@U0BOT> call him 'Dr. No.'", Call("Dr. No.")),
        ("<@U0BOT> rename to Felix &amp; Co?", Call("Felix & Co")),
        ("<@U0BOT> call it „Felix“", Call("Felix")),
        ("<@U0BOT> call it »Dr. No.«!", Call("Dr. No.")),
        ("<@U0BOT>\u00a0call\u00a0it\u2003Fe\u200blix", Call("Felix")),
        ('<@U0BOT> call it ""', Refused(NO_NAME)),
        (
            f"<@U0BOT> new called {'x' * 81}",
            Refused("A name has at most 80 characters, and this one has 81."),
        ),
        (f"<@U0BOT> add to {'x' * LONGEST}", Talk()),
        ("<@U0BOT> new", New()),
        ("<@U0BOT> new mascot called Felix please", New(name="Felix")),
        ("<@U0BOT> new called Add to Cart", New(name="Add to Cart")),
        ("<@U0BOT> new logo, look!", Talk()),
        ("show <@U0BOT>", Show()),
        ("<@U0BOT> show it?", Show()),
        ("<@U0BOT> show Felix", Show("Felix")),
        ("<@U0BOT> help", Help()),
        ("<@U0BOT> ?", Help()),
        ("<@U0BOT> approve!", Simple.APPROVE),
        ("<@U0BOT> please approve it", Simple.APPROVE),
        ("<@U0BOT> undo this", Simple.UNDO),
        ("Thank you, <@U0BOT>!", Simple.THANKS),
        ("<@U0BOT> thanks, looks great", Talk()),
        ("<@U0BOT>", Talk()),
        ("what do you think, <@U0BOT>?", Talk()),
        ("<@U0BOT> add to", Talk()),
        ("<@U0BOT> call it", Talk()),
        ("<@U0BOT> add to &lt;!channel&gt;", Add("<!channel>")),
    ],
)
def test_a_mention_is_read(text: str, meant: Command) -> None:
    assert _read(text) == meant


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<@U0BOT> review", Review()),
        ("<@U0BOT> Review, please!", Review()),
        ("please review it, <@U0BOT>", Review()),
        ("<@U0BOT> review this by friday.", Review(due="friday")),
        ("<@U0BOT> review <@U1> <@U2|ben> by friday 3pm", Review(None, ("U1", "U2"), "friday 3pm")),
        ("<@U0BOT> review by <@U1> by friday", Review(None, ("U1",), "friday")),
        ("<@U0BOT> review by friday, <@U1> and <@U2> please", Review(None, ("U1", "U2"), "friday")),
        ("<@U0BOT> ask <@U1> to review", Review(None, ("U1",))),
        ("<@U0BOT> ask <@U1> to review it by dec 1", Review(None, ("U1",), "dec 1")),
        ("<@U0BOT> please ask <@U1> and <@U2> for a review", Review(None, ("U1", "U2"))),
        ("<@U0BOT> ask <@U1>, <@U2> to look at it by noon?", Review(None, ("U1", "U2"), "noon")),
        ("<@U0BOT> <@U1> please review", Review(None, ("U1",))),
        ("<@U0BOT> ask for a review from <@U1>", Review(None, ("U1",))),
        ("<@U0BOT> request a review of the mascot", Review()),
        ("<@U0BOT> ask @anna to review by 2020-01-01", Refused(unknown_people(["@anna"]))),
        ("<@U0BOT> review <!subteam^S1|@designers>", Review(groups=("S1",))),
        ("<@U0BOT> review <!subteam^S1> by friday", Review(None, (), "friday", ("S1",))),
        ("<@U0BOT> review <@U1> in 3 days", Review(None, ("U1",), "in 3 days")),
        ("<@U0BOT> review <@U1> tomorrow, please", Review(None, ("U1",), "tomorrow")),
        ("<@U0BOT> review <@U1> and <@U2> until friday!", Review(None, ("U1", "U2"), "friday")),
        ("<@U0BOT> review it in 3 days", Review(due="in 3 days")),
        ("<@U0BOT> review tomorrow 15:00", Review(due="tomorrow 15:00")),
        ("<@U0BOT> ask <@U1> to review it until friday", Review(None, ("U1",), "friday")),
        ("<@U0BOT> review by someday", Review(due="someday")),
        ("<@U0BOT> review it before launch", Review(due="launch")),
        ("<@U0BOT> reviewing on friday is nice", Talk()),
        ("<@U0BOT> the tail is too thin, <!here>", Talk()),
        ("<@U0BOT> the review was nice", Talk()),
        ("<@U0BOT> <@U1>", Talk()),
        ("<@U0BOT> ask <@U1>", Talk()),
        ("<@U0BOT> by friday", Talk()),
        ("<@U0BOT> call it review", Call("review")),
        ("<@U0BOT> the tail is too thin, <@U1>", Talk()),
    ],
)
def test_a_review_is_asked_for(text: str, asked: Command) -> None:
    assert _read(text) == asked


def _read(text: str) -> Command:
    """What a text asks for; of words that are no command, that they are none."""
    words = words_beside(text, BOT)
    command = read_mention(words)
    if isinstance(command, Talk):
        assert command.words == words
        return Talk()
    assert from_json(json.loads(json.dumps(as_json(command)))) == command
    return command


def test_who_else_is_mentioned_stays_in_the_words() -> None:
    assert words_beside("<@U0BOT> add to <@U2>", BOT) == "add to <@U2>"
    assert words_beside("<@U0BOT> hi", None) == "<@U0BOT> hi"


@given(st.text())
def test_whatever_is_said_is_read(text: str) -> None:
    assert read_mention(words_beside(f"<@U0BOT> {text}", BOT)) is not None
