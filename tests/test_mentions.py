from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mentions import AddTo, CallIt, HelpMe, Mention, NewOne, ShowIt, Talk, read_mention, words_beside

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


def test_who_else_is_mentioned_stays_in_the_words() -> None:
    assert words_beside("<@U0BOT> add to <@U2>", BOT) == "add to <@U2>"
    assert words_beside("<@U0BOT> hi", None) == "<@U0BOT> hi"


@given(st.text())
def test_whatever_is_said_is_read(text: str) -> None:
    assert read_mention(words_beside(f"<@U0BOT> {text}", BOT)) is not None
