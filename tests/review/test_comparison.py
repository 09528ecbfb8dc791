"""What was beside what is, with whatever people call things; Block Kit's limits are docs.slack.dev's."""

from __future__ import annotations

from typing import Any

import pytest

from bot.review.model import Difference, Part
from bot.review.view import compare
from bot.sandbox.slack.blockkit import Surroundings, check_view
from bot.slack.blocks import view_without_images
from tests.review.names import HOSTILE


def part(name: str, file_id: str | None = "F1", alt: str | None = None) -> Part:
    return Part("key", "asset", name, alt, file_id)


def blocks(
    *pairs: tuple[Part | None, Part | None], prompts: tuple[str | None, str | None] | None = None
) -> list[dict[str, Any]]:
    return list(compare("Felix", Difference(pairs, prompts)).to_dict()["blocks"])


@pytest.mark.parametrize("name", [*HOSTILE, None])
def test_slack_takes_it_whatever_things_are_called(name: str | None) -> None:
    old, new, unseen = part(name or "", alt=name), part(name or "", "F2"), part(name or "", None)
    pairs = ((old, new), (None, new), (old, None), (unseen, new), (old, unseen), (new, old))
    for changed in (
        Difference(pairs, ((name or "a") * 500, None)),
        Difference(pairs, ("x" * 10_000, "y" * 50_000)),
        Difference((), (None, name)),
    ):
        assert check_view(compare(name, changed).to_dict(), Surroundings("modal")) == []


def test_old_and_new_are_a_pair_under_one_heading() -> None:
    old, new = part("fox.png", alt="A fox"), part("hat.png", "F2")
    shown = blocks((old, new), (None, new))
    assert [each["type"] for each in shown] == ["section", "header", "image", "image", "header", "image"]
    assert shown[0]["text"]["text"] == "What changed: hat.png replaced fox.png and hat.png was added."
    assert shown[1]["text"]["text"] == "Reference replaced"
    assert [each["title"]["text"] for each in shown[2:4]] == ["Before: fox.png", "Now: hat.png"]
    assert [each["alt_text"] for each in shown[2:4]] == ["Before: A fox", "Now: Reference image hat.png"]


def test_what_slack_cannot_show_is_named() -> None:
    shown = blocks((part("a.heic", None), part("b.png")))
    assert shown[2]["text"]["text"] == "Before: a.heic (Slack can't show it)"


def test_only_the_refused_pictures_become_words() -> None:
    view = compare("Felix", Difference(((part("fox.png"), part("hat.png", "F2")),), None))
    shown = view_without_images(view, {2}).to_dict()["blocks"]
    assert shown[2]["text"]["text"] == "Before: fox.png (Slack doesn't show it now)"
    assert shown[3]["slack_file"]["id"] == "F2"
    assert "F1" in str(view.to_dict())
