"""Lists of open reviews, at lengths that people and models may bring about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bot.slack.messages import Awaited, Awaiting, Waits
from handlers.render import render

from bot.cli.local import words_of
from bot.review.waiting import MOST
from bot.review.waiting_view import ASKED, FOR_YOU, OVERDUE
from bot.sandbox.slack.blockkit import Surroundings, check_blocks
from bot.slack.blocks import Person, Sentence, When
from tests.home.test_view import HOSTILE
from tests.slack.limits import problems, text_objects

DUE = datetime(2026, 11, 27, 17, tzinfo=UTC)


def standing(people: int = 3) -> Sentence:
    waited_for = tuple(Person(f"U{number:010}") for number in range(people))
    return ("in review · 1 of 2", " · due ", When(DUE), " · waiting for ", *waited_for)


def awaiting(name: str, total: int = 40, **with_more: Any) -> Awaiting:
    """As many of so many mascots as are shown under one heading."""
    shown = tuple(Awaited(f"col_{n}", name, standing(), **with_more) for n in range(min(total, MOST)))
    return Awaiting(shown, total)


@pytest.mark.parametrize("name", HOSTILE)
def test_forty_mascots_under_each_heading_are_a_message_that_slack_takes(name: str) -> None:
    some = awaiting(name, card=f"https://example.slack.com/archives/C1/p{'1' * 200}?thread_ts=1.1&cid=C1")
    rendered = render(Waits(some, some, some))
    assert problems(rendered.blocks) == []
    assert check_blocks(rendered.blocks, Surroundings("message")) == []
    assert len(rendered.text) < 40_000
    assert words_of({"blocks": rendered.blocks}).count(f"and {40 - MOST} more") == 3


def test_names_are_no_markup() -> None:
    rendered = render(Waits(for_you=awaiting("<!channel> <@U1> *bold*", 1)))
    assert [each["type"] for each in text_objects(rendered.blocks)] == ["plain_text"] * 3
    assert "<!channel>" not in rendered.text
    assert "&lt;!channel&gt; &lt;@U1&gt; *bold*" in rendered.text


def test_an_empty_list_has_no_heading() -> None:
    told = words_of({"blocks": render(Waits(asked=awaiting("Felix", 2))).blocks})
    assert ASKED in told
    assert OVERDUE not in told
    assert FOR_YOU not in told
    assert "more" not in told


def test_who_does_not_see_it_is_told_the_same() -> None:
    one = Awaiting((Awaited("col_1", "Felix", standing(1)),), 3)
    rendered = render(Waits(overdue=one, for_you=awaiting("Bruno", 1)))
    date = f"<!date^{int(DUE.timestamp())}^{{date_short_pretty}} at {{time}}|Fri 27 Nov 2026, 17:00 UTC>"
    assert rendered.text.splitlines()[0] == (
        f"{OVERDUE}: Felix: in review · 1 of 2 · due {date} · waiting for <@U0000000000>; and 2 more"
    )
    button = rendered.blocks[1]["accessory"]
    assert (button["text"]["text"], button["accessibility_label"]) == ("Show", "Show Felix")


def test_somebody_who_was_forgotten_is_not_named() -> None:
    forgotten: Sentence = ("in review · 0 of 1", " · waiting for ", Person("forgotten:0123abc"))
    rendered = render(Waits(asked=Awaiting((Awaited("col_1", "Felix", forgotten),), 1)))
    for told in (rendered.text, words_of({"blocks": rendered.blocks})):
        assert "waiting for somebody who was forgotten" in told
        assert "0123abc" not in told


def test_it_is_due_in_the_time_zone_of_whoever_reads_it() -> None:
    later = Awaited("col_1", "Felix", ("in review", " · due ", When(DUE + timedelta(days=1))))
    parts = render(Waits(asked=Awaiting((later,), 1))).blocks[2]["elements"][0]["elements"]
    assert parts[-1]["type"] == "date"
    assert parts[-1]["timestamp"] == int(DUE.timestamp()) + 86_400
