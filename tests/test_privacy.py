"""What people are told about what is kept about them."""

from __future__ import annotations

import pytest

from bot.privacy import Kept, forgetting
from tests.slack.limits import plain_words, problems


@pytest.mark.parametrize(
    ("kept", "told", "stays"),
    [
        (Kept(1, 1, 1), "", False),
        (
            Kept(1, 1, 1, votes=2, comments=1),
            " In the records of reviews there are 2 votes and 1 comment of yours.",
            True,
        ),
        (Kept(1, 1, 1, named_in=1), " 1 review names you as somebody who asked, was asked or", False),
        (Kept(1, 1, 1, named_in=3), " 3 reviews name you as somebody who asked, was asked or", False),
    ],
)
def test_what_is_kept_in_reviews_is_told_and_what_becomes_of_it(kept: Kept, told: str, stays: bool) -> None:
    message = forgetting(kept)
    assert problems(message.blocks) == []
    said = plain_words(message.blocks)
    assert f"your name on 1 reference of mascots.{told}" in said
    assert ("So do your votes, as somebody's" in said) is stays
