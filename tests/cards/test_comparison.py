"""What was beside what is, with whatever people call things; Block Kit's limits are docs.slack.dev's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.cards.comparison import compare
from bot.cards.view import without
from bot.review.view import FormAbout, comment, request
from bot.slack.blocks import Picture
from bot.slack.place import CardPlace
from bot.slack.text import length
from tests.references.test_view import HOSTILE, check
from tests.slack.limits import text_objects

FORM = FormAbout(CardPlace("col_" + "x" * 60, "C0123456789", "1700000000.000100"), "f" * 64)
LIMITS = {"header": 150, "section": 3000, "image": 2000}


def fits(view: View) -> None:
    check(view)
    for block in view.to_dict()["blocks"]:
        text = block.get("title") or block.get("text")
        assert not text or 1 <= length(text["text"]) <= LIMITS[block["type"]]
        assert 1 <= length(block.get("alt_text", "x")) <= 2000


def pairs(name: str, count: int = 6) -> list[tuple[Picture | None, Picture | None]]:
    old, new = (Picture(name, name * 9, file_id) for file_id in ("F1", "F2"))
    kinds = ((old, new), (None, new), (old, None), (Picture(name, name), new))
    return [kinds[number % len(kinds)] for number in range(count)]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("pictures", [True, False])
def test_it_keeps_block_kits_limits(name: str, pictures: bool) -> None:
    prompt = (name or "a") * (10_000 // len(name or "a"))
    fits(compare(name, name * 30, pairs(name), (prompt, None), pictures=pictures))
    fits(compare(name, name * 30, pairs(name, 40), ("x" * 10_000, "y" * 50_000), pictures=pictures))
    fits(compare(None, "", [], (None, prompt), pictures=pictures))


@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_things_are_called(name: str, prompt: str) -> None:
    fits(compare(name, name, pairs(name), (prompt, name)))


def test_old_and_new_are_a_pair_under_one_heading() -> None:
    old, new = Picture("fox.png", "A fox", "F1"), Picture("hat.png", "", "F2")
    shown = blocks(compare("Felix", "Something.", [(old, new), (None, new)], None))
    assert [block["type"] for block in shown] == ["section", "header", "image", "image", "header", "image"]
    assert shown[1]["text"]["text"] == "Reference replaced"
    assert [block["title"]["text"] for block in shown[2:4]] == ["Before: fox.png", "Now: hat.png"]
    assert [block["alt_text"] for block in shown[2:4]] == ["Before: A fox", "Now: hat.png"]


def test_what_does_not_fit_is_counted() -> None:
    old = Picture("fox.png", "A fox", "F1")
    assert (
        blocks(compare("Felix", "A lot.", [(old, None)] * 15, None))[-1]["elements"][0]["text"]
        == "and 3 more"
    )


def test_what_slack_cannot_show_is_named() -> None:
    shown = blocks(compare("Felix", "a", [(Picture("a.heic", "a"), Picture("b.png", "b", "F1"))], None))
    assert shown[2]["text"]["text"] == "Before: a.heic (Slack cannot show it)"


def test_only_the_refused_pictures_become_words() -> None:
    old, new = Picture("fox.png", "A fox", "F1"), Picture("hat.png", "A hat", "F2")
    view = compare("Felix", "Something.", [(old, new)], None)
    shown = blocks(without(view, {2}))
    assert shown[2]["text"]["text"] == "Before: fox.png (Slack does not show it now)"
    assert shown[3]["slack_file"]["id"] == "F2"
    assert "F1" in str(view.to_dict())
    assert without(view, {0, 1, 99}).to_dict() == view.to_dict()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("draw", [request, comment])
def test_thumbnails_that_slack_refuses_leave_their_names(name: str, draw: Any) -> None:
    view = draw(FORM, name, [(f"asset_{n}", Picture(name, name, f"F{n}")) for n in range(6)])
    told = without(view, {2})
    check(told)
    assert str(told.to_dict()).count("slack_file") == 5
    assert any("Slack does not show it now" in text["text"] for text in text_objects(told.to_dict()))


def blocks(view: View) -> list[dict[str, Any]]:
    return list(view.to_dict()["blocks"])
