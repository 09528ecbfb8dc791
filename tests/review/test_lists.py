"""Lists of open reviews, at lengths that people and models may bring about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.cli.local import words_of
from bot.review.lists import ASKED, FOR_YOU, MOST, Awaited, Awaiting, waits
from bot.sandbox.slack.blockkit import Surroundings, check_blocks
from bot.slack.blocks import Person, Sentence, When
from tests.review.names import HOSTILE
from tests.slack.limits import problems, text_objects

DUE = datetime(2026, 11, 27, 17, tzinfo=UTC)
CARD = f"https://example.slack.com/archives/C1/p{'1' * 200}?thread_ts=1.1&cid=C1"


def standing(people: int = 3) -> Sentence:
    waited_for = tuple(Person(f"U{number:010}") for number in range(people))
    return ("in review · 1 of 2", " · due ", When(DUE), " · waiting for ", *waited_for)


def awaiting(name: str, total: int = 40, card: str | None = None) -> Awaiting:
    """As many of so many mascots as are shown under one heading."""
    return Awaiting(
        tuple(Awaited(f"col_{n}", name, standing(), card) for n in range(min(total, MOST))), total
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_forty_mascots_under_each_heading_are_a_message_that_slack_takes(name: str) -> None:
    some = awaiting(name, card=CARD)
    sent = waits(some, some)
    assert problems(sent.blocks) == []
    assert check_blocks(sent.blocks, Surroundings("message")) == []
    assert words_of({"blocks": sent.blocks}).count(f"and {40 - MOST} more") == 2


def test_names_are_no_markup() -> None:
    sent = waits(for_you=awaiting("<!channel> <@U1> *bold*", 1))
    assert [each["type"] for each in text_objects(sent.blocks)] == ["plain_text"] * 3
    assert "&lt;!channel&gt; &lt;@U1&gt; *bold*" in sent.text


def test_an_empty_list_has_no_heading() -> None:
    told = words_of({"blocks": waits(asked=awaiting("Felix", 2)).blocks})
    assert ASKED in told
    assert not any(each in told for each in (FOR_YOU, "more"))


def test_who_does_not_see_it_is_told_the_same() -> None:
    one = Awaiting((Awaited("col_1", "Felix", standing(1)),), 3)
    sent = waits(one, awaiting("Bruno", 1))
    date = f"<!date^{int(DUE.timestamp())}^{{date_short_pretty}} at {{time}}|Fri 27 Nov 2026, 17:00 UTC>"
    assert sent.text.splitlines()[0] == (
        f"{FOR_YOU}: Felix: in review · 1 of 2 · due {date} · waiting for <@U0000000000>; and 2 more"
    )
    button = sent.blocks[1]["accessory"]
    assert (button["text"]["text"], button["accessibility_label"]) == ("Show", "Show Felix")
    (due,) = [each for each in sent.blocks[2]["elements"][0]["elements"] if each["type"] == "date"]
    assert due["timestamp"] == int(DUE.timestamp())


def test_somebody_who_was_forgotten_is_not_named() -> None:
    forgotten: Sentence = ("in review · 0 of 1", " · waiting for ", Person("forgotten:0123abc"))
    sent = waits(asked=Awaiting((Awaited("col_1", "Felix", forgotten),), 1))
    for told in (sent.text, words_of({"blocks": sent.blocks})):
        assert "waiting for somebody who was forgotten" in told
        assert "0123abc" not in told
