"""What people are told about what is kept about them."""

from __future__ import annotations

from bot.privacy import forgetting
from tests.slack.limits import plain_words, problems


def test_all_that_is_kept_is_told_and_what_becomes_of_it() -> None:
    kept = [f"{number} posts" for number in range(2, 9)]
    message = forgetting(kept)
    assert problems(message.blocks) == []
    said = plain_words(message.blocks)
    assert "2 posts, 3 posts, 4 posts, 5 posts, 6 posts, 7 posts and 8 posts." in said
    assert "So do votes, as somebody's" in said
